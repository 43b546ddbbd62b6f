"""What the lake no longer needs: found by what its newest artifacts came from, then removed.

Needed is what `current` shows, of a daily asset on the days of the window and later, and everything
whose data version is among the inputs of something needed. The rest was superseded, is older than
the window (shards.days), or was begun by a run that is no more. Not here: the teacher's journal,
which is never touched, and Dagster's history, which goes on saying that a day was materialized.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from assets.daily import ASSETS, newest
from ops.errors import ContractError
from resources.lake import Artifact, Lake
from resources.shelf import Shelf, remove, shelves, size, touched
from resources.warehouse.snapshot import Warehouse

DRAFT_AGE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Waste:
    """One thing that may go, and why."""

    asset: str
    day: str | None
    path: Path
    why: str
    bytes: int


@dataclass(slots=True)
class Pruned:
    """What was removed, and which days were left because a run holds them."""

    removed: list[Waste] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


def waste(lake: Lake) -> list[Waste]:
    """All that may go, in the order in which it goes; nothing is changed.

    Raises:
        ContractError: a manifest that is needed is broken, so that nobody can say what may go.
    """
    held = list(shelves(lake.base))
    first = _first_day(lake)
    needed = _needed(held, first)
    found = [
        Waste(shelf.asset, shelf.day, path, why, size(path))
        for shelf in sorted(held, key=_order)
        for path, why in _of_shelf(shelf, needed, first)
    ]
    snapshots = Warehouse(lake=lake).superseded()
    return found + [Waste("warehouse", None, path, "superseded", size(path)) for path in snapshots]


def prune(lake: Lake) -> Pruned:
    """Remove it. Stopped in the middle, the lake is whole and the next call does the rest.

    Assets of the whole lake are locked all the while, so that nothing is taken from under a step
    that reads it; a day is locked while it is worked on.

    Raises:
        ContractError: an asset is being built, or a manifest that is needed is broken.
    """
    done = Pruned()
    with ExitStack() as locks:
        for shelf in shelves(lake.base):
            if shelf.day is None:
                locks.enter_context(lake.building(shelf.asset, None))
        planned = waste(lake)
        _remove(done, [one for one in planned if one.day is None])
        for day in sorted({one.day for one in planned if one.day is not None}):
            _prune_day(lake, day, done)
    return done


def _prune_day(lake: Lake, day: str, done: Pruned) -> None:
    with ExitStack() as locks:
        try:
            for shelf in shelves(lake.base):
                if shelf.day == day:
                    locks.enter_context(lake.building(shelf.asset, day))
        except ContractError as error:
            done.busy.append(str(error))
            return
        # Found again now that nobody can publish into the day.
        _remove(done, [one for one in waste(lake) if one.day == day])


def _remove(done: Pruned, found: Iterable[Waste]) -> None:
    for one in found:
        remove(one.path)
        done.removed.append(one)


def _first_day(lake: Lake) -> str:
    """The first day of the window; empty if more days could be in it, so that none is too old."""
    most = lake.settings.load().shards.days
    answers = [shelf for shelf in shelves(lake.base) if shelf.asset == "teacher_responses"]
    answered = [shelf.day for shelf in answers if shelf.day and shelf.shown()]
    return newest(answered, most)[0] if 0 < most <= len(answered) else ""


def _old(shelf: Shelf, first: str) -> bool:
    return shelf.day is not None and shelf.day < first


def _order(shelf: Shelf) -> tuple[str, int, str]:
    """Whole assets, then days, oldest first; of a day what was made last goes first."""
    made = ASSETS.index(shelf.asset) if shelf.asset in ASSETS else len(ASSETS)
    return shelf.day or "", -made, shelf.asset


def _of_shelf(shelf: Shelf, needed: set[Path], first: str) -> Iterator[tuple[Path, str]]:
    """What may go of a shelf, with the reason; a day that may go as a whole is one thing."""
    yesterday = time.time() - DRAFT_AGE_S
    spare = [path for path in shelf.versions() if path.resolve() not in needed]
    stopped = [path for path in shelf.drafts() if touched(path) < yesterday]
    if _old(shelf, first) and shelf.holds_only([*spare, *stopped, *shelf.remains()]):
        yield shelf.folder, f"before {first}"
        return
    yield from ((path, "left by a stopped prune") for path in shelf.remains())
    yield from ((path, "superseded") for path in spare)
    yield from ((path, "draft of a stopped run") for path in stopped)


def _needed(held: list[Shelf], first: str) -> set[Path]:
    """Versions that readers see or may see, and all that they came from."""
    by_content: dict[str, list[Path]] = defaultdict(list)
    for shelf in held:
        # Of versions with one content the first is as good as any.
        contents = {path.name[-8:]: path for path in reversed(shelf.versions())}
        for content, path in contents.items():
            by_content[content].append(path)
    shown = [shelf.shown() for shelf in held if not _old(shelf, first)]
    look = [path for path in shown if path is not None]
    needed: set[Path] = set()
    while look:
        path = look.pop()
        if path not in needed:
            needed.add(path)
            for data_version in Artifact.at(path).inputs.values():
                look += by_content.get(data_version[:8], [])
    return needed


def by_reason(found: Iterable[Waste]) -> dict[tuple[str, str], list[Waste]]:
    """(asset, why) → what may go or went, in order."""
    listed: dict[tuple[str, str], list[Waste]] = defaultdict(list)
    for one in found:
        listed[one.asset, one.why].append(one)
    return listed


def megabytes(found: Iterable[Waste]) -> float:
    """How much it is altogether."""
    return sum(one.bytes for one in found) / 1e6
