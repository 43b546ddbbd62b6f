"""The three policies about reasoning."""

import pytest

from ops.teacher.config import TeacherConfig
from ops.trajectories.boundary import Boundary


@pytest.fixture
def forbids() -> Boundary:
    return Boundary(TeacherConfig())


@pytest.fixture
def rejects() -> Boundary:
    return Boundary(TeacherConfig(reasoning="reject"))


@pytest.fixture
def keeps() -> Boundary:
    return Boundary(TeacherConfig(reasoning="licensed", reasoning_licence="CC-BY-4.0"))
