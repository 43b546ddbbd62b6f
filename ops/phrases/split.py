"""Which texts belong to train, repair and heldout: decided by the hash of the text alone.

No seed, day or order of a file enters, so a text that was held out once is held out for good.
"""

from collections.abc import Iterable

from ops.digest import digest

SPLITS = ("train", "repair", "heldout")
SMALL = 0.15
"""Share of repair and of heldout; train has the rest."""


def cut(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The texts by split: at least one each in repair and heldout when there are three.

    >>> {split: len(part) for split, part in cut(map(str, range(12))).items()}
    {'train': 8, 'repair': 2, 'heldout': 2}
    """
    ordered = sorted(texts, key=digest)
    small = max(1, round(SMALL * len(ordered)))
    train = max(0, len(ordered) - 2 * small)
    return {
        "train": tuple(ordered[:train]),
        "repair": tuple(ordered[train : train + small]),
        "heldout": tuple(ordered[train + small :]),
    }


def split_of(text: str) -> str:
    """The split of a text that stands in no list, as one that was made up."""
    point = int(digest(text)[:8], 16) / 2**32
    if point < 1 - 2 * SMALL:
        return "train"
    return "repair" if point < 1 - SMALL else "heldout"
