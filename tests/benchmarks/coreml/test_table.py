"""The page says what the verification of each package found; no figure is judged."""

from pathlib import Path
from typing import Any

from benchmarks.coreml.run import Found, Options
from benchmarks.coreml.table import report
from benchmarks.stages import Done
from ops.coreml.config import Precision

OPTIONS = Options(Path("work"), Path("models/small.gguf"), ["fp16", "int4"], 2, 1024)


def check(name: str, value: float, passed: bool) -> dict[str, Any]:
    return {
        "name": name, "value": value, "rule": "at_most", "bound": 0.1, "where": "", "passed": passed
    }  # fmt: skip


def found(precision: Precision, kl_nats: float) -> Found:
    agreement = {
        "top1_strict": 0.97, "top1_with_ties": 1.0, "greedy_strict": 0.5, "greedy_with_ties": 0.75,
        "top3": 1.0, "kl_nats": kl_nats, "max_abs": 0.19, "positions": 240,
    }  # fmt: skip
    figures = {
        "package_bytes": 270_500_000,
        "checks": [check("graph", 0.0, True), check("kl_nats", kl_nats, kl_nats < 0.1)],
        "figures": agreement,
    }
    speed = {"prompt_s": 0.4, "tokens_s": 5.5}
    pace = {
        "load_s": 6.6, "memory_mb": 1400.0, "threads": 2, "same": kl_nats < 0.1,
        "interpreter": speed, "transformers": {"prompt_s": 0.2, "tokens_s": 15.0},
    }  # fmt: skip
    return Found(precision, [[1] * 48, [1] * 57], Done(Path("kept"), figures, 90.0), pace)


def test_the_page_has_a_row_a_package_and_every_failed_check() -> None:
    page = report([found("fp16", 5.7e-5), found("int4", 0.87)], OPTIONS, "command").splitlines()
    row = "| fp16 | 270.5 | 97.0 % (100.0 %) | 50.0 % (75.0 %) | 100.0 % | 5.7e-05 | 0.19 "
    assert f"{row}| 2 of 2 | 1.5 min |" in page
    assert "- int4: kl_nats is 0.87, wanted at most 0.1." in page
    assert "| fp16 | interpreter | 0.40 s | 5.5 tokens/s | 6.6 s | 1400 MB | yes |" in page
    assert "|  | transformers, fp32 | 0.20 s | 15.0 tokens/s |  |  |  |" in page
    assert any("48 to 57" in line for line in page)


def test_a_page_without_failures_lists_none() -> None:
    assert "Checks that failed" not in report([found("fp16", 5.7e-5)], OPTIONS, "command")
