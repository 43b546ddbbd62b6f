"""configs/phrases.yaml as a typed book: phrasings, pools, results and answers of every tool.

Not here: the tools' schemas (ops/prompts/registry.py), what is asked (ops/prompts/mix.py), and how
the book is read backwards (ops/phrases/reader.py).
"""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ops.errors import SettingsError
from ops.phrases.pools import Pool, Pools
from ops.phrases.split import cut

_SLOT = re.compile(r"\{([\w.]+)\}")
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Phrasing(BaseModel):
    """One way to ask; `with` holds the arguments that its words imply."""

    model_config = _FROZEN

    say: str = Field(description="text with {slots}")
    fixed: dict[str, Any] = Field(default={}, alias="with", description="implied arguments")

    @property
    def slots(self) -> list[str]:
        """The slots in the order of the text."""
        return _SLOT.findall(self.say)

    @property
    def parts(self) -> list[str]:
        """Literal, slot, literal, slot, ... and a literal, which may be empty, at the end."""
        return _SLOT.split(self.say)


class Asking(BaseModel):
    """Phrasings over slots; what a tool and a group without a tool have in common."""

    model_config = _FROZEN

    slots: dict[str, str] = Field(default={}, description="slot -> pool")
    phrasings: tuple[Phrasing, ...] = Field(description="ways to ask")

    @field_validator("phrasings", mode="before")
    @classmethod
    def _text_is_a_phrasing(cls, given: Any) -> Any:
        listed = given if isinstance(given, list) else []
        return [{"say": one} if isinstance(one, str) else one for one in listed]

    @cached_property
    def by_split(self) -> dict[str, tuple[Phrasing, ...]]:
        """The phrasings of each split."""
        texts = {one.say: one for one in self.phrasings}
        return {split: tuple(texts[say] for say in part) for split, part in cut(texts).items()}


class ToolPhrases(Asking):
    """What the book knows of one tool."""

    similar: tuple[str, ...] = Field(default=(), description="tools to be told apart from it")
    result: dict[str, str] = Field(description="field of a fabricated result -> pool")
    answers: tuple[str, ...] = Field(description="sentences that carry every field of the result")


class Talk(Asking):
    """Prompts that no tool is for, and what to say to them."""

    reply: str = Field(description="the answer in words")


class Carriers(BaseModel):
    """Words around a request that do not change it."""

    model_config = _FROZEN

    prefixes: tuple[str, ...] = Field(default=(), description="before a request, with the space")
    suffixes: tuple[str, ...] = Field(default=(), description="after a request, with the space")
    joins: tuple[str, ...] = Field(description="between two requests of one message")


class Book(BaseModel):
    """The whole phrase book."""

    model_config = _FROZEN

    carriers: Carriers
    pools: dict[str, Pool]
    tools: dict[str, ToolPhrases]
    no_tool: tuple[Talk, ...]
    refusal: str = Field(description="the answer when no offered tool fits")

    @cached_property
    def values(self) -> Pools:
        """The pools, cut into splits."""
        return Pools(self.pools)


def load_book(path: Path) -> Book:
    """The book of a YAML file.

    Raises:
        SettingsError: the file is missing, is no YAML, or does not hold together.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        book = Book.model_validate(found)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"phrase book {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise SettingsError(
            f"phrase book {path} is not YAML: {' '.join(str(error).split())}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsError(f"phrase book {path}: {where}: {first['msg']}") from error
    problems = [*_pool_problems(book), *_phrasing_problems(book), *_answer_problems(book)]
    if problems:
        raise SettingsError(f"phrase book {path}: {problems[0]} ({len(problems)} problems in all)")
    return book


def _pool_problems(book: Book) -> list[str]:
    found = [f"pool {name} {pool.problem()}" for name, pool in book.pools.items() if pool.problem()]
    for name, pool in book.pools.items():
        named = [*pool.slots.values(), *([pool.list_of] if pool.list_of else [])]
        found += [
            f"pool {name} names the pool {one!r}, which is not there"
            for one in named
            if one not in book.pools
        ]
    return found


def _phrasing_problems(book: Book) -> list[str]:
    found, seen = [], set()
    groups: list[tuple[str, Asking]] = [
        *book.tools.items(),
        *(("no_tool", one) for one in book.no_tool),
    ]
    for owner, asking in groups:
        named = [pool for pool in asking.slots.values() if pool not in book.pools]
        found += [f"{owner} names the pool {pool!r}, which is not there" for pool in named]
        if len(asking.phrasings) < 3:
            found.append(
                f"{owner} has {len(asking.phrasings)} phrasings, the three splits need at least 3"
            )
        for one in asking.phrasings:
            if one.say.lower() in seen:
                found.append(f"the phrasing {one.say!r} stands there twice")
            seen.add(one.say.lower())
            if not one.parts[0].strip():
                found.append(f"the phrasing {one.say!r} starts with a slot, expected a word")
            found += [
                f"{one.say!r} has the slot {slot!r}, which {owner} does not name"
                for slot in one.slots
                if slot not in asking.slots
            ]
    return found


def _answer_problems(book: Book) -> list[str]:
    found = []
    for name, tool in book.tools.items():
        found += [
            f"{name}: result {field} names the pool {pool!r}, which is not there"
            for field, pool in tool.result.items()
            if pool not in book.pools
        ]
        found += [
            f"{name} is similar to {other!r}, which is not in the book"
            for other in tool.similar
            if other not in book.tools
        ]
        found += [
            f"{name}: the answer {one!r} leaves out {field}"
            for one in tool.answers
            for field in tool.result
            if f"{{{field}}}" not in one
        ]
        if not tool.answers or not tool.result:
            found.append(f"{name} has no result or no answer")
    return found
