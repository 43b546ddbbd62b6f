"""What several stages' tests share: wrong answers beside the right ones, and a full disk."""

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


@pytest.fixture
def files_no_larger_than() -> Callable[[int], AbstractContextManager[None]]:
    """A write beyond so many bytes of a file fails inside, as on a disk that is full."""

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited
