"""What must hold of the failure table: it and the evaluations tell the same story."""

from collections import Counter

import pyarrow as pa

from ops.evaluation.contract import CATEGORIES


def astray(failures: pa.Table, clusters: pa.Table) -> list[str]:
    """Whether not each failure is in one cluster."""
    of = [
        Counter((row["prompt_id"], row["mode"]) for row in table.to_pylist())
        for table in (failures, clusters)
    ]
    return [] if of[0] == of[1] else ["the clusters are not of these failures"]


def problems(failures: pa.Table, evaluations: pa.Table) -> list[str]:
    """Answers with two rows, unknown categories, and wrong answers that have no row."""
    keys = Counter((row["prompt_id"], row["mode"]) for row in failures.to_pylist())
    found = [f"{key} has {count} rows" for key, count in keys.items() if count > 1]
    unknown = set(failures["category"].to_pylist()) - set(CATEGORIES)
    found += [f"category {name!r} is not known" for name in sorted(unknown)]
    for row in evaluations.to_pylist():
        wrong = row["exact"] is False or row["json_valid"] is False
        if wrong and (row["prompt_id"], row["mode"]) not in keys:
            found.append(f"{row['prompt_id']} ({row['mode']}) is wrong and has no category")
    return found
