"""The lines of measurements as Markdown: multiples of the bare products, and the goals."""

import os
import platform
from collections.abc import Iterator
from typing import Any

from benchmarks.head.measure import Line
from benchmarks.head.ways import TITLES

GOALS = {True: 1.10, False: 1.15}
MEMORY_GOAL = 0.25
_NAMES = {True: "trained", False: "frozen"}
_HEAD = (
    "| way | CPU s | of the products | peak MB | of the products | load at most |\n"
    "|---|---|---|---|---|---|"
)
_SPARSE = "| way | trained: peak MB | of full logits | frozen: peak MB | of full logits |\n" + (
    "|---|---|---|---|---|"
)
Cases = dict[tuple[Any, ...], Line]


def report(lines: list[Line]) -> str:
    """The whole page but for its introduction."""
    found = cases(lines)
    parts = [_goals(found)]
    for product in ("float32", "bfloat16"):
        for trained in (True, False):
            rows = list(_rows(found, trained, product))
            if rows:
                title = f"## A head that is {_NAMES[trained]}, products in {product}"
                parts.append("\n".join([f"{title}\n", _HEAD, *rows]))
    parts += [_tenth(found), _notes(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def cases(lines: list[Line]) -> Cases:
    """By (what, tokens, trained, product, way): the line, of time with its least seconds."""
    found: Cases = {}
    for line in lines:
        if "absent" in line:
            continue
        key = line["what"], line["tokens"], line["trained"], line["product"], line["way"]
        found[key] = line | ({"cpu_s": min(line["seconds"])} if "seconds" in line else {})
    return found


def _ratio(found: Cases, key: tuple[Any, ...], name: str, to: str) -> float | None:
    one, other = found.get(key), found.get((*key[:-1], to))
    return one[name] / other[name] if one and other else None


def _goals(found: Cases) -> str:
    rows = ["| goal | found | met |\n|---|---|---|"]
    for trained, goal in GOALS.items():
        key = ("time", 512, trained, "float32", "ours")
        ratio = _ratio(found, key, "cpu_s", "bare")
        rows += [_goal(f"time, {_NAMES[trained]}, of the bare products at most", goal, ratio)]
    for trained in GOALS:
        key = ("memory", 2048, trained, "float32", "ours")
        ratio = _ratio(found, key, "peak_mb", "full_ce")
        rows += [
            _goal(f"memory, {_NAMES[trained]}, a tenth supervised, of full logits at most",
                  MEMORY_GOAL, ratio)
        ]  # fmt: skip
    return "## Goals\n\n" + "\n".join(rows)


def _goal(title: str, goal: float, ratio: float | None) -> str:
    if ratio is None:
        return f"| {title} {goal:.2f} | not measured | |"
    return f"| {title} {goal:.2f} | {ratio:.2f} | {'yes' if ratio <= goal else '**no**'} |"


def _rows(found: Cases, trained: bool, product: str) -> Iterator[str]:
    for way, title in TITLES.items():
        key = ("time", 512, trained, product, way)
        line = found.get(key)
        if line is None:
            continue
        used = found.get(("memory", *key[1:]))
        peak = f"{used['peak_mb']:.0f}" if used else ""
        yield (
            f"| {title} | {line['cpu_s']:.3f} | {_told(_ratio(found, key, 'cpu_s', 'bare'))} | "
            f"{peak} | {_told(_ratio(found, ('memory', *key[1:]), 'peak_mb', 'bare'))} | "
            f"{line['load']:.1f} |"
        )


def _told(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _tenth(found: Cases) -> str:
    rows = [_SPARSE]
    for way, title in TITLES.items():
        cells = []
        for trained in (True, False):
            key = ("memory", 2048, trained, "float32", way)
            line = found.get(key)
            cells.append(f"{line['peak_mb']:.0f}" if line else "")
            cells.append(_told(_ratio(found, key, "peak_mb", "full_ce")))
        if any(cells):
            rows.append(f"| {title} | {' | '.join(cells)} |")
    title = "## Memory of a batch of 4 x 512 tokens, 205 of them supervised"
    return f"{title}\n\n" + "\n".join(rows) if len(rows) > 1 else ""


def _notes(lines: list[Line]) -> str:
    times = sorted(line["at"] for line in lines)
    when = f"; measured {times[0]} to {times[-1]} UTC" if times else ""
    notes = [
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, one "
        f"thread{when}."
    ]
    absent = {
        f"Not measured: {line['way']}: {line['absent']}." for line in lines if "absent" in line
    }
    return "## Circumstances\n\n" + "\n".join(f"- {note}" for note in [*notes, *sorted(absent)])
