"""Reads every text with ours and with the peer, and judges both by what it was written from."""

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.dialects.places import places
from benchmarks.dialects.texts import Text
from benchmarks.dialects.write import Pair
from ops.toolcalls.call import Reading, plain_name
from ops.toolcalls.read import read_calls
from ops.toolcalls.tool import tool_name

ROOT = Path(__file__).resolve().parents[2]
NEEDS = [
    "orjson", "pybase64", "triton", "msgspec", "pyzmq", "ipython", "aiohttp", "openai",
    "partial-json-parser", "xgrammar",
]  # fmt: skip
"""What importing sglang's parsers asks for beyond our own packages."""


@dataclass
class Score:
    """What one reader did with the texts of one dialect; counts of texts."""

    texts: int = 0
    characters: int = 0
    found: int = 0
    exact: int = 0
    placed: int = 0
    seconds: float = 0.0
    absent: str = ""
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """Whether the calls of a text were found (their names, in order), and whether all is exact."""

    found: bool
    exact: bool


def judged(calls: Sequence[tuple[str, Any]], gold: Sequence[Pair]) -> Outcome:
    """Names are compared as the wire has them, arguments with their types."""
    names = [plain_name(name) for name, _ in calls] == [plain_name(name) for name, _ in gold]
    exact = names and [_typed(value) for _, value in calls] == [_typed(value) for _, value in gold]
    return Outcome(names, exact)


def _typed(value: Any) -> str:
    """JSON with sorted keys: true is not 1 there; 1.0 and 1 are the same number."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_typed(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_typed, value)) + "]"
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return json.dumps(int(value) if whole else value)


def ours(texts: Sequence[Text]) -> tuple[dict[str, Score], list[Reading]]:
    """Our scores by dialect, and every reading; texts without gold count as found if called."""
    scores: dict[str, Score] = defaultdict(Score)
    readings = []
    for text in texts:
        offered = {tool_name(tool): tool for tool in text.tools}
        score = scores[text.dialect]
        began = time.process_time()
        reading = read_calls(text.text, offered)
        score.seconds += time.process_time() - began
        readings.append(reading)
        calls = [(call.name, call.arguments) for call in reading.calls]
        outcome = judged(calls, text.gold) if text.gold is not None else Outcome(bool(calls), False)
        _count(score, text, outcome)
        score.placed += outcome.exact and _placed(text, reading)
    return scores, readings


def _placed(text: Text, reading: Reading) -> bool:
    """Whether every span is where the writer put what it covers."""
    wanted = places(text.dialect, text.text, text.gold or [])
    return all(
        call.name_at == name and (call.arguments_at == arguments or arguments is None)
        for call, (name, arguments) in zip(reading.calls, wanted, strict=True)
    )


def peer(texts: Sequence[Text], python: Path) -> tuple[dict[str, Score], list[Any], str]:
    """The peer's scores, its calls of each text (None = it cannot read it), and its version."""
    lines = _asked(texts, python)
    scores: dict[str, Score] = defaultdict(Score)
    calls: list[Any] = []
    for text, line in zip(texts, lines[:-1], strict=True):
        score = scores[text.dialect]
        score.absent = line.get("absent", "")
        if "error" in line:
            score.errors.append(line["error"])
        read = [(name, _value(arguments)) for name, arguments in line.get("calls", [])]
        calls.append(None if score.absent else read)
        gold = text.gold
        _count(score, text, judged(read, gold) if gold is not None else Outcome(bool(read), False))
    for dialect, seconds in lines[-1]["seconds"].items():
        scores[dialect].seconds = seconds
    return scores, calls, lines[-1]["version"]


def _asked(texts: Sequence[Text], python: Path) -> list[dict[str, Any]]:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as stream:
        for text in texts:
            row = {key: value for key, value in asdict(text).items() if key != "gold"}
            stream.write(json.dumps(row) + "\n")
        stream.flush()
        done = subprocess.run(
            [str(python), "-m", "benchmarks.dialects.peer", stream.name],
            cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the peer ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _value(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def _count(score: Score, text: Text, outcome: Outcome) -> None:
    score.texts += 1
    score.characters += len(text.text)
    score.found += outcome.found
    score.exact += outcome.exact


def environment(folder: Path) -> tuple[Path | None, str]:
    """The interpreter of the peer's environment, made if it is not there; or None and why not.

    Our own packages (torch and the like) are lent to it by a path file.
    """
    home = folder / "sglang"
    found = home / "bin" / "python"
    if not found.exists():
        lent = "\n".join(path for path in sys.path if path.endswith("site-packages"))
        reason = _run([sys.executable, "-m", "venv", str(home)])
        sites = next(iter(home.glob("lib/python*/site-packages")), None)
        if reason or sites is None:
            return None, reason or "no site-packages"
        (sites / "lent.pth").write_text(lent + "\n", encoding="utf-8")
        pip = [str(found), "-m", "pip", "install", "--quiet", "--no-deps", "sglang"]
        reason = _run(pip) or _run([*pip[:-2], *NEEDS])
        if reason:
            return None, reason
    reason = _run([str(found), "-c", "import sglang.srt.function_call.function_call_parser"])
    return (None, reason) if reason else (found, "")


def _run(command: list[str]) -> str:
    """The last line of what went wrong; empty if nothing did."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    said = done.stderr.strip().splitlines()
    return (said[-1] if said else f"exit status {done.returncode}") if done.returncode else ""
