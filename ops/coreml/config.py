"""What can be set about the CoreML package. Values live in configs/<profile>.yaml."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Precision = Literal["fp16", "int8", "int4", "lut4", "lut6"]
Shapes = Literal["range", "enumerated", "fixed"]
NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"  # what coremltools takes for the name of a function


class FunctionConfig(BaseModel):
    """One function of a package."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: int | None = Field(
        default=None,
        ge=1,
        description="tokens that a call takes, exactly; nothing: any number up to the context",
    )
    adapter: str | None = Field(
        default=None,
        min_length=1,
        description="folder of a PEFT adapter of the student; nothing: the student as it is",
    )


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
    shapes: Shapes = Field(
        default="range",
        description="lengths that a call may have: range, any up to the context, with a state; "
        "enumerated, the context, half and a quarter of it, without a state; fixed, one for each "
        "function, with a state, for the Neural Engine",
    )
    functions: dict[Annotated[str, Field(pattern=NAME)], FunctionConfig] = Field(
        default={"main": FunctionConfig()},
        min_length=1,
        description="functions of the package by name, which share its weights; the first is what "
        "a client gets that names none",
    )

    evaluate: int = Field(
        default=20,
        ge=0,
        description="held-out prompts that the saved package answers, free and under the tool "
        "grammar; their rates stand in verification.json and gate nothing",
    )

    @model_validator(mode="after")
    def _a_function_alone_is_main(self) -> Self:
        if len(self.functions) == 1 and "main" not in self.functions:
            raise ValueError(
                f"functions has only {next(iter(self.functions))!r}; one alone is called 'main'"
            )
        return self

    @model_validator(mode="after")
    def _functions_have_the_shapes(self) -> Self:
        for name, function in self.functions.items():
            if self.shapes == "fixed" and function.tokens is None:
                raise ValueError(f"functions.{name}.tokens is not set; shapes: fixed needs it")
            if self.shapes == "enumerated" and function.tokens is not None:
                raise ValueError(
                    f"functions.{name}.tokens is set; with shapes: enumerated a call takes the "
                    f"whole conversation"
                )
        return self

    @model_validator(mode="after")
    def _tokens_fit_the_context(self) -> Self:
        for name, function in self.functions.items():
            if function.tokens is not None and function.tokens > self.context:
                raise ValueError(
                    f"functions.{name}.tokens is {function.tokens}; a state of {self.context} "
                    f"tokens (context) holds no more"
                )
        return self
