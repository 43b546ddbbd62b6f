"""Where a broken output departs from its correction, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.lora.departures import MOST_WORK, departures

Words = list[int]
FEW = st.lists(st.integers(0, 3), max_size=12)


def wrong(bad: str, corrected: str) -> str:
    """The words of `bad` that depart, each word a token."""
    words = bad.split()
    flags = departures([hash(word) for word in words], [hash(word) for word in corrected.split()])
    return " ".join(word for word, flag in zip(words, flags, strict=True) if flag)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        pytest.param('{ "city" : "Rome" , "days" : 3 } .', "", id="right"),
        pytest.param('{ "city" : "Paris" , "days" : 3 } .', '"Paris"', id="another_value"),
        pytest.param('{ "city" : "Paris" , "days" : 4 } .', '"Paris" 4', id="two_values"),
        pytest.param('{ "city" : "Rome" } .', "}", id="a_missing_argument"),
        pytest.param('{ "city" : "Rome" , "days" : 3 , "x" : 1 } .', ', "x" : 1', id="one_more"),
        pytest.param('{ "city" : "Rome" .', ".", id="ended_inside_the_call"),
        pytest.param('{ "city" : "Rome" ,', "", id="cut_before_it_was_wrong"),
        pytest.param("", "", id="nothing"),
        pytest.param(".", ".", id="ended_at_once"),
        pytest.param("i cannot do that .", "i cannot do that", id="other_words"),
    ],
)
def test_what_departs_is_named(bad: str, expected: str) -> None:
    assert wrong(bad, '{ "city" : "Rome" , "days" : 3 } .') == expected


@given(bad=FEW, corrected=FEW)
def test_what_does_not_depart_is_in_the_correction_in_order(bad: Words, corrected: Words) -> None:
    flags = departures(bad, corrected)
    left = iter(corrected)
    kept = [token for token, flag in zip(bad, flags, strict=True) if not flag]
    assert all(token in left for token in kept)


@given(bad=FEW, corrected=FEW)
def test_the_first_token_that_differs_departs_first(bad: Words, corrected: Words) -> None:
    same = 0
    while same < min(len(bad), len(corrected)) and bad[same] == corrected[same]:
        same += 1
    flags = departures(bad, corrected)
    assert not any(flags[:same])
    assert flags[same:][:1] == [True] * (same < len(bad))


def test_a_gap_in_equal_tokens_is_at_its_end() -> None:
    """After the first of them both are right: what comes instead of the second is not."""
    assert departures([7, 1, 2, 3], [7, 1, 1, 2, 3]) == [False, False, True, False]
    assert departures([7, 1, 1, 2, 3], [7, 1, 2, 3]) == [False, False, True, False, False]


def test_of_long_answers_only_the_first_departure_is_looked_for() -> None:
    one, other = [0] * 600, [0] * 10 + [1] * 590
    assert (len(one) - 10) * (len(other) - 10) > MOST_WORK
    assert [at for at, flag in enumerate(departures(one, other)) if flag] == [10]
