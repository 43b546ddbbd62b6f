"""configs/<profile>.yaml → one typed Profile; every problem is reported at once.

A profile is values only; the models of its sections live with their owners, ops/<stage>/config.py.
Not here: the profile as a Dagster resource (settings.py): to read one, nobody imports Dagster.
"""

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.coreml.config import CoreMLConfig
from ops.critiques.config import CritiquesConfig
from ops.errors import SettingsError
from ops.evaluation.config import EvaluationConfig
from ops.kd.config import KDConfig
from ops.lora.config import LoraConfig
from ops.negatives.config import NegativesConfig
from ops.process.config import ProcessConfig
from ops.prompts.config import MixConfig
from ops.readiness.config import ReadinessConfig
from ops.shards.config import ShardsConfig
from ops.student.config import StudentConfig
from ops.teacher.config import TeacherConfig
from ops.trajectories.config import TrajectoriesConfig

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ROOT / "configs"


class LakeConfig(BaseModel):
    """Where artifacts lie."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    root: str = Field(default="data_lake", description="folder; relative to the project's root")
    name: str = Field(default="", description="folder inside root; empty = the profile's name")
    minimum_free_mb: int = Field(default=500, ge=0, description="megabytes free before work begins")


class PodConfig(BaseModel):
    """Where the stages that train run, if not on this machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str = Field(description="container image: this project as its folder, and its packages")
    namespace: str = Field(default="default", description="of the pod, in the cluster")
    spec: dict[str, Any] = Field(
        default_factory=dict,
        description="v1.PodSpec to which image and command are added: volumes, resources, nodes",
    )


class LaunchConfig(BaseModel):
    """How the stages that train are started: on this machine, or in a pod."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ranks: int = Field(
        default=1, ge=1, description="processes that train one student together, by torchrun"
    )
    pod: PodConfig | None = Field(default=None, description="null: on this machine")


class Profile(BaseModel):
    """Everything that can be set, section by section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", description="set from the file's name")
    lake: LakeConfig = LakeConfig()
    launch: LaunchConfig = LaunchConfig()
    prompts: MixConfig = MixConfig()
    teacher: TeacherConfig = TeacherConfig()
    student: StudentConfig = StudentConfig()
    trajectories: TrajectoriesConfig = TrajectoriesConfig()
    shards: ShardsConfig = ShardsConfig()
    negatives: NegativesConfig = NegativesConfig()
    readiness: ReadinessConfig = ReadinessConfig()
    kd: KDConfig = KDConfig()
    process: ProcessConfig = ProcessConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    critiques: CritiquesConfig = CritiquesConfig()
    lora: LoraConfig = LoraConfig()
    coreml: CoreMLConfig = CoreMLConfig()

    @property
    def rewriter(self) -> TeacherConfig:
        """The teacher as it is asked for critiques: under their own cap, without distributions."""
        return self.teacher.model_copy(
            update={"max_tokens": self.critiques.max_tokens, "top_logprobs": 0}
        )

    @property
    def lake_folder(self) -> Path:
        """Where this profile's artifacts lie."""
        return ROOT / self.lake.root / (self.lake.name or self.name)


def shipped() -> list[str]:
    """Names of the profiles in configs/."""
    return sorted(path.stem for path in CONFIGS.glob("*.yaml") if path.stem != "phrases")


def load(profile: str, overrides: dict[str, str] | None = None) -> Profile:
    """Read a profile by name or by path; overrides are dotted keys, their values YAML.

    Raises:
        SettingsError: no such profile, not YAML, or values that do not fit; one line.
    """
    path = Path(profile) if profile.endswith((".yaml", ".yml")) else CONFIGS / f"{profile}.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise SettingsError(
            f"profile {profile!r}: {path} cannot be read ({error.strerror}); "
            f"shipped profiles: {', '.join(shipped())}"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = " ".join(str(error).split())[:200]
        raise SettingsError(f"profile {profile!r}: {path} is not YAML: {where}") from error
    if not isinstance(values, dict):
        raise SettingsError(f"profile {profile!r}: {path} holds no sections")
    values["name"] = path.stem
    for key, value in (overrides or {}).items():
        _put(values, key, value)
    try:
        return Profile.model_validate(values)
    except ValidationError as error:
        raise SettingsError(f"profile {profile!r}: " + "; ".join(explain(error))) from error


def explain(error: ValidationError) -> list[str]:
    """Each problem as a sentence, with the nearest known name for an unknown one."""
    told = []
    for problem in error.errors():
        at = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            known = _fields([str(part) for part in problem["loc"][:-1]])
            near = difflib.get_close_matches(str(problem["loc"][-1]), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
            told.append(f"{at} is not a setting; {hint}")
        elif problem["type"] == "value_error":
            # Our own sentence; what was found may hold a key.
            told.append(f"{at}: {problem['ctx']['error']}" if at else str(problem["ctx"]["error"]))
        else:
            found = repr(problem["input"])[:60]
            told.append(f"{at} is {found}: {problem['msg']}")
    return told


def _fields(path: list[str]) -> list[str]:
    model: Any = Profile
    for part in path:
        field = model.model_fields.get(part)
        model = field.annotation if field else None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return []
    return list(model.model_fields)


def _put(values: dict[str, Any], dotted: str, value: str) -> None:
    *sections, last = dotted.split(".")
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            raise SettingsError(f"override {dotted}: {section} is a value, not a section")
        values = inner
    try:
        values[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise SettingsError(f"override {dotted}: {value!r} is not YAML; quote it") from error
