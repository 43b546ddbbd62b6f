"""Which days count: those that the teacher has answered."""

from assets.daily import answered
from resources.lake import Lake

from .conftest import DAY, Materialize

PLANNED = "2026-01-06"


def test_a_day_that_was_only_planned_counts_for_nothing(
    materialize: Materialize, micro_lake: Lake
) -> None:
    assert materialize("prompt_mix", "teacher_responses").success
    assert materialize("prompt_mix", day=PLANNED).success
    assert list(micro_lake.partitions("prompt_mix")) == [DAY, PLANNED]
    assert list(answered(micro_lake)) == [DAY]
