"""The same texts through sglang's own parsers, in the interpreter of a peer's environment.

    python -m benchmarks.dialects.peer TEXTS      (JSON lines of dialect, text, tools)

Prints a JSON line a text: the calls, or the error; the last line is the seconds of each dialect.
Standard library and sglang only; nothing of ours, which may not be installed there.
"""

import importlib.metadata
import json
import logging
import signal
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

PARSERS = {
    "qwen": "qwen3_coder", "glm": "glm45", "minimax": "minimax-m2", "hermes": "hermes",
    "llama": "llama3", "mistral_v3": "mistral", "mistral_v11": "mistral",
    "mistral_v13": "mistral", "deepseek_v3": "deepseekv3", "deepseek_v31": "deepseekv31",
    "kimi": "kimi_k2", "harmony": "gpt-oss", "pythonic": "pythonic",
    "pythonic_llama4": "pythonic", "bare": "llama3", "recorded": "qwen25",
}  # fmt: skip
"""Which of sglang's parsers is for which dialect; it has none for Granite, ReAct and fences."""


LONGEST_S = 2.0
FAULTS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError)
"""What a parser may raise, a text that takes too long among it; each is a finding."""


def _too_long(*_: object) -> None:
    raise TimeoutError(f"a text took longer than {LONGEST_S} s")


def main() -> None:
    """Read the texts of the file that the command line names."""
    from sglang.srt.entrypoints.openai.protocol import Tool
    from sglang.srt.function_call.function_call_parser import FunctionCallParser

    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _too_long)
    spent: dict[str, float] = defaultdict(float)
    for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["dialect"] not in PARSERS:
            _print({"absent": "no parser for it"})
            continue
        tools = [Tool(**tool) for tool in row["tools"]]
        parser = FunctionCallParser(tools, PARSERS[row["dialect"]])
        began = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
            found = parser.parse_non_stream(row["text"])[1]
            told: dict[str, Any] = {"calls": [[call.name, call.parameters] for call in found]}
        except FAULTS as error:
            told = {"error": f"{type(error).__name__}: {error}"[:200]}
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        spent[row["dialect"]] += time.process_time() - began
        _print(told)
    _print({"seconds": spent, "version": importlib.metadata.version("sglang")})


def _print(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    main()
