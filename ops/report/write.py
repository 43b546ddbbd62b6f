"""Figures of every asset → report.html and MODEL_CARD.md, without anything from a network."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2

from ops import tables
from ops.training.contract import STEPS

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
