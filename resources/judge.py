"""The judge: another model behind the teacher's client, with a budget and a journal of its own."""

from pathlib import Path

from resources.lake import Lake
from resources.settings import Settings
from resources.teacher import Teacher

JOURNAL = "judge"
SECTION = "teacher"


class Judge(Teacher):
    """A teacher whose settings are evaluation.judge; what it cost is no teacher's cost."""

    @property
    def journal(self) -> Path:
        """Where the journal lies, apart from the teacher's."""
        return super().journal.with_name(JOURNAL)


def judge_of(settings: Settings, lake: Lake) -> Judge | None:
    """The judge of the profile; None where it has none."""
    config = settings.load().evaluation.judge
    if config is None:
        return None
    kept = {key: value for key, value in settings.overrides.items() if key.split(".")[0] != SECTION}
    own = kept | {SECTION: config.model_dump_json()}
    return Judge(settings=Settings(profile=settings.profile, overrides=own), lake=lake)
