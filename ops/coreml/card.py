"""README.md of a bundle, the card that a Hub shows: contract.json and verification.json in words.

Not here: how the student came to be, which is the report's card (ops/report).
"""

from pathlib import Path
from typing import Any

import jinja2

from ops.evaluation.rates import package_answers

TEMPLATE = "card.md.jinja"


def card(contract: dict[str, Any], record: dict[str, Any], name: str) -> str:
    """The card of the package that clients know by `name`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
    )
    answers = package_answers(record["figures"]["answers"])
    told = {"contract": contract, "record": record, "answers": answers, "name": name}
    text = environment.get_template(TEMPLATE).render(**told, verdict=verdict(record["checks"]))
    return text.rstrip() + "\n"


def verdict(checks: list[dict[str, Any]]) -> str:
    """How many checks passed, and which did not.

    >>> verdict([{"name": "graph", "passed": True}, {"name": "kl_nats", "passed": False}])
    '1 of 2 checks failed: kl_nats'
    """
    failed = [check["name"] for check in checks if not check["passed"]]
    if failed:
        return f"{len(failed)} of {len(checks)} checks failed: {', '.join(failed)}"
    return f"All {len(checks)} checks passed"
