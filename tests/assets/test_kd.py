"""What of a teacher that is here is part of the version of kd_checkpoint."""

from pathlib import Path

from assets.kd import placed, teacher
from ops.digest import file_digest
from ops.kd.config import KDConfig
from ops.losses.config import DenseConfig
from resources.profile import ROOT


def test_without_one_nothing_is() -> None:
    assert teacher(KDConfig()) == {}
    assert placed(KDConfig()) == KDConfig()


def test_its_weights_and_settings_are_by_content(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "README.md"):
        (tmp_path / name).write_text(name)
    config = KDConfig(dense=DenseConfig(teacher=str(tmp_path)))
    before = teacher(config)
    assert before == {
        f"teacher {name}": file_digest(tmp_path / name)
        for name in ("config.json", "model.safetensors")
    }
    (tmp_path / "model.safetensors").write_text("other weights")
    assert teacher(config).keys() == before.keys()
    assert teacher(config) != before


def test_its_place_is_told_whole() -> None:
    config = KDConfig(dense=DenseConfig(teacher="models/teacher", weight=0.25))
    found = placed(config).dense
    assert found == DenseConfig(teacher=str(ROOT / "models" / "teacher"), weight=0.25)
