"""What several stages' tests read: wrong answers beside the right ones of the shards."""

from pathlib import Path
from typing import Any

import pytest

from ops.negatives.build import Source, build
from ops.negatives.config import NegativesConfig
from tests.conftest import CONTEXT


@pytest.fixture(scope="session")
def negatives(
    prompt_rows: list[dict[str, Any]],
    day_folder: Path,
    tokenizer: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The table of wrong answers to the train prompts of those shards."""
    out = tmp_path_factory.mktemp("negatives")
    source = Source(
        {row["prompt_id"]: row for row in prompt_rows}, [day_folder / "texts.parquet"], []
    )
    build(source, tokenizer, NegativesConfig(most=2), CONTEXT, out)
    return out / "negatives.parquet"
