"""Hashes as published, and equal for equal values."""

import hashlib
from pathlib import Path

import pytest

from ops.digest import canonical_json, digest, file_digest


def test_a_digest_is_sha256_of_the_canonical_list() -> None:
    assert (
        digest("p1", {"b": 1, "a": "é"})
        == hashlib.sha256('["p1",{"a":"é","b":1}]'.encode()).hexdigest()
    )


def test_the_order_of_keys_does_not_matter_and_of_parts_does() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert len({digest("a", "b"), digest("b", "a"), digest(["a", "b"]), digest("ab")}) == 4


def test_half_a_surrogate_pair_has_a_digest_of_its_own() -> None:
    assert len({digest("\ud800"), digest("\ud801"), digest("?")}) == 3


def test_what_is_not_json_has_none() -> None:
    with pytest.raises(TypeError):
        canonical_json({1, 2})


def test_file_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_digest(tmp_path / "a") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
