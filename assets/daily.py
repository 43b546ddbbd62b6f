"""The one partition definition: a teacher mix a day, today's included; and which days count."""

import dagster as dg

from resources.lake import Artifact, Lake

DAILY = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1)


def answered(lake: Lake) -> dict[str, Artifact]:
    """The prompt mixes of the days that the teacher has answered, oldest first.

    A day that was only planned changes nothing downstream. Raises ContractError if there is none.
    """
    return {day: lake.current("prompt_mix", day) for day in lake.partitions("teacher_responses")}
