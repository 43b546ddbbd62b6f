"""What the operating system says of a process that measures itself: memory, processor time.

Standard library only, so that a peer in another virtual environment can be measured. Linux alone.
"""

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def memory_mb(name: str) -> float:
    """VmRSS or VmHWM (the peak, since it was cleared if it was) of this process."""
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:"))) / 1024


def cpu_s() -> float:
    """User and system time of this process, and of the children that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
