"""The benchmark's categories of one turn: which they are, and by which rule each is judged."""

from collections.abc import Sequence

from ops.errors import SettingsError

CALLS = (
    "simple_python", "simple_java", "simple_javascript", "multiple", "parallel",
    "parallel_multiple", "live_simple", "live_multiple", "live_parallel", "live_parallel_multiple",
)  # fmt: skip
"""Judged call by call, against a file of accepted values."""
RELEVANCE = ("irrelevance", "live_relevance", "live_irrelevance")
"""Judged by whether there is a call at all; the benchmark has no answer file for them."""
SCORED = (*CALLS[:6], "irrelevance", *CALLS[6:], "live_relevance", "live_irrelevance")
NOT_SCORED = {
    "multi_turn_base": "several turns, with simulators of the benchmark's own",
    "multi_turn_miss_func": "several turns, with simulators of the benchmark's own",
    "multi_turn_miss_param": "several turns, with simulators of the benchmark's own",
    "multi_turn_long_context": "several turns, with simulators of the benchmark's own",
    "memory": "an agent with a store, over several conversations",
    "web_search": "an agent with access to the network",
    "format_sensitivity": "other prompts for the same cases; not in the benchmark's score",
}


def language(category: str) -> str:
    """In which language the values are written: python, java or javascript.

    >>> language("simple_java"), language("live_multiple")
    ('java', 'python')
    """
    return category.removeprefix("simple_") if category in CALLS[1:3] else "python"


def chosen(named: Sequence[str]) -> list[str]:
    """The categories that a user names, in the benchmark's order; none named = all.

    Raises:
        SettingsError: one is not known, or is not scored here.
    """
    for name in named:
        reason = next((why for one, why in NOT_SCORED.items() if name.startswith(one)), None)
        if reason:
            raise SettingsError(f"category {name} is not scored here: {reason}")
        if name not in SCORED:
            raise SettingsError(
                f"category {name!r} is not one of the benchmark's; scored are {', '.join(SCORED)}"
            )
    return [name for name in SCORED if name in named or not named]
