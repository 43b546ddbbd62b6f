"""token_shards → kd_checkpoint: the student learns the teacher's text and distributions.

Where a teacher that is here teaches too (kd.dense), its files are part of the version.
"""

from pathlib import Path
from typing import Any

import dagster as dg

from assets.produce import Events, Recipe, described, digest_of, one_line, produce
from assets.training import falling
from ops.kd.config import KDConfig
from ops.student.source import files
from ops.training.contract import STEPS
from resources.lake import Lake
from resources.launcher import Launcher
from resources.profile import ROOT
from resources.settings import Settings


@dg.asset(
    group_name="train",
    kinds={"torch", "huggingface"},
    deps=["token_shards", "student_base", "training_readiness"],
    metadata=described(STEPS),
    check_specs=[dg.AssetCheckSpec("loss_falls", asset="kd_checkpoint", blocking=True)],
)
@one_line
def kd_checkpoint(
    context: dg.AssetExecutionContext, settings: Settings, lake: Lake, launcher: Launcher
) -> Events:
    """Student weights after knowledge distillation; where process supervision starts."""
    profile = settings.load()
    config = profile.kd
    base, shards = lake.current("student_base"), lake.current("token_shards")
    lake.current("training_readiness")

    def build(draft: Path) -> dict[str, Any]:
        spec = {
            "student": str(base.path / "student"),
            "shards": str(shards.path),
            "config": placed(config).model_dump(),
        }
        return launcher.train("ops.kd", spec, draft, profile.launch)

    inputs = {"student_base": base.data_version, "token_shards": shards.data_version}
    inputs |= teacher(config)
    yield from produce(context, lake, Recipe(inputs, [config], build, falling, resumes=True))


def placed(config: KDConfig) -> KDConfig:
    """The settings with the teacher's place as a process anywhere finds it."""
    if config.dense is None:
        return config
    dense = config.dense.model_copy(update={"teacher": str(ROOT / config.dense.teacher)})
    return config.model_copy(update={"dense": dense})


def teacher(config: KDConfig) -> dict[str, str]:
    """Digests of what the teacher is made of; that there is nothing is told later."""
    if config.dense is None:
        return {}
    return {f"teacher {one.name}": digest_of(one) for one in files(ROOT / config.dense.teacher)}
