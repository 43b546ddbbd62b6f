"""Figures of every asset → report.html and MODEL_CARD.md, without anything from a network."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2

from ops import tables
from ops.training.contract import STEPS

RATES = (
    "json_validity",
    "in_grammar",
    "tool_selection",
    "argument_accuracy",
    "exact_match",
    "needless_calls",
    "missing_calls",
    "integration_f1",
    "n",
)
WIDTH, HEIGHT = 280, 140
POINTS = 200


def write(facts: dict[str, Any], out: Path) -> None:
    """Render both files; `facts` holds what the templates name."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
    )
    for template, name in (("page.html", "report.html"), ("card.md.jinja", "MODEL_CARD.md")):
        text = environment.get_template(template).render(**facts)
        (out / name).write_text(text + "\n", encoding="utf-8")


def quality(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The table of rates: modes before and after the repair, side by side."""
    columns = [
        (f"{phase}, {mode}", rates)
        for phase, modes in (("before", before), ("after", after))
        for mode, rates in sorted(modes.items(), reverse=True)
    ]
    rows = [
        {"name": name.replace("_", " "), "values": [shown(rates.get(name)) for _, rates in columns]}
        for name in RATES
    ]
    return {"columns": [name for name, _ in columns], "rows": rows}


def shown(rate: float | int | None) -> str:
    """A rate as per cent, a count as it is, and a dash for what could not be counted."""
    if rate is None:
        return "–"
    return str(rate) if isinstance(rate, int) else f"{rate:.1%}"


def curve(stage: str, steps: Path) -> dict[str, Any]:
    """The loss of a run as the points of an SVG line, at most 200 of them."""
    losses = tables.read(steps, STEPS)["loss"].to_pylist()
    kept = losses[:: -(-len(losses) // POINTS)]
    top = max(kept) or 1.0
    places = [
        (index * WIDTH / max(1, len(kept) - 1), HEIGHT - loss / top * (HEIGHT - 5))
        for index, loss in enumerate(kept)
    ]
    return {
        "stage": stage,
        "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        "first": f"{losses[0]:.2f}",
        "last": f"{losses[-1]:.2f}",
        "steps": len(losses),
    }


def brief(figures: dict[str, Any]) -> str:
    """An asset's plain figures on one line."""
    return ", ".join(_pair(figures))


def _pair(figures: dict[str, Any]) -> Iterable[str]:
    for name, value in figures.items():
        if isinstance(value, bool | str | int):
            yield f"{name.replace('_', ' ')} {value}"
        elif isinstance(value, float):
            yield f"{name.replace('_', ' ')} {value:.4g}"
