"""Examples → the tables of process_spans and trajectories: texts, spans in them, and what has none.

Not here: where an example comes from (build.py, ops/trajectories).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ops import tables
from ops.spans.align import Alignment
from ops.spans.contract import KINDS, SKIPPED, SPANS, TEXTS
from ops.spans.example import Example
from ops.spans.extract import Span, extract
from ops.student.encode import Encoded, answer_tokens, encode, most_characters


@dataclass(frozen=True, slots=True)
class Supervision:
    """The three tables of an asset, and what is in them."""

    texts: pa.Table
    spans: pa.Table
    skipped: pa.Table
    figures: dict[str, Any]


def empty() -> Supervision:
    """The tables of what holds nothing."""
    return Supervised(None, "", 0).tables()


Find = Callable[[Encoded], Iterable[Span]]


class Supervised:
    """The rows so far."""

    def __init__(self, tokenizer: Any, fingerprint: str, context: int) -> None:
        """`fingerprint` says whose tokens are counted, `context` how many a text may have."""
        self._tokenizer, self._fingerprint, self.context = tokenizer, fingerprint, context
        self._texts: list[dict[str, Any]] = []
        self._spans: list[dict[str, Any]] = []
        self._skipped: list[dict[str, Any]] = []
        self._reach: Counter[str] = Counter()
        self._straddling: Counter[str] = Counter()

    def add(self, example: Example, row: dict[str, Any]) -> bool:
        """Keep an example; whether it had room. `row` is as in `place`."""
        return self.place(example.text, example.cuts, lambda _: extract(example), row)

    def place(self, text: str, cuts: list[int], find: Find, row: dict[str, Any]) -> bool:
        """Keep a text with the spans that `find` finds; whether it had room.

        `row` has the columns of TEXTS that tell its origin, and `line` if it is of a file.
        """
        if unfit := self._unfit(text):
            self.skip(row, *unfit)
            return False
        encoded = encode(self._tokenizer, text, cuts)
        if len(encoded.ids) > self.context:
            found = f"{len(encoded.ids)} tokens, the context has {self.context}"
            self.skip(row, "too_long", found)
            return False
        alignment = Alignment(encoded.offsets)
        for span in find(encoded):
            self._mark(row["prompt_id"], text, span, alignment)
        self._texts.append(
            row
            | {
                "text": text,
                "cuts": cuts,
                "tokens": len(encoded.ids),
                "answer_tokens": answer_tokens(encoded.cuts),
                "tokenizer": self._fingerprint,
            }
        )
        return True

    def _unfit(self, text: str) -> tuple[str, str] | None:
        """Reason and detail, if the text cannot or need not be encoded."""
        most = most_characters(self._tokenizer, self.context)
        if len(text) > most:
            return "too_long", f"{len(text)} characters, the context never holds more than {most}"
        try:
            text.encode()
        except UnicodeEncodeError as error:
            return "surrogate", f"character {error.start} is half of a pair"
        return None

    def skip(self, row: dict[str, Any], reason: str, detail: str) -> None:
        """Say why there is no text; `row` as for `place`, with what is known of it."""
        known = {"prompt_id": "", "split": "", "line": 0} | row
        self._skipped.append(known | {"reason": reason, "detail": detail[:300]})

    def _mark(self, prompt_id: str, text: str, span: Span, alignment: Alignment) -> None:
        tokens = alignment.of(span.start, span.end)
        if tokens is None:
            return
        self._reach[span.kind] += tokens.end - tokens.start
        self._straddling[span.kind] += tokens.straddling
        self._spans.append(
            {
                "prompt_id": prompt_id,
                "kind": span.kind,
                "start": span.start,
                "end": span.end,
                "token_start": tokens.start,
                "token_end": tokens.end,
                "straddles": tokens.straddling > 0,
                "content": text[span.start : span.end],
                "path": span.path,
            }
        )

    def tables(self) -> Supervision:
        """The tables, and figures: rows of each, spans by kind, and tokens at their edges."""
        kinds = Counter(span["kind"] for span in self._spans)
        counted = [kind for kind in KINDS if kinds[kind]]
        figures = {
            "texts": len(self._texts),
            "skipped": len(self._skipped),
            "skipped_by_reason": dict(sorted(Counter(r["reason"] for r in self._skipped).items())),
            "spans": len(self._spans),
            "spans_by_kind": {kind: kinds[kind] for kind in counted},
            "straddling_share_by_kind": {
                kind: round(self._straddling[kind] / self._reach[kind], 4) for kind in counted
            },
        }
        return Supervision(
            tables.from_rows(self._texts, TEXTS),
            tables.from_rows(self._spans, SPANS),
            tables.from_rows(self._skipped, SKIPPED),
            figures,
        )
