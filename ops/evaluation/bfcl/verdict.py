"""What a judgement says, and the names of what can be wrong: the benchmark's own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Right, or the benchmark's name for the fault and one line about it.

    The names are the benchmark's to the letter; the line is ours.
    """

    valid: bool
    error_type: str = ""
    error: str = ""


RIGHT = Verdict(True)
UNJUDGED = "checker:cannot_judge"
"""Not the benchmark's: where its checker ends with an exception instead of a verdict."""
_SHORT = 300


def wrong(error_type: str, error: str) -> Verdict:
    """A fault, its line cut to 300 characters."""
    return Verdict(False, error_type, error if len(error) <= _SHORT else error[: _SHORT - 1] + "…")


class CannotJudgeError(ValueError):
    """A schema or an accepted value has a form that the benchmark's rules say nothing about."""
