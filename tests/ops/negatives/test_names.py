"""Which tools are near one another, and names that no tool has."""

import pytest

from ops.negatives.names import by_nearness, invented, words_of
from ops.toolcalls.call import plain_name


def length(name: str) -> int:
    return len(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("set_timer", {"set", "timer"}),
        ("math.add", {"math", "add"}),
        ("getWeatherByCity", {"get", "weather", "by", "city"}),
        ("repo/read-file2", {"repo", "read", "file2"}),
        ("über_prüfen", {"über", "prüfen"}),
        ("_", set()),
    ],
)
def test_the_words_of_a_name(name: str, words: set[str]) -> None:
    assert words_of(name) == words


def test_the_family_comes_first_and_then_any_other() -> None:
    others = ["play_music", "set_alarm", "timer.set_all", "go"]
    assert by_nearness("set_timer", others, length) == [
        "timer.set_all", "set_alarm", "go", "play_music",
    ]  # fmt: skip


def test_an_invented_name_is_made_of_pieces_of_the_offered() -> None:
    offered = ["set_timer", "play_music"]
    known = {plain_name(name) for name in offered}
    assert invented("set_timer", offered, known, length) == "set_music"
    assert invented("set_timer", offered, {*known, "set_music"}, length) == "play_timer"


def test_an_invented_name_is_never_a_known_one() -> None:
    known = {"math_add"}
    for _ in range(12):
        new = invented("math.add", ["math.add"], known, length)
        assert plain_name(new) not in known
        known.add(plain_name(new))
    assert "math_add_2" in known
