"""The lines of measurements as Markdown: rates, goals and circumstances.

A second is one of the processor: the runs have one thread, and it does not count what others do on
the machine. The goals are told by the clock too. Of the repetitions the least seconds and the
greatest peak count.
"""

import os
import platform
from collections.abc import Iterator

from benchmarks.training.measure import Line
from benchmarks.training.ways import BATCHED, TITLES

TIMES, PADDED = 3.0, "sft_padded"
OURS = ("ours", "ours_ce")
BEST = (PADDED, *BATCHED)
_HEAD = (
    "| way | learns from | supervised tokens/s | all tokens/s | examples/s | CPU s | clock s | "
    "peak MB | tokens computed | steps | mean loss | load at most |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)
Runs = dict[str, Line]


def report(lines: list[Line]) -> str:
    """The whole page but for its introduction."""
    found = runs(lines)
    parts = [_goals(found), _scene(lines), _rates(found), _notes(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def runs(lines: list[Line]) -> Runs:
    """By way: the least seconds, the greatest peak and load of its repetitions."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        if line["what"] == "run" and "absent" not in line:
            groups.setdefault(line["way"], []).append(line)
    return {
        way: group[0]
        | {name: min(one[name] for one in group) for name in ("cpu_s", "wall_s")}
        | {name: max(one[name] for one in group) for name in ("peak_mb", "load")}
        for way, group in groups.items()
    }


def _goals(found: Runs) -> str:
    rows = ["| goal | by the processor | by the clock | met |\n|---|---|---|---|"]
    for way in OURS:
        title = TITLES[way][0]
        rows += [
            _goal(f"{title}: supervised tokens a second, times padded TRL at least {TIMES:.1f}",
                  TIMES, [_times(found, way, (PADDED,), name) for name in ("cpu_s", "wall_s")]),
            _goal(f"{title}: the same, times TRL's best batching at least 1.0",
                  1.0, [_times(found, way, BEST, name) for name in ("cpu_s", "wall_s")]),
            _memory(title, found, way),
        ]  # fmt: skip
    return "## Goals\n\n" + "\n".join(rows)


def _times(found: Runs, way: str, others: tuple[str, ...], name: str) -> float | None:
    """The rate of supervised tokens by the best rate of the others."""
    rates = [found[one]["supervised"] / found[one][name] for one in others if one in found]
    if way not in found or not rates:
        return None
    return float(found[way]["supervised"] / found[way][name] / max(rates))


def _goal(title: str, goal: float, ratios: list[float | None]) -> str:
    told = [one for one in ratios if one is not None]
    if len(told) < len(ratios):
        return f"| {title} | not measured | | |"
    met = "yes" if min(told) >= goal else "**no**"
    return f"| {title} | {' | '.join(f'{one:.2f}' for one in told)} | {met} |"


def _memory(title: str, found: Runs, way: str) -> str:
    peaks = [found[one]["peak_mb"] for one in BEST if one in found]
    head = f"| {title}: peak memory, by TRL's least"
    if way not in found or not peaks:
        return f"{head} | not measured | | |"
    ratio = found[way]["peak_mb"] / min(peaks)
    return f"{head} at most 1.0 | {ratio:.2f} | | {'yes' if ratio <= 1 else '**no**'} |"


def _scene(lines: list[Line]) -> str:
    of = next((line for line in lines if line["what"] == "scene"), None)
    if of is None:
        return ""
    share = of["supervised"] / of["tokens"]
    return (
        f"## Runs\n\n{of['examples']} examples ({of['source']}), {of['tokens']:,} tokens, "
        f"{of['supervised']:,} of them supervised ({share:.1%}); one pass, {of['per_step']} "
        f"examples a step in the mean; batches of ours and TRL's packed rows have at most "
        f"{of['budget']:,} tokens. Llama of width {of['hidden']}, {of['layers']} layers, "
        f"{of['vocabulary']:,} tokens of vocabulary; {of['outcomes']} stored outcomes a token."
    )


def _rates(found: Runs) -> str:
    rows = [_HEAD]
    for way, (title, knows) in TITLES.items():
        line = found.get(way)
        if line is None:
            continue
        seconds = line["cpu_s"]
        rates = [f"{line[name] / seconds:,.0f}" for name in ("supervised", "tokens")]
        rows.append(
            f"| {title} | {knows} | {' | '.join(rates)} | {line['examples'] / seconds:.2f} | "
            f"{seconds:.1f} | {line['wall_s']:.1f} | {line['peak_mb']:.0f} | "
            f"{line['computed']:,} | {line['steps']} | {line['loss']:.3f} | {line['load']:.1f} |"
        )
    return "\n".join(rows) if len(rows) > 1 else ""


def _notes(lines: list[Line]) -> str:
    times = sorted(line["at"] for line in lines)
    when = f"; measured {times[0]} to {times[-1]} UTC" if times else ""
    notes = [
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, one "
        f"thread{when}."
    ]
    return "## Circumstances\n\n" + "\n".join(f"- {note}" for note in [*notes, *_absent(lines)])


def _absent(lines: list[Line]) -> Iterator[str]:
    told = {f"{TITLES[one['way']][0]}: {one['absent']}" for one in lines if "absent" in one}
    for reason in sorted(told):
        yield f"Not measured: {reason.rstrip('.')}."
