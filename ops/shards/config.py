"""What can be set about the shards. Values live in configs/<profile>.yaml, section shards."""

from pydantic import BaseModel, ConfigDict, Field


class ShardsConfig(BaseModel):
    """How examples are stored and put together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows_per_shard: int = Field(default=2000, gt=0, description="examples a Parquet file")
    batch_tokens: int = Field(
        default=2048, gt=0, description="tokens of a batch, which is one row of packed examples"
    )
    days: int = Field(
        default=0, ge=0, description="newest answered days that are read; 0 = all of them"
    )
    process_supervision: bool = Field(
        default=True,
        description="off: every token of an answer is prose, only KD is trained, and "
        "process_checkpoint is not run",
    )
    top_k: int = Field(default=8, ge=1, le=20, description="teacher outcomes kept per token")
