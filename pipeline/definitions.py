"""The one Definitions object. Nothing is computed here."""

import dagster as dg

from assets import (
    coreml,
    critiques,
    evaluation,
    failures,
    kd,
    lora,
    negatives,
    process,
    prompts,
    readiness,
    report,
    shards,
    spans,
    student,
    teacher,
    trajectories,
)
from pipeline.jobs import everything, teacher_mix
from pipeline.schedules import daily_teacher_mix
from resources.lake import Lake
from resources.launcher import Launcher
from resources.settings import Settings
from resources.teacher import Teacher
from resources.warehouse.snapshot import Warehouse

_settings = Settings.configure_at_launch()
_lake = Lake(settings=_settings)

defs = dg.Definitions(
    assets=dg.load_assets_from_modules(
        [
            prompts,
            teacher,
            student,
            spans,
            trajectories,
            shards,
            negatives,
            readiness,
            kd,
            process,
            evaluation,
            failures,
            critiques,
            lora,
            coreml,
            report,
        ]
    ),
    jobs=[everything, teacher_mix],
    schedules=[daily_teacher_mix],
    resources={
        "settings": _settings,
        "lake": _lake,
        "launcher": Launcher(),
        "teacher": Teacher(settings=_settings, lake=_lake),
        "warehouse": Warehouse(lake=_lake),
    },
    # Steps share one light process; the heavy ones start their own (resources/launcher.py).
    executor=dg.in_process_executor,
)
