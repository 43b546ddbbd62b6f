"""Has the disk room for what training will write?"""

import shutil
from pathlib import Path

from ops.readiness.check import Check

# A run's state holds the weights, two moments of AdamW and the best weights; four stages leave a
# student each (kd, process, lora and its merge), and the package is at most as large as one.
COPIES = 4 + 5
BYTES = 4


def room(parameters: int, folder: Path) -> Check:
    """Free bytes at `folder` against those of a student of so many parameters in fp32."""
    needed, free = COPIES * BYTES * parameters, shutil.disk_usage(folder).free
    told = f"{free / 1e9:.1f} GB free, training writes up to {needed / 1e9:.1f} GB"
    return Check("room on the disk", free >= needed, told)
