"""The saved package answers held-out prompts: what it calls, free and under the tool grammar.

Judged and counted as a student's answers are (ops/evaluation), so that the figures of the file that
ships stand beside those of the student. Too few prompts to gate on: the bounds say how few.
"""

from collections.abc import Callable
from typing import Any

from ops import tables
from ops.coreml.decode import Worker
from ops.evaluation.contract import EVALUATIONS, MODES
from ops.evaluation.row import Answer, evaluation_row
from ops.evaluation.summary import summarise
from ops.grammar.compiled import grammars
from ops.prompts.contract import decoded

SHOWN = ("json_validity", "tool_selection", "exact_match")
