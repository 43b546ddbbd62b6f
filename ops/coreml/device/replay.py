"""Does the package beside this file answer on this Mac as it did when it was made?

    python3 -m pip install coremltools numpy
    python3 replay.py --compute-units cpu_and_ne

Reads contract.json, golden/ and worker.mlpackage beside itself; needs macOS 15, Python 3.10 and the
two libraries. Every recorded conversation is fed as a client feeds it: the prompt at once, as far
as a call takes it, then token by token. Of each the table tells the share of positions whose first
token is the student's (ties forgiven), the largest difference from the logits that were recorded,
as a share of the largest logit, and how long it took. The bounds stand in golden/index.json.

Exit code 0: within the bounds; 1: not, or CoreML does not run it; 2: it could not be tried.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

try:
    import numpy as np
except ModuleNotFoundError:  # `coreml` says what to do
    np = None  # type: ignore[assignment]

HERE = Path(__file__).resolve().parent
UNITS = ("all", "cpu_only", "cpu_and_gpu", "cpu_and_ne")
OLDEST = 15  # macOS, the first with states
FAILED, NOT_TRIED = 1, 2
COLUMNS = "{:<10} {:<16} {:>6} {:>11} {:>11} {:>10} {:>9}"
TITLES = ("probe", "functions", "tokens", "first token", "difference", "prompt, ms", "ms/token")


class NotTried(Exception):
    """Why nothing could be replayed, and what to do."""


class Refused(Exception):
    """What CoreML said when it would not run the package."""


@dataclass
class Function:
    """One function of the package, loaded; `inputs` as in contract.json, by name."""

    model: Any
    inputs: dict[str, dict[str, Any]]
    stateful: bool

    @property
    def fewest(self) -> int:
        """Tokens that a call takes at least."""
        return int(self.inputs["inputIds"]["lengths"][-1][0])

    @property
    def most(self) -> int:
        """Tokens that a call takes at most."""
        return int(self.inputs["inputIds"]["lengths"][-1][1])


@dataclass
class Conversation:
    """Tokens that were sent to the functions of one speaker, which share a state."""

    functions: list[Function]
    said: list[int] = field(default_factory=list)
    state: Any = None

    def __post_init__(self) -> None:
        if self.functions[0].stateful:
            self.state = asked(self.functions[0].model.make_state)

    def feed(self, tokens: list[int]) -> Any:
        """Logits [T, V] of the next token after each of `tokens`."""
        answers = []
        while tokens:
            function, count = self.choose(len(tokens))
            answers.append(self.call(function, tokens[:count]))
            tokens = tokens[count:]
        return np.concatenate(answers)

    def choose(self, left: int) -> tuple[Function, int]:
        """The function that takes most of the `left` tokens of a piece, and how many."""
        if "attentionMask" in self.functions[0].inputs:
            return self.functions[0], left
        if "updateMask" in self.functions[0].inputs:  # it may be padded: the fewest calls
            best = min(self.functions, key=lambda one: (-(-left // one.most), one.most))
        else:
            fitting = [one for one in self.functions if one.fewest <= left]
            best = max(fitting, key=lambda one: min(one.most, left))
        return best, min(best.most, left)

    def call(self, function: Function, tokens: list[int]) -> Any:
        """Logits [T, V] of one call."""
        past, first = len(self.said), 0
        self.said = self.said + tokens
        if "attentionMask" in function.inputs:
            sent, first = whole(function, self.said), past
        elif "updateMask" in function.inputs:
            sent = placed(function, tokens, past)
        else:
            sent = grown(tokens, past)
        state = {"state": self.state} if function.stateful else {}
        answer = asked(lambda: function.model.predict(sent, **state))
        return np.asarray(answer["logits"], np.float32)[0, first : first + len(tokens)]


def grown(tokens: list[int], past: int) -> dict[str, Any]:
    """Inputs of a program that takes any number of tokens and fills the next slots."""
    shape = (1, 1, len(tokens), past + len(tokens))
    mask = np.triu(np.full(shape, -np.inf, np.float16), past + 1)
    return {"inputIds": np.array([tokens], np.int32), "causalMask": mask}


def placed(function: Function, tokens: list[int], past: int) -> dict[str, Any]:
    """Inputs of a program of one shape, which is told the slot of each token; padded."""
    slots = function.inputs["causalMask"]["lengths"][-1][1]
    update = np.zeros((1, 1, function.most, slots), np.float16)
    mask = np.full(update.shape, -np.inf, np.float16)
    for row in range(len(tokens)):
        update[0, 0, row, past + row] = 1
        mask[0, 0, row, : past + row + 1] = 0
    ids = np.array([tokens + [0] * (function.most - len(tokens))], np.int32)
    return {"inputIds": ids, "updateMask": update, "causalMask": mask}


def whole(function: Function, said: list[int]) -> dict[str, Any]:
    """Inputs of a program without a state: the conversation, padded to the shortest shape."""
    lengths = [shape[1] for shape in function.inputs["inputIds"]["shapes"]]
    padding = [0] * (min(one for one in lengths if one >= len(said)) - len(said))
    return {
        "inputIds": np.array([said + padding], np.int32),
        "attentionMask": np.array([[1] * len(said) + padding], np.int32),
    }


@dataclass
class Row:
    """What the replay of one probe came to; `agreed` has a truth value a position."""

    name: str
    functions: str
    agreed: list[bool]
    difference: float
    prompt_s: float
    token_s: float  # the median; not a number if nothing was decoded

    def told(self) -> str:
        """A line of the table."""
        reached, apart = f"{fmean(self.agreed):.1%}", f"{self.difference:.4f}"
        times = f"{self.prompt_s * 1e3:.1f}", f"{self.token_s * 1e3:.2f}"
        return COLUMNS.format(self.name, self.functions, len(self.agreed), reached, apart, *times)


def replay(name: str, probe: dict[str, Any], functions: list[Function], tie_nats: float) -> Row:
    """Send one probe through the package."""
    talk = Conversation(functions)
    ids, first = probe["input_ids"], probe["prompt"]
    answers, seconds = [], []
    for piece in [ids[:first], *([token] for token in ids[first:])]:
        start = time.perf_counter()
        answers.append(talk.feed(piece))
        seconds.append(time.perf_counter() - start)
    logits = np.concatenate(answers)
    kept = np.take_along_axis(logits, np.array(probe["package_ids"]), axis=1)
    apart = float(np.abs(kept - np.array(probe["package_logits"])).max())
    return Row(
        name=name,
        functions="+".join(probe["functions"]),
        agreed=agreed(probe, logits.argmax(axis=1).tolist(), tie_nats),
        difference=apart / probe["package_largest"],
        prompt_s=seconds[0],
        token_s=median(seconds[1:]) if seconds[1:] else float("nan"),
    )


def agreed(probe: dict[str, Any], chosen: list[int], tie_nats: float) -> list[bool]:
    """Whether the student would have said the chosen token, or nearly, at each position."""
    rows = zip(chosen, probe["student_ids"], probe["student_logits"], strict=True)
    return [
        token in ids and logits[0] - logits[ids.index(token)] <= tie_nats
        for token, ids, logits in rows
    ]


def problems(rows: list[Row], index: dict[str, Any]) -> list[str]:
    """What is out of bounds, with the probe that is furthest out."""
    found = []
    bound, least = index["logit_difference_at_most_share_of_largest"], index["top1_at_least"]
    wrong = [row for row in rows if not row.difference <= bound]  # so that NaN is wrong
    if wrong:
        worst = max(wrong, key=lambda row: (row.difference != row.difference, row.difference))
        found.append(f"{worst.name}: difference {worst.difference:.4f}, at most {bound}")
    for functions in dict.fromkeys(row.functions for row in rows):
        own = [row for row in rows if row.functions == functions]
        reached = fmean(one for row in own for one in row.agreed)
        if reached < least:
            worst = min(own, key=lambda row: fmean(row.agreed))
            found.append(f"{worst.name}: first token, {functions}: {reached:.1%}, at least {least}")
    return found


def asked(call: Callable[[], Any]) -> Any:
    """What CoreML answers. coremltools raises what CoreML says as a plain Exception."""
    try:
        return call()
    except Exception as error:
        raise Refused(" ".join(str(error).split())) from error


def coreml() -> Any:
    """The module coremltools, on a system where it can run a package."""
    if platform.system() != "Darwin":
        raise NotTried(f"only macOS has CoreML: copy {HERE} to a Mac and run it there")
    version = platform.mac_ver()[0]
    if int(version.split(".")[0]) < OLDEST:
        raise NotTried(f"the package needs macOS {OLDEST}, this is {version}: use a newer Mac")
    try:
        import coremltools
    except ModuleNotFoundError as error:
        raise NotTried(f"{error}: python3 -m pip install coremltools numpy") from error
    return coremltools


def parsed(name: str) -> Any:
    """A JSON file of the bundle."""
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def loaded(tools: Any, contract: dict[str, Any], name: str, units: str) -> Function:
    """A function of the package, ready to be called by `tools`, which is coremltools."""
    model = asked(
        lambda: tools.models.MLModel(
            str(HERE / contract["package"]),
            compute_units=tools.ComputeUnit[units.upper()],
            # CoreML finds the only function of a package by no name.
            function_name=name if len(contract["functions"]) > 1 else None,
        )
    )
    inputs = {one["name"]: one for one in contract["functions"][name]}
    return Function(model, inputs, bool(contract["states"]))


def arguments() -> argparse.Namespace:
    """What the user asks for."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    units = "what CoreML may run it on; default: all"
    parser.add_argument("--compute-units", choices=UNITS, default="all", help=units)
    named = "only the probes that were fed to this function; default: all probes"
    parser.add_argument("--function", metavar="NAME", help=named)
    return parser.parse_args()


