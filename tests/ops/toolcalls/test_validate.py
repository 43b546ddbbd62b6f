"""What is wrong with a call, against an independent validator too."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import ContractError
from ops.toolcalls.call import ToolCall
from ops.toolcalls.tool import arguments_schema
from ops.toolcalls.validate import Validator

PARAMETERS = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 2},
        "days": {"type": "integer", "minimum": 1},
        "unit": {"type": "string", "enum": ["C", "F"]},
        "place": {
            "type": "object",
            "properties": {"lat": {"type": "number"}},
            "required": ["lat"],
            "additionalProperties": False,
        },
    },
    "required": ["city"],
}


def tool(parameters: Any, name: str = "weather") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def call(arguments: Any, name: str = "weather") -> ToolCall:
    return ToolCall(name, arguments, json.dumps(arguments), "openai")


@pytest.mark.parametrize(
    ("arguments", "kind", "argument"),
    [
        pytest.param({}, "missing_argument", "city", id="missing"),
        pytest.param({"city": "Rome", "town": 1}, "unexpected_argument", "town", id="unexpected"),
        pytest.param({"city": 3}, "wrong_type", "city", id="wrong_type"),
        pytest.param({"city": "Rome", "days": True}, "wrong_type", "days", id="true_is_no_integer"),
        pytest.param({"city": "Rome", "days": 1.5}, "wrong_type", "days", id="half_is_no_integer"),
        pytest.param({"city": "Rome", "unit": "K"}, "not_in_enum", "unit", id="enum"),
        pytest.param({"city": "Rome", "days": 0}, "constraint", "days", id="minimum"),
        pytest.param({"city": "R"}, "constraint", "city", id="length"),
        pytest.param({"city": "Rome", "place": {}}, "missing_argument", "place.lat", id="nested"),
        pytest.param(
            {"city": "Rome", "place": {"lat": 1, "x": 2}},
            "unexpected_argument",
            "place.x",
            id="nested_unexpected",
        ),
        pytest.param(None, "not_an_object", "", id="no_object"),
    ],
)
def test_names_the_problem(arguments: Any, kind: str, argument: str) -> None:
    (problem,) = Validator([tool(PARAMETERS)]).problems(call(arguments))
    assert (problem.kind, problem.argument) == (kind, argument)


def test_an_integer_may_be_written_with_a_point() -> None:
    assert Validator([tool(PARAMETERS)]).problems(call({"city": "Rome", "days": 1.0})) == []


def test_unknown_tool_names_what_was_offered() -> None:
    (problem,) = Validator([tool(PARAMETERS)]).problems(call({}, "fly"))
    assert (problem.kind, problem.expected, problem.found) == ("unknown_tool", "weather", "fly")


def test_dots_of_a_name_compare_as_underscores() -> None:
    assert Validator([tool({}, "math.add")]).problems(call({}, "math_add")) == []


def test_a_tool_without_parameters_takes_none() -> None:
    validator = Validator([{"type": "function", "function": {"name": "ping"}}])
    assert validator.problems(call({}, "ping")) == []
    assert validator.problems(call({"x": 1}, "ping"))[0].kind == "unexpected_argument"


def test_a_schema_that_speaks_of_further_properties_decides_itself() -> None:
    parameters = {**PARAMETERS, "additionalProperties": {"type": "integer"}}
    validator = Validator([tool(parameters)])
    assert validator.problems(call({"city": "Rome", "town": 1})) == []
    assert validator.problems(call({"city": "Rome", "town": "x"}))[0].kind == "wrong_type"


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"type": "dict"}, id="type_of_python"),
        pytest.param({"pattern": "("}, id="pattern"),
        pytest.param("object", id="text"),
    ],
)
def test_a_schema_that_is_none_names_its_tool(parameters: Any) -> None:
    with pytest.raises(ContractError, match="tool 'weather'"):
        Validator([tool(parameters)])


def test_a_remote_reference_is_never_fetched() -> None:
    asked: list[str] = []

    class Schema(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    server = HTTPServer(("127.0.0.1", 0), Schema)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        reference = {"$ref": f"http://127.0.0.1:{server.server_port}/schema.json"}
        with pytest.raises(ContractError, match="remote"):
            Validator([tool({"properties": {"a": reference}})])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == []


def test_a_pattern_that_backtracks_takes_bounded_time() -> None:
    evil = {"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    (problem,) = Validator([tool(evil)]).problems(call({"a": "a" * 40 + "!"}))
    assert problem.kind == "constraint"


def test_a_schema_that_is_its_own_reference_is_read() -> None:
    assert Validator([tool({"$ref": "#"})]).problems(call({"a": 1})) == []


VALUES = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["C", "Rome", "", 1.0, 1.5])
)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from(["city", "days", "unit", "place", "town"]),
        VALUES | st.dictionaries(st.sampled_from(["lat", "x"]), VALUES),
    )
)
def test_agrees_with_another_validator(arguments: dict[str, Any]) -> None:
    ours = not Validator([tool(PARAMETERS)]).problems(call(arguments))
    oracle = jsonschema.Draft202012Validator(arguments_schema(tool(PARAMETERS)))
    assert ours == oracle.is_valid(arguments)
