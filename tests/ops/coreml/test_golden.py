"""Golden vectors that are damaged, or of another package: refused in a line, whatever it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ops.coreml import golden
from ops.coreml.config import CoreMLConfig
from ops.coreml.package import files
from ops.coreml.replay import Replay
from ops.errors import ContractError

Content = dict[str, Any]


def replay(prompt: int, package_TV: Tensor | None = None) -> Replay:
    """Sixteen tokens after a prompt, of a student with 300."""
    torch.manual_seed(prompt)
    tokens = torch.randint(300, (prompt + 16,)).tolist()
    student_TV = 9 * torch.randn(len(tokens), 300)
    package_TV = student_TV.half().float() if package_TV is None else package_TV
    return Replay(tokens[:prompt], tokens[prompt:], student_TV, package_TV, 0, 0, 0, 0, 0)


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    golden.write(tmp_path / "golden", [(["main"], [replay(3), replay(9)])], CoreMLConfig())
    return tmp_path / "golden"


def refused(vectors: Path) -> str:
    """What is said of them, for a package that takes 32 of 300 tokens."""
    with pytest.raises(ContractError) as error:
        golden.require_fit(golden.read(vectors), [["main"]], 32, 300)
    assert "\n" not in str(error.value)
    return str(error.value)


def changed(**values: Any) -> Callable[[Content], None]:
    return lambda probe: probe.update(values)


def number(key: str, value: object) -> Callable[[Content], None]:
    """The first number of the second position."""

    def change(probe: Content) -> None:
        probe[key][1][0] = value

    return change


def shorter(key: str) -> Callable[[Content], None]:
    return lambda probe: probe[key].pop()


def narrower(probe: Content) -> None:
    probe["package_ids"][3].pop()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(number("package_logits", None), "package_logits.1.0: Input should", id="null"),
        pytest.param(number("package_logits", float("nan")), "package_logits.1.0: ", id="nan"),
        pytest.param(number("student_logits", float("-inf")), "student_logits.1.0: ", id="inf"),
        pytest.param(number("student_logits", 1e39), "student_logits.1.0: ", id="no_float32"),
        pytest.param(number("student_logits", "3.5"), "student_logits.1.0: ", id="text"),
        pytest.param(number("student_ids", -1), "student_ids.1.0: ", id="negative_id"),
        pytest.param(number("student_ids", 1.5), "student_ids.1.0: ", id="broken_id"),
        pytest.param(number("package_ids", 300), "tokens up to 300, the package", id="unknown_id"),
        pytest.param(changed(input_ids=[300] * 25), "tokens up to 300", id="unknown_token"),
        pytest.param(changed(prompt=26), "[25] positions, 26 of them prompt", id="prompt"),
        pytest.param(changed(prompt=True), "prompt: Input should", id="truth_value"),
        pytest.param(changed(package_largest=0), "package_largest: ", id="no_scale"),
        pytest.param(
            changed(functions=["weather"]), "fed to ['weather'], no speaker", id="speaker"
        ),
        pytest.param(changed(more=1), "more: Extra inputs", id="unknown_key"),
        pytest.param(shorter("student_total"), "[24, 25] positions", id="short"),
        pytest.param(narrower, "[4, 5] kept tokens", id="ragged"),
        pytest.param(lambda probe: probe.pop("student_ids"), "student_ids: Field", id="lost_key"),
    ],
)
def test_a_changed_probe_is_refused(
    vectors: Path, change: Callable[[Content], None], message: str
) -> None:
    path = vectors / "probe-001.json"
    probe = json.loads(path.read_text(encoding="utf-8"))
    change(probe)
    path.write_text(json.dumps(probe), encoding="utf-8")
    assert message in refused(vectors)
    assert "probe-001" in refused(vectors)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"functions": ["ma', id="cut"),
        pytest.param(b"PK\x03\x04\xff\xfe", id="binary"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"3", id="number"),
    ],
)
def test_a_file_that_is_no_probe_is_refused(vectors: Path, content: bytes) -> None:
    (vectors / "probe-001.json").write_bytes(content)
    assert "the golden vectors cannot be read: " in refused(vectors)


@pytest.mark.parametrize(
    ("probes", "message"),
    [
        pytest.param([], "probes: List should have at least 1", id="none"),
        pytest.param(["../contract.json"], "probes.0: String should match", id="outside"),
        pytest.param(["probe-009.json"], "No such file", id="lost"),
        pytest.param(3, "probes: Input should", id="number"),
    ],
)
def test_an_index_that_leads_nowhere_is_refused(
    vectors: Path, probes: object, message: str
) -> None:
    index = json.loads((vectors / "index.json").read_text(encoding="utf-8"))
    (vectors / "index.json").write_text(json.dumps(index | {"probes": probes}), encoding="utf-8")
    assert message in refused(vectors)


def test_every_speaker_has_a_probe_that_fits(vectors: Path) -> None:
    records = golden.read(vectors)
    golden.require_fit(records, [["main"]], 32, 300)
    with pytest.raises(ContractError, match=r"no probe was recorded of the functions \['calls'\]"):
        golden.require_fit(records, [["main"], ["calls"]], 32, 300)
    with pytest.raises(ContractError, match=r"probe-001 has 25 tokens .* the package takes 24"):
        golden.require_fit(records, [["main"]], 24, 300)


def test_equal_replays_give_equal_bytes_and_come_back(tmp_path: Path) -> None:
    spoken = [(["prefill", "decode"], [replay(5)]), (["calls"], [replay(7), replay(8)])]
    for name in ("one", "other"):
        golden.write(tmp_path / name, spoken, CoreMLConfig(precision="int4"))
    assert files(tmp_path / "one") == files(tmp_path / "other")
    found = golden.read(tmp_path / "one")
    assert [(one.name, one.functions) for one in found] == [
        ("probe-000", ["prefill", "decode"]),
        ("probe-001", ["calls"]),
        ("probe-002", ["calls"]),
    ]
    student = replay(5).student_TV
    assert torch.equal(found[0].student_logits, student.topk(5).values)
    assert torch.equal(found[0].student_total, student.logsumexp(-1))
    index = json.loads((tmp_path / "one" / "index.json").read_text(encoding="utf-8"))
    assert (index["top1_at_least"], index["tie_nats"]) == (0.8, 0.05)


def test_an_answer_that_is_no_number_is_written_and_refused(tmp_path: Path) -> None:
    """A package that overflows is not verified, and its bundle is kept to be looked at."""
    lost = torch.full((25, 300), torch.nan)
    golden.write(tmp_path / "golden", [(["main"], [replay(9, lost)])], CoreMLConfig())
    assert "NaN" not in (tmp_path / "golden" / "probe-000.json").read_text(encoding="utf-8")
    assert "probe-000.json: package_logits.0.0: Input should be" in refused(tmp_path / "golden")
