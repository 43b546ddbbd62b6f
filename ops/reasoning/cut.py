"""Reasoning in a text: found in every way that models mark it, and cut out in one pass.

A tag opens or closes a block of reasoning: <think> and its like in any case, with blanks and
attributes, [THINK], <|START_THINKING|>, Kimi's and Gemma's; and the same written with escapes.
Blocks nest; one that is never closed runs to the end; a tag that closes nothing makes all before
it reasoning. OpenAI's harmony format is the other way round: it has messages in channels, and only
what stands in channel `final` is for the reader, and what stands in `commentary` with a tool as its
recipient is a call, which stays as it is, header and all
(https://cookbook.openai.com/articles/openai-harmony).

One walk over the tags, each found by an expression that cannot backtrack: linear in the text.
Not here: which fields of a message carry reasoning (ops/teacher/wire/carriers.py).
"""

import re
from bisect import bisect_left
from dataclasses import dataclass

from ops.reasoning import harmony
from ops.toolcalls.scan import Scanner

# < and > as they are, full width, or escaped for HTML or JSON.
_LT = r"(?:[<＜]|&(?:lt|\#60|\#x3c);|(?<!\\)\\++u003c)"
_GT = r"(?:[>＞]|&(?:gt|\#62|\#x3e);|\\++u003e)"
_WITHIN = r"(?:[^<>＜＞&\\]|&(?!(?:[lg]t|\#6[02]|\#x3[ce]);)|\\(?!u003[ce]))*+"
_NAME = (
    r"(?:antthinking|(?:[a-z0-9]{1,24}[:_])?"
    r"(?:thinking|think|thoughts?|reasoning|reflection|scratch_?pad))"
)
TAG = re.compile(
    rf"""
      {_LT}(?:
          \s*+(?P<slash>\\*+/)?\s*+{_NAME}(?P<rest>(?:[\s/]{_WITHIN})?)
        | [|｜](?P<harmony>start|channel|message|end|return|call|constrain)[|｜]
        | [|｜](?P<pipe>/?(?:start_|end_|begin_of_|end_of_)?(?:thinking|think|thought)
            |inner_prefix|inner_suffix)[|｜]
        | (?P<gemma>\|channel|channel\|)
      ){_GT}
    | \[\s*+(?P<bracket>/?)\s*+THINK\s*+\]
    | ◁(?P<kimi>/?)think▷
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAY_HOLD_A_TAG = re.compile(r"[<＜&\\\[◁]")
# Harmony whose special tokens the server took out, as llama.cpp and others did.
_BARE_HARMONY = re.compile(r"\s*+(?:analysis|commentary)(?=\S)")
_BARE_FINAL, _BARE_CALL = "assistantfinal", "assistantcommentary"
_ESCAPE = re.compile(r"(?<!\\)\\++(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_BLANKS = frozenset("bfnrt")
_LEVELS = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without its reasoning.

    Attributes:
        words: what is left.
        reasoning: what was taken out, its pieces on lines of their own; blank pieces do not count.
        edited: something was taken out of the middle of a JSON object, which is then not what the
            teacher wrote.
    """

    words: str
    reasoning: str = ""
    edited: bool = False


def cut(text: str) -> Cut:
    """The text without reasoning.

    What is cut out may leave halves that join to a new tag; then nothing of the text is words.

    >>> cut("<think>2 + 2</think>It is 4.")
    Cut(words='It is 4.', reasoning='2 + 2', edited=False)
    """
    if not _MAY_HOLD_A_TAG.search(text) and not _BARE_HARMONY.match(text):
        return Cut(text)
    walk = _Walk(text)
    walk.run()
    if not walk.marks and not walk.hidden:
        return Cut(text)
    words, hidden = "".join(walk.shown), walk.hidden
    if TAG.search(harmony.without_frames(words)):
        words, hidden = "", [*hidden, words]
    reasoning = "\n".join(piece.strip() for piece in hidden if piece.strip())
    return Cut(words, reasoning, _inside_json(text, walk.marks))


def without(text: str) -> str:
    """The words that are left of a text, and no blanks around them where something was cut out.

    >>> without("<think>Rome?</think>\\nIt is Rome."), without("Rome.\\n")
    ('It is Rome.', 'Rome.\\n')
    """
    words = cut(text).words
    return text if words == text else words.strip()


def tagged(text: str) -> bool:
    """Whether the text holds a tag of reasoning, as it is or once its escapes are read.

    The header and the end of a harmony call are none.

    >>> tagged("a <think> b"), tagged(r"\\u003c\\u0074hink\\u003e"), tagged("I think so")
    (True, True, False)
    """
    text = harmony.without_frames(text)
    for _ in range(_LEVELS):
        if TAG.search(text):
            return True
        if "\\" not in text:
            return False
        text = _ESCAPE.sub(_character, text)
    return bool(TAG.search(text))


def _character(escape: re.Match[str]) -> str:
    code, plain = escape.groups()
    return chr(int(code, 16)) if code else " " if plain in _BLANKS else plain


class _Walk:
    """One pass over a text: what is shown, what is hidden, and where tags stood.

    `depth` counts open blocks; `channel` says where the text stands in harmony: "shown" before
    any of it and in channel final, "header" between a message's start and its text, "hidden" else.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.scanner = Scanner(text)
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self.marks: list[tuple[int, int]] = []
        self.header: list[str] = []
        self.channel = "shown"
        self.depth = self.opened = self.at = 0

    def run(self) -> None:
        if _BARE_HARMONY.match(self.text):
            self._skip_bare()
        self._pass_call(self.at)
        while tag := TAG.search(self.text, self.at):
            self._take(tag.start())
            self.at = tag.end()
            if not self._pass_call(tag.start()):
                self._meet(tag)
        self._take(len(self.text))
        self.hidden += self.header
        if self.depth:
            self.marks.append((self.opened, len(self.text)))

    def _skip_bare(self) -> None:
        final, call = self.text.rfind(_BARE_FINAL), self.text.rfind(_BARE_CALL)
        if max(final, call) >= 0:
            self.at = final + len(_BARE_FINAL) if final > call else len(self.text)
            self.hidden.append(self.text[: max(final, call)])

    def _pass_call(self, at: int) -> bool:
        """Show the whole of a harmony call that begins at `at`, unless a block hides it."""
        frame = None if self.depth else harmony.call_at(self.scanner, at)
        if frame is None:
            return False
        self.hidden += self.header
        self.shown.append(self.text[at : frame.end])
        self.channel, self.header, self.at = "shown", [], frame.end
        return True

    def _take(self, end: int) -> None:
        piece = self.text[self.at : end]
        if self.depth or self.channel == "hidden":
            self.hidden.append(piece)
        elif self.channel == "header":
            self.header.append(piece)
        else:
            self.shown.append(piece)

    def _meet(self, tag: re.Match[str]) -> None:
        """Whichever hides first goes on hiding: inside a block no channel counts, nor the other
        way round.
        """
        if tag["harmony"]:
            if not self.depth:
                self.marks.append(tag.span())
                self._turn(tag["harmony"].lower())
        elif self.channel == "shown":
            self._block(tag, _effect(tag))

    def _turn(self, token: str) -> None:
        if token in ("start", "channel"):
            self.channel, self.header = "header", []
        elif token == "message":
            named = "".join(self.header).lower().split()[:1]
            self.channel, self.header = "shown" if named == ["final"] else "hidden", []
        elif token != "constrain":
            self.channel = "hidden"

    def _block(self, tag: re.Match[str], effect: int) -> None:
        if effect > 0:
            self.opened = self.opened if self.depth else tag.start()
            self.depth += 1
        elif self.depth:
            self.depth += effect
            if not self.depth:
                self.marks.append((self.opened, tag.end()))
        else:
            self.marks.append(tag.span())
            if effect:
                self.hidden += self.shown
                self.shown = []


def _effect(tag: re.Match[str]) -> int:
    """How many blocks a tag opens: 1, -1, or 0 for one that closes itself."""
    if tag["rest"] is not None:
        return -1 if tag["slash"] else 0 if tag["rest"].endswith("/") else 1
    if tag["pipe"]:
        pipe = tag["pipe"].lower()
        return -1 if pipe.startswith(("/", "end_")) or pipe == "inner_suffix" else 1
    if tag["gemma"]:
        return 1 if tag["gemma"].startswith("|") else -1
    return -1 if tag["bracket"] or tag["kimi"] else 1


def _inside_json(text: str, marks: list[tuple[int, int]]) -> bool:
    """Whether one of the marks lies in a JSON object that begins outside of all of them."""
    starts = [start for start, _ in marks]
    scanner = Scanner(text)
    at = text.find("{")
    while at != -1 and not scanner.spent:
        end = scanner.close(at)
        if end is not None:
            after = bisect_left(starts, at)
            begins_hidden = after > 0 and at < marks[after - 1][1]
            if not begins_hidden and after < len(marks) and marks[after][1] < end:
                return True
        at = text.find("{", at + 1 if end is None else end)
    return False
