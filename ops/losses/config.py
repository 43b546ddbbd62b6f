"""What can be set about objectives, whichever stage descends them.

Weights have no unit: they are shares of what is present (shares.py). Lengths of a run are shares
of it, from 0 to 1. Not here: optimizer and pace (ops/training/config.py).
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

DivergenceName = Literal[
    "forward_kl",
    "reverse_kl",
    "skewed_kl",
    "jensen_shannon",
    "symmetric",
    "focal",
    "adaptive",
    "alpha",
    "wasserstein",
    "ranked_w1",
]
Weighting = Literal[
    "constant",
    "uniform",
    "reasoning_heavy",
    "action_heavy",
    "adaptive",
    "curriculum",
    "confidence",
    "difficulty",
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DivergenceConfig(_Section):
    """Which divergence, and the parameters of those that have one."""

    name: DivergenceName = Field(default="forward_kl", description="ops/losses/README.md")
    skew: float = Field(default=0.1, gt=0, lt=1, description="skewed_kl: teacher's share")
    beta: float = Field(default=0.5, gt=0, lt=1, description="jensen_shannon: teacher's share")
    kind: Literal["js", "jeffreys"] = Field(default="js", description="symmetric: which of them")
    focus: float = Field(default=2.0, ge=0, description="focal: exponent; 0 = forward_kl")
    alpha: float = Field(
        default=0.5, ge=-1, le=2, description="alpha: 1 = forward KL, 0 = reverse KL"
    )
    second: float = Field(
        default=0.3, ge=0, le=1, description="adaptive: share of the second temperature"
    )
    epsilon: float = Field(default=0.1, gt=0, description="wasserstein: smoothing, in costs")
    iterations: int = Field(default=50, ge=1, description="wasserstein: of each potential")


class TemperatureConfig(_Section):
    """Temperature over the run: constant at `start`, or a way from `start` to `end`."""

    kind: Literal["constant", "linear", "cosine"] = Field(default="constant", description="the way")
    start: float = Field(default=1.0, ge=0.5, le=20, description="temperature at the start")
    end: float = Field(default=1.0, ge=0.5, le=20, description="temperature at the end")


class EntropyConfig(_Section):
    """Share of the divergence in a token's loss, by the teacher's uncertainty about it."""

    low: float = Field(default=0.3, ge=0, le=1, description="share where the teacher is sure")
    high: float = Field(default=0.9, ge=0, le=1, description="share where it is most uncertain")


class DistillationConfig(_Section):
    """The teacher's text, its distributions, and labels that are known to be right."""

    divergence: DivergenceConfig = Field(default=DivergenceConfig(), description="which, and how")
    divergence_weight: float = Field(
        default=0.5, ge=0, le=1, description="of the divergence; the teacher's text has the rest"
    )
    temperature: TemperatureConfig = Field(
        default=TemperatureConfig(), description="of both sides of the divergence"
    )
    entropy: EntropyConfig | None = Field(
        default=None, description="weigh token by token in place of divergence_weight"
    )
    truth_start: float = Field(
        default=0.3, ge=0, le=1, description="weight of ground truth at the start of the run"
    )
    truth_end: float = Field(
        default=0.3, ge=0, le=1, description="weight of ground truth at its end, linear between"
    )


class DecisionWeights(_Section):
    """How much each kind of decision counts; renormalised over the kinds that are there."""

    tool_name: float = Field(default=0.15, ge=0, description="tokens of tool names")
    json_arguments: float = Field(default=0.15, ge=0, description="tokens of JSON arguments")
    integration: float = Field(default=0.10, ge=0, description="tokens that carry a tool's result")
    selection: float = Field(
        default=0.0, ge=0, description="the right tool among whole names; 0 = costs nothing"
    )


class MarginConfig(_Section):
    """How far a right answer should be from a wrong one; ops/losses/margin.py."""

    weight: float = Field(
        default=0.0, ge=0, description="in the process group, beside 1 for the rest of it"
    )
    beta: float = Field(default=0.1, gt=0, description="of the difference, 1 over nats")


