"""What a kill, a cut file or a flipped bit leaves, and what is kept."""

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.errors import ContractError
from ops.training.checkpoints import folder
from ops.training.checkpoints.shelf import Shelf

FINGERPRINT = "ab" * 32
FILES = ("__0_0.distcp", ".metadata", "run.json", folder.MANIFEST)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, FINGERPRINT)


def put(shelf: Shelf, step: int, best: int | None = None, wait: Callable[[], Any] = int) -> Path:
    """A checkpoint whose files tell their step; `wait` is called before each that is written."""
    draft = folder.draft(shelf.place, step)
    for name in FILES[:-1]:
        wait()
        (draft / name).write_bytes(f"{name} of {step} ".encode() * 200)
    wait()
    told = {"step": step, "best_step": step if best is None else best, "fingerprint": FINGERPRINT}
    return folder.publish(draft, told)


def steps(shelf: Shelf) -> list[int]:
    return sorted(int(path.name[5:]) for path in shelf.place.glob("step-*"))


def test_the_newest_is_found_and_is_whole(shelf: Shelf) -> None:
    assert shelf.latest_valid(pytest.fail) is None
    for step in (3, 12, 7):
        put(shelf, step)
    found = shelf.latest_valid(pytest.fail)
    assert found is not None and found.step == 12
    assert sorted(path.name for path in found.path.iterdir()) == sorted(FILES)
    assert found.path == shelf.at(12)


def damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "deleted":
        path.unlink()
    elif how == "flipped":
        at = len(data) // 2
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    else:
        path.write_bytes(data[: {"empty": 0, "half": len(data) // 2, "short": -1}[how]])


@pytest.mark.parametrize("how", ["empty", "half", "short", "deleted", "flipped"])
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_newest_is_put_aside_by_name(shelf: Shelf, file: str, how: str) -> None:
    put(shelf, 7)
    damage(put(shelf, 14) / file, how)
    told: list[str] = []
    found = shelf.latest_valid(told.append)
    assert found is not None and found.step == 7
    (line,) = told
    assert line.startswith(f"step-000014/{file} ")
    assert "now broken-step-000014, and an older checkpoint is used" in line
    assert (shelf.place / "broken-step-000014").is_dir()
    assert shelf.latest_valid(pytest.fail) == found


@pytest.mark.parametrize("bit", range(0, 4000, 97))
def test_a_flipped_bit_of_the_manifest_is_never_read_as_it_stands(shelf: Shelf, bit: int) -> None:
    path = put(shelf, 14) / folder.MANIFEST
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)
    told: list[str] = []
    found = shelf.latest_valid(told.append)
    assert (found is None) == bool(told)
    if found is not None:  # white space that means the same
        assert found.step == found.best_step == 14


def test_an_empty_folder_with_a_high_number_is_no_checkpoint(shelf: Shelf) -> None:
    put(shelf, 7)
    shelf.at(99).mkdir()
    told: list[str] = []
    found = shelf.latest_valid(told.append)
    assert found is not None and found.step == 7
    assert "step-000099/manifest.json is missing or broken" in told[0]


def test_a_checkpoint_whose_best_is_broken_is_passed_over(shelf: Shelf) -> None:
    """Its run could not end as it would have; the one before it can."""
    put(shelf, 3)
    damage(put(shelf, 6) / "run.json", "short")
    put(shelf, 9, best=6)
    told: list[str] = []
    found = shelf.latest_valid(told.append)
    assert found is not None and found.step == 3
    assert told[1] == "step-000009 is passed over: its best, step 6, is broken or gone"


def test_a_step_that_is_there_already_is_replaced(shelf: Shelf) -> None:
    put(shelf, 9, best=6)
    put(shelf, 9)
    found = shelf.latest_valid(pytest.fail)
    assert found is not None and found.best_step == 9


def test_another_run_s_checkpoint_under_our_name_is_refused(shelf: Shelf) -> None:
    other = Shelf(shelf.out, "ab" * 8 + "cd" * 24)
    assert other.place == shelf.place
    put(shelf, 4)
    told: list[str] = []
    assert other.latest_valid(told.append) is None
    assert "is of another run" in told[0]


@pytest.mark.parametrize(
    ("keep", "left"),
    [pytest.param(1, [2, 6], id="one"), pytest.param(2, [2, 5, 6], id="two")],
)
def test_rotation_keeps_the_newest_and_the_best(shelf: Shelf, keep: int, left: list[int]) -> None:
    for step in range(7):
        put(shelf, step, best=min(step, 2))
        shelf.rotate(keep)
        assert shelf.latest_valid(pytest.fail) is not None
    assert steps(shelf) == left


def test_rotation_keeps_what_an_older_one_calls_its_best(shelf: Shelf) -> None:
    """If the newest breaks, the one before it must still have its own best."""
    for step, best in ((3, 3), (6, 3), (9, 9)):
        put(shelf, step, best)
        shelf.rotate(2)
    assert steps(shelf) == [3, 6, 9]
    damage(shelf.at(9) / "run.json", "half")
    found = shelf.latest_valid(lambda _: None)
    assert found is not None and found.step == 6


@pytest.mark.parametrize("keep", [1, 2])
@pytest.mark.parametrize("number", range(1, 14))
def test_a_kill_while_old_ones_go_leaves_a_whole_one(
    shelf: Shelf, killed_at: Any, keep: int, number: int
) -> None:
    """Killed at each rename and removal of a save: one is whole, and so is its best."""
    for step, best in ((1, 1), (2, 1), (3, 3)):
        put(shelf, step, best)
    with killed_at(number):
        put(shelf, 4, best=3)
        shelf.rotate(keep)
    found = shelf.latest_valid(pytest.fail)
    assert found is not None and found.step >= 3
    assert shelf.at(found.best_step).is_dir()
    put(shelf, 5, best=3)
    shelf.rotate(keep)
    left = set(steps(shelf))
    assert {3, 5} <= left <= ({3, 5} if keep == 1 else {3, 4, 5})


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_during_a_save_leaves_the_one_before(shelf: Shelf, seed: int) -> None:
    """SIGKILL of a child between two files, or after the last and before the manifest."""
    put(shelf, 10)
    pause = random.Random(seed).randrange(4)
    child = os.fork()
    if child == 0:
        calls = iter(range(9))

        def die() -> None:
            if next(calls) == pause:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            put(shelf, 20, wait=die)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    found = shelf.latest_valid(pytest.fail)
    assert found is not None and found.step == 10
    put(shelf, 20)
    again = shelf.latest_valid(pytest.fail)
    assert again is not None and again.step == 20


def test_verify_says_what_is_wrong(shelf: Shelf) -> None:
    place = put(shelf, 5)
    (place / "run.json").write_bytes(b"other")
    with pytest.raises(ContractError, match=r"step-000005/run.json has 5 bytes, expected \d+"):
        folder.verify(place)
