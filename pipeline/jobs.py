"""Jobs: the whole road, and the part that a day's schedule walks."""

import dagster as dg

from assets.daily import DAILY

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    partitions_def=DAILY,
    description="The whole road for one day: from prompts to a verified CoreML package.",
)
teacher_mix = dg.define_asset_job(
    "teacher_mix",
    selection=dg.AssetSelection.assets("prompt_mix", "teacher_responses"),
    partitions_def=DAILY,
    description="A fresh prompt mix and the teacher's answers to it.",
)
