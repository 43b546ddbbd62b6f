"""Questions that are typed: where one ends, what a mistake does, how all of it ends."""

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from ops.errors import InputError
from pipeline.console import FIRST, NEXT, prompt


def typed(*lines: str | type[BaseException]) -> tuple[Callable[[str], str], list[str]]:
    left, shown = list(lines), []

    def read(mark: str) -> str:
        shown.append(mark)
        line = left.pop(0) if left else EOFError
        if isinstance(line, str):
            return line
        raise line

    return read, shown


def said(*lines: str | type[BaseException]) -> tuple[list[str], str, list[str]]:
    asked: list[str] = []

    def answer(question: str) -> None:
        asked.append(question)
        if "frm" in question:
            raise InputError("that query does not run: [no]")

    read, shown = typed(*lines)
    told = io.StringIO()
    prompt(answer, Console(file=told), read)
    return asked, told.getvalue(), shown


@pytest.mark.parametrize(
    ("lines", "asked"),
    [
        (("select 1;",), ["select 1"]),
        (("select", "1;", "from x", ""), ["select\n1", "from x"]),
        (("", "select 1"), ["select 1"]),
        (("EXIT;", "select 1;"), []),
        (("select 1;", "quit", "select 2;"), ["select 1"]),
    ],
)
def test_a_question_ends_with_a_semicolon_or_an_empty_line(
    lines: tuple[str, ...], asked: list[str]
) -> None:
    assert said(*lines)[0] == asked


def test_after_a_mistake_or_ctrl_c_the_next_question_comes() -> None:
    asked, told, shown = said("frm x;", "select", KeyboardInterrupt, "from y;")
    assert asked == ["frm x", "from y"]
    assert told == "that query does not run: [no]\ngiven up\n"
    assert shown == [FIRST, FIRST, NEXT, FIRST, FIRST]
