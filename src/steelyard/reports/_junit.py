"""JUnit XML of a gate: what continuous-integration servers read."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from steelyard.core import Comparison, Difference, GateResult, RuleResult
from steelyard.reports._clean import xml_text
from steelyard.reports._headlines import difference_headline
from steelyard.reports._verdicts import headline
from steelyard.reports._words import explain_rule


def render_junit(result: GateResult) -> str:
    """One suite: a test case for each rule, and one, never failing, for each slice that was looked at.

    FAIL is a failure. INCONCLUSIVE is a skipped test whose message says why, or a failure where the
    gate says `on_inconclusive: fail`. A rule that is broken in a gate that is itself not settled is
    reported as the gate is, so that the server and the exit code agree. The layout is the one of the
    Apache Ant JUnit task, which servers share.
    """
    cases = [_rule_case(rule, result) for rule in result.rules]
    cases += [_slice_case(each, result.comparison) for each in result.comparison.slices]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": 0,
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    shared = {name: str(value) for name, value in counts.items()} | {"time": "0"}
    root = ET.Element("testsuites", {"name": "steelyard", **shared})
    suite = ET.SubElement(root, "testsuite", {"name": "steelyard gate", **shared})
    suite.append(_properties(result))
    suite.extend(cases)
    output = ET.SubElement(suite, "system-out")
    output.text = xml_text(headline(result))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _properties(result: GateResult) -> ET.Element:
    comparison = result.comparison
    properties = ET.Element("properties")
    for name, value in (
        ("verdict", result.verdict),
        ("lean", result.lean),
        ("base", comparison.base_run),
        ("candidate", comparison.candidate_run),
        ("benchmark", comparison.benchmark),
    ):
        ET.SubElement(properties, "property", {"name": name, "value": xml_text(value)})
    return properties


def _rule_case(rule: RuleResult, result: GateResult) -> ET.Element:
    case = _case("steelyard.gate", rule.rule)
    text = xml_text(rule.text or explain_rule(rule))
    outcome = rule.verdict
    if outcome == "FAIL" and result.verdict != "FAIL":
        outcome = "INCONCLUSIVE"
    if outcome == "FAIL":
        _outcome(case, "failure", f"FAIL: {text}", kind=rule.reason)
    elif outcome == "INCONCLUSIVE" and result.on_inconclusive == "fail":
        _outcome(case, "failure", f"NOT SURE YET: {text}", kind=rule.reason)
    elif outcome == "INCONCLUSIVE":
        _outcome(case, "skipped", f"NOT SURE YET: {text}", kind="")
    else:
        ET.SubElement(case, "system-out").text = text
    return case


def _slice_case(difference: Difference, comparison: Comparison) -> ET.Element:
    dimension = difference.slice.partition("=")[0]
    case = _case(f"steelyard.slice.{dimension}", f"{difference.name}, {difference.slice}")
    ET.SubElement(case, "system-out").text = xml_text(difference_headline(difference, comparison))
    return case


def _case(group: str, name: str) -> ET.Element:
    return ET.Element("testcase", {"classname": xml_text(group), "name": xml_text(name), "time": "0"})


def _outcome(case: ET.Element, tag: str, message: str, *, kind: str) -> None:
    attributes = {"message": message} | ({"type": xml_text(kind)} if kind else {})
    element = ET.SubElement(case, tag, attributes)
    if tag == "failure":
        element.text = message
