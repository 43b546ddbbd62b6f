"""Jobs: the whole road, and the part that a day's schedule walks."""

import dagster as dg

everything = dg.define_asset_job(
    "everything",
    selection=dg.AssetSelection.all(),
    description="The whole road for one day: from prompts to a verified CoreML package.",
)
teacher_mix = dg.define_asset_job(
    "teacher_mix",
    selection=dg.AssetSelection.assets("prompt_mix", "teacher_responses"),
    description="A fresh prompt mix and the teacher's answers to it.",
)
