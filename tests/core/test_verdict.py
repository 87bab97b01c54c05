"""Verdicts: the keys of the command contract."""

from __future__ import annotations

from steelyard.core import Comparison, Estimate, GateResult, NeededCases, RuleResult, canonical_json

NEEDED = NeededCases(expected=2_640, low=649, high=None, towards="FAIL")
RULE = RuleResult(
    rule="m may drop by at most 2 points",
    metric="m",
    kind="allowed-drop",
    verdict="INCONCLUSIVE",
    lean="worse",
    reason="worse-not-yet-beyond",
    text="It is worse; we cannot yet say worse than you allow.",
    difference=-0.043,
    interval=(-0.071, -0.015),
    margin=0.02,
    needs_cases=NEEDED,
    evidence=Estimate(name="m", value=0.5, interval=None, n=10),
)
COMPARISON = Comparison(
    base_run="run-1", candidate_run="run-2", base_label="a", candidate_label="b", benchmark="q@v1", metrics=()
)


def test_a_verdict_has_the_keys_of_the_contract() -> None:
    result = GateResult(
        verdict="INCONCLUSIVE", lean="worse", reason="not yet", rules=(RULE,), comparison=COMPARISON
    )
    document = result.as_json()
    assert document.keys() >= {"verdict", "lean", "reason", "rules"}
    assert document["rules"] == [RULE.as_json()]
    assert document["comparison"] == COMPARISON.as_json()
    assert (document["look"], document["on_inconclusive"]) == (1, "warn")
    assert canonical_json(document)


def test_a_rule_has_the_keys_of_the_contract() -> None:
    document = RULE.as_json()
    assert document.keys() >= {"rule", "verdict", "difference", "interval", "margin", "needs_cases"}
    assert document["interval"] == [-0.071, -0.015]


def test_needed_cases_say_so_when_no_number_would_do() -> None:
    assert NEEDED.as_json() == {"expected": 2_640, "range": [649, None], "towards": "FAIL"}
    on_the_limit = NeededCases(expected=None, low=649, high=None, towards="PASS")
    assert on_the_limit.as_json() == {"expected": None, "range": [649, None], "towards": "PASS"}
