from __future__ import annotations

import re
from pathlib import Path

import pytest

from steelyard.bench import RULES, check_cases, read_cases
from steelyard.core import Attachment, Case, UsageError

LONG = "How do I reset the password of my account when I have lost the phone?"


def _found(*cases: Case) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for finding in check_cases(cases).findings:
        found.setdefault(finding.rule, []).append(finding.cases)
    return found


def test_every_rule_is_documented_and_named_once() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert [rule.code for rule in RULES] == sorted(rule.code for rule in RULES)
    for rule in RULES:
        assert re.fullmatch(r"B\d{3}", rule.code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name)
        for heading in ("What it finds:", "Why it matters:", "Example:"):
            assert heading in rule.text, rule.name


def test_a_clean_benchmark_has_no_findings() -> None:
    cases = [Case(id=str(n), input=f"{n} {chr(97 + n) * 20}", expected=str(n)) for n in range(20)]
    report = check_cases(cases)
    assert report.ok
    assert report.as_json() == {
        "cases": 20,
        "rules": len(RULES),
        "ok": True,
        "errors": 0,
        "warnings": 0,
        "notes": 0,
        "counts": {},
        "findings": [],
    }


def test_duplicates_and_conflicts() -> None:
    found = _found(
        Case(id="a", input="2 + 2?", expected="4"),
        Case(id="b", input="2 + 2?", expected="4"),
        Case(id="c", input="2 + 2?", expected="5"),
        Case(id="d", input="2 + 2?", context=("in base 3",), expected="11"),
    )
    assert found == {"duplicate-case": [("a", "b")], "conflicting-expectation": [("a", "b", "c")]}


def test_copies_in_one_group_are_declared() -> None:
    assert (
        _found(
            Case(id="a", input=LONG, expected="4", group="g"),
            Case(id="b", input=LONG, expected="4", group="g"),
            Case(id="c", input=LONG + "!", expected="4", group="g"),
            *(Case(id=f"x{n}", input=f"{n} {chr(97 + n) * 9}", expected="5") for n in range(10)),
        )
        == {}
    )


def test_near_duplicates_say_how_alike() -> None:
    report = check_cases(
        [Case(id="a", input=LONG), Case(id="b", input=LONG + " Please!"), Case(id="c", input="No")]
    )
    (finding,) = report.findings
    assert (finding.code, finding.cases) == ("B103", ("a", "b"))
    # 65 runs of 5 characters against 73, of which 62 and 70 are different; the 62 are shared
    assert finding.detail == {"similarity": round(62 / 70, 4)}
    assert "(89% alike)" in finding.message


def test_two_images_with_one_question_are_two_cases() -> None:
    one, two = (Attachment(path=f"{n}.png", sha256=n * 64, media_type="image/png") for n in ("1", "2"))
    cases = [
        Case(id="a", input="What is this?", attachments=(one,), expected="cat"),
        Case(id="b", input="What is this?", attachments=(two,), expected="dog"),
    ]
    assert _found(*cases) == {}


def test_split_leaks() -> None:
    found = _found(
        Case(id="a", input=LONG, expected="x"),
        Case(id="b", input=LONG, expected="x", split="sealed"),
        Case(id="c", input=LONG.replace("phone", "token"), expected="x", split="sealed"),
        Case(id="d", input="one", expected="y", group="g"),
        Case(id="e", input="two", expected="z", group="g", split="sealed"),
    )
    assert ("a", "b") in found["split-leak"]
    assert ("d", "e") in found["split-leak"]
    assert len(found["split-leak"]) >= 2


def test_expectations() -> None:
    found = _found(
        Case(id="empty", input="q1", expected=" "),
        Case(id="list", input="q2", expected=["a", ""]),
        Case(id="none", input="q3"),
        Case(id="leak", input="Say: The Small  cat.", expected="the small cat"),
        Case(id="inside", input="the smaller categories", expected="the small"),
        Case(id="short", input="yes or no?", expected="yes"),
        Case(id="context", input="q4", context=("it is in here",), expected="it is in here"),
    )
    assert found["empty-expectation"] == [("empty",), ("list",)]
    assert found["partly-missing-expectation"] == [("none",)]
    assert found["leaked-expectation"] == [("leak",)]


