"""The whole stage: a Hugging Face folder → a bundle of package, tokenizer, contract and proof."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field

from ops import progress
from ops.coreml import functions, golden, interface, package, proof, reference, tools
from ops.coreml.card import card
from ops.coreml.config import CoreMLConfig
from ops.coreml.contract import (
    CARD,
    CONTRACT,
    GOLDEN,
    PACKAGE,
    REPLAYS,
    TOKENIZER,
    TOKENIZER_FILES,
    VERIFICATION,
)
from ops.coreml.convert import convert
from ops.coreml.decode import Worker
from ops.coreml.decoder import Decoder
from ops.coreml.verify import Verification
from ops.errors import ContractError, ConversionError, InputError
from ops.evaluation.config import EvaluationConfig
from ops.student import model as students
from ops.student import tokenizer as tokenizers

STAGE = "coreml"
DEVICE = Path(__file__).parent / "device"
SAME = 1e-3  # of the largest logit: ExportLM against Transformers, both fp32
CLIENT_NAME = "co.huggingface.exporters.name"  # swift-transformers looks for the tokenizer there


class BuildSpec(BaseModel):
    """What to build, as the launcher writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    student: Path = Field(description="Hugging Face folder of a Llama-family student")
    config: CoreMLConfig = Field(default=CoreMLConfig(), description="section coreml of a profile")
    probes: list[list[int]] = Field(min_length=1, description="prompts, token ids of the student")
    prompts: list[dict[str, Any]] = Field(
        default=[], description="held-out rows of PROMPTS that the package answers"
    )
    max_new_tokens: int = Field(
        default=EvaluationConfig().max_new_tokens,
        gt=0,
        description="tokens that an answer may have, as in the evaluation of the student",
    )
    origin: dict[str, str] = Field(
        default={}, description="hashes and names of what went in; `name` is what clients see"
    )


@dataclass(frozen=True, slots=True)
class BundleReport:
    """What was built, and whether it is right."""

    path: Path
    passed: bool
    package_digest: str
    package_bytes: int
    checks: list[dict[str, Any]]
    figures: dict[str, Any]


def build(spec: BuildSpec, out: Path) -> BundleReport:
    """Convert the student into the empty folder `out`, and verify the files as saved.

    A package that fails a check is kept, with `passed` false: the gate is the caller's.

    Raises:
        ConversionError: the student is of a kind that cannot be converted.
        InputError: the folder is not a student, or a probe does not fit it.
        ContractError: the saved package cannot be read back.
    """
    config = spec.config
    total = 5 + len(spec.probes) * len(functions.speakers(config))
    progress.report(STAGE, 0, total, text="loading the student")
    student = students.load(spec.student).cpu().eval()
    those = functions.students(student, config)
    modules = functions.modules(those, config)
    refuse_misfits(spec.probes, config.context, int(student.config.vocab_size))
    copy_tokenizer(spec.student, out / TOKENIZER, int(student.config.vocab_size))
    progress.report(STAGE, 1, total, text="comparing the export with transformers")
    for adapter, names in functions.speakers(config).items():
        refuse_difference(modules[names[0]], those[adapter], spec.probes[0])
    progress.report(STAGE, 2, total, text=f"converting to {config.precision}")
    name = spec.origin.get("name", "worker")
    convert(modules, config, out / PACKAGE, {CLIENT_NAME: name})
    progress.report(STAGE, 3, total, text="reading the package back")
    write(out / CONTRACT, interface.contract(out, special_tokens(student), spec.origin))
    steps = count()

    def step(done: int) -> None:
        progress.report(STAGE, 4 + next(steps), total, text=f"probe {done} of {len(spec.probes)}")

    found = proof.with_students(out / PACKAGE, those, config, spec.probes, step)
    add_replays(out, found, config)
    report = summary(out, proof.joined(found, functions.speakers(config)))
    report.figures["answers"] = answered(spec, out)
    written = record(report, config)
    write(out / VERIFICATION, written)
    (out / CARD).write_text(card(proof.described(out / CONTRACT), written, name), encoding="utf-8")
    progress.report(STAGE, total, total, text="verified" if report.passed else "not verified")
    return report


def add_replays(
    out: Path, found: Mapping[functions.Adapter, Verification], config: CoreMLConfig
) -> None:
    """Add golden vectors of every speaker, and the scripts that replay them."""
    names = functions.speakers(config)
    spoken = [(names[adapter], one.replays) for adapter, one in found.items()]
    golden.write(out / GOLDEN, spoken, config)
    for name in REPLAYS:
        shutil.copyfile(DEVICE / name, out / name)
    write(out / VERIFICATION, basis(out, config))


