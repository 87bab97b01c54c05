from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.core import Case, ConfigError
from steelyard.targets._template import Template, load_prompt


def fill(text: str, **case: object) -> str:
    return Template(text, name="p.md").render(Case(id="c", **case))  # type: ignore[arg-type]


def test_values_go_in_once_and_are_never_read_as_a_template() -> None:
    assert fill("{{input}}/{{ input }}", input="{{ context }}") == "{{ context }}/{{ context }}"


@pytest.mark.parametrize("text", ['{"a": {{"b": 1}}}', "{{ 1 + 1 }}", "{% if x %}", "{{ a|b }}", "{ input }"])
def test_nothing_else_is_a_placeholder(text: str) -> None:
    assert fill(text, input="x") == text


def test_objects_lists_and_numbers_are_written_as_json() -> None:
    given = {"n": 1.5, "items": ["a", {"b": None}], "none": None}
    assert fill("{{ n }} {{ items }} [{{ none }}]", input=given) == '1.5 ["a",{"b":null}] []'


def test_an_objects_own_fields_come_first() -> None:
    assert fill("{{ input }} {{ context }}", input={"input": "a", "context": "b"}) == "a b"


@pytest.mark.parametrize("name", ["nothing", "user.nothing", "user.name.first", "__class__", "expected"])
def test_a_missing_value_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"p\.md: the prompt asks for \{{\{{ {name} \}}\}}"):
        fill(f"{{{{ {name} }}}}", input={"user": {"name": "Ana"}}, expected="x")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"\xe9t\xe9")
    with pytest.raises(ConfigError, match=r"system: latin\.md cannot be read"):
        load_prompt("file:latin.md", setting="system", folder=tmp_path, where="t")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_prompt("file:.", setting="system", folder=tmp_path, where="t")
