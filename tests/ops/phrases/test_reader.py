"""The book read backwards."""

import time
from pathlib import Path

import pytest

from ops.phrases.book import load_book
from ops.phrases.reader import Reader

READER = Reader(load_book(Path(__file__).parents[3] / "configs" / "phrases.yaml"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("set an alarm for 7:30 am", [("set_alarm", {"time": "7:30 am"})], id="plain"),
        pytest.param(
            "Please set an alarm for 7:30 am, thanks.",
            [("set_alarm", {"time": "7:30 am"})],
            id="carriers",
        ),
        pytest.param(
            "set an alarm called gym for 6:00 pm",
            [("set_alarm", {"label": "gym", "time": "6:00 pm"})],
            id="most_literal",
        ),
        pytest.param(
            "add 3 apples and 2 mugs to my cart",
            [
                (
                    "add_to_cart",
                    {
                        "items": [
                            {"quantity": 3, "product": "apples"},
                            {"quantity": 2, "product": "mugs"},
                        ]
                    },
                )
            ],
            id="records",
        ),
        pytest.param(
            "save the contact Anna with number 014-105",
            [("add_contact", {"contact": {"name": "Anna", "phone": "014-105"}})],
            id="nested",
        ),
        pytest.param(
            "convert 3.5 euros to yen, and also convert 3 miles to feet",
            [
                ("convert_currency", {"amount": 3.5, "source": "euros", "target": "yen"}),
                ("convert_units", {"value": 3, "source": "miles", "target": "feet"}),
            ],
            id="two_requests_told_apart_by_their_words",
        ),
        pytest.param(
            "turn off the light in the office",
            [("set_light", {"on": False, "room": "office"})],
            id="boolean",
        ),
        pytest.param("hello", [(None, {})], id="talk"),
        pytest.param("the moon is made of cheese", [], id="unknown"),
        pytest.param("", [], id="empty"),
        pytest.param("set an alarm for ", [], id="slot_left_empty"),
        pytest.param("x" * 100_000, [], id="huge"),
    ],
)
def test_requests(text: str, found: list[tuple[str | None, dict[str, object]]]) -> None:
    assert [(one.tool, one.arguments) for one in READER.requests(text)] == found


def test_no_text_is_slow() -> None:
    nasty = "book a flight from " + "from to on " * 50
    started = time.process_time()
    READER.requests(nasty)
    assert time.process_time() - started < 0.2
