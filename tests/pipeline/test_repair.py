"""A user's own files through the whole repair; its stages run in this process, as Launcher's do."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ops import tables
from ops.critiques.contract import CRITIQUES, REJECTED
from ops.errors import InputError, SettingsError
from ops.lora.__main__ import Spec, work
from ops.lora.merged import Spec as MergeSpec
from ops.lora.merged import work as merge
from ops.student import tokenizer as tokenizers
from ops.training.contract import STEPS
from pipeline.cli.repair import _lines
from pipeline.repair import MANIFEST, STUDENT, Repair, Wanted
from resources.launcher import Launcher
from resources.profile import Profile, load

from .conftest import Command

# peft asks transformers by an older name.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
Mending = Callable[..., Repair]


class Here(Launcher):
    """Runs the stages of a repair without a process of their own; `stop` ends the one it names."""

    stop: str = ""

    def train(self, module: str, spec: dict[str, Any], out: Path, launch: Any) -> dict[str, Any]:
        return self._here(module, lambda: work(Spec.model_validate(spec), out))

    def run(self, module: str, spec: dict[str, Any], out: Path) -> dict[str, Any]:
        return self._here(module, lambda: merge(MergeSpec.model_validate(spec), out))

    def _here(self, module: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if module == self.stop:
            raise KeyboardInterrupt
        return do()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Six rows to learn in the two files, and three that are refused."""
    folder = tmp_path_factory.mktemp("mine")
    critiques = [
        {"instruction": f"Say {n}.", "input": "No.", "output": f"It is {n}.", "meta": {}}
        for n in range(4)
    ]
    hard = [
        {"instruction": f"Count {n}.", "reference_answer": f"{n}", "category": "math"}
        for n in range(2)
    ]
    odd = [critiques[0], critiques[1] | {"output": ""}]
    paths = folder / "self.jsonl", folder / "hard.jsonl"
    paths[0].write_text("".join(json.dumps(row) + "\n" for row in critiques + odd), "utf-8")
    text = "".join(json.dumps(row) + "\n" for row in hard)
    paths[1].write_text(text + '{"instruction": "cut\n', "utf-8")
    return paths


@pytest.fixture(scope="module")
def profile() -> Profile:
    training = "{learning_rate: 0.01, epochs: 4, validations: 2}"
    return load("micro", {"lora.training": training, "lora.caws_strength": "0"})


@pytest.fixture
def mending(
    files: tuple[Path, Path], student_folder: Path, profile: Profile, tmp_path: Path
) -> Mending:
    """The repair of those files in a folder of its own: mending(stop="", files=...)."""

    def repair(stop: str = "", files: tuple[Path, ...] = files, **settings: Any) -> Repair:
        wanted = Wanted(files, settings.get("base", student_folder), tmp_path / "out")
        return Repair.of(wanted, settings.get("profile", profile), Here(stop=stop))

    return repair


@pytest.fixture(scope="module")
def repaired(
    files: tuple[Path, Path],
    student_folder: Path,
    profile: Profile,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, dict[str, Any]]]:
    out = tmp_path_factory.mktemp("repaired") / "out"
    yield out, Repair.of(Wanted(files, student_folder, out), profile, Here()).run()


def test_each_row_is_learnt_or_refused_with_its_line(repaired: Any) -> None:
    out, figures = repaired
    assert figures["read"] == {
        "read": 9,
        "learnt": {"hard_failure": 2, "self_critique": 4},
        "rejected": {"duplicate": 1, "empty": 1, "not_json": 1},
    }
    rejected = tables.rows(tables.read(out / "rejected.parquet", REJECTED))
    assert [(row["file"], row["line"], row["reason"]) for row in rejected] == [
        ("self.jsonl", 5, "duplicate"),
        ("self.jsonl", 6, "empty"),
        ("hard.jsonl", 3, "not_json"),
    ]
    assert len(tables.read(out / "critiques.parquet", CRITIQUES)) == 6


def test_the_student_is_trained_and_merged(repaired: Any) -> None:
    out, figures = repaired
    train = figures["train"]
    assert train["corrections"] == 6
    assert train["best_validation"] < train["start_validation"]
    assert len(tables.read(out / "lora" / "steps.parquet", STEPS)) == train["steps"]
    assert figures["merge"]["logits_relative_difference"] <= figures["merge"]["tolerance"]
    assert tokenizers.load(out / STUDENT).chat_template


def test_what_is_printed_names_the_numbers_and_the_places(repaired: Any) -> None:
    out, figures = repaired
    told = "\n".join(_lines(figures, out))
    for part in (
        "9 rows read, 6 learnt: self_critique 4, hard_failure 2",
        "3 refused: duplicate 1, empty 1, not_json 1; see",
        f"{figures['train']['steps']} steps, finished",
        f"validation {figures['train']['start_validation']:.4f} before",
        "allowed 1e-04",
        str(out / STUDENT),
    ):
        assert part in told


@pytest.mark.parametrize("stage", ["ops.lora", "ops.lora.merged"])
def test_a_repair_that_was_stopped_goes_on(
    mending: Mending, repaired: Any, tmp_path: Path, stage: str
) -> None:
    with pytest.raises(KeyboardInterrupt):
        mending(stop=stage).run()
    assert mending().run() == repaired[1]
    weights = Path("lora", "adapter", "adapter_model.safetensors")
    assert (tmp_path / "out" / weights).read_bytes() == (repaired[0] / weights).read_bytes()
    assert mending(stop=stage).run() == repaired[1]  # what is done is found


def test_the_folder_of_another_repair_is_left_alone(
    mending: Mending, files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        mending(stop="ops.lora").run()
    with pytest.raises(InputError, match="holds another repair; name an empty folder"):
        mending(files=files[:1])
    (tmp_path / "out" / MANIFEST).unlink()
    with pytest.raises(InputError, match="holds other files"):
        mending()


def test_an_impossible_cadence_is_refused_before_training(mending: Mending, tmp_path: Path) -> None:
    training = "{epochs: 661, validate_every: 500, stopping: {patience: 3}}"
    profile = load("micro", {"lora.training": training})
    with pytest.raises(SettingsError, match=r"661 steps // 500 \(validate_every\) = 1 validation"):
        mending(profile=profile).run()
    assert list((tmp_path / "out" / "lora").iterdir()) == []


def test_files_without_a_row_to_learn_say_why(mending: Mending, tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text('{"instruction": "a", "output": ""}\n{\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"none of 2 rows can be learnt; .*: empty 1, not_json 1"):
        mending(files=(path,)).run()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"files": ()}, "name --self-critique or --hard-failures", id="no_files"),
        pytest.param({"files": (Path("/no/a.jsonl"),)}, "/no/a.jsonl is no file", id="no_file"),
        pytest.param({"base": Path("/no/such")}, "--base /no/such has no tokenizer", id="no_base"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_written(
    mending: Mending, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        mending(**changes)
    assert list(tmp_path.iterdir()) == []


def test_the_command_ends_with_one_line(command: Command) -> None:
    done = command("repair", "--base", "/no/such", "--self-critique", "/no/a.jsonl")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "/no/a.jsonl is no file" in done.stderr
