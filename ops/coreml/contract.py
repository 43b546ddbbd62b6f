"""What the CoreML stage leaves in the lake, and the interface that a client of the package sees.

    worker.mlpackage/    the program and its weights
    tokenizer/           tokenizer.json, tokenizer_config.json, chat_template.jinja
    contract.json        the interface, read back from the saved program
    golden/              probes with the expected logits (golden.py has the format)
    replay.py            replays them on a Mac, from Python (device/)
    replay.swift         the same, from Swift
    verification.json    every figure of the verification, and whether it passed
    README.md            the card: both JSON files in words

The names of inputs, states and the output are those of swift-transformers
(Sources/Models/LanguageModel.swift, eec09bd); `written` is ours, and no client has to know it.
"""

from ops.toolcalls.dialects.hermes import CLOSE, OPEN

PACKAGE = "worker.mlpackage"
TOKENIZER = "tokenizer"
CONTRACT = "contract.json"
GOLDEN = "golden"
REPLAYS = ("replay.py", "replay.swift")
VERIFICATION = "verification.json"
CARD = "README.md"

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")

IDS = "inputIds"
OUTPUT = "logits"
CACHES = ("keyCache", "valueCache")
STATES = (*CACHES, "written")

CALLS = {
    "dialect": "hermes",
    "open": OPEN,
    "close": CLOSE,
    "content": "a JSON object with name and arguments",
}
"""How a student writes a call, whatever its template: ops/student/template.py sees to it."""
