"""What is read and written in a turn, under templates as models have them."""

from typing import Any

import pytest

from ops.errors import InputError
from ops.student.turn import UnrenderableError, turns

ASKED = [{"role": "user", "content": "hello"}]
LLAMA = (
    "{{ bos_token }}{% for m in messages %}<|head|>{{ m.role }}\n\n{{ m.content | trim }}<|eot|>"
    "{% endfor %}{% if add_generation_prompt %}<|head|>assistant\n\n{% endif %}"
)
BARE = (
    "{% for m in messages %}{{ '### ' + m.role + ':\n' + m.content + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}### assistant:\n{% endif %}"
)
THOUGHTS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' %}<think>\n\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ALTERNATING = (
    "{% for m in messages %}{% if m.role not in ('user', 'assistant') %}"
    "{{ raise_exception('only user and assistant') }}{% endif %}"
    "[{{ m.role }}]{{ m.content }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def with_template(tokenizer: Any, template: str | None) -> Any:
    from copy import deepcopy

    made = deepcopy(tokenizer)
    made.chat_template = template
    return made


def test_the_projects_own_template(tokenizer: Any) -> None:
    found = turns(tokenizer)
    assert (found.end, found.marks) == ("<|im_end|>", ("<|im_end|>", "<|im_start|>"))
    prompt, answer = found.of(ASKED, [], "Hi.")
    assert prompt == "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"
    assert answer == "Hi.<|im_end|>"


@pytest.mark.parametrize(
    ("template", "end", "answer"),
    [
        pytest.param(LLAMA, "<|eot|>", "Hi.<|eot|>", id="another_end"),
        pytest.param(BARE, "<|im_end|>", "Hi.<|im_end|>", id="no_end_but_the_tokenizers"),
        pytest.param(
            THOUGHTS, "<|im_end|>", "<think>\n\n</think>\n\nHi.<|im_end|>", id="empty_thoughts"
        ),
    ],
)
def test_the_end_of_a_turn_is_always_written(
    tokenizer: Any, template: str, end: str, answer: str
) -> None:
    found = turns(with_template(tokenizer, template))
    assert found.end == end
    assert found.of(ASKED, [], "Hi.")[1] == answer


def test_a_conversation_that_the_template_refuses(tokenizer: Any) -> None:
    found = turns(with_template(tokenizer, ALTERNATING))
    with pytest.raises(UnrenderableError, match="only user and assistant"):
        found.of([{"role": "system", "content": "Be kind."}, *ASKED], [], "Hi.")


@pytest.mark.parametrize(
    ("template", "told"),
    [
        pytest.param(None, "has no chat template", id="none"),
        pytest.param("{{ nonsense(", "its chat template fails", id="no_jinja"),
        pytest.param("{{ messages[0].content }}", "does not write an answer", id="answer_unseen"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(
    tokenizer: Any, template: str | None, told: str
) -> None:
    with pytest.raises(InputError, match=told) as error:
        turns(with_template(tokenizer, template))
    assert "\n" not in str(error.value)
