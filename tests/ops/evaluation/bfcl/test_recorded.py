"""What a real model answered, judged: the figures that came with the recording."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

from ops.evaluation.bfcl.cases import Case
from ops.evaluation.bfcl.rows import Said, case_row
from ops.evaluation.bfcl.summary import rates


def after(line: str, key: str) -> Any:
    """The value behind a key; of a line the log-probabilities need not be read."""
    opening = f'"{key}": '
    return json.JSONDecoder().raw_decode(line, line.index(opening) + len(opening))[0]


def test_the_recorded_answers_score_what_their_page_says(
    shared: Path, benchmark_cases: list[Case]
) -> None:
    held = {case.id: case for case in benchmark_cases}
    rows = []
    with gzip.open(shared / "recorded" / "bfcl_dev.jsonl.gz", "rt", encoding="utf-8") as stream:
        for line in stream:
            said = Said(after(line, "message"), after(line, "finish_reason") != "length")
            rows.append(case_row(held[after(line, "bfcl_id")], said))
    told = {rate.category: (rate.n, round(100 * (rate.accuracy or 0), 1)) for rate in rates(rows)}
    assert told == {
        "simple_python": (152, 87.5),
        "multiple": (74, 89.2),
        "parallel": (85, 2.4),
        "parallel_multiple": (65, 6.2),
        "irrelevance": (104, 1.9),
    }
    wrong = Counter(row["error_type"] for row in rows if not row["valid"])
    assert wrong.most_common(1) == [("parallel_function_checker_no_order:wrong_count", 144)]
    assert sum(row["finished"] is False for row in rows) == 2