def basis(out: Path, config: CoreMLConfig) -> dict[str, Any]:
    """What of verification.json a verification reads itself."""
    return {
        "config": config.model_dump(),
        "golden_files": package.files(out / GOLDEN),
        "replay_files": proof.scripts(out),
    }


def answered(spec: BuildSpec, out: Path) -> dict[str, Any]:
    """What the saved package answers to the prompts, as rates by mode."""
    if not spec.prompts:
        return {}
    tokenizer = tokenizers.load(out / TOKENIZER)
    worker = Worker(out / PACKAGE, spec.config, tokenizer, spec.max_new_tokens)
    count = len(spec.prompts)

    def step(done: int) -> None:
        progress.report(STAGE, done, count, text=f"prompt {done} of {count}")

    return tools.measured(worker, tokenizer, spec.prompts, step)


def refuse_misfits(probes: list[list[int]], context: int, vocabulary: int) -> None:
    """Raise InputError for a probe that the student could not be asked."""
    for number, probe in enumerate(probes):
        if not 0 < len(probe) <= context:
            raise InputError(
                f"probe {number} has {len(probe)} tokens; expected 1 to {context} (coreml.context)"
            )
        if not 0 <= min(probe) <= max(probe) < vocabulary:
            raise InputError(
                f"probe {number} has token ids {min(probe)} to {max(probe)}; the student knows 0 "
                f"to {vocabulary - 1}: was it made with another tokenizer?"
            )


def copy_tokenizer(student: Path, out: Path, vocabulary: int) -> None:
    """Copy the tokenizer's files, all of which a client needs to talk to the package.

    Raises:
        InputError: one is missing, or it knows tokens that the student does not.
    """
    out.mkdir()
    for name in TOKENIZER_FILES:
        if not (student / name).is_file():
            raise InputError(
                f"{student} has no {name}; a client needs {', '.join(TOKENIZER_FILES)}"
            )
        shutil.copyfile(student / name, out / name)
    try:
        content = json.loads((out / "tokenizer.json").read_text(encoding="utf-8"))
        ids = [*content["model"]["vocab"].values(), *(t["id"] for t in content["added_tokens"])]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"{student / 'tokenizer.json'} is not a tokenizer: {error!r}") from error
    if max(ids) >= vocabulary:
        raise InputError(
            f"{student}: the tokenizer has token {max(ids)}, the student knows 0 to "
            f"{vocabulary - 1}; they do not belong together"
        )


@torch.no_grad()
def refuse_difference(export: Decoder, student: Any, probe: list[int]) -> None:
    """Raise ConversionError unless the export computes what Transformers does."""
    wanted = reference.logits(student, probe)
    share = float((export.whole(probe) - wanted).abs().max() / wanted.abs().max())
    if not share <= SAME:
        raise ConversionError(
            f"the CoreML export of {student.config.model_type} differs from transformers by "
            f"{share:.2g} of the largest logit, allowed: {SAME}; the student has a feature that "
            f"ops/coreml/decoder.py does not know"
        )


def special_tokens(student: Any) -> dict[str, Any]:
    """The ids at which a client begins, stops and pads."""
    config = student.generation_config
    end = config.eos_token_id
    return {
        "begin": config.bos_token_id,
        "end": end if isinstance(end, list) else [] if end is None else [end],
        "pad": config.pad_token_id,
    }


def summary(out: Path, found: Verification) -> BundleReport:
    """The report of a verified bundle."""
    written = proof.described(out / CONTRACT)
    digest = package.content_digest(out / PACKAGE)
    if digest != written["package_digest"]:
        raise ContractError(f"{out / PACKAGE} changed while it was verified; build it again")
    size = sum(path.stat().st_size for path in (out / PACKAGE).rglob("*") if path.is_file())
    checks = [*proof.file_checks(proof.opened(out)), *found.checks]
    passed = all(check.passed for check in checks)
    records = [check.record() for check in checks]
    return BundleReport(out, passed, digest, size, records, found.figures)


def record(report: BundleReport, config: CoreMLConfig) -> dict[str, Any]:
    """verification.json."""
    return {
        "passed": report.passed,
        "checks": report.checks,
        "figures": report.figures,
        "package_digest": report.package_digest,
        "package_bytes": report.package_bytes,
        **basis(report.path, config),
        "not_checked": [
            "order of accumulation and fusion on a device",
            "placement on CPU, GPU or Neural Engine",
            "latency and memory",
        ],
    }


def write(path: Path, content: dict[str, Any]) -> None:
    """One JSON file."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