class SupervisionConfig(_Section):
    """Distillation, and more weight where the student decides."""

    distillation: DistillationConfig = Field(
        default=DistillationConfig(), description="inside the kd group"
    )
    kd_weight: float = Field(
        default=0.7,
        ge=0,
        le=1,
        description="of distillation; the process group has the rest. The published name of this "
        "weight, process_supervision_weight, is read too: it was always the weight of kd",
    )
    validity_weight: float = Field(
        default=0.3, ge=0, le=1, description="of valid JSON in the process group; decisions: rest"
    )
    decisions: DecisionWeights = Field(
        default=DecisionWeights(), description="inside the rest of the process group"
    )
    alternatives: int = Field(
        default=16, ge=1, description="selection: other tools at a call; of more, some are drawn"
    )
    margin: MarginConfig = Field(
        default=MarginConfig(), description="to the wrong answers of negative_examples"
    )

    @model_validator(mode="before")
    @classmethod
    def _published_name(cls, values: Any) -> Any:
        old = "process_supervision_weight"
        if not isinstance(values, Mapping) or old not in values:
            return values
        if "kd_weight" in values:
            raise ValueError(f"kd_weight and {old} are two names of one weight: leave {old} out")
        return {"kd_weight" if key == old else key: value for key, value in values.items()}


class GroupWeights(_Section):
    """What a token counts for by what it is part of."""

    reasoning: float = Field(default=2.0, ge=0, description="where a licence lets it be learnt")
    action: float = Field(default=1.5, ge=0, description="calls: names, arguments, envelope")
    observation: float = Field(default=0.0, ge=0, description="what the student only reads")
    other: float = Field(default=0.8, ge=0, description="prose, and carried results")


class FeedbackConfig(_Section):
    """A temperature that follows the loss."""

    every: int = Field(default=100, ge=1, description="optimizer steps between two changes")
    factor: float = Field(default=1.05, gt=1, description="up if the loss rose, down if it fell")
    dead_band: float = Field(default=0.01, ge=0, description="nats that count as no change")
    least: float = Field(default=1.0, ge=0.5, description="lowest temperature")
    most: float = Field(default=10.0, le=20, description="highest temperature")


class AgentConfig(_Section):
    """Structured-agent distillation: spans weighted by what they are, and regularisers."""

    divergence: DivergenceConfig = Field(
        default=DivergenceConfig(name="adaptive"), description="which, and how"
    )
    weighting: Weighting = Field(default="adaptive", description="ops/losses/weighting.py")
    groups: GroupWeights = Field(default=GroupWeights(), description="weights before weighting")
    temperature: TemperatureConfig = Field(
        default=TemperatureConfig(start=3.0, end=3.0), description="of both sides"
    )
    feedback: FeedbackConfig | None = Field(
        default=None, description="let the temperature follow the loss from its start"
    )
    cross_entropy_weight: float = Field(
        default=0.1, ge=0, le=1, description="of the text; the divergence has the rest"
    )
    label_smoothing: float = Field(
        default=0.1, ge=0, lt=1, description="share of other tokens in the cross-entropy's target"
    )
    entropy: float = Field(default=0.01, ge=0, description="bonus for the student's entropy")
    confidence: float = Field(default=0.05, ge=0, description="penalty on its largest probability")
    consistency: float = Field(default=0.1, ge=0, description="penalty on uneven spans of a kind")
    span_metrics: bool = Field(default=True, description="measure the divergence by group too")


class DenseConfig(_Section):
    """The whole distribution of a teacher that is here, beside the objective of a run."""

    teacher: str = Field(
        min_length=1,
        description="Hugging Face folder or GGUF file of a model with the student's tokenizer",
    )
    weight: float = Field(
        default=0.5, gt=0, le=1, description="of this divergence; the objective has the rest"
    )
    temperature: float = Field(default=1.0, ge=0.5, le=20, description="of both sides")


class RepairConfig(_Section):
    """Learn the repaired text and unlearn the broken one."""

    unlikelihood_weight: float = Field(
        default=0.5, ge=0, le=1, description="of unlearning; the repaired text has the rest"
    )


PRESETS: Mapping[str, AgentConfig] = {
    "production": AgentConfig(
        temperature=TemperatureConfig(start=2.0, end=2.0),
        groups=GroupWeights(reasoning=2.5, action=1.8),
    ),
    "research": AgentConfig(
        divergence=DivergenceConfig(name="wasserstein"),
        weighting="curriculum",
        feedback=FeedbackConfig(),
        entropy=0.02,
        consistency=0.15,
    ),
    "fast": AgentConfig(
        divergence=DivergenceConfig(name="forward_kl"),
        weighting="uniform",
        entropy=0.0,
        confidence=0.0,
        consistency=0.0,
        span_metrics=False,
    ),
    "paper": AgentConfig(
        divergence=DivergenceConfig(name="forward_kl"),
        weighting="constant",
        groups=GroupWeights(reasoning=1.0, action=1.0, observation=0.0, other=0.0),
        temperature=TemperatureConfig(),
        cross_entropy_weight=0.0,
        label_smoothing=0.0,
        entropy=0.0,
        confidence=0.0,
        consistency=0.0,
    ),
}
"""Settings that have a name; `paper` is arXiv:2505.13820 with equal lambdas."""
