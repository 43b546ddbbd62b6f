"""The profile of a run as a Dagster resource: its name, and values that replace some of its own."""

import os
from functools import lru_cache

import dagster as dg
from pydantic import Field

from resources.profile import Profile, load

PROFILE_VARIABLE = "APPRENTICE_PROFILE"


class Settings(dg.ConfigurableResource):
    """A profile by name, and values that replace some of its own for this run."""

    profile: str = os.environ.get(PROFILE_VARIABLE, "tiny")
    overrides: dict[str, str] = Field(default_factory=dict)

    def load(self) -> Profile:
        """The profile. Raises SettingsError with every problem in one line."""
        return _cached(self.profile, tuple(sorted(self.overrides.items())))


@lru_cache
def _cached(profile: str, overrides: tuple[tuple[str, str], ...]) -> Profile:
    return load(profile, dict(overrides))
