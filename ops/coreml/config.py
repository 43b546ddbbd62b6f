"""What can be set about the CoreML package. Values live in configs/<profile>.yaml."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["fp16", "int8", "int4", "lut4", "lut6"]


class CoreMLConfig(BaseModel):
    """One package: how its weights are stored, and how many tokens its state holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    precision: Precision = Field(
        default="int8",
        description="storage of matrices: fp16; int8 with a scale a row; int4 with a scale for 32 "
        "numbers; lut4 or lut6, indices of 4 or 6 bits into a palette for 16 rows; below 8 bits "
        "embeddings are int8; computation is fp16 in all",
    )
    context: int = Field(
        default=512,
        ge=32,
        le=32768,
        multiple_of=32,
        description="tokens, length of the key/value state; the Neural Engine refuses state "
        "lengths that are not a multiple of 32 (coremltools issue 2631)",
    )
