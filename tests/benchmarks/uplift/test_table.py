"""The page says what the comparisons of the seeds hold; no figure is judged."""

from benchmarks.uplift.run import Repaired, Row
from benchmarks.uplift.table import over, report


def row(measure: str, before: float, after: float, verdict: str = "noise") -> Row:
    return {
        "split": "heldout", "mode": "free", "measure": measure, "kind": "all", "n": 200,
        "before": before, "after": after, "difference": after - before, "low": -0.01, "high": 0.11,
        "gained": 14, "lost": 4, "p": 0.03, "p_adjusted": 0.06, "verdict": verdict,
    }  # fmt: skip


def seed(number: int, after: float) -> Repaired:
    rows = [row("exact_match", 0.10, after), row("exact_match", 0.2, 0.9) | {"kind": "single"}]
    forgotten = {"passed": 20, "lost": 4}
    return Repaired(number, rows, 190, forgotten, "gate failed: too little", 600.0)


def test_a_row_is_of_all_held_out_prompts_or_none() -> None:
    one = seed(7, 0.15)
    assert one.row("exact_match", "free") == one.comparison[0]
    assert one.row("exact_match", "constrained") is None
    assert one.row("json_validity", "free") is None


def test_the_page_has_every_seed_with_its_interval_and_what_they_agree_on() -> None:
    found = [seed(7, 0.15), seed(8, 0.16), seed(9, 0.17)]
    page = report(found, "python -m benchmarks.uplift --work WORK")
    told = "| exact | 8 | 200 | 10.0 | 16.0 | +6.0 (-1.0 to +11.0) | 14, 4 | 0.06 | noise |"
    assert told in page.splitlines()
    assert "| exact | +6.0 (+5.0 to +7.0) | not counted |" in page.splitlines()
    assert "Seed 9: 190 corrections; of 20 prompts right before, 4 were wrong after" in page
    assert "more than noise: exact (+6.0 points)." in page


def test_seeds_that_disagree_are_noise() -> None:
    found = [seed(7, 0.15), seed(8, 0.05)]
    difference = over(found, "exact_match", "free")
    assert difference is not None
    assert difference.is_noise
    assert "more than noise: nothing." in report(found, "command")
