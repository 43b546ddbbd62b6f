"""Whether registry and phrase book fit: every tool can be asked for, and every call is valid."""

import random

import jsonschema_rs

from ops.errors import SettingsError
from ops.phrases.book import Book, Phrasing, ToolPhrases
from ops.phrases.reader import nest
from ops.phrases.split import SPLITS
from ops.prompts.registry import Registry


def check_fit(registry: Registry, book: Book) -> None:
    """Raise a SettingsError that names the first tool or phrasing that does not fit."""
    silent = sorted(registry.tools.keys() - book.tools.keys())
    unknown = sorted(book.tools.keys() - registry.tools.keys())
    if silent or unknown:
        raise SettingsError(
            f"tool registry and phrase book differ: no phrasings for {silent[:5]}, no tool for "
            f"{unknown[:5]}; both files must name the same tools"
        )
    for name, tool in book.tools.items():
        schema = registry.tools[name]["function"].get("parameters", {})
        validator = jsonschema_rs.Draft202012Validator(schema)
        for phrasing in tool.phrasings:
            _check_phrasing(name, tool, phrasing, book, validator)


def _check_phrasing(
    name: str,
    tool: ToolPhrases,
    phrasing: Phrasing,
    book: Book,
    validator: jsonschema_rs.Draft202012Validator,
) -> None:
    rng = random.Random(0)
    for split in SPLITS:
        drawn = {slot: book.values.draw(tool.slots[slot], rng, split) for slot in phrasing.slots}
        arguments = nest({slot: said.value for slot, said in drawn.items()} | phrasing.fixed)
        for error in validator.iter_errors(arguments):
            raise SettingsError(
                f"phrase book: {phrasing.say!r} gives a call that the schema of {name} refuses: "
                f"{' '.join(error.message.split())[:200]}"
            )
