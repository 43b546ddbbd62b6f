"""Two files of corrections in the published form, seeded: as many rows, and the same oddities.

    phase1c_self_critique_train.jsonl   2,484 rows {instruction, input, output, meta}
    phase1c_hard_failures.jsonl         4,942 rows {id, instruction, reference_answer, category}

Both have the published shares of the categories. Of what such files are known to hold a few rows in
a hundred have each: answers that were cut, that are empty, that are the rewriter's JSON and not
what it holds, that end with a turn's end, that are what was answered before, rows twice, lines that
are no JSON. The words are made up and teach nothing.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

SELF_CRITIQUE, HARD_FAILURES = "phase1c_self_critique_train.jsonl", "phase1c_hard_failures.jsonl"
SELF_CRITIQUE_ROWS, HARD_FAILURE_ROWS = 2484, 4942
SHARES = {
    "code": 0.569, "math": 0.188, "other": 0.132, "reasoning": 0.066, "qa": 0.035, "creative": 0.01,
}  # fmt: skip
ODD = 0.01
"""Share of the rows that have each of the oddities."""
_NAMES = ("add", "merge", "count", "sort", "parse", "split", "find", "clean", "join", "scale")
_THINGS = ("orders", "rooms", "letters", "trains", "prices", "notes", "stars", "lamps", "roads")
_PLACES = ("Oslo", "Lima", "Cairo", "Quito", "Turin", "Kyoto", "Bergen", "Accra")
Asked = tuple[str, str, str]


def _code(drawn: random.Random) -> Asked:
    name, thing, n = drawn.choice(_NAMES), drawn.choice(_THINGS), drawn.randrange(2, 9000)
    asked = f"Write a Python function {name}_{thing} that returns the first {n} of some {thing}."
    body = f"def {name}_{thing}(rows):\n    return rows[:{n}]"
    return asked, f"```python\n{body}\n```", f"```python\n{body.replace(f':{n}', f'{n}:')}\n```"


def _math(drawn: random.Random) -> Asked:
    a, b, thing = drawn.randrange(12, 400), drawn.randrange(3, 60), drawn.choice(_THINGS)
    asked = f"There are {a} boxes with {b} {thing} in each. How many {thing} are there?"
    return asked, f"{a} times {b} is {a * b}. There are {a * b} {thing}.", f"There are {a + b}."


def _reasoning(drawn: random.Random) -> Asked:
    one, two, three = drawn.sample(_PLACES, 3)
    asked = f"{one} is north of {two}, and {two} is north of {three}. Which is furthest south? "
    asked += f"Say it in {drawn.randrange(3, 400)} words or fewer."
    return asked, f"{three}: both others are north of it.", f"{one}, because it comes first."


def _words(drawn: random.Random) -> Asked:
    place, thing, n = drawn.choice(_PLACES), drawn.choice(_THINGS), drawn.randrange(2, 9000)
    asked = f"In one sentence, tell a visitor of {place} about its {n} {thing}."
    return asked, f"{place} has {n} {thing}, and each is worth a visit.", f"{place} is a city."


_MADE: dict[str, Callable[[random.Random], Asked]] = {
    "code": _code, "math": _math, "reasoning": _reasoning,
}  # fmt: skip
_SPOILT: dict[str, Callable[[str, str], str]] = {
    "cut": lambda right, bad: "```python\n" + right[:12],
    "empty": lambda right, bad: "",
    "rewriter_json": lambda right, bad: json.dumps({"critique": "Wrong.", "final_answer": right}),
    "cut_rewriter_json": lambda right, bad: '{"critique": "Wrong.", "final_answer": "' + right[:9],
    "ended": lambda right, bad: right + "<|im_end|>",
    "unchanged": lambda right, bad: bad,
}


def write(
    folder: Path,
    self_critique: int = SELF_CRITIQUE_ROWS,
    hard_failures: int = HARD_FAILURE_ROWS,
    seed: int = 7,
) -> tuple[Path, Path]:
    """Write both files; equal arguments give equal bytes."""
    drawn = random.Random(seed)
    paths = folder / SELF_CRITIQUE, folder / HARD_FAILURES
    for path, count, shape in zip(
        paths, (self_critique, hard_failures), (_self_critique, _hard_failure), strict=True
    ):
        lines = list[str]()
        while len(lines) < count:
            lines.append(_line(drawn, len(lines), shape, lines))
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return paths


def _line(
    drawn: random.Random, number: int, shape: Callable[..., dict[str, Any]], before: list[str]
) -> str:
    """The next line: mostly a row, sometimes one again, or one that is no JSON."""
    category = drawn.choices(list(SHARES), list(SHARES.values()))[0]
    asked, right, bad = _MADE.get(category, _words)(drawn)
    odd, spoilt = drawn.random() / ODD, list(_SPOILT.values())
    if odd < len(spoilt):
        right = spoilt[int(odd)](right, bad)
    row = json.dumps(shape(number, category, (asked, right, bad)), ensure_ascii=False)
    if len(spoilt) <= odd < len(spoilt) + 1:
        return row[: len(row) // 2]
    again = len(spoilt) + 1 <= odd < len(spoilt) + 2 and before
    return drawn.choice(before) if again else row


def _self_critique(number: int, category: str, told: Asked) -> dict[str, Any]:
    asked, right, bad = told
    meta = {
        "critique": "The answer is not what was asked for.",
        "reference": right,
        "source": "self_critique",
        "category": category,
        "quality": 0.8,
    }
    return {"instruction": asked, "input": bad, "output": right, "meta": meta}


def _hard_failure(number: int, category: str, told: Asked) -> dict[str, Any]:
    asked, right, bad = told
    return {
        "id": number,
        "instruction": asked,
        "reference_answer": right,
        "category": category,
        "model_output": bad,
        "judged_by": "judge",
        "reason": "The answer is wrong.",
    }
