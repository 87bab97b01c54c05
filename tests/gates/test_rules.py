from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.core import ConfigError
from steelyard.gates import load_rules, parse_rules


def test_a_rules_file_is_read_with_defaults_written_out(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(
        "rules:\n"
        "  - {metric: accuracy, kind: non-inferiority, margin: 0.03, slice: {topic: refunds}}\n"
        "  - {metric: latency, at_most: 2}\n"
        "  - {metric: accuracy, kind: superiority}\n"
        "on_inconclusive: fail\n",
        encoding="utf-8",
    )
    rules = load_rules(path)
    assert [rule.kind for rule in rules.rules] == ["allowed-drop", "bound", "better"]
    assert [rule.limit for rule in rules.rules] == [0.03, 2.0, 0.0]
    assert rules.rules[0].slice == "topic=refunds"
    assert (rules.on_inconclusive, rules.max_missing) == ("fail", 0.05)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"rule": []}, "unknown key 'rule'.*Did you mean 'rules'"),
        ({"rules": "accuracy"}, "'rules' must be a list"),
        ({"rules": [{"kind": "bound"}]}, "rule 1: 'metric' is missing"),
        ({"rules": [{"metric": "a", "kind": "equal"}]}, "unknown kind 'equal'"),
        ({"rules": [{"metric": "a", "at_least": 1, "at_most": 2}]}, "exactly one"),
        ({"rules": [{"metric": "a", "kind": "bound"}]}, "exactly one"),
        ({"rules": [{"metric": "a", "margin": "2 %"}]}, "'margin' must be a number"),
        ({"rules": [{"metric": "a", "margin": -0.1}]}, "must not be negative"),
        ({"rules": [{"metric": "a", "level": 95}]}, "between 0.5 and 1"),
        ({"rules": [{"metric": "a", "slice": "refunds"}]}, "one dimension and value"),
        ({"on_inconclusive": "pass"}, "must be warn or fail"),
        ({"max_missing": 5}, "between 0 and 1"),
        ([], "expected a mapping"),
    ],
)
def test_a_broken_rule_says_where(document: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_rules(document, where="gate.yaml")


def test_a_file_that_is_no_yaml_says_so(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text("rules: [", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot be read as YAML"):
        load_rules(path)
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(ConfigError, match="nested more than 200 levels"):
        load_rules(path)
    path.write_text("# so long\n" * 30_000, encoding="utf-8")
    with pytest.raises(ConfigError, match="too large"):
        load_rules(path)
    path.write_bytes(b"rules: \xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_rules(path)
    with pytest.raises(ConfigError, match="no such rules file"):
        load_rules(tmp_path / "none.yaml")
