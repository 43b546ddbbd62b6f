"""The words of an evaluation before the judge, where the profile has one: judged.parquet."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ops import tables
from ops.evaluation.contract import EVALUATIONS, JUDGED
from ops.prompts.contract import settled
from ops.teacher.config import TeacherConfig
from resources.judge import Judge


def judged(
    judge: Judge,
    config: TeacherConfig,
    prompts: Iterable[Path],
    draft: Path,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Ask the judge about each answer of the draft that no rule decides; write its table.

    `config` is evaluation.judge of the profile. Raises TeacherStopped as the teacher does, and a
    rerun goes on.
    """
    from ops.evaluation.judge import RESPONSE_FORMAT, counted, judged_row, question, undecided
    from ops.teacher import policy
    from ops.teacher.request import body

    known = settled(prompts)
    answers = tables.rows(tables.read(draft / "evaluations.parquet", EVALUATIONS))
    rows = [row for row in answers if undecided(row)]
    asked = judge.ask(
        [
            body(config, question(known[row["prompt_id"]], row["output"]), [], logprobs=False)
            | {"response_format": RESPONSE_FORMAT}
            for row in rows
        ],
        "judge",
        say,
    )
    told = [
        judged_row(row, policy.apply(one.answer, config))
        for row, one in zip(rows, asked, strict=True)
    ]
    tables.write(tables.from_rows(told, JUDGED), draft / "judged.parquet")
    cost = sum(one.cost for one in asked) / 1e6
    return {"judged": counted(told) | {"cost_dollars": cost}}
