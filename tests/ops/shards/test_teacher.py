"""Whose distributions reach which of the student's tokens."""

import math

import pytest

from ops.shards.teacher import FLOOR, TokenLogprob, map_logprobs

IDS = {
    piece.encode(): index
    for index, piece in enumerate(["{", '"a"', ": ", "1", "2", "}", '"', "a", "\n", "abc", "axc"])
}


def sure(*tokens: str, other: str = "2") -> list[TokenLogprob]:
    """Each token with 80 %, another with 15 %; 5 % are untold."""
    return [
        TokenLogprob(t.encode(), ((t.encode(), math.log(0.8)), (other.encode(), math.log(0.15))))
        for t in tokens
    ]


def pieces(*tokens: str) -> list[bytes]:
    return [token.encode() for token in tokens]


CALL = ("{", '"a"', ": ", "1", "}")


def test_identical_texts_map_token_for_token() -> None:
    found = map_logprobs(pieces(*CALL), sure(*CALL), IDS, 2)
    assert found.at == [0, 1, 2, 3, 4]
    assert found.ids == [0, 4, 1, 4, 2, 4, 3, 4, 5, 4]
    assert found.logp == pytest.approx([math.log(0.8), math.log(0.15)] * 5)


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
    assert map_logprobs(pieces(*CALL), sure(*teacher), IDS, 2).at == expected


def test_the_end_of_the_student_s_turn_has_no_distribution() -> None:
    assert map_logprobs(pieces(*CALL, "<|im_end|>"), sure(*CALL), IDS, 2).at == [0, 1, 2, 3, 4]


def test_same_edges_with_other_characters_inside_do_not_map() -> None:
    assert map_logprobs(pieces("abc"), sure("axc"), IDS, 2).at == []


def test_an_outcome_that_is_no_student_token_is_left_to_the_tail() -> None:
    found = map_logprobs(pieces("1"), sure("1", other="1 0"), IDS, 3)
    assert found.ids == [3, -1, -1]
    assert found.logp == pytest.approx([math.log(0.8), FLOOR, FLOOR])


def test_only_the_likeliest_are_kept_in_their_order() -> None:
    top = ((b"2", math.log(0.2)), (b"1", math.log(0.5)), (b"a", math.log(0.1)))
    found = map_logprobs(pieces("1"), [TokenLogprob(b"1", top)], IDS, 2)
    assert found.ids == [3, 4]
    assert found.logp == pytest.approx([math.log(0.5), math.log(0.2)])


def test_a_token_that_its_own_list_leaves_out_is_not_mapped() -> None:
    """The server reported a sampled token without its probability."""
    assert map_logprobs(pieces("1"), [TokenLogprob(b"1", ((b"2", -0.1),))], IDS, 2).at == []


def test_minus_infinity_becomes_the_floor() -> None:
    top = ((b"1", -0.1), (b"2", -math.inf))
    assert map_logprobs(pieces("1"), [TokenLogprob(b"1", top)], IDS, 2).logp == [-0.1, FLOOR]
