"""What a recorded assistant said and thought, under the profile's policy about reasoning.

A recorded message passes the boundary that an answer of the teacher passes (ops/teacher/wire), and
the policy is applied where it is for those (ops/teacher/policy.py): what the profile forbids is
dropped before anything else sees it, and a row that comes with it is refused where it says so.
"""

import json
from typing import Any

from ops.prompts.layouts.prompt import BadRow
from ops.reasoning.cut import cut
from ops.teacher import policy
from ops.teacher.config import TeacherConfig
from ops.teacher.wire import Answer, from_wire

_ABOUT_REASONING = ("reasoning", "reasoning_left", "reasoning_starved")


class Boundary:
    """The policy of one profile."""

    def __init__(self, config: TeacherConfig) -> None:
        """Of the section teacher only `reasoning` is used."""
        self._config = config

    @property
    def keeps(self) -> bool:
        """Whether thoughts may be learnt at all."""
        return policy.keeps(self._config)

    def spoken(self, message: dict[str, Any]) -> Answer:
        """What a message of an assistant says, in OpenAI's form. Raises BadRow."""
        body = json.dumps({"choices": [{"message": message}]}).encode()
        return self._allowed(from_wire(body, self.keeps))

    def words(self, text: str) -> Answer:
        """What a text says; it may be blank. Raises BadRow."""
        return self.spoken({"content": text}) if text.strip() else Answer()

    def thought(self, text: str) -> str:
        """What is left of a step that is known to be a thought. Raises BadRow."""
        inside = cut(text)
        whole = "\n".join(one.strip() for one in (inside.reasoning, inside.words) if one.strip())
        dropped = ["thought"] if whole else []
        answer = Answer(reasoning=whole, reasoning_chars=len(whole), dropped=dropped)
        return self._allowed(answer).reasoning

    def _allowed(self, answer: Answer) -> Answer:
        applied = policy.apply(answer, self._config)
        if not applied.problem:
            return applied
        reason = "reasoning" if applied.problem in _ABOUT_REASONING else "bad_messages"
        raise BadRow(reason, f"an answer that is {applied.problem}: {applied.detail}")
