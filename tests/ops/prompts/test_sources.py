"""Prompts from files of others: what is read, what is rejected, and why."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ops.errors import InputError
from ops.prompts.bfcl import json_schema
from ops.prompts.config import SplitShares
from ops.prompts.row import prompt_id
from ops.prompts.sources import REASONS, read_prompts

SHARES = SplitShares()
SHARED = Path(__file__).parents[4] / "shared" / "data"
TOOL = {
    "type": "function",
    "function": {"name": "go", "parameters": {"type": "object", "properties": {}}},
}
ASK = {"role": "user", "content": "go"}


def write(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(texts) + b"\n")
    return path


def read_one(tmp_path: Path, line: object) -> dict[str, Any]:
    prompts, _ = read_prompts(write(tmp_path / "a.jsonl", line), SHARES)
    (row,) = prompts.to_pylist()
    return row


def test_a_final_answer_becomes_the_right_calls(tmp_path: Path) -> None:
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "go", "arguments": '{"to": {"x": 1}}'},
    }
    row = read_one(
        tmp_path, {"messages": [ASK, {"role": "assistant", "tool_calls": [call]}], "tools": [TOOL]}
    )
    assert json.loads(row["messages"]) == [ASK]
    assert json.loads(row["expected"]) == [{"name": "go", "arguments": {"to": [{"x": [1]}]}}]
    assert row["prompt_id"] == prompt_id([ASK], [TOOL])
    assert (row["kind"], row["source"]) == ("external", "a.jsonl:chat")


def test_a_final_answer_in_words_means_no_call(tmp_path: Path) -> None:
    row = read_one(
        tmp_path, {"messages": [ASK, {"role": "assistant", "content": "no"}], "tools": [TOOL]}
    )
    assert row["expected"] == "[]"


def test_without_an_answer_nothing_is_known(tmp_path: Path) -> None:
    assert read_one(tmp_path, {"id": 3, "messages": [ASK]})["expected"] is None


def test_text_parts_are_joined(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "go "}, {"type": "text", "text": "on"}]
    row = read_one(tmp_path, {"messages": [{"role": "user", "content": parts}]})
    assert json.loads(row["messages"]) == [{"role": "user", "content": "go on"}]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param(b"{", "not_json", id="cut_off"),
        pytest.param(b'{"messages": NaN}', "not_json", id="nan"),
        pytest.param(b"[" * 100_000, "not_json", id="nested_too_deep"),
        pytest.param(b"\xff\xfe", "not_utf8", id="not_utf8"),
        pytest.param([1], "not_an_object", id="list"),
        pytest.param({"prompt": "go"}, "unknown_layout", id="other_keys"),
        pytest.param({"id": "x_1", "ground_truth": []}, "unknown_layout", id="answer_file"),
        pytest.param({"messages": []}, "no_messages", id="empty"),
        pytest.param({"messages": "go"}, "no_messages", id="text"),
        pytest.param({"messages": [{"role": "robot", "content": "a"}]}, "bad_messages", id="role"),
        pytest.param(
            {"messages": [{"role": ["user"], "content": "a"}]}, "bad_messages", id="role_is_a_list"
        ),
        pytest.param({"messages": [{"role": "user"}]}, "bad_messages", id="no_content"),
        pytest.param(
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "bad_messages",
            id="image",
        ),
        pytest.param(
            {"messages": [{"role": "system", "content": "a"}]}, "bad_messages", id="nobody_asks"
        ),
        pytest.param(
            {"messages": [{"role": "assistant", "tool_calls": [{}]}]},
            "bad_messages",
            id="empty_call",
        ),
        pytest.param({"messages": [ASK], "tools": {"a": 1}}, "bad_tools", id="tools_are_an_object"),
        pytest.param({"messages": [ASK], "tools": [TOOL, TOOL]}, "bad_tools", id="one_tool_twice"),
        pytest.param(
            {
                "messages": [ASK],
                "tools": [
                    {"type": "function", "function": {"name": "a", "parameters": {"type": "dict"}}}
                ],
            },
            "bad_tools",
            id="broken_schema",
        ),
        pytest.param(
            {
                "messages": [
                    ASK,
                    {
                        "role": "assistant",
                        "tool_calls": [{"function": {"name": "no", "arguments": "{}"}}],
                    },
                ],
                "tools": [TOOL],
            },
            "bad_calls",
            id="call_of_no_tool",
        ),
        pytest.param(
            {
                "messages": [
                    ASK,
                    {
                        "role": "assistant",
                        "tool_calls": [{"function": {"name": "go", "arguments": "{"}}],
                    },
                ],
                "tools": [TOOL],
            },
            "bad_calls",
            id="broken_arguments",
        ),
        pytest.param(
            b'{"messages": [{"role": "user", "content": "\\ud800"}]}', "surrogate", id="surrogate"
        ),
        pytest.param({"messages": [{"role": "user", "content": "a\0b"}]}, "nul", id="nul"),
        pytest.param(
            {"messages": [{"role": "user", "content": "a" * 1_000_001}]},
            "too_large",
            id="too_large",
        ),
        pytest.param(
            {"id": "multi_turn_base_0", "question": [[ASK], [ASK]], "involved_classes": ["A"]},
            "multi_turn",
            id="multi_turn",
        ),
        pytest.param(
            {"id": "simple_1", "question": [[ASK]], "function": 3},
            "bad_tools",
            id="function_is_no_list",
        ),
        pytest.param(
            {"id": "simple_1", "question": 3, "function": []},
            "no_messages",
            id="question_is_no_list",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": "good"}]}, "duplicate", id="duplicate"
        ),
    ],
)
def test_a_bad_line_has_a_reason_and_the_rest_is_read(
    tmp_path: Path, line: object, reason: str
) -> None:
    good = {"messages": [{"role": "user", "content": "good"}]}
    also = {"messages": [{"role": "user", "content": "the text \\u0000 is fine"}]}
    prompts, rejected = read_prompts(write(tmp_path / "a.jsonl", good, line, b"", also), SHARES)
    assert prompts.num_rows == 2
    (row,) = rejected.to_pylist()
    assert (row["reason"], row["line"], row["file"]) == (reason, 2, str(tmp_path / "a.jsonl"))
    assert row["reason"] in REASONS
    assert len(row["detail"]) <= 300


def test_gzip_is_told_by_content_and_a_damaged_file_keeps_what_was_read(tmp_path: Path) -> None:
    lines = [
        {"messages": [{"role": "user", "content": f"{i} " + "x" * (i % 50)}]} for i in range(20_000)
    ]
    packed = gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    path = tmp_path / "a.json"
    path.write_bytes(packed)
    assert read_prompts(path, SHARES)[0].num_rows == 20_000
    path.write_bytes(packed[: len(packed) // 2])
    prompts, rejected = read_prompts(path, SHARES)
    assert 0 < prompts.num_rows < 20_000
    assert [row["reason"] for row in rejected.to_pylist()] == ["unreadable"]


@pytest.mark.parametrize("kind", ["missing", "empty_folder", "empty_file", "nothing_usable"])
def test_a_source_without_prompts_is_an_error_in_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.jsonl"
    if kind == "empty_folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"" if kind == "empty_file" else b"{\n")
    with pytest.raises(InputError) as caught:
        read_prompts(path, SHARES)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_split_of_a_prompt_does_not_depend_on_its_company(tmp_path: Path) -> None:
    lines = [{"messages": [{"role": "user", "content": str(i)}]} for i in range(2_000)]
    whole = {
        r["prompt_id"]: r["split"]
        for r in read_prompts(write(tmp_path / "a.jsonl", *lines), SHARES)[0].to_pylist()
    }
    part = read_prompts(write(tmp_path / "b.jsonl", *lines[::-7]), SHARES)[0].to_pylist()
    assert all(whole[row["prompt_id"]] == row["split"] for row in part)
    shares = {
        split: list(whole.values()).count(split) / 2_000 for split in ("train", "repair", "heldout")
    }
    assert shares == pytest.approx({"train": 0.8, "repair": 0.1, "heldout": 0.1}, abs=0.03)


def test_a_row_of_the_benchmark(tmp_path: Path) -> None:
    function = {
        "name": "math.sum",
        "parameters": {
            "type": "dict",
            "properties": {"type": {"type": "tuple", "items": {"type": "float"}}},
        },
    }
    write(tmp_path / "x.json", {"id": "simple_7", "question": [[ASK]], "function": [function]})
    (tmp_path / "possible_answer").mkdir()
    truth = [{"math.sum": {"type": [[1.5, 2]], "unit": ["m", ""]}}]
    write(tmp_path / "possible_answer" / "x.json", {"id": "simple_7", "ground_truth": truth})
    (row,) = read_prompts(tmp_path, SHARES)[0].to_pylist()
    (read,) = json.loads(row["tools"])
    assert read["function"]["name"] == "math_sum"
    assert read["function"]["parameters"]["properties"] == {
        "type": {"type": "array", "items": {"type": "number"}}
    }
    assert json.loads(row["expected"]) == [{"name": "math_sum", "arguments": truth[0]["math.sum"]}]
    assert (row["external_id"], row["source"]) == ("simple_7", "x.json:simple")


def test_a_value_that_is_a_type_word_stays() -> None:
    schema = {"type": "any", "enum": ["dict", "float"], "default": {"type": "dict"}}
    assert json_schema(schema) == {
        "type": "string",
        "enum": ["dict", "float"],
        "default": {"type": "dict"},
    }


@pytest.mark.skipif(not (SHARED / "bfcl").is_dir(), reason="the benchmark is not in ../shared/data")
class TestBenchmark:
    """The files as they lie."""

    def test_every_single_turn_row_is_read_and_every_multi_turn_row_is_rejected(self) -> None:
        prompts, rejected = read_prompts(SHARED / "bfcl", SHARES)
        assert prompts.num_rows == 1_240
        assert {row["reason"] for row in rejected.to_pylist()} == {"multi_turn"}
        assert rejected.num_rows == 200
        for row in prompts.to_pylist():
            assert (row["expected"] == "[]") == row["source"].endswith(":irrelevance")

    def test_messages_and_tools_are_those_that_went_over_the_wire(self) -> None:
        rows = {
            row["external_id"]: row for row in read_prompts(SHARED / "bfcl", SHARES)[0].to_pylist()
        }
        seen = 0
        with gzip.open(SHARED / "recorded" / "bfcl_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                recorded = json.loads(line)
                row = rows[recorded["bfcl_id"]]
                assert json.loads(row["messages"]) == recorded["request"]["messages"]
                # As text, so that the order of keys is the same as well.
                assert json.dumps(json.loads(row["tools"])) == json.dumps(
                    recorded["request"]["tools"]
                )
                seen += 1
        assert seen == 480
