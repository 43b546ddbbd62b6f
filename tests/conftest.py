"""A small world of real parts: prompts, right answers, a tokenizer, shards and a student."""

import io
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

# Two workers share two cores: a thread each, in this process and in the stages it starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# A shell has SIGINT ignored by a job in its background, and so by all that the job starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs"
MICRO = str(CONFIGS / "micro.yaml")
DAY = "2026-01-05"
CONTEXT = 512


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, each whole: no worker begins a long file as the last."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def prompt_rows() -> list[dict[str, Any]]:
    """120 prompts of the registry: rows of PROMPTS, all splits, kinds that are short."""
    from ops.phrases.book import load_book
    from ops.prompts.config import KindShares, MixConfig, SplitShares
    from ops.prompts.mix import mix
    from ops.prompts.registry import load_registry

    registry = load_registry(CONFIGS / "tools.json")
    kinds = KindShares(single=0.4, integration=0.13, multi_turn=0.0, long_context=0.0)
    splits = SplitShares(train=0.6, repair=0.2, heldout=0.2)
    config = MixConfig(prompts=120, splits=splits, kinds=kinds)
    rows: list[dict[str, Any]] = mix(
        registry, load_book(CONFIGS / "phrases.yaml"), config, seed=7
    ).to_pylist()
    return rows


