"""What can be set about the student. Values live in configs/<profile>.yaml, section student."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ops.student.source import is_gguf

ToolsShown = Literal["full", "compact", "names", "none"]
Template = Literal["project", "own"]


class ScratchConfig(BaseModel):
    """A Llama-architecture student made from nothing, with a tokenizer trained on the mix."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocabulary: int = Field(default=2048, ge=300, description="tokens, byte-level BPE")
    hidden: int = Field(default=192, gt=0, description="width of the residual stream")
    layers: int = Field(default=4, gt=0, description="decoder blocks")
    heads: int = Field(default=6, gt=0, description="query heads; must divide hidden")
    kv_heads: int = Field(default=2, gt=0, description="key and value heads; must divide heads")
    feed_forward: int = Field(default=512, gt=0, description="width inside the gated MLP")
    tied: bool = Field(default=True, description="the head is the table of embeddings")

    @model_validator(mode="after")
    def heads_divide_the_width(self) -> "ScratchConfig":
        """Attention splits the width evenly, and every key head serves as many query heads."""
        if self.hidden % self.heads or self.heads % self.kv_heads:
            raise ValueError(
                f"heads ({self.heads}) must divide hidden ({self.hidden}), and kv_heads "
                f"({self.kv_heads}) must divide heads"
            )
        return self


class StudentConfig(BaseModel):
    """Which student, and how it is shown its tools."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str | None = Field(
        default=None,
        description="Hugging Face folder or GGUF file to start from; null = from scratch",
    )
    scratch: ScratchConfig = Field(default=ScratchConfig(), description="used when base is null")
    tokenizer: str | None = Field(
        default=None,
        description="folder with the tokenizer of a scratch student, such as the teacher's, or "
        "of a GGUF file; null = trained on the mix, or the GGUF file's own",
    )
    template: Template = Field(
        default="project",
        description="project: ops/student/chat_template.jinja; own: the one in the folder of base "
        "or tokenizer, which must write calls as Hermes and Qwen do",
    )
    context: int = Field(default=512, ge=64, description="tokens, prompt and answer together")
    tools_shown: ToolsShown = Field(
        default="names",
        description="how much of the offered tools the project's template puts into the prompt",
    )
    seed: int = Field(default=7, ge=0, description="initial weights of a scratch student")

    @model_validator(mode="after")
    def one_source(self) -> "StudentConfig":
        """A pretrained folder brings its tokenizer; a trained tokenizer has no template."""
        if self.base is not None and self.tokenizer is not None and not is_gguf(Path(self.base)):
            raise ValueError("tokenizer is for a scratch student: leave it out, or leave out base")
        if self.template == "own" and self.base is None and self.tokenizer is None:
            raise ValueError("template: own needs base or tokenizer, the folder that has one")
        return self
