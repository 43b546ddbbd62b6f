"""Scores as tables of Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.dialects.run import Score, judged
from benchmarks.dialects.texts import RECORDED, Text
from ops.toolcalls.call import Reading


def written_table(ours: Mapping[str, Score], peers: Mapping[str, Score] | None) -> str:
    """A row a dialect; the peer's columns stay empty where it was not run."""
    head = (
        "| dialect | texts | found | exact | spans exact | characters/s "
        "| sglang found | sglang exact | sglang characters/s |\n|" + "---|" * 9
    )
    rows = [
        f"| {dialect} | {score.texts} | {_share(score.found, score)} | "
        f"{_share(score.exact, score)} | {_share(score.placed, score)} | {_rate(score)} | "
        f"{_peer_cells(peers.get(dialect) if peers else None)} |"
        for dialect, score in ours.items()
        if dialect != RECORDED
    ]
    return "\n".join([head, *rows])


def _peer_cells(score: Score | None) -> str:
    if score is None:
        return " | |"
    if score.absent:
        return f"{score.absent} | |"
    rate = _rate(score) + (f" ({len(score.errors)} errors)" if score.errors else "")
    return f"{_share(score.found, score)} | {_share(score.exact, score)} | {rate}"


def differences(
    texts: Sequence[Text], readings: Sequence[Reading], peers: Sequence[Any]
) -> list[str]:
    """By dialect: texts that one reader has exactly and the other not, with an example each."""
    kinds: dict[tuple[str, str], list[Text]] = {}
    for text, reading, theirs in zip(texts, readings, peers, strict=True):
        if theirs is None or text.gold is None:
            continue
        ours = judged([(call.name, call.arguments) for call in reading.calls], text.gold).exact
        other = judged(theirs, text.gold).exact
        if ours != other:
            kinds.setdefault((text.dialect, "ours" if ours else "sglang"), []).append(text)
    return [
        f"- {dialect}: only {who} is exact on {len(found)} texts, {found[0].id} the first."
        for (dialect, who), found in kinds.items()
    ] or ["- none: where both read a dialect, both are exact on the same texts."]


def recorded_table(texts: Sequence[Text], readings: Sequence[Reading], peers: Sequence[Any]) -> str:
    """What was read of the recorded answers, and how many of the names in them lie in a span.

    A name is one that an offered tool has and that stands behind `"name": `.
    """
    pairs = [
        (text, reading)
        for text, reading in zip(texts, readings, strict=True)
        if text.dialect == RECORDED
    ]
    names = [(reading, at) for text, reading in pairs for at in name_places(text)]
    covered = sum(at in {call.name_at for call in reading.calls} for reading, at in names)
    kinds: dict[str, int] = {}
    for _, reading in pairs:
        kind = _kind(reading)
        kinds[kind] = kinds.get(kind, 0) + 1
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    shared = [one for text, one in zip(texts, peers, strict=False) if text.dialect == RECORDED]
    lines = [
        "| what | found |\n|---|---|",
        f"| answers | {len(pairs)} |",
        f"| read as | {told} |",
        f'| offered names behind `"name": ` in a name span | {covered} of {len(names)} |',
        f"| with a call that is broken | {sum(bool(r.broken) for _, r in pairs)} |",
    ]
    if shared:
        lines.append(f"| with a call, sglang's qwen25 | {sum(bool(one) for one in shared)} |")
    return "\n".join(lines)


def _kind(reading: Reading) -> str:
    if reading.calls:
        return f"{reading.calls[0].dialect} calls"
    if reading.broken:
        return f"a broken call ({reading.broken})"
    return "calls of tools that were not offered" if reading.invented else "words"


def name_places(text: Text) -> list[tuple[int, int]]:
    """Where offered names stand behind `"name": `, found without the reader."""
    found = set()
    for tool in text.tools:
        name = tool["function"]["name"]
        for quoted in (f'"name": "{name}"', f'"name":"{name}"'):
            at = text.text.find(quoted)
            while at != -1:
                start = at + quoted.index(name)
                found.add((start, start + len(name)))
                at = text.text.find(quoted, at + 1)
    return sorted(found)


def _share(count: int, score: Score) -> str:
    return f"{100 * count / score.texts:.1f}%" if score.texts else ""


def _rate(score: Score) -> str:
    return f"{score.characters / score.seconds:,.0f}" if score.seconds else ""
