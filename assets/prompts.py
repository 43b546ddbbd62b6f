"""registry, phrase book, prompt files → prompt_mix: what the teacher is asked on a day."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg

from assets.daily import DAILY
from assets.produce import Check, Events, Recipe, described, digest_of, one_line, produce
from ops import tables
from ops.caws.pack import count_bytes
from ops.digest import digest
from ops.prompts.contract import PROMPTS
from ops.student.config import StudentConfig
from resources.lake import Lake
from resources.profile import CONFIGS, ROOT
from resources.settings import Settings


@dg.asset(
    group_name="gather",
    kinds={"parquet", "yaml"},
    partitions_def=DAILY,
    metadata=described(PROMPTS),
    check_specs=[
        dg.AssetCheckSpec("every_tool_appears", asset="prompt_mix", blocking=True),
        dg.AssetCheckSpec("no_prompt_in_two_splits", asset="prompt_mix", blocking=True),
    ],
)
@one_line
def prompt_mix(context: dg.AssetExecutionContext, settings: Settings, lake: Lake) -> Events:
    """A day's prompts: generated from the tool registry, and imported; in three splits by hash."""
    profile = settings.load()
    registry, phrases = CONFIGS / profile.prompts.registry, CONFIGS / profile.prompts.phrases
    repository = (ROOT / profile.prompts.project).resolve()
    sources = [(ROOT / source.path).resolve() for source in profile.prompts.sources]

    def build(draft: Path) -> dict[str, Any]:
        from ops.prompts import gather
        from ops.prompts.project import carried, read_project

        lake.require_room()
        gathered = gather.gather(registry, phrases, ROOT, profile.prompts, context.partition_key)
        prompts, project = gathered.prompts, None
        if profile.prompts.project:
            day = context.partition_key
            project = read_project(repository, day, _student_tokens(profile.student))
            prompts = carried(prompts, project.packed.text)
        tables.write(prompts, draft / "prompts.parquet")
        tables.write(gathered.rejected, draft / "rejected.parquet")
        tables.write(gathered.quotas, draft / "quotas.parquet")
        return gathered.figures() | (project.figures() if project else {})

    def check(draft: Path, figures: dict[str, Any]) -> list[Check]:
        from ops.prompts import gather

        prompts = tables.read(draft / "prompts.parquet", PROMPTS)
        generated = profile.prompts.registry_share > 0
        missing = gather.missing_tools(prompts, registry) if generated else []
        twice = gather.in_two_splits(prompts)
        return [
            Check("every_tool_appears", not missing, ", ".join(missing) or "all of the registry"),
            Check("no_prompt_in_two_splits", not twice, f"{len(twice)} prompts in two splits"),
        ]

    inputs = {"day": context.partition_key} | {
        path.name: digest_of(path) for path in (registry, phrases)
    }
    inputs |= {str(source): source_digest(source) for source in sources}
    if profile.prompts.project:
        inputs |= {"project": source_digest(repository / ".caws")}
        inputs |= {"student": profile.student.base or "scratch"}
    yield from produce(context, lake, Recipe(inputs, [profile.prompts], build, check))


def _student_tokens(config: StudentConfig) -> Callable[[str], int]:
    """Tokens of a text; a scratch student has no tokenizer before the mix: bytes bound its own."""
    if not config.base:
        return count_bytes
    from ops.student import tokenizer

    of_base = tokenizer.load(ROOT / config.base)
    return lambda text: len(of_base(text, add_special_tokens=False)["input_ids"])


def source_digest(path: Path) -> str:
    """Of a folder with all that is in it, or of a file with the right answers beside it."""
    beside = path.parent / "possible_answer" / path.name
    files = sorted(path.rglob("*")) if path.is_dir() else [path, beside]
    return digest([(file.name, digest_of(file)) for file in files if file.is_file()])
