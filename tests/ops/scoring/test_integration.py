"""What counts as carried, and what as made up."""

import pytest

from ops.scoring.integration import integrate


@pytest.mark.parametrize(
    ("words", "carries", "missing", "made_up", "f1"),
    [
        pytest.param("It is 21 degrees.", ["21"], (), (), 1.0, id="carried"),
        pytest.param("It is 12,500 now", ["12500"], (), (), 1.0, id="thousands_commas"),
        pytest.param("SUNNY  in\nOslo", ["sunny in oslo"], (), (), 1.0, id="case_and_space"),
        pytest.param("It is 215 or 2.21", ["21"], ("21",), ("215", "2.21"), 0.0, id="part_of_one"),
        pytest.param("21.", ["21"], (), (), 1.0, id="full_stop_after_a_number"),
        pytest.param("It is 21, or 30.", ["21"], (), ("30",), 2 / 3, id="a_number_made_up"),
        pytest.param('"Oslo" 21', ["21"], (), ("oslo",), 2 / 3, id="a_quote_made_up"),
        pytest.param("21", ["21", "sunny"], ("sunny",), (), 2 / 3, id="half_carried"),
        pytest.param("", ["21"], ("21",), (), 0.0, id="nothing"),
    ],
)
def test_integrates(
    words: str, carries: list[str], missing: tuple[str], made_up: tuple[str], f1: float
) -> None:
    found = integrate(words, carries)
    assert (found.missing, found.made_up) == (missing, made_up)
    assert found.f1 == pytest.approx(f1)
