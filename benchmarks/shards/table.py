"""The lines of measurements as Markdown: the best of the repetitions, and ratios to the encoder."""

import os
import platform
from collections import defaultdict
from collections.abc import Iterator

from benchmarks.shards.run import Line

TITLES = {
    "encode": "`tokenizers.encode_batch`, ids not read",
    "ours": "**ours**, texts, spans and log-probabilities to shards on disk",
    "datasets": "`datasets.map` with the same encoder, to Parquet",
}


def report(lines: list[Line]) -> str:
    """The whole page but for its introduction."""
    parts = [_rates(lines), _storage(lines), _memory(lines), _notes(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def best(lines: list[Line]) -> dict[tuple[int, str], Line]:
    """By (threads, what): the least clock and the least processor time of the repetitions."""
    groups: dict[tuple[int, str], list[Line]] = defaultdict(list)
    for line in lines:
        if line["what"] in TITLES and "absent" not in line:
            groups[line["threads"], line["what"]].append(line)
    return {
        place: group[0]
        | {name: min(one[name] for one in group) for name in ("wall_s", "cpu_s")}
        | {"load": max(one["load"] for one in group)}
        for place, group in groups.items()
    }


def _rates(lines: list[Line]) -> str:
    found = best(lines)
    rows = [
        "| threads | what | examples/s | tokens/s | of encode_batch, clock | of encode_batch, "
        "processor | load at most |\n|---|---|---|---|---|---|---|"
    ]
    for (threads, what), line in sorted(found.items()):
        raw = found.get((threads, "encode"), line)
        clock, used = raw["wall_s"] / line["wall_s"], raw["cpu_s"] / line["cpu_s"]
        rows.append(
            f"| {threads} | {TITLES[what]} | {line['rows'] / line['wall_s']:,.0f} | "
            f"{line['tokens'] / line['wall_s']:,.0f} | {clock:.2f} | {used:.2f} | "
            f"{line['load']:.1f} |"
        )
    return "## Rate\n\n" + "\n".join(rows) if found else ""


def _storage(lines: list[Line]) -> str:
    of = next((line for line in lines if line["what"] == "storage"), None)
    if of is None:
        return ""
    rows = ["| column | bytes a token | bytes a token with a distribution |\n|---|---|---|"]
    for name, size in sorted(of["columns"].items(), key=lambda pair: -pair[1]):
        told = f"{size / of['told']:.2f}" if name.startswith("teacher") and of["told"] else ""
        rows.append(f"| {name} | {size / of['tokens']:.3f} | {told} |")
    counted = f"{of['rows']:,} examples, {of['tokens']:,} tokens, {of['told']:,} of them with 20"
    return f"## Storage\n\n{counted} outcomes; {of['texts']}.\n\n" + "\n".join(rows)


def _memory(lines: list[Line]) -> str:
    found = [line for line in lines if line["what"] == "memory" and "absent" not in line]
    rows = ["| examples | peak MB | MB before | seconds | load |\n|---|---|---|---|---|"]
    rows += [
        f"| {line['rows']:,} | {line['peak_mb']:.0f} | {line['before_mb']:.0f} | "
        f"{line['wall_s']:.0f} | {line['load']:.1f} |"
        for line in found
    ]
    return "## Memory, short texts\n\n" + "\n".join(rows) if found else ""


def _notes(lines: list[Line]) -> str:
    times = sorted(line["at"] for line in lines if "at" in line)
    when = f"; measured {times[0]} to {times[-1]} UTC" if times else ""
    notes = [
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}{when}."
    ]
    return "## Circumstances\n\n" + "\n".join(f"- {note}" for note in [*notes, *_absent(lines)])


def _absent(lines: list[Line]) -> Iterator[str]:
    for told in sorted({f"{one['what']}: {one['absent']}" for one in lines if "absent" in one}):
        yield f"Not measured: {told}."
