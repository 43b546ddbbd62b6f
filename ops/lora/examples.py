"""A row of the critiques as examples: the corrected answer, and the broken one beside it.

The corrected answer is learnt. Of the broken one only the tokens that depart from the correction
are targets, and flagged, so that no objective learns them: they are unlearnt or left alone
(ops/losses/repair.py). Not here: which of the two a run takes (train.py).
"""

from collections.abc import Sequence
from typing import Any

from ops.caws.score import example_weight
from ops.lora.departures import departures
from ops.spans.contract import KINDS
from ops.student.encode import encode
from ops.student.render import END

Example = dict[str, Any]


def corrected(row: dict[str, Any], tokenizer: Any, strength: float = 0.0) -> Example:
    """The prompt with the corrected answer: a row as of the shards, without a teacher.

    `strength` is what the gap between the scores of both answers weighs (ops/caws/score.py).
    """
    asked, answer = _pieces(row["prompt"], row["corrected"], tokenizer)
    weight = example_weight(row["teacher_score"], row["student_score"], strength)
    return _example(row, asked, answer, [True] * len(answer)) | {"weight": weight}


def broken(row: dict[str, Any], tokenizer: Any) -> Example | None:
    """The prompt with what the student wrote, `broken` per token; None if no token departs, or if
    it is not known.

    What departs is judged on tokens, and the student's end of its answer is one of them.
    """
    if row["bad_output"] is None:
        return None
    written = row["bad_output"] + (END if row["finished"] else "")
    asked, answer = _pieces(row["prompt"], written, tokenizer)
    _, right = _pieces(row["prompt"], row["corrected"], tokenizer)
    wrong = departures(answer, right)
    if not any(wrong):
        return None
    return _example(row, asked, answer, wrong) | {"broken": [False] * len(asked) + wrong}


def _pieces(prompt: str, answer: str, tokenizer: Any) -> tuple[list[int], list[int]]:
    encoded = encode(tokenizer, prompt + answer, [len(prompt), len(prompt) + len(answer)])
    return encoded.ids[: encoded.cuts[0]], encoded.ids[encoded.cuts[0] :]


def _example(
    row: dict[str, Any], asked: list[int], answer: list[int], targets: Sequence[bool]
) -> Example:
    """Tokens that are no targets are read only."""
    context, prose = KINDS.index("prompt"), KINDS.index("prose")
    return {
        "prompt_id": row["prompt_id"],
        "input_ids": asked + answer,
        "span_kind": [context] * len(asked) + [prose if one else context for one in targets],
        "teacher_at": [],
        "teacher_ids": [],
        "teacher_logp": [],
    }
