"""A bundle as it lies on a disk → every check of it: files, contract, package, student.

One piece for the stage that makes a bundle and for whoever has one: what is checked after the
conversion can be checked again wherever the bundle was copied to. Without the student its golden
vectors stand for it (recorded.py).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ops.coreml import functions, golden, interface, package, recorded
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import CONTRACT, GOLDEN, PACKAGE, TOKENIZER, VERIFICATION
from ops.coreml.verify import Check, Verification, verify
from ops.errors import ContractError, InputError
from ops.student import model as students

FORMAT = 1  # of contract.json
HASHES = ("package_digest", "package_files", "tokenizer_files")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle, and what its own files say of it."""

    path: Path
    contract: dict[str, Any]
    verification: dict[str, Any]
    config: CoreMLConfig


def opened(path: Path) -> Bundle:
    """The bundle at `path`, or the one that holds the package at `path`.

    Raises:
        InputError: there is no bundle, or one of a format that is not known here.
        ContractError: its description is damaged.
    """
    folder = path.resolve().parent if path.suffix == ".mlpackage" else path
    missing = [name for name in (PACKAGE, CONTRACT) if not (folder / name).exists()]
    if missing:
        raise InputError(
            f"{path} is no package of ours: {folder} has no {' and no '.join(missing)}; expected "
            f"the folder that coreml_worker made, or {PACKAGE} in it"
        )
    contract = described(folder / CONTRACT)
    if contract.get("format") != FORMAT:
        raise InputError(
            f"{folder / CONTRACT} has format {contract.get('format')!r}; this version reads format "
            f"{FORMAT}: use the version that made it, or make the package again"
        )
    verification = described(folder / VERIFICATION)
    try:
        config = CoreMLConfig.model_validate(verification.get("config"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "config"
        raise ContractError(
            f"{folder / VERIFICATION}: {place}: {first['msg']}; make the package again"
        ) from error
    return Bundle(folder, contract, verification, config)


def described(path: Path) -> dict[str, Any]:
    """One of the JSON files of a bundle. Raises ContractError if it is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ContractError(
            f"{path} cannot be read: {error}; was it cut off? copy the bundle again"
        ) from error
    if not isinstance(content, dict):
        raise ContractError(f"{path} holds {type(content).__name__}, expected an object")
    return content


def prove(
    bundle: Bundle,
    student: Path | None = None,
    step: Callable[[int], None] = lambda done: None,
) -> Verification:
    """Every check of the bundle; `student` is the folder that it was made from, if it is there.

    Raises:
        InputError: the student cannot be read, or is not of this package's kind.
        ContractError: the package or its vectors cannot be read or run.
    """
    files = file_checks(bundle)
    records = golden.read(bundle.path / GOLDEN)
    if student is None:
        found = recorded.verify(bundle.path / PACKAGE, bundle.config, records, step)
    else:
        probes = [one.input_ids[: one.prompt] for one in records]
        those = functions.students(students.load(student).cpu().eval(), bundle.config)
        require_kin(those, bundle.contract, student)
        found = with_students(bundle.path / PACKAGE, those, bundle.config, probes, step)
    return replace(found, checks=[*files, *found.checks])


def require_kin(those: Mapping[functions.Adapter, Any], contract: dict[str, Any], at: Path) -> None:
    """Raise InputError for a student that this package cannot be of."""
    vocabulary = int(next(iter(those.values())).config.vocab_size)
    if vocabulary != contract.get("vocabulary"):
        raise InputError(
            f"{at} knows {vocabulary} tokens, the package {contract.get('vocabulary')}; it was "
            f"made from another student"
        )


def with_students(
    path: Path,
    those: Mapping[functions.Adapter, Any],
    config: CoreMLConfig,
    probes: list[list[int]],
    step: Callable[[int], None] = lambda done: None,
) -> Verification:
    """All speakers of the package against their students; `step` is told of each probe."""
    found = {
        adapter: verify(path, one, functions.spoken(config, adapter), probes, step)
        for adapter, one in those.items()
    }
    return joined(found, functions.speakers(config))


def joined(
    found: Mapping[functions.Adapter, Verification], names: Mapping[functions.Adapter, list[str]]
) -> Verification:
    """All checks as one; what is not the first speaker's is named by its functions.

    Figures and replays are of the first.
    """
    first, *others = found
    checks = list(found[first].checks)
    for adapter in others:
        spoken = "+".join(names[adapter])
        checks += [replace(check, name=f"{spoken}.{check.name}") for check in found[adapter].checks]
    return replace(found[first], checks=checks)


def file_checks(bundle: Bundle) -> list[Check]:
    """Are these the files that contract.json and verification.json were written for?"""
    strays = stale_files(bundle)
    told = stale_facts(bundle)
    return [
        Check(
            "files",
            len(strays),
            "at_most",
            0,
            "files whose hash is not the told one",
            listed(strays),
        ),
        Check(
            "contract",
            len(told),
            "at_most",
            0,
            "facts of contract.json that are not so",
            listed(told),
        ),
    ]


def stale_files(bundle: Bundle) -> list[str]:
    """The files that are missing, new, or not what their hash says."""
    places = {"package_files": PACKAGE, "tokenizer_files": TOKENIZER}
    found = [
        f"{folder}/{name} {fault}"
        for key, folder in places.items()
        for name, fault in faults(bundle.contract.get(key), bundle.path / folder)
    ]
    if "golden_files" in bundle.verification:
        told = faults(bundle.verification["golden_files"], bundle.path / GOLDEN)
        found += [f"{GOLDEN}/{name} {fault}" for name, fault in told]
    digest = bundle.contract.get("package_digest")
    if bundle.verification.get("package_digest", digest) != digest:
        found.append(f"{VERIFICATION} is of another package")
    return found


def faults(told: Any, folder: Path) -> list[tuple[str, str]]:
    """Name and fault of each file of a folder that is not as told."""
    there = package.files(folder)
    if not isinstance(told, dict):
        return [("", "has no hashes in the contract")]
    changed = [(name, "is changed") for name in told if there.get(name, told[name]) != told[name]]
    lost = [(name, "is missing") for name in told if name not in there]
    return changed + lost + [(name, "is not in the contract") for name in there if name not in told]


def stale_facts(bundle: Bundle) -> list[str]:
    """What contract.json says and the saved program does not."""
    told = bundle.contract
    found = interface.contract(bundle.path, told.get("tokens", {}), told.get("origin", {}))
    # As it reads when it was a file: without tuples.
    found = json.loads(json.dumps(found))
    keys = [key for key in {**told, **found} if key not in HASHES]
    return [
        f"{key} is {shown(told.get(key))}, the package has {shown(found.get(key))}"
        for key in keys
        if told.get(key) != found.get(key)
    ]


def shown(value: Any) -> str:
    """A value in few characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def listed(found: list[str]) -> str:
    """The first three."""
    return "; ".join(found[:3])
