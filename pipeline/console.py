"""Questions typed one after another: each ends with a semicolon or an empty line.

Ctrl-C gives up a question, Ctrl-D or `exit` ends. All are put to one snapshot, whatever a run
publishes meanwhile.
"""

from collections.abc import Callable

from rich.console import Console

from ops.errors import PipelineError

FIRST, NEXT = "sql> ", "...> "
ENDS = ("exit", "quit")


def prompt(answer: Callable[[str], None], console: Console, read: Callable[[str], str]) -> None:
    """Answer until there is no more; an error of ours is a line, and the next question comes.

    Args:
        read: shows its argument and returns a line; raises EOFError at the end.
    """
    while True:
        try:
            question = _question(read)
            if question is None:
                return
            if question:
                answer(question)
        except KeyboardInterrupt:
            console.print("given up")
        except PipelineError as error:
            console.print(str(error), markup=False, highlight=False, soft_wrap=True)


def _question(read: Callable[[str], str]) -> str | None:
    """The next one without its semicolon; None = there is none."""
    lines: list[str] = []
    while True:
        try:
            line = read(NEXT if lines else FIRST).strip()
        except EOFError:
            return "\n".join(lines) or None
        if not lines and line.lower().removesuffix(";") in ENDS:
            return None
        lines.append(line.removesuffix(";"))
        if line.endswith(";") or not line:
            return "\n".join(lines).strip()
