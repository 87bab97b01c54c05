"""JUnit XML read back with a real parser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from tests.reports.conftest import Records

from steelyard.core import GateResult
from steelyard.reports import render_junit


def parsed(gate: GateResult) -> ET.Element:
    root = ET.fromstring(render_junit(gate).encode("utf-8"))
    suite = root.find("testsuite")
    assert suite is not None
    return suite


@pytest.mark.parametrize(
    ("name", "on_inconclusive", "failures", "skipped"),
    [("passed", "warn", 0, 0), ("failed", "warn", 1, 0), ("unsure", "warn", 0, 1), ("unsure", "fail", 1, 0)],
)
def test_verdicts_become_outcomes(
    records: Records, name: str, on_inconclusive: str, failures: int, skipped: int
) -> None:
    gate = replace(getattr(records, name)(), on_inconclusive=on_inconclusive)
    suite = parsed(gate)
    assert int(suite.attrib["failures"]) == failures == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["skipped"]) == skipped == len(suite.findall("testcase/skipped"))
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))


def test_the_message_reasons(records: Records) -> None:
    failure = parsed(records.failed()).find("testcase/failure")
    assert failure is not None
    assert failure.attrib["type"] == "beyond-allowed-drop"
    assert "The drop is likely larger than you allow." in failure.attrib["message"]


def test_slices_are_listed_and_never_fail(records: Records) -> None:
    suite = parsed(records.unsure())
    slices = [
        case for case in suite.findall("testcase") if case.attrib["classname"] == "steelyard.slice.steps"
    ]
    assert len(slices) == 3
    assert all(case.find("failure") is None for case in slices)
    assert "is worse on numeric_match" in str(slices[2].findtext("system-out"))


def test_a_broken_rule_in_an_open_gate_is_as_open_as_the_gate(records: Records) -> None:
    gate = replace(records.failed(), verdict="INCONCLUSIVE")
    assert parsed(gate).find("testcase/failure") is None


def test_hostile_text_stays_well_formed(records: Records) -> None:
    hostile = ']]> <failure/> & \x00\x0b\x1b[31m\ud800\uffff\u202e"'
    main = replace(records.worse(), name=hostile, slice=f"{hostile}={hostile}")
    comparison = records.comparison(main, hostile, hostile, slices=(main,))
    rule = records.rule(main, rule=hostile, metric=hostile)
    suite = parsed(records.gate(rule, of=comparison))
    assert suite.find("testcase/failure") is None
    assert len(suite.findall("testcase")) == 2
