"""A registry is checked before anything is made from it."""

import json
from pathlib import Path

import pytest

from ops.errors import SettingsError
from ops.prompts.registry import load_registry

SHIPPED = Path(__file__).parents[3] / "configs" / "tools.json"


def tool(name: object = "go", **parameters: object) -> dict[str, object]:
    schema = {"type": "object", "properties": {}, **parameters}
    return {"type": "function", "function": {"name": name, "parameters": schema}}


def test_the_shipped_registry_has_many_kinds_of_arguments() -> None:
    registry = load_registry(SHIPPED)
    text = json.dumps(list(registry.tools.values()))
    assert len(registry.tools) >= 24
    for kind in ("string", "integer", "number", "boolean", "array", "object"):
        assert f'"type": "{kind}"' in text
    assert '"enum"' in text
    for one in registry.tools.values():
        assert one["function"]["parameters"]["additionalProperties"] is False


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(json.dumps([tool()]), encoding="utf-8")
    other.write_text(json.dumps([tool()], indent=4), encoding="utf-8")
    assert load_registry(one).fingerprint == load_registry(other).fingerprint
    other.write_text(json.dumps([tool("run")]), encoding="utf-8")
    assert load_registry(one).fingerprint != load_registry(other).fingerprint


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "cannot be read", id="missing"),
        pytest.param("[", "is not JSON", id="not_json"),
        pytest.param("{}", "holds dict", id="not_a_list"),
        pytest.param("[]", "holds list", id="empty"),
        pytest.param([{"name": "go"}], "tool 1 (no name)", id="no_envelope"),
        pytest.param([tool("go home")], "'go home'", id="name_with_a_space"),
        pytest.param([tool("a" * 65)], "1 to 64", id="long_name"),
        pytest.param([tool(3)], "no name", id="name_is_a_number"),
        pytest.param([tool(), tool()], "go stands there twice", id="one_name_twice"),
        pytest.param([tool(type="dict")], 'type "object"', id="type_word_of_python"),
        pytest.param(
            [tool(properties={"a": {"type": "float"}})], "broken schema", id="broken_property"
        ),
        pytest.param([tool(required="a")], "broken schema", id="broken_required"),
        pytest.param(
            [tool(properties={"a": {"$ref": "#/$defs/no"}})],
            "broken schema",
            id="dangling_reference",
        ),
        pytest.param(
            [tool(properties={"a": {"$ref": "http://127.0.0.1:9/x"}})],
            "outside its schema",
            id="remote_reference",
        ),
        pytest.param(
            [tool(properties={"a": {"$ref": "file:///etc/passwd"}})],
            "outside its schema",
            id="file_reference",
        ),
    ],
)
def test_a_broken_registry_is_one_line_that_names_it(
    tmp_path: Path, content: object, told: str
) -> None:
    file = tmp_path / "tools.json"
    if content is not None:
        file.write_text(
            content if isinstance(content, str) else json.dumps(content), encoding="utf-8"
        )
    with pytest.raises(SettingsError) as caught:
        load_registry(file)
    assert told in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
