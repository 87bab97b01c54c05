from __future__ import annotations

import pytest

from steelyard.text import parse_yaml

_SCALARS = """
a: yes
b: 2024-01-01
c: 1e3
d: 0o17
e: 010
f: 1:30
g: ~
h:
i: True
j: "1"
k: 0x1F
l: -1.5
1: number
true: truth
"""


def test_scalars_follow_the_core_schema_of_yaml_1_2() -> None:
    # https://yaml.org/spec/1.2.2/#103-core-schema
    assert parse_yaml(_SCALARS) == {
        "a": "yes",
        "b": "2024-01-01",
        "c": 1000.0,
        "d": 15,
        "e": 10,
        "f": "1:30",
        "g": None,
        "h": None,
        "i": True,
        "j": "1",
        "k": 31,
        "l": -1.5,
        "1": "number",
        "true": "truth",
    }


def test_aliases_and_merges_are_written_out() -> None:
    text = "base: &b {p: 1, q: [1, 2]}\nmine:\n  <<: *b\n  q: 3\nlist: [*b]\n"
    assert parse_yaml(text) == {
        "base": {"p": 1, "q": [1, 2]},
        "mine": {"p": 1, "q": 3},
        "list": [{"p": 1, "q": [1, 2]}],
    }


def test_empty_text_is_nothing() -> None:
    assert parse_yaml("# only a comment\n") is None


def _bomb(first: str, each: str) -> str:
    lines = [f"a0: &a0 {first}"]
    for number in range(1, 12):
        aliases = ", ".join([f"*a{number - 1}"] * 10)
        lines.append(f"a{number}: &a{number} {each.format(aliases)}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &a [*a]", "refers to itself"),
        (_bomb("[x, x]", "[{}]"), "more than 2,000,000 values"),
        (_bomb("{x: 1}", "{{<<: [{}]}}"), "more than 2,000,000 values"),
        ("[" * 300 + "]" * 300, "nested more than 200 levels"),
        ("[" * 1_000_000, "nested more than 200 levels"),
        ("\n".join(f"{' ' * depth}a:" for depth in range(1500)), "nested too deeply|more than 200"),
        ("a: !!python/object/apply:os.system [id]", "the tag .*os.system' is not taken"),
        ("a: !!binary aGk=", "is not taken"),
        ("a: .nan", "not a finite number at line 1, column 4"),
        ("a: .inf", "not a finite number"),
        ("a: 1e999", "not a finite number"),
        ("a: !!int 1_0", "not a whole number"),
        ("a: !!float x", "not a finite number"),
        ("a: 1\na: 2", "the key 'a' is there twice at line 2"),
        ("? [a]\n: b", "a key must be text or a number"),
        ("--- 1\n--- 2", "another document"),
        ("a: [", "is not YAML: .* line 1"),
        ("\ta: 1", "cannot start any token"),
        ("a: \x00", "is not YAML"),
    ],
)
def test_hostile_and_broken_documents_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_yaml(text)


def test_aliases_can_be_refused() -> None:
    assert parse_yaml("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}
    with pytest.raises(ValueError, match="holds a YAML alias"):
        parse_yaml("a: &x [1]\nb: *x", aliases=False)
