"""Which chat templates a student may keep."""

import json
from typing import Any

import pytest

from ops.student.render import END, render_answer, render_prompt
from ops.student.template import misfit
from ops.toolcalls.call import ToolCall

TOOLS = [{"type": "function", "function": {"name": "ping", "parameters": {"type": "object"}}}]
# Written after what Qwen2.5 documents: tools as JSON lines, results as a turn of the user.
HERMES = """\
{%- if tools %}<|im_start|>system
{{ messages[0].content if messages[0].role == 'system' else 'You help.' }}
# Tools
<tools>{% for tool in tools %}
{{ tool | tojson }}{% endfor %}
</tools><|im_end|>
{% endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'assistant' and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant' + ('\n' + message.content if message.content else '') }}
        {%- for call in message.tool_calls %}
            {{- '\n<tool_call>\n{"name": "' + call.function.name + '", "arguments": ' }}
            {{- (call.function.arguments | tojson) + '}\n</tool_call>' }}
        {%- endfor %}{{- '<|im_end|>\n' }}
    {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\n<tool_response>\n' + message.content }}
        {{- '\n</tool_response><|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}"""


class Templated:
    """A tokenizer as far as templates go: the library's own renderer around a text."""

    def __init__(self, tokenizer: Any, template: str | None) -> None:
        self.chat_template = template
        self._tokenizer = tokenizer

    def apply_chat_template(self, messages: Any, **given: Any) -> Any:
        return self._tokenizer.apply_chat_template(
            messages, chat_template=self.chat_template, **given
        )


def test_the_project_s_template_and_one_of_the_family_fit(tokenizer: Any) -> None:
    assert misfit(tokenizer) is None
    assert misfit(Templated(tokenizer, HERMES)) is None


@pytest.mark.parametrize(
    ("template", "told"),
    [
        pytest.param(None, "is missing", id="none"),
        pytest.param(HERMES.replace("tool | tojson", "''"), "does not show the tools", id="tools"),
        pytest.param(
            HERMES.replace('"arguments": ', '"parameters": '), "writes '<tool_call>", id="calls"
        ),
        pytest.param(
            HERMES.replace("message.content + '<|im_end|>", "message.content + '</s>"),
            "writes 'It rains.</s>'",
            id="end",
        ),
        pytest.param(
            HERMES.replace("<tool_response>\n' + message.content", "<tool_response>'"),
            "does not show the results of tools",
            id="results",
        ),
        pytest.param(
            HERMES.replace("'You help.'", "messages | length"),
            "shows a conversation otherwise",
            id="rewrites",
        ),
        pytest.param("{{ raise_exception('no tools') }}", r"fails (no tools)", id="raises"),
        pytest.param("{% if %}", "fails (", id="broken"),
    ],
)
def test_another_is_refused_with_what_it_does(
    tokenizer: Any, template: str | None, told: str
) -> None:
    assert told in str(misfit(Templated(tokenizer, template)))


def test_past_calls_read_as_the_calls_that_are_trained(tokenizer: Any) -> None:
    """An API gives arguments as text; a template that writes JSON would quote it again."""
    arguments = {"city": "Orléans", "n": 2}
    function = {"name": "ping", "arguments": json.dumps(arguments)}
    called = {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}
    trained = render_answer("", [ToolCall("ping", arguments, "", "openai")])
    for student in (tokenizer, Templated(tokenizer, HERMES)):
        assert trained in render_prompt(student, [{"role": "user", "content": "?"}, called], TOOLS)
    assert trained.endswith(END)
    assert function["arguments"] == json.dumps(arguments)
