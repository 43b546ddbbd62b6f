"""Texts as long and as varied as real ones: right answers to the benchmark's prompts, or ours.

With ../shared/data beside the project these are the rows of the Berkeley Function Calling
Leaderboard under the tokenizer of Qwen 2.5; without it, the registry's prompts under a tokenizer
that is trained on them.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow import compute

from ops import tables
from ops.phrases.book import load_book
from ops.prompts.config import KindShares, MixConfig
from ops.prompts.contract import PROMPTS
from ops.prompts.mix import mix
from ops.prompts.registry import load_registry
from ops.prompts.sources import read_source
from ops.spans.build import build
from ops.spans.supervision import Supervision
from ops.student import base
from ops.student import tokenizer as tokenizers
from ops.student.config import StudentConfig

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
CONTEXT = 8192
SHOWN = StudentConfig(context=CONTEXT, tools_shown="full")
GENERATED = 2000
Prompt = dict[str, Any]


def source(data: Path = DATA) -> str:
    """What the texts are, in words."""
    if _present(data):
        return "BFCL v4 prompts and right answers, tokenizer of Qwen 2.5"
    return "generated prompts of the registry, tokenizer of 2,048 tokens trained on them"


def texts(folder: Path, data: Path = DATA) -> Supervision:
    """Texts and spans of an answer to each prompt; the tokenizer is left in `folder`."""
    if _present(data):
        prompts = _benchmark(data / "bfcl")
        tokenizer = tokenizers.adopt(data / "qwen2.5-tokenizer", SHOWN)
    else:
        prompts = _registry()
        beside = folder / "prompts.parquet"
        tables.write(tables.from_rows(prompts, PROMPTS), beside)
        trained = tokenizers.train(base.training_texts([beside]), 2048)
        tokenizer = tokenizers.wrap(trained, CONTEXT, "full")
    tokenizer.save_pretrained(str(folder))
    return build(((one, _right(one)) for one in prompts), tokenizer, "measured", CONTEXT)


def short(made: Supervision) -> Supervision:
    """The shortest hundredth of the texts, for as many rows as nobody waits for otherwise."""
    lengths = made.texts["tokens"].to_numpy()
    texts = made.texts.take(np.argsort(lengths, kind="stable")[: max(1, len(lengths) // 100)])
    kept = compute.is_in(made.spans["prompt_id"], texts["prompt_id"].combine_chunks())
    return replace(made, texts=texts, spans=made.spans.filter(kept))


def _present(data: Path) -> bool:
    return (data / "bfcl").is_dir() and (data / "qwen2.5-tokenizer").is_dir()


def _benchmark(folder: Path) -> list[Prompt]:
    found = read_source(folder, "bfcl", MixConfig())
    return [one.prompt | {"split": "train"} for one in found if one.prompt]


def _registry() -> list[Prompt]:
    registry = load_registry(ROOT / "configs" / "tools.json")
    config = MixConfig(prompts=GENERATED, kinds=KindShares(long_context=0.0))
    made = mix(registry, load_book(ROOT / "configs" / "phrases.yaml"), config, seed=7)
    return [row | {"split": "train"} for row in tables.rows(made)]


def _right(prompt: Prompt) -> dict[str, Any]:
    """The answer that is right, as a row of ops.teacher.contract.RESPONSES has it."""
    calls = [
        {"name": one["name"], "arguments": {k: _first(v) for k, v in one["arguments"].items()}}
        for one in json.loads(prompt["expected"] or "[]")
    ]
    words = "" if calls else "None of the tools that I was offered can do that for you."
    return {
        "request_key": "key-" + prompt["prompt_id"],
        "content": words,
        "calls": json.dumps(calls),
    }


def _first(accepted: Any) -> Any:
    """The first accepted value, at any depth."""
    if not isinstance(accepted, list) or not accepted:
        return accepted
    value = accepted[0]
    if isinstance(value, dict):
        return {name: _first(one) for name, one in value.items()}
    return value
