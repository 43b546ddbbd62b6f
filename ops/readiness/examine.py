"""Everything that is looked at before training, as one list of checks and one record of figures."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ops import progress, tables
from ops.errors import ContractError
from ops.examples.join import SPANS_WITH_CONTENT, Joined
from ops.readiness.check import Check
from ops.readiness.extent import Extent
from ops.readiness.given import Given
from ops.readiness.masks import Masks
from ops.readiness.probe import Objectives, probe
from ops.readiness.quality import quality
from ops.readiness.room import room
from ops.readiness.texts import Texts
from ops.shards.contract import SHARD
from ops.student import model as students
from ops.student import tokenizer as tokenizers


def examine(given: Given, out: Path) -> dict[str, Any]:
    """Checks of data, disk and student; figures: lengths, kinds, tools, the teacher's scores.

    Raises:
        ContractError: the shards are not those of these texts, or a file is missing or damaged.
    """
    model = students.load(given.student)
    checks, figures = _data(given)
    checks.append(room(sum(value.numel() for value in model.parameters()), out))
    if all(check.passed for check in checks):
        tokenizer = tokenizers.load(given.student)
        asked = Objectives(given.config, given.agent, given.negatives)
        checks += probe(model, tokenizer, given.shards, asked)
    else:
        checks.append(Check("gradients", False, "not run: what is wrong above comes first"))
    return {
        "checks": [asdict(check) for check in checks],
        "figures": figures | {"teacher_quality": quality(given.responses)},
    }


def _data(given: Given) -> tuple[list[Check], dict[str, Any]]:
    tokenizer = tokenizers.load(given.student)
    masks = Masks(tokenizer, given.process_supervision)
    texts, extent = Texts(tokenizer, given.fingerprint), Extent()
    entries = iter(Joined(given.mixes, given.spans, SPANS_WITH_CONTENT))
    for path in sorted(given.shards.glob("shard-*.parquet")):
        rows = tables.rows(tables.read(path, SHARD))
        for number, row in enumerate(rows, start=1):
            entry = next(entries, None)
            if entry is None or entry.text["prompt_id"] != row["prompt_id"]:
                raise ContractError(
                    f"{path} has {row['prompt_id']} where the texts have another prompt; "
                    f"materialize token_shards again"
                )
            for one in (masks, texts, extent):
                one.add(entry, row)
            progress.report("readiness", number, len(rows), shard=path.stem)
    checks = [
        *masks.checks(),
        *texts.checks(given.mixes, given.spans),
        *extent.checks(given.spans, given.limits),
    ]
    return checks, extent.figures()
