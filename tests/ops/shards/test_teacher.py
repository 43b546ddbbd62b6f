"""Whose distributions reach which of the student's tokens."""

import math
import time

import numpy as np
import pytest

from ops.shards.teacher import FLOOR, Mapped, Told, map_logprobs

IDS = {
    piece.encode(): index
    for index, piece in enumerate(["{", '"a"', ": ", "1", "2", "}", '"', "a", "\n", "abc", "axc"])
}


Outcomes = list[tuple[str, float]]


def told(*positions: tuple[str, Outcomes]) -> Told:
    """What a teacher told: at each position its token, and outcomes with their nats."""
    k = max((len(top) for _, top in positions), default=1)
    padded = [top + [("", FLOOR)] * (k - len(top)) for _, top in positions]
    return Told(
        [token.encode() for token, _ in positions],
        np.asarray([IDS.get(token.encode(), -1) for token, _ in positions], np.int32),
        np.asarray(
            [[IDS.get(one.encode(), -1) for one, _ in top] for top in padded], np.int32
        ).reshape(-1, k),
        np.asarray([[nats for _, nats in top] for top in padded]).reshape(-1, k),
    )


def sure(*tokens: str, other: str = "2") -> Told:
    """Each token with 80 %, another with 15 %; 5 % are untold."""
    return told(*((one, [(one, math.log(0.8)), (other, math.log(0.15))]) for one in tokens))


def mapped(answer: tuple[str, ...], teacher: Told, k: int = 2) -> Mapped:
    pieces = [piece.encode() for piece in answer]
    return map_logprobs(pieces, np.asarray([IDS.get(p, 99) for p in pieces], np.int32), teacher, k)


CALL = ("{", '"a"', ": ", "1", "}")


def test_identical_texts_map_token_for_token() -> None:
    found = mapped(CALL, sure(*CALL))
    assert found.at.tolist() == [0, 1, 2, 3, 4]
    assert found.ids.tolist() == [0, 4, 1, 4, 2, 4, 3, 4, 5, 4]
    assert found.logp.tolist() == pytest.approx([math.log(0.8), math.log(0.15)] * 5)


@pytest.mark.parametrize(
    ("teacher", "expected"),
    [
        pytest.param(("```json\n", *CALL, "\n```"), [0, 1, 2, 3, 4], id="fenced"),
        pytest.param(("{", "\n  ", '"a"', ": ", "1", "\n", "}"), [0, 1, 2, 3, 4], id="indented"),
        pytest.param(("{", '"', "a", '"', ": ", "1", "}"), [0, 2, 3, 4], id="cut_elsewhere"),
        pytest.param(("{", '"a"', ": 1", "}"), [0, 1, 4], id="joined"),
        pytest.param((), [], id="nothing_told"),
        pytest.param(("hello", " there"), [], id="other_text"),
    ],
)
def test_other_layouts_map_where_the_edges_agree(
    teacher: tuple[str, ...], expected: list[int]
) -> None:
    assert mapped(CALL, sure(*teacher)).at.tolist() == expected


def test_the_end_of_the_student_s_turn_has_no_distribution() -> None:
    assert mapped((*CALL, "<|im_end|>"), sure(*CALL)).at.tolist() == [0, 1, 2, 3, 4]


def test_same_edges_with_other_characters_inside_do_not_map() -> None:
    assert mapped(("abc",), sure("axc")).at.tolist() == []


def test_an_outcome_that_is_no_student_token_is_left_to_the_tail() -> None:
    found = mapped(("1",), sure("1", other="1 0"), 3)
    assert found.ids.tolist() == [3, -1, -1]
    assert found.logp.tolist() == pytest.approx([math.log(0.8), FLOOR, FLOOR])


def test_only_the_likeliest_are_kept_in_their_order() -> None:
    top = [("2", math.log(0.2)), ("1", math.log(0.5)), ("a", math.log(0.1))]
    found = mapped(("1",), told(("1", top)))
    assert found.ids.tolist() == [3, 4]
    assert found.logp.tolist() == pytest.approx([math.log(0.5), math.log(0.2)])


def test_an_outcome_that_is_told_twice_counts_once() -> None:
    top = [("1", math.log(0.5)), ("2", math.log(0.2)), ("1", math.log(0.5)), ("a", math.log(0.1))]
    found = mapped(("1",), told(("1", top)), 4)
    assert found.ids.tolist() == [3, 4, 7, -1]
    assert found.logp.tolist() == pytest.approx([*map(math.log, (0.5, 0.2, 0.1)), FLOOR])


def test_a_token_that_its_own_list_leaves_out_is_not_mapped() -> None:
    """The server reported a sampled token without its probability."""
    assert mapped(("1",), told(("1", [("2", -0.1)]))).at.tolist() == []


def test_minus_infinity_becomes_the_floor() -> None:
    found = mapped(("1",), told(("1", [("1", -0.1), ("2", -math.inf)])))
    assert found.logp.tolist() == [-0.1, FLOOR]


def test_an_endless_repetition_is_left_alone_in_bounded_time() -> None:
    """Every byte of one text is every byte of the other: there is no end of ways to compare."""
    answer = ("1", *["{"] * 200_000)
    began = time.process_time()
    assert mapped(answer, sure("2", *["{"] * 199_990, "a")).at.tolist() == []
    assert time.process_time() - began < 30