def test_labels_listed_in_the_prompt_are_no_leaks() -> None:
    prompt = "Is this refundable or non-refundable: {}?"
    cases = [
        Case(
            id=str(n),
            input=prompt.format(chr(97 + n) * 30),
            expected="refundable" if n % 2 else "non-refundable",
        )
        for n in range(20)
    ]
    assert "leaked-expectation" not in _found(*cases)


def test_tiny_slices_say_how_many_are_needed() -> None:
    cases = [
        Case(
            id=str(n),
            input=f"{n} {chr(97 + n % 26) * 20}{n}",
            expected="x",
            slices={"t": "big" if n > 8 else "small"},
        )
        for n in range(60)
    ]
    (finding,) = check_cases(cases, only=["tiny-slice"]).findings
    # an allowed drop of 10 points with a tenth of the answers differing: ((1.96 + .842) √.1 / .1)² = 78.5
    assert "t=small has 9 independent cases and cannot be gated" in finding.message
    assert finding.detail == {"dimension": "t", "value": "small", "units": 9, "needed": 79}


def test_groups_count_once_and_dominant_groups_are_named() -> None:
    few = [Case(id=str(n), input=f"q{n}", group=f"g{n % 3}") for n in range(30)]
    assert "only 3 independent units" in check_cases(few, only=["B302"]).findings[0].message
    uneven = [Case(id=str(n), input=f"q{n}", group=f"g{max(n - 40, 0)}") for n in range(60)]
    (finding,) = check_cases(uneven, only=["B302"]).findings
    assert finding.detail == {"group": "g0", "size": 41, "median": 1}


def test_extreme_weights() -> None:
    cases = [Case(id=str(n), input=f"q{n}", weight=100.0 if n == 7 else 1.0) for n in range(100)]
    (finding,) = check_cases(cases, only=["extreme-weights"]).findings
    assert finding.cases == ("7",)
    # (99 + 100)² / (99 + 100²) = 3.92
    assert finding.detail == {"effective": 3.92}
    huge = [Case(id=str(n), input=f"q{n}", weight=1e300) for n in range(5)]
    assert check_cases(huge, only=["extreme-weights"]).ok


def test_slice_spellings_and_texts() -> None:
    found = _found(
        Case(id="a", input="q1", slices={"t": "Refunds"}),
        Case(id="b", input="q2", slices={"t": "refunds "}),
        Case(id="c", input="Hello {{ name }}, and {this} is fine"),
        Case(id="d", input="cafÃ© fermÃ©"),
        Case(id="e", input=" \n"),
    )
    assert found["slice-spelling"] == [()]
    assert found["unfilled-placeholder"] == [("c",)]
    assert found["broken-characters"] == [("d",)]
    assert found["empty-input"] == [("e",)]


def test_long_lists_are_cut_and_counted() -> None:
    cases = [Case(id=str(n), input=f"{n} {{{{x}}}}") for n in range(50)]
    report = check_cases(cases, only=["B402"], limit=3)
    assert len(report.findings) == 3
    assert report.counts == {"unfilled-placeholder": 50}


def test_rules_can_be_chosen_and_must_exist() -> None:
    assert check_cases([Case(id="a", input=" ")], ignore=["B401"]).ok
    with pytest.raises(UsageError, match="no check 'B999'"):
        check_cases([], only=["B999"])


def test_real_benchmarks(shared_data: Path) -> None:
    assert check_cases(read_cases(shared_data / "humaneval/HumanEval.jsonl.gz").cases).ok
    arena = check_cases(read_cases(shared_data / "arena_hard/question.jsonl.gz").cases)
    # two of its 500 questions hold replacement characters
    assert arena.counts["broken-characters"] == 2
