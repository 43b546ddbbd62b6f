"""Train examples of several days → rows of NEGATIVES, and figures on what is there and what not."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from ops import progress, tables
from ops.examples.scan import scan
from ops.negatives.change import Change
from ops.negatives.config import NegativesConfig
from ops.negatives.contract import NEGATIVES
from ops.negatives.differ import differ
from ops.negatives.example import Example, read_example
from ops.negatives.judge import CATEGORY
from ops.negatives.make import make
from ops.spans.contract import TEXTS
from ops.student.encode import encode, encode_all
from ops.toolcalls.call import plain_name

AT_ONCE = 256  # examples encoded together
_TEXT = ["prompt_id", "split", "text", "cuts", "tokenizer"]
_prompt_id = itemgetter("prompt_id")


class Tally:
    """How many negatives there are of each kind, and why others are not."""

    def __init__(self) -> None:
        self.examples = 0
        self.made = Counter[str]()
        self.absent = Counter[tuple[str, str]]()

    def figures(self) -> dict[str, Any]:
        """Figures of the asset: for each kind, negatives and absences are all examples."""
        reasons: dict[str, dict[str, int]] = {}
        for (kind, reason), count in sorted(self.absent.items()):
            reasons.setdefault(kind, {})[reason] = count
        return {
            "examples": self.examples,
            "negatives": self.made.total(),
            "by_kind": dict(sorted(self.made.items())),
            "absent": reasons,
        }


class Source:
    """What negatives are made of: prompts as they are settled over the days, texts day by day."""

    def __init__(
        self, prompts: Mapping[str, Mapping[str, Any]], texts: Sequence[Path], tools: Iterable[str]
    ) -> None:
        """`texts` are the texts.parquet of the days, oldest first; `tools` the registry's names."""
        self.prompts = prompts
        self.known = frozenset(map(plain_name, tools)) | _names(prompts.values())
        self._texts = texts

    def rows(self) -> Iterator[dict[str, Any]]:
        """The text of each prompt that is of the train split in all days, in order of their ids."""
        listed = (scan(path, TEXTS, _TEXT) for path in self._texts)
        for prompt_id, same in groupby(merge(*listed, key=_prompt_id), _prompt_id):
            text = list(same)[-1]
            if self.prompts[prompt_id]["split"] == text["split"] == "train":
                yield text


def build(
    source: Source, tokenizer: Any, config: NegativesConfig, context: int, out: Path
) -> dict[str, Any]:
    """Write `out/negatives.parquet`; `context` is the student's, in tokens."""
    tally, texts = Tally(), source.rows()
    with tables.Writer(out / "negatives.parquet", NEGATIVES) as writer:
        while block := list(islice(texts, AT_ONCE)):
            tally.examples += len(block)
            for row in _block(block, source, tokenizer, config, tally):
                longest = max(len(row["positive_ids"]), len(row["negative_ids"]))
                if len(row["prompt_ids"]) + longest > context:
                    tally.absent[row["negative_kind"], "too_long"] += 1
                elif row["positive_ids"] == row["negative_ids"]:
                    tally.absent[row["negative_kind"], "same_tokens"] += 1
                else:
                    tally.made[row["negative_kind"]] += 1
                    writer.add(row)
            progress.report("negatives", tally.examples, len(source.prompts))
    return tally.figures()


def _block(
    texts: list[dict[str, Any]],
    source: Source,
    tokenizer: Any,
    config: NegativesConfig,
    tally: Tally,
) -> Iterator[dict[str, Any]]:
    """The rows of some examples, whose negatives are encoded together."""
    rows: list[dict[str, Any]] = []
    for text in texts:
        prompt = source.prompts[text["prompt_id"]]
        encoded = encode(tokenizer, text["text"], text["cuts"])
        asked, whole = text["cuts"][-2:]
        edges = sorted({end - asked for _, end in encoded.offsets if end > asked})
        answer = text["text"][asked:whole]
        example = read_example(prompt, answer, edges, source.known, config.seed)
        if isinstance(example, str):
            tally.absent.update((kind, example) for kind in config.kinds)
            continue
        made = make(example, config)
        tally.absent.update(made.absent.items())
        cut = encoded.cuts[-2]
        same = {"tokenizer": text["tokenizer"], "prompt_ids": encoded.ids[:cut]}
        same["positive_ids"] = encoded.ids[cut:]
        rows += (_row(example, *change) | same for change in sorted(made.changes.items()))
    for row, ids in zip(
        rows, encode_all(tokenizer, [row["negative"] for row in rows]), strict=True
    ):
        yield row | _tokens(row["positive_ids"], ids)


def _row(example: Example, kind: str, change: Change) -> dict[str, Any]:
    at = differ(example.answer, change.answer)
    return {
        "prompt_id": example.prompt_id,
        "split": "train",
        "prompt_kind": example.prompt_kind,
        "negative_kind": kind,
        "tool": change.tool,
        "other_tool": change.other,
        "argument": change.argument,
        "category": CATEGORY[kind],
        "positive": example.answer,
        "negative": change.answer,
        "positive_start": at.start,
        "positive_end": at.end,
        "negative_start": at.start,
        "negative_end": at.other_end,
    }


def _tokens(positive: list[int], negative: list[int]) -> dict[str, Any]:
    at = differ(positive, negative)
    return {
        "negative_ids": negative,
        "positive_from": at.start,
        "positive_to": at.end,
        "negative_from": at.start,
        "negative_to": at.other_end,
    }


def _names(prompts: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    listed = {prompt["tools"] for prompt in prompts}
    return frozenset(
        plain_name(tool["function"]["name"]) for tools in listed for tool in json.loads(tools)
    )
