"""When things run by themselves."""

import dagster as dg

from pipeline.jobs import teacher_mix

# Off until it is switched on in the UI: it spends money where the teacher costs some.
daily_teacher_mix = dg.build_schedule_from_partitioned_job(
    teacher_mix,
    name="daily_teacher_mix",
    hour_of_day=3,
    description="Regenerate the teacher mix every night.",
)
