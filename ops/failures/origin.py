"""Why a teacher's answer or a correction was refused, in the words that name a student's failures.

A reason that says nothing about what an answer holds (never asked, cut by a filter, reasoning that
the profile forbids) has no category: no output failed. Not here: the student's own failures, which
are judged (classify.py).
"""

from collections.abc import Mapping

CATEGORY_OF: Mapping[str, str] = {
    "truncated": "truncated",
    "rewriter_truncated": "truncated",
    "refusal": "refusal",
    "empty": "empty",
    "reasoning_starved": "empty",
    "broken_call": "json_parse_error",
    "not_as_asked": "json_parse_error",
}
"""Reasons of refused.parquet and unrepaired.parquet that mean one category."""

NAMED = ("wrong_answer",)
"""Reasons whose detail begins with the scorer's own category and a colon."""

OF_PROBLEM: Mapping[str, str] = {
    "unknown_tool": "invented_tool",
    "wrong_type": "wrong_type",
    "not_an_object": "wrong_type",
}
"""Of the reason `schema`: kinds of problem, told after the tool's name, that have a category of
their own; the others are `schema_violation`."""
