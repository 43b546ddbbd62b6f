"""What stands for a student in the header: each file and setting that changes its answers."""

from pathlib import Path

import pytest

from ops.errors import InputError
from ops.evaluation.bfcl.identity import Decoding, identity, longest_answer

HOW = Decoding(max_new_tokens=8, constrained=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"]
)
def test_every_file_that_matters_changes_it(folder: Path, name: str) -> None:
    before = identity(folder, HOW)
    (folder / "README.md").write_text("of no matter", encoding="utf-8")
    assert identity(folder, HOW) == before
    (folder / name).write_text("other", encoding="utf-8")
    assert identity(folder, HOW) != before


def test_so_does_the_decoding(folder: Path) -> None:
    assert identity(folder, HOW)["decoding"] == {
        "method": "greedy", "max_new_tokens": 8, "constrained": False,
    }  # fmt: skip
    assert identity(folder, HOW) != identity(folder, Decoding(8, constrained=True))


def test_a_folder_without_a_student_is_refused(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"no model.safetensors there; expected a student's"):
        identity(folder, HOW)
    with pytest.raises(InputError, match=r"no config.json and no tokenizer.json there"):
        identity(folder / "nowhere", HOW)


@pytest.mark.parametrize(
    ("config", "tokens"),
    [
        ('{"max_position_embeddings": 1024}', 256),
        ('{"max_position_embeddings": 32768}', 512),
        ("{}", 512),
        ("[", 512),
    ],
)
def test_an_answer_may_fill_a_quarter_of_the_context(
    folder: Path, config: str, tokens: int
) -> None:
    (folder / "config.json").write_text(config, encoding="utf-8")
    assert longest_answer(folder) == tokens
