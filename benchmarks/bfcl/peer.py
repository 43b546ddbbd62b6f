"""The same answers through the benchmark's own checker, in the interpreter of its environment.

    python benchmarks/bfcl/peer.py ROWS      (JSON lines of category, functions, truth, answers; or
                                              of language, source, declared, inner)

Prints a JSON line a row: for each answer valid and error_type, or what was raised; of a source text
the value, as Python writes it. Standard library and bfcl_eval only. What the package imports for
other work than checking one turn (clients of every vendor, tables, locks) is lent as empty modules,
so that it need not be installed.
"""

import importlib
import importlib.metadata
import json
import sys
import types
from pathlib import Path
from typing import Any

LENT: dict[str, tuple[str, ...]] = {
    "bfcl_eval.constants.model_config": (),
    "bfcl_eval.model_handler.base_handler": ("BaseHandler",),
    "bfcl_eval.model_handler.utils": ("parse_prompt_variation_params",),
    "bfcl_eval.eval_checker.multi_turn_eval.multi_turn_checker": (
        "multi_turn_checker", "multi_turn_irrelevance_checker",
    ),
    "bfcl_eval.eval_checker.multi_turn_eval.multi_turn_utils": ("is_empty_execute_response",),
    "dotenv": ("load_dotenv",),
    "tqdm": ("tqdm",),
    "filelock": ("FileLock",),
    "numpy": (),
    "pandas": (),
}  # fmt: skip
FAULTS = (
    ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError,
    AssertionError,
)  # fmt: skip
"""What the checker may raise; each is a finding."""
MODEL = "a model whose names have underscores for dots"


class Handler:
    """What the runner asks for the calls of an answer."""

    def decode_ast(self, answer: Any, *_: object, **__: object) -> Any:
        """The calls as they were given; an answer that cannot be read raises, as handlers do."""
        if "broken" in answer:
            raise ValueError(answer["broken"])
        return [{name: arguments} for name, arguments in answer["calls"]]


def lend() -> None:
    """Put the empty modules where the package will look for them."""
    for name, attributes in LENT.items():
        module = types.ModuleType(name)
        for attribute in attributes:
            setattr(module, attribute, type(attribute, (), {}))
        sys.modules[name] = module
    config = types.SimpleNamespace(underscore_to_dot=True)
    mapping = {MODEL: config}
    vars(sys.modules["bfcl_eval.constants.model_config"])["MODEL_CONFIG_MAPPING"] = mapping


def main() -> None:
    """Judge the answers of the file that the command line names."""
    lend()
    runner = importlib.import_module("bfcl_eval.eval_checker.eval_runner")
    told = {"version": importlib.metadata.version("bfcl_eval"), "python": sys.version.split()[0]}
    sys.stdout.write(json.dumps(told) + "\n")
    with Path(sys.argv[1]).open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            if "source" in row:
                found: Any = [read(row)]
            else:
                found = [judged(runner, row, answer) for answer in row["answers"]]
            sys.stdout.write(json.dumps(found) + "\n")


def read(row: dict[str, Any]) -> str:
    """The value of a source text."""
    package = "bfcl_eval.eval_checker.ast_eval.type_convertor"
    short = "java" if row["language"] == "java" else "js"
    convert = getattr(
        importlib.import_module(f"{package}.{short}_type_converter"), f"{short}_type_converter"
    )
    try:
        return repr(convert(row["source"], row["declared"], row["inner"]))
    except FAULTS as error:
        return f"raised {type(error).__name__}: {error}"[:200]


def judged(runner: Any, case: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """One answer by the benchmark's runner; its checker may raise, which is a finding."""
    category = case["category"]
    entry = {"function": case["functions"]}
    try:
        if "relevance" in category:
            found = runner._evaluate_single_relevance_entry(
                Handler(), case["id"], answer, entry, MODEL, category
            )
        else:
            language = runner.Language.PYTHON
            if category == "simple_java":
                language = runner.Language.JAVA
            elif category == "simple_javascript":
                language = runner.Language.JAVASCRIPT
            found = runner._evaluate_single_ast_entry(
                Handler(), case["id"], answer, case["truth"], entry, MODEL, category, language,
                runner.ReturnFormat.JSON,
            )  # fmt: skip
    except FAULTS as error:
        return {"raised": f"{type(error).__name__}: {error}"[:200]}
    return {"valid": found["valid"], "error_type": found.get("error_type", "")}


if __name__ == "__main__":
    main()
