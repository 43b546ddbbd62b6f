"""Prompts → the student that training starts from: tokenizer and weights, or an adopted folder."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ops.prompts.contract import settled
from ops.student import model as students
from ops.student import tokenizer as tokenizers
from ops.student.config import StudentConfig


def make(prompts: Iterable[Path], config: StudentConfig, out: Path) -> dict[str, Any]:
    """Write `out/student` and say what it is; only the training split is read."""
    adopted = config.tokenizer or config.base
    if adopted is not None:
        tokenizer = tokenizers.adopt(Path(adopted), config)
    else:
        texts = list(training_texts(prompts))
        trained = tokenizers.train(texts, config.scratch.vocabulary)
        tokenizer = tokenizers.wrap(trained, config.context, config.tools_shown)
    if config.base is not None:
        model = students.load(Path(config.base))
    else:
        model = students.scratch(config.scratch, tokenizer, config.context, config.seed)
    students.save(model, tokenizer, out / "student")
    return {
        "parameters": sum(value.numel() for value in model.parameters()),
        "vocabulary": len(tokenizer),
        "context": config.context,
        "from": config.base or "scratch",
    }


def training_texts(prompts: Iterable[Path]) -> Iterator[str]:
    """What a tokenizer should see: the words, the tools' names, and calls as they are written."""
    for row in settled(prompts).values():
        if row["split"] == "train":
            yield from _texts(row)


def _texts(row: dict[str, Any]) -> Iterator[str]:
    for message in json.loads(row["messages"]):
        yield str(message.get("content") or "")
    yield "tools: " + ", ".join(tool["function"]["name"] for tool in json.loads(row["tools"]))
    for call in json.loads(row["expected"] or "[]"):
        arguments = {name: accepted[0] for name, accepted in call["arguments"].items() if accepted}
        yield json.dumps({"name": call["name"], "arguments": arguments}, ensure_ascii=False)