@pytest.fixture(scope="session")
def tokenizer(prompt_rows: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A byte-level tokenizer trained on the prompts, with the template that lists names."""
    from ops import tables
    from ops.prompts.contract import PROMPTS
    from ops.student import tokenizer as tokenizers
    from ops.student.base import training_texts

    path = tmp_path_factory.mktemp("mix") / "prompts.parquet"
    tables.write(tables.from_rows(prompt_rows, PROMPTS), path)
    return tokenizers.wrap(tokenizers.train(training_texts([path]), 600), CONTEXT, "names")


@pytest.fixture(scope="session")
def student_folder(tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two layers of width 64 with seeded weights, as a Hugging Face folder."""
    from ops.student import model as students
    from ops.student.config import ScratchConfig

    small = ScratchConfig(
        vocabulary=600, hidden=64, layers=2, heads=4, kv_heads=2, feed_forward=128
    )
    folder = tmp_path_factory.mktemp("base") / "student"
    students.save(students.scratch(small, tokenizer, CONTEXT, seed=3), tokenizer, folder)
    return folder


@pytest.fixture(scope="session")
def response_rows(prompt_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A right answer to every prompt: rows of RESPONSES."""
    return [_response(row) for row in prompt_rows]


def _response(prompt: dict[str, Any]) -> dict[str, Any]:
    from ops.scoring.accept import accept

    calls = [
        {
            "name": call["name"],
            "arguments": {k: _plain(v[0]) for k, v in call["arguments"].items()},
        }
        for call in json.loads(prompt["expected"])
    ]
    carries = json.loads(prompt["carries"] or "[]")
    message = {
        "role": "assistant",
        "content": "" if calls else ", ".join(carries) or "Happy to talk about that.",
        "tool_calls": [
            {"function": {"name": call["name"], "arguments": json.dumps(call["arguments"])}}
            for call in calls
        ],
    }
    verdict = accept(message, prompt)
    assert verdict.reason == "", (verdict, prompt)
    return {
        **{name: prompt[name] for name in ("prompt_id", "split", "kind", "source")},
        "request_key": "key-" + prompt["prompt_id"],
        "content": verdict.content,
        "calls": verdict.calls,
        "dialect": verdict.dialect,
        "reasoning_chars": 0,
        "cost_microdollars": 0,
        "cost_source": "usage",
        "dropped": "[]",
        "logprobs": "absent",
    }


def _plain(value: Any) -> Any:
    """The first accepted value, at any depth."""
    if isinstance(value, dict):
        return {key: _plain(one[0]) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


@pytest.fixture(scope="session")
def supervision(
    prompt_rows: list[dict[str, Any]], response_rows: list[dict[str, Any]], tokenizer: Any
) -> Any:
    """Texts and spans of every right answer."""
    from ops.spans.build import build

    return build(zip(prompt_rows, response_rows, strict=True), tokenizer, "tokenizer-1", CONTEXT)


@pytest.fixture(scope="session")
def day_folder(
    prompt_rows: list[dict[str, Any]],
    supervision: Any,
    tokenizer: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A day: prompts, texts and spans, distributions on the answers of every second prompt."""
    from ops import tables
    from ops.prompts.contract import PROMPTS
    from ops.teacher.contract import LOGPROBS, VOCABULARY
    from ops.teacher.vocabulary import Vocabulary

    day = tmp_path_factory.mktemp("day")
    tables.write(tables.from_rows(prompt_rows, PROMPTS), day / "prompts.parquet")
    tables.write(supervision.texts, day / "texts.parquet")
    tables.write(supervision.spans, day / "spans.parquet")
    tables.write(supervision.skipped, day / "skipped.parquet")
    teacher = Vocabulary()
    told = [_logprobs(row, tokenizer, teacher) for row in supervision.texts.to_pylist()[::2]]
    tables.write(tables.from_rows(told, LOGPROBS), day / "logprobs.parquet")
    known = tables.from_rows(teacher.rows(), VOCABULARY)
    tables.write(known, day / "logprobs_vocabulary.parquet")
    return day


@pytest.fixture(scope="session")
def shards_folder(
    day_folder: Path, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Shards of two files of that day."""
    from ops.shards.config import ShardsConfig
    from ops.shards.store import Day, store

    out = tmp_path_factory.mktemp("shards")
    config = ShardsConfig(rows_per_shard=60, batch_tokens=1024, top_k=3)
    store([Day(day_folder, day_folder, day_folder)], tokenizer, config, out)
    return out


def _logprobs(text: dict[str, Any], tokenizer: Any, teacher: Any) -> dict[str, Any]:
    """A teacher that cuts the answer as the student does, 80 % sure of it, 15 % of a comma."""
    from ops.shards.vocabulary import token_ids

    pieces = {index: piece for piece, index in token_ids(tokenizer).items()}
    answer = text["text"][text["cuts"][0] :].removesuffix("<|im_end|>")
    tokens = [pieces[index] for index in tokenizer(answer, add_special_tokens=False)["input_ids"]]
    outcomes = [outcome for token in tokens for outcome in (token, b",")]
    return {
        "prompt_id": text["prompt_id"],
        "request_key": "key-" + text["prompt_id"],
        "k": 2,
        "positions": len(tokens),
        "token_ids": teacher.ids(tokens).tolist(),
        "token_logprobs": [-0.2231] * len(tokens),
        "top_ids": teacher.ids(outcomes).tolist(),
        "top_logprobs": [-0.2231, -1.8971] * len(tokens),
    }


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster instance as the project configures it, whose tables are made and empty."""
    import dagster as dg

    folder = tmp_path_factory.mktemp("history")
    shutil.copy(ROOT / "dagster_home" / "dagster.yaml", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder))
        with dg.DagsterInstance.get() as instance:
            assert instance.get_runs() == []
    return folder


@pytest.fixture
def home(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance without runs, in a temporary folder; its tables take seconds to make."""
    folder = shutil.copytree(history, tmp_path / "home")
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def gathered(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a lake in which a day of the micro profile is answered; work on a copy."""
    return walked(history, tmp_path_factory.mktemp("gathered"), "group:gather")


def walked(history: Path, folder: Path, select: str) -> Path:
    """Walk the selection for the day of the tests, in a lake in `folder`; returns its root."""
    from rich.console import Console

    from pipeline.run import walk

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(shutil.copytree(history, folder / "home")))
        overrides = {"lake.root": str(folder / "lake")}
        outcome = walk(DAY, MICRO, overrides, select, Console(file=io.StringIO()))
        assert outcome.failed == "", outcome.message
    return folder / "lake"


@pytest.fixture
def make() -> Callable[..., Any]:
    """Publish a version whose content is what it came from: make(lake, asset, day, {name: artifact
    or data version}, text="").
    """
    from ops.digest import digest

    def publish(
        lake: Any, asset: str, day: str | None, inputs: dict[str, Any], text: str = ""
    ) -> Any:
        versions = {name: getattr(one, "data_version", one) for name, one in inputs.items()}
        key = digest(asset, day, versions, text)
        draft = lake.draft(asset, day, key)
        (draft / "data").write_text(key, encoding="utf-8")
        return lake.publish(draft, key, {"inputs": versions, "figures": {}, "seconds": 0.0})

    return publish


class KilledError(BaseException):
    """Nothing of ours catches it."""


@pytest.fixture
def killed_at() -> Callable[[int], AbstractContextManager[list[int]]]:
    """A block that ends at its n-th step that changes a folder; it says how many were taken."""

    @contextmanager
    def block(number: int) -> Iterator[list[int]]:
        taken = [0]

        def stopping(real: Callable[..., Any]) -> Callable[..., Any]:
            def step(*args: Any, **kwargs: Any) -> Any:
                taken[0] += 1
                if taken[0] == number:
                    raise KilledError
                return real(*args, **kwargs)

            return step

        with pytest.MonkeyPatch.context() as patch:
            for name in ("rename", "unlink", "rmdir"):
                patch.setattr(os, name, stopping(getattr(os, name)))
            try:
                yield taken
            except KilledError:
                return

    return block


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """A fork of a process whose OpenMP has had several threads waits for them for ever."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
