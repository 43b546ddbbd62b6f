"""What a process says of itself."""

from benchmarks.process import memory_mb


def test_the_peak_is_not_below_what_is_held() -> None:
    held = bytearray(b"x" * 50_000_000)
    assert memory_mb("VmHWM") >= memory_mb("VmRSS") > len(held) / 2**20