def run(chosen: argparse.Namespace) -> list[str]:
    """Replay what was asked for and print the table; what is out of bounds comes back."""
    tools, of = coreml(), chosen.function
    contract, index = parsed("contract.json"), parsed("golden/index.json")
    probes = {name[:-5]: parsed(f"golden/{name}") for name in index["probes"]}
    probes = {name: one for name, one in probes.items() if of in (None, *one["functions"])}
    if not probes:
        named = ", ".join(contract["functions"])
        raise NotTried(f"no probe was fed to {of!r}; the functions are {named}")
    names = dict.fromkeys(name for one in probes.values() for name in one["functions"])
    functions = {name: loaded(tools, contract, name, chosen.compute_units) for name in names}
    print(COLUMNS.format(*TITLES))
    rows = []
    for name, one in probes.items():
        speaker = [functions[function] for function in one["functions"]]
        rows.append(replay(name, one, speaker, index["tie_nats"]))
        print(rows[-1].told(), flush=True)
    return problems(rows, index)


def main() -> int:
    """The exit code."""
    chosen = arguments()
    try:
        found = run(chosen)
    except NotTried as error:
        print(f"not tried: {error}", file=sys.stderr)
        return NOT_TRIED
    except (OSError, ValueError, LookupError, TypeError) as error:
        print(f"not tried: the bundle is damaged: {error!r}: copy it again", file=sys.stderr)
        return NOT_TRIED
    except Refused as error:
        found = [f"CoreML does not run the package: {error}"]
    print(f"failed: {'; '.join(found)}" if found else f"passed on {chosen.compute_units}")
    return FAILED if found else 0


if __name__ == "__main__":
    sys.exit(main())
