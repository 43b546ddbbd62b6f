"""A benchmark of five short cases, in the package's layout, and what a right answer to each is."""

import json
from pathlib import Path
from typing import Any

AREA = {
    "name": "shape.area",
    "description": "Area of a rectangle.",
    "parameters": {
        "type": "dict",
        "properties": {
            "width": {"type": "float", "description": "In metres."},
            "height": {"type": "float", "description": "In metres."},
            "unit": {"type": "string", "description": "Of the result."},
        },
        "required": ["width", "height"],
    },
}
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "simple_python": [
        {"id": "simple_python_0", "question": [[{"role": "user", "content": "Area of 2 by 3?"}]],
         "function": [AREA]},
        {"id": "simple_python_1", "question": [[{"role": "user", "content": "Area of 4 by 5?"}]],
         "function": [AREA]},
        {"id": "simple_python_2", "question": [[{"role": "user", "content": "Area of 6 by 7?"}]],
         "function": [{"name": "shape.area", "description": "Nothing else is told."}]},
    ],
    "irrelevance": [
        {"id": "irrelevance_0", "question": [[{"role": "user", "content": "Who are you?"}]],
         "function": [AREA]},
    ],
    "live_relevance": [
        {"id": "live_relevance_0-0-0", "question": [[{"role": "user", "content": "8 by 9?"}]],
         "function": [AREA]},
    ],
}  # fmt: skip
TRUTH: list[dict[str, Any]] = [
    {"id": f"simple_python_{number}",
     "ground_truth": [{"shape.area": {"width": [w], "height": [h], "unit": ["m2", ""]}}]}
    for number, (w, h) in enumerate([(2.0, 3.0), (4.0, 5.0), (6.0, 7.0)])
]  # fmt: skip


def write_benchmark(folder: Path) -> Path:
    """The files of the cases in the folder, which is made."""
    (folder / "possible_answer").mkdir(parents=True)
    for name, rows in QUESTIONS.items():
        _write(folder / f"BFCL_v4_{name}.json", rows)
    _write(folder / "possible_answer" / "BFCL_v4_simple_python.json", TRUTH)
    _write(folder / "BFCL_v4_multi_turn_base.json", [])
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
