"""`dagster dev` as the README prints it: it comes up on this machine and shows every asset."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Dev, running_dev

ASSETS = "{ assetNodes { assetKey { path } groupName description } }"
pytestmark = pytest.mark.slow


@pytest.fixture
def dev(home: Path) -> Iterator[Dev]:
    """The UI; the whole family of processes ends with the test."""
    with running_dev(home) as made:
        yield made


def test_the_ui_shows_every_asset_with_its_group_and_meaning(dev: Dev) -> None:
    nodes = dev.ask(ASSETS)["assetNodes"]
    groups = {node["groupName"] for node in nodes}
    assert len(nodes) == 18
    assert groups == {"gather", "supervise", "train", "judge", "repair", "ship"}
    assert [node["assetKey"]["path"] for node in nodes if not node["description"]] == []
