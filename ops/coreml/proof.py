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
from ops.coreml.contract import CONTRACT, GOLDEN, PACKAGE, REPLAYS, TOKENIZER, VERIFICATION
from ops.coreml.interpreter.program import read
from ops.coreml.verify import Check, Verification, verify
from ops.digest import file_digest
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
    files, path = file_checks(bundle), bundle.path / PACKAGE
    speakers = functions.speakers(bundle.config)
    records = golden.read(bundle.path / GOLDEN)
    vocabulary = interface.result_type(read(path)).shape[-1] or 0
    golden.require_fit(records, [*speakers.values()], bundle.config.context, vocabulary)
    if student is None:
        found = with_vectors(path, bundle.config, records, step)
    else:
        first = next(iter(speakers.values()))
        probes = [one.input_ids[: one.prompt] for one in records if one.functions == first]
        those = functions.students(students.load(student).cpu().eval(), bundle.config)
        require_kin(those, bundle.contract, student)
        found = with_students(path, those, bundle.config, probes, step)
    together = joined(found, speakers)
    return replace(together, checks=[*files, *together.checks])


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
) -> dict[functions.Adapter, Verification]:
    """Every speaker of the package against its student; `step` is told of each probe."""
    return {
        adapter: verify(path, one, functions.spoken(config, adapter), probes, step)
        for adapter, one in those.items()
    }


def with_vectors(
    path: Path,
    config: CoreMLConfig,
    records: list[golden.Recorded],
    step: Callable[[int], None] = lambda done: None,
) -> dict[functions.Adapter, Verification]:
    """Every speaker against what was recorded of it; `step` is told of each probe."""
    speakers = functions.speakers(config)
    own = {
        adapter: [one for one in records if one.functions == names]
        for adapter, names in speakers.items()
    }
    return {adapter: recorded.verify(path, config, own[adapter], step) for adapter in speakers}


def joined(
    found: Mapping[functions.Adapter, Verification], names: Mapping[functions.Adapter, list[str]]
) -> Verification:
    """All checks as one; what is not the first speaker's is named by its functions.

    Figures and replays are the first's.
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
    contract, verification = bundle.contract, bundle.verification
    told = [
        (PACKAGE, contract.get("package_files"), package.files(bundle.path / PACKAGE)),
        (TOKENIZER, contract.get("tokenizer_files"), package.files(bundle.path / TOKENIZER)),
        (GOLDEN, verification.get("golden_files"), package.files(bundle.path / GOLDEN)),
        (".", verification.get("replay_files"), scripts(bundle.path)),
    ]
    found = []
    for folder, hashes, there in told:
        if isinstance(hashes, dict):
            wrong = faults(hashes, there)
            found += [f"{(Path(folder) / name).as_posix()} {fault}" for name, fault in wrong]
        else:
            found.append(f"no hashes are told of {', '.join(there) or folder}")
    digest = contract.get("package_digest")
    if verification.get("package_digest", digest) != digest:
        found.append(f"{VERIFICATION} is of another package")
    return found


def scripts(folder: Path) -> dict[str, str]:
    """SHA-256 of the scripts of a bundle that replay its golden vectors."""
    there = (name for name in REPLAYS if (folder / name).is_file())
    return {name: file_digest(folder / name) for name in there}


def faults(told: dict[str, Any], there: dict[str, str]) -> list[tuple[str, str]]:
    """Name and fault of each file that is not as told; `there` has the hashes as they are."""
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
