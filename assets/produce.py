"""How every asset comes to be: found or built, checked, published, and reported.

An asset is built in a hidden draft of the lake, checked there, and only then published; a check
that fails leaves the version before it in place. Built before from the same inputs with the same
settings, it is found again and nothing is done. Errors of ours end the step with one line.
`produce` does this for the asset whose step it is, `caught_up` for a day that a later asset reads.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from ops import progress
from ops.digest import digest, file_digest
from ops.entry import NO_ROOM, disk_full
from ops.errors import ContractError, InputError, PipelineError
from resources.lake import Artifact, Lake

CODE_VERSION = "11"
UNFINISHED = "unfinished"
DATA_VERSION_TAG = "dagster/data_version"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding on a draft; one that blocks and fails keeps the draft from being published."""

    name: str
    passed: bool
    found: str
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an asset is made of: the build writes files into a draft and returns its figures.

    Attributes:
        inputs: data versions of what it reads, by name.
        settings: the values that change the result.
        build: fills the draft; returns figures (numbers and short texts).
        check: judges the draft after the build.
        resumes: a draft that a stopped run left is gone on with, not begun anew.
        again: build it although it was built before.
    """

    inputs: dict[str, str]
    settings: list[Any]
    build: Callable[[Path], dict[str, Any]]
    check: Callable[[Path, dict[str, Any]], list[Check]] = field(default=lambda path, figures: [])
    resumes: bool = False
    again: bool = False

    def key(self, asset: str) -> str:
        """Identity of the artifact that this recipe makes."""
        plain = [
            s.model_dump(mode="json") if isinstance(s, BaseModel) else s for s in self.settings
        ]
        return digest(asset, CODE_VERSION, plain, self.inputs)


Events = Iterator[dg.MaterializeResult | dg.AssetCheckResult]
Body = ParamSpec("Body")


def one_line(body: Callable[Body, Events]) -> Callable[Body, Events]:
    """Let an asset end with a message instead of a stack where the error is one of ours."""

    @wraps(body)
    def told(*args: Body.args, **kwargs: Body.kwargs) -> Events:
        try:
            yield from body(*args, **kwargs)
        except PipelineError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            lake = kwargs.get("lake")
            at = lake.base if isinstance(lake, Lake) else Path(error.filename or ".")
            full = disk_full(error, at)
            raise dg.Failure(str(full), allow_retries=False) from error

    return told


def produce(context: dg.AssetExecutionContext, lake: Lake, recipe: Recipe) -> Events:
    """Find or build this asset's artifact, publish it and say what it is."""
    asset = context.asset_key.to_user_string()
    # A run for a day carries its partition key into unpartitioned assets too.
    partition = context.partition_key if context.assets_def.partitions_def else None
    artifact, checks = _obtain(context, lake, (asset, partition), recipe)
    if artifact is None:
        yield from (_result(asset, check) for check in checks)
        raise ContractError(_failures(checks))
    yield dg.MaterializeResult(
        metadata=_metadata(artifact),
        data_version=dg.DataVersion(artifact.data_version),
        check_results=[_result(asset, check) for check in checks],
    )


def caught_up(
    context: dg.AssetExecutionContext, lake: Lake, of: tuple[str, str | None], recipe: Recipe
) -> Artifact:
    """Another asset, or a day of it, found or made now; what was made is recorded as that asset's.

    Raises:
        ContractError: one of its checks fails.
    """
    asset, day = of
    artifact, checks = _obtain(context, lake, of, recipe)
    if artifact is None:
        raise ContractError(f"{asset}{f' of {day}' if day else ''}: {_failures(checks)}")
    if not artifact.reused:
        made = dg.AssetMaterialization(
            asset_key=asset,
            partition=day,
            metadata=_metadata(artifact),
            tags={DATA_VERSION_TAG: artifact.data_version},
        )
        context.log_event(made)
    return artifact


def _obtain(
    context: dg.AssetExecutionContext, lake: Lake, of: tuple[str, str | None], recipe: Recipe
) -> tuple[Artifact | None, list[Check]]:
    asset, partition = of
    found = lake.find(asset, partition, recipe.key(asset))
    if found is not None and not recipe.again and not found.figures.get(UNFINISHED):
        lake.show(found.path)
        return found, [Check(**held) for held in found.figures.get("checks", [])]
    log = progress.quarters(context.log.info)
    with lake.building(asset, partition), progress.unless_heard(log):
        return _build(lake, asset, partition, recipe)


def _failures(checks: list[Check]) -> str:
    failed = [check for check in checks if check.blocks and not check.passed]
    return "; ".join(f"{one.name}: {one.found}" for one in failed)


def _build(
    lake: Lake, asset: str, partition: str | None, recipe: Recipe
) -> tuple[Artifact | None, list[Check]]:
    key = recipe.key(asset)
    draft = lake.draft(asset, partition, key)
    if not recipe.resumes:
        shutil.rmtree(draft)
        draft.mkdir()
    began = time.monotonic()
    figures = recipe.build(draft)
    checks = recipe.check(draft, figures)
    if any(check.blocks and not check.passed for check in checks):
        return None, checks
    figures["checks"] = [
        {"name": one.name, "passed": one.passed, "found": one.found, "blocks": one.blocks}
        for one in checks
    ]
    manifest = {
        "asset": asset,
        "partition": partition,
        "inputs": recipe.inputs,
        "figures": figures,
        "seconds": round(time.monotonic() - began, 2),
    }
    return lake.publish(draft, key, manifest), checks


def _result(asset: str, check: Check) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=check.passed,
        asset_key=asset,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.ERROR if check.blocks else dg.AssetCheckSeverity.WARN,
        description=check.found,
    )


def _metadata(artifact: Artifact) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": dg.MetadataValue.path(str(artifact.path)),
        "seconds": artifact.seconds,
        "reused": artifact.reused,
    }
    for name, value in artifact.figures.items():
        if isinstance(value, bool | int | float | str):
            told[name] = value
        elif isinstance(value, dict | list) and name != "checks":
            told[name] = dg.MetadataValue.json(value)
    rows = Counter[str]()
    for path in sorted(artifact.path.glob("*.parquet")):
        rows[path.stem.rstrip("-0123456789")] += pq.read_metadata(path).num_rows
    if rows:
        told["rows"] = dg.MetadataValue.json(dict(rows))
    return told


def digest_of(path: Path) -> str:
    """Content hash of a file that the profile names.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return file_digest(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); correct the profile or put the file there"
        ) from error


def columns(schema: pa.Schema) -> dg.TableSchema:
    """A table's schema as the UI shows it, each column with its meaning."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=str(column.type),
                description=(column.metadata or {}).get(b"doc", b"").decode(),
                constraints=dg.TableColumnConstraints(nullable=column.nullable),
            )
            for column in schema
        ]
    )


def described(schema: pa.Schema) -> dict[str, Any]:
    """Definition metadata with the schema of the asset's chief table."""
    return {"dagster/column_schema": columns(schema)}
