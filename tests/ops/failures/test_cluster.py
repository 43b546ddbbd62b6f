"""Failures that are alike are together, whatever their order; what has no words is alike too."""

import random
from pathlib import Path

import pyarrow as pa
import pytest

from ops import tables
from ops.failures.__main__ import Spec, work
from ops.failures.check import astray
from ops.failures.cluster import ALIKE, SAMPLE, cluster, grouped
from ops.failures.contract import CLUSTERS, FAILURES

TOPICS = ("weather city forecast", "convert currency euro", "timer minutes alarm")


def texts(count: int) -> list[str]:
    drawn = random.Random(3)
    return [f"{drawn.choice(TOPICS)} value{drawn.randrange(40)}" for _ in range(count)]


def test_what_speaks_of_the_same_is_together() -> None:
    many = texts(300)
    numbers, labels = grouped(many)
    of = {topic: {n for n, text in zip(numbers, many, strict=True) if topic in text}
          for topic in TOPICS}  # fmt: skip
    found = [next(iter(numbers)) for numbers in of.values() if len(numbers) == 1]
    assert len(set(found)) == len(TOPICS)
    for topic, (number,) in of.items():
        assert set(topic.split()) <= set(labels[number].split(", "))
    sizes = [numbers.count(number) for number in range(len(labels))]
    assert sizes == sorted(sizes, reverse=True)


def test_the_order_of_the_failures_changes_nothing() -> None:
    many = texts(2 * SAMPLE)
    numbers, labels = grouped(many)
    order = list(range(len(many)))
    random.Random(5).shuffle(order)
    again, same = grouped([many[at] for at in order])
    assert same == labels
    assert again == [numbers[at] for at in order]


@pytest.mark.parametrize(
    ("few", "expected"),
    [
        ([], ([], [])),
        ([""], ([0], [ALIKE])),
        (["", " ", "{}"], ([0, 0, 0], [ALIKE])),
        (["wrong date"], ([0], ["date, wrong"])),
        (["wrong date"] * 9, ([0] * 9, ["date, wrong"])),
        (["alpha", "beta"], ([0, 0], ["alpha, beta"])),
        ([f"wrong date {n}" for n in range(5)], ([0] * 5, ["date, wrong"])),
    ],
)
def test_few_failures_are_one_cluster(few: list[str], expected: object) -> None:
    assert grouped(few) == expected


def test_each_failure_has_a_row() -> None:
    rows = [
        {
            **dict.fromkeys(FAILURES.names, text), "finished": True, "offset": 0,
            "prompt_id": f"p{n}", "mode": "free",
        }
        for n, text in enumerate(reversed(texts(60)))
    ]  # fmt: skip
    failures = pa.Table.from_pylist(rows, schema=FAILURES)
    found = cluster(failures)
    assert found.schema == CLUSTERS
    assert found["prompt_id"].to_pylist() == sorted(row["prompt_id"] for row in rows)
    assert astray(failures, found) == []
    assert astray(failures, found.slice(1)) == ["the clusters are not of these failures"]
    shuffled = failures.take(pa.array([*range(30, 60), *range(30)]))
    assert cluster(shuffled).equals(found)


def test_the_stage_leaves_the_table_and_tells_the_labels(tmp_path: Path) -> None:
    rows = [
        {
            **dict.fromkeys(FAILURES.names, "late"), "finished": True, "offset": 0,
            "prompt_id": name,
        }
        for name in "ab"
    ]  # fmt: skip
    tables.write(tables.from_rows(rows, FAILURES), tmp_path / "failures.parquet")
    spec = Spec(failures=tmp_path / "failures.parquet")
    assert work(spec, tmp_path) == {"clusters": {"0": "late"}}
    assert tables.read(tmp_path / "clusters.parquet", CLUSTERS)["cluster"].to_pylist() == [0, 0]
