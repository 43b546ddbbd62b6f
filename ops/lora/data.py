"""Corrections, and examples of the shards → the batches that are learnt, and those that judge.

Which prompts judge is told by a hash of each, so neither the order of the rows nor how many there
are moves a prompt from one side to the other, and equal prompts are on the same side. The held-out
split plays no part. Not here: what an example is (examples.py).
"""

from collections.abc import Iterable
from pathlib import Path

from ops.digest import digest
from ops.lora.config import LoraConfig
from ops.training.batch import Examples, planned
from ops.training.plan import batches

BATCH_TOKENS = 2048
_DIGITS = 15


def kept_out(prompts: Iterable[str], share: float) -> set[str]:
    """The prompts that only judge: about that share of them, at least one, never all.

    A single prompt is learnt: there is nothing to judge it with.

    >>> kept_out(["a", "a"], 0.05), len(kept_out("abc", 0.05)), len(kept_out("abc", 0.99))
    (set(), 1, 2)
    """
    places = {one: int(digest("lora", one)[:_DIGITS], 16) / 16**_DIGITS for one in prompts}
    nearest = sorted(places, key=lambda one: (places[one], one))
    least = min(1, len(nearest) - 1)
    count = sum(place < share for place in places.values())
    return set(nearest[: min(max(count, least), len(nearest) - 1)])


def data(
    corrections: list[Examples], shards: Path | None, config: LoraConfig
) -> tuple[list[Examples], list[Examples]]:
    """(train, validation) batches; a unit of corrections, which is of one prompt, stays together.

    With shards, `config.replay` examples of their train split are mixed in for each correction, and
    those of their repair split that needed no correction judge too.
    """
    mended = {unit[0]["prompt_id"] for unit in corrections}
    judging = kept_out(mended, config.validation)
    train = [unit for unit in corrections if unit[0]["prompt_id"] not in judging]
    kept = [unit for unit in corrections if unit[0]["prompt_id"] in judging]
    if shards is not None:
        replay = [row for batch in planned(shards, "train") for row in batch]
        replay.sort(key=lambda row: row["prompt_id"])
        train += [[row] for row in replay[: round(config.replay * len(train))]]
        kept += [
            [row]
            for batch in planned(shards, "repair")
            for row in batch
            if row["prompt_id"] not in mended
        ]
    return _batched(train), _batched(kept)


def _batched(units: list[Examples]) -> list[Examples]:
    plan = batches([sum(len(row["input_ids"]) for row in unit) for unit in units], BATCH_TOKENS)
    return [[row for index in batch for row in units[index]] for batch in plan]
