"""Verdicts in words that a reader without statistics acts on rightly."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.reports.conftest import Records

from steelyard.core import Estimate, GateResult, NeededCases, RuleResult
from steelyard.reports import explain_gate, explain_rule, name_rule, render_gate, render_markdown
from steelyard.reports._methods import gate_methods
from steelyard.reports._verdicts import deciding_rule, rule_word
from steelyard.reports.html import render_html

JARGON = re.compile(
    r"non-inferior|superiorit|p-value|\bp =|null|confidence|signific|hypothes|bootstrap|Tango|Wilson|alpha|α",
    re.IGNORECASE,
)


def test_the_page_of_decisions_is_spoken_word_for_word(records: Records) -> None:
    headline, sentences, steps = explain_gate(records.unsure())
    assert headline == (
        "NOT SURE YET, leaning worse. Do not ship on this evidence: more cases would probably say FAIL."
    )
    assert " ".join(sentences) == (
        "The new version scored 4.3 points lower on numeric_match, over 1,319 cases. "
        "Allowing for chance, the real drop is likely 1.5 to 7.1. You allow 2. "
        "It is worse; we cannot yet say worse than you allow."
    )
    assert steps == (
        "Fix it and run again, or keep the old version",
        "See the 209 broken answers",
        "Or accept it knowingly, with name and reason",
        "Add about 2,640 cases; the answer would most likely be FAIL",
    )


@pytest.mark.parametrize(
    ("name", "start", "conclusion"),
    [
        ("passed", "PASS: safe to ship", "Any drop is likely smaller than you allow."),
        (
            "failed",
            "FAIL: don't ship",
            "The drop is likely larger than you allow. Even in the good case (14.7) it is more than your 2.",
        ),
        ("unsure", "NOT SURE YET", "we cannot yet say worse than you allow."),
    ],
)
def test_each_verdict_says_what_to_do(records: Records, name: str, start: str, conclusion: str) -> None:
    headline, sentences, steps = explain_gate(getattr(records, name)())
    assert headline.startswith(start)
    assert " ".join(sentences).endswith(conclusion)
    assert steps
    assert not JARGON.search(" ".join((headline, *sentences, *steps)))


def rule_of(records: Records, interval: tuple[float, float], **changes: object) -> RuleResult:
    main = records.difference("6b_verification", "175b_finetuning", interval, difference=sum(interval) / 2)
    return records.rule(main, **changes)


@pytest.mark.parametrize(
    ("interval", "lean", "reason", "said"),
    [
        ((-0.09, 0.01), "worse", "worse-not-yet-beyond", "It looks worse, but these cases cannot yet tell"),
        ((-0.03, 0.07), "better", "better-not-yet-sure", "cannot yet rule out a drop larger than you allow"),
        ((-0.05, 0.05), "none", "no-difference-seen", "cannot yet rule out a drop larger than you allow"),
    ],
)
def test_a_lean_is_never_said_as_a_finding(
    records: Records, interval: tuple[float, float], lean: str, reason: str, said: str
) -> None:
    text = explain_rule(rule_of(records, interval, lean=lean, reason=reason))
    assert said in text
    assert "It is worse" not in text
    assert "between a drop of" in text


def test_where_lower_is_better_worse_is_a_rise(records: Records) -> None:
    slower = records.difference(
        "6b_verification",
        "175b_finetuning",
        (0.11, 0.31),
        difference=0.21,
        measure="s",
        direction="lower",
        name="latency",
    )
    rule = records.rule(slower, margin=0.2, reason="worse-not-yet-beyond")
    text = explain_rule(rule)
    assert "took 0.21 s longer (latency), over 1,319 cases" in text
    assert "the real rise is likely 0.11 to 0.31 s" in text
    assert "You allow 0.2 s. It is worse; we cannot yet say worse than you allow." in text


def test_a_small_sure_drop_passes_but_is_called_worse(records: Records) -> None:
    text = explain_rule(rule_of(records, (-0.018, -0.002), verdict="PASS", reason="within-allowed-drop"))
    assert "It is likely worse, but the drop is likely smaller than you allow." in text


def test_without_any_allowance_a_lean_stays_a_lean(records: Records) -> None:
    text = explain_rule(rule_of(records, (-0.05, 0.01), margin=0.0))
    assert "You allow no drop. It looks worse, but chance alone could still explain that." in text


def test_unchanged_outputs_are_said_to_be_unchanged(records: Records) -> None:
    same = records.difference("6b_verification", "6b_verification", (0.0, 0.0), identical_outputs=True)
    gate = records.gate(
        records.rule(same, verdict="PASS", lean="none", reason="unchanged"),
        of=records.comparison(same, "a", "b", broken=(), fixed=()),
    )
    headline, sentences, steps = explain_gate(gate)
    assert headline.startswith("PASS: nothing changed. Safe to ship")
    assert "identical" in sentences[0]
    assert steps == ("Ship it",)


def test_latency_may_change_while_the_answers_do_not(records: Records) -> None:
    main = records.difference(
        "6b_verification",
        "6b_verification",
        (-0.1, 0.1),
        difference=0.01,
        measure="s",
        direction="lower",
        identical_outputs=True,
    )
    text = explain_rule(records.rule(main, verdict="PASS", reason="within-allowed-drop", margin=0.2))
    assert "identical" not in text
    assert "You allow a rise of 0.2 s." in text


@pytest.mark.parametrize(
    ("reason", "said", "step"),
    [
        ("too-many-missing", "more than your gate accepts", "Repair what made scoring fail"),
        ("missing-decides", "those decide", "Repair what made scoring fail"),
        ("too-few-units", "shown, not decided on", "Add cases from other groups"),
    ],
)
def test_obstacles_are_named_with_their_remedy(records: Records, reason: str, said: str, step: str) -> None:
    main = records.difference(
        "6b_verification",
        "175b_finetuning",
        (-0.09, 0.03),
        missing=120,
        n_clusters=5,
        unit="group",
        gateable=False,
    )
    gate = records.gate(
        records.rule(main, lean="none", reason=reason), of=records.comparison(main, "a", "b", broken=())
    )
    headline, sentences, steps = explain_gate(gate)
    assert headline.startswith("NOT SURE YET. Do not ship on this evidence: ")
    assert said in " ".join(sentences)
    assert any(each.startswith(step) for each in steps)


def test_nothing_to_compare_is_said_plainly(records: Records) -> None:
    rule = RuleResult(
        rule="x",
        metric="numeric_match",
        kind="allowed-drop",
        verdict="INCONCLUSIVE",
        lean="none",
        reason="nothing-to-compare",
        text="",
        difference=None,
        interval=None,
        margin=0.02,
    )
    assert explain_rule(rule) == (
        "The two runs share no case with a score on numeric_match, so there is nothing to compare."
    )
    single = records.difference("6b_verification", "175b_finetuning", (0.0, 0.0), n_pairs=1, n_clusters=1)
    text = explain_rule(replace(rule, evidence=replace(single, interval=None)))
    assert "too few to judge chance by" in text


def bound(value: float, interval: tuple[float, float], **changes: object) -> RuleResult:
    evidence = Estimate(name="numeric_match", value=value, interval=interval, n=200, method="Clopper-Pearson")
    rule = RuleResult(
        rule=name_rule("numeric_match", "bound", margin=0.9),
        metric="numeric_match",
        kind="bound",
        verdict="INCONCLUSIVE",
        lean="worse",
        reason="bound-not-settled",
        text="",
        difference=value - 0.9,
        interval=interval,
        margin=0.9,
        evidence=evidence,
    )
    return replace(rule, **changes)  # type: ignore[arg-type]


def test_bounds_speak_of_the_level_and_the_limit() -> None:
    text = explain_rule(bound(0.875, (0.821, 0.917)))
    assert "came out at 87.5 % on numeric_match, over 200 cases" in text
    assert "likely 82.1 to 91.7 %" in text
    assert "You ask for at least 90 %. Chance could still put it on either side of your limit." in text


def test_an_upper_bound_is_read_from_the_rule() -> None:
    rule = bound(0.02, (0.01, 0.04), rule=name_rule("x", "bound", margin=0.05, at_most=True), margin=0.05)
    assert "You ask for at most 5 %." in explain_rule(replace(rule, reason="meets-bound", verdict="PASS"))


def test_superiority_rules_ask_for_an_improvement(records: Records) -> None:
    rule = rule_of(
        records, (-0.01, 0.06), kind="better", margin=0.0, lean="better", reason="better-not-yet-sure"
    )
    assert "You ask for an improvement. It looks better, but chance alone could still explain that." in (
        explain_rule(rule)
    )


def test_of_several_rules_the_deciding_one_is_named(records: Records) -> None:
    fine = rule_of(records, (0.01, 0.05), verdict="PASS", lean="better", reason="within-allowed-drop")
    bad = rule_of(
        records,
        (-0.2, -0.1),
        verdict="FAIL",
        reason="beyond-allowed-drop",
        rule="refusal may rise by at most 1 points",
    )
    gate = records.gate(
        fine, bad, of=records.comparison(records.worse(), "a", "b"), verdict="FAIL", lean="worse"
    )
    headline, sentences, _ = explain_gate(gate)
    assert deciding_rule(gate) == bad
    assert headline == "FAIL: don't ship. 1 of your 2 rules is broken."
    assert sentences[0] == "Of 2 rules, 1 holds, 1 is broken."
    assert sentences[1] == "This one is broken: refusal may rise by at most 1 points."


def test_one_broken_rule_of_many_may_be_luck(records: Records) -> None:
    fine = rule_of(records, (0.01, 0.05), verdict="PASS", lean="better", reason="within-allowed-drop")
    bad = rule_of(records, (-0.09, -0.021), verdict="FAIL", reason="beyond-allowed-drop")
    gate = records.gate(
        fine, bad, of=records.comparison(records.worse(), "a", "b"), verdict="INCONCLUSIVE", lean="worse"
    )
    headline, sentences, _ = explain_gate(gate)
    assert headline.startswith("NOT SURE YET, leaning worse")
    assert "one can break by bad luck alone" in sentences[-1]


def test_a_pass_that_missing_cases_cannot_turn_says_so(records: Records) -> None:
    rule = rule_of(records, (0.01, 0.05), verdict="PASS", reason="within-allowed-drop")
    evidence = replace(records.worse(), missing=3, worst_interval=(-0.01, 0.05))
    assert "3 cases got no score; your rule holds even if all of them had gone badly." in explain_rule(
        replace(rule, evidence=evidence)
    )


def test_epochs_and_groups_are_counted_as_what_they_are(records: Records) -> None:
    main = replace(records.worse(), n_pairs=200, n_clusters=50)
    assert "over 200 answers to 50 cases" in explain_rule(records.rule(main))
    grouped = replace(main, unit="group")
    assert "over 200 cases in 50 groups" in explain_rule(records.rule(grouped))


def test_slices_are_named(records: Records) -> None:
    main = replace(records.worse(), slice="topic=refunds")
    assert "in the slice topic = refunds" in explain_rule(records.rule(main, slice="topic=refunds"))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("allowed-drop", "m may drop by at most 2 points"),
        ("better", "m must get better by more than 2 points"),
        ("bound", "m must be at least 2 %"),
    ],
)
def test_rules_are_named_in_words(kind: str, words: str) -> None:
    assert name_rule("m", kind, margin=0.02) == words  # type: ignore[arg-type]


def test_a_gate_without_rules_decides_nothing(records: Records) -> None:
    gate = replace(records.unsure(), rules=())
    headline, _, steps = explain_gate(gate)
    assert "no rules" in headline
    assert steps == ("Write a rule.",)


def test_needed_cases_with_a_ceiling(records: Records) -> None:
    needs = NeededCases(expected=88, low=40, high=1200, towards="PASS")
    gate = records.gate(
        rule_of(records, (-0.03, 0.09), lean="better", reason="better-not-yet-sure", needs_cases=needs),
        of=records.comparison(records.worse(), "a", "b", broken=()),
    )
    headline, _, steps = explain_gate(gate)
    assert (
        headline
        == "NOT SURE YET, leaning better. Do not ship on this evidence: it takes more cases to decide."
    )
    assert steps[0] == "Add about 88 cases; the answer would most likely be PASS"
    assert gate_methods(gate) == ["cases to settle it: likely between 40 and 1,200 further cases"]


@pytest.mark.parametrize("expected", [None, 100_001, 1_000_000_000])
def test_no_impossible_number_of_cases_is_asked_for(records: Records, expected: int | None) -> None:
    needs = replace(NeededCases(expected=1, low=2520, high=None, towards="PASS"), expected=expected)  # type: ignore[arg-type, unused-ignore]
    gate = records.gate(
        rule_of(records, (-0.08, 0.03), lean="none", reason="no-difference-seen", needs_cases=needs),
        of=records.comparison(records.worse(), "a", "b", broken=()),
    )
    headline, sentences, steps = explain_gate(gate)
    assert headline == "NOT SURE YET. Do not ship on this evidence: more cases are unlikely to settle it."
    assert "but with 1,319 cases that could be luck." in sentences[0]
    assert steps[0] == (
        "More cases are unlikely to settle this: the result sits on your limit. "
        "Accept it knowingly, change the limit, or improve the version."
    )
    assert not re.search(r"\d", " ".join(steps))
    assert gate_methods(gate) == []


def test_after_a_gain_the_bad_case_is_compared_with_the_limit(records: Records) -> None:
    text = explain_rule(rule_of(records, (-0.004, 0.024), verdict="PASS", reason="within-allowed-drop"))
    assert text.endswith(
        "Any drop is likely smaller than you allow. "
        "Even in the bad case (a drop of 0.4) it stays within your 2."
    )


def test_a_rise_that_is_too_large_is_so_even_in_the_good_case(records: Records) -> None:
    slower = records.difference(
        "6b_verification",
        "175b_finetuning",
        (0.62, 0.73),
        difference=0.68,
        measure="s",
        direction="lower",
        name="latency",
    )
    text = explain_rule(records.rule(slower, margin=0.2, verdict="FAIL", reason="beyond-allowed-drop"))
    assert text.endswith(
        "The rise is likely larger than you allow. Even in the good case (0.62 s) it is more than your 0.2 s."
    )


def test_short_times_are_said_in_their_own_unit(records: Records) -> None:
    fast = replace(records.estimate(), measure="s", value=6.1e-6, interval=(5.9e-6, 6.3e-6))
    quicker = replace(
        records.worse(),
        name="latency",
        measure="s",
        direction="lower",
        base=fast,
        candidate=replace(fast, value=6.0e-6),
        difference=-0.1e-6,
        interval=(-0.4e-6, 0.2e-6),
    )
    text = explain_rule(records.rule(quicker, margin=0.05, verdict="PASS", reason="within-allowed-drop"))
    assert "was 0.10 µs faster (latency)" in text
    assert "between a fall of 0.40 µs and a rise of 0.20 µs. You allow a rise of 50 ms." in text


def with_old(records: Records, rule: RuleResult, old: float) -> GateResult:
    """A gate on one bound, where the old version came out at `old`."""
    before = replace(records.estimate(), value=old, interval=(old - 0.03, old + 0.03))
    main = replace(records.worse(), base=before)
    return records.gate(rule, of=records.comparison(main, "a", "b"))


def test_an_open_bound_leans_above_or_below_it(records: Records) -> None:
    needs = NeededCases(expected=1310, low=431, high=11_500, towards="PASS")
    rule = bound(0.92, (0.883, 0.948), lean="better", needs_cases=needs)
    headline, sentences, steps = explain_gate(with_old(records, rule, 0.93))
    assert headline == (
        "NOT SURE YET, leaning above your 90 %. Do not ship on this evidence: it takes more cases to decide."
    )
    assert sentences[0] == (
        "The new version came out at 92.0 % on numeric_match, over 200 cases: above your 90 %."
    )
    assert sentences[1] == "The old version came out at 93.0 %."
    assert steps[0] == "See the wrong answers"
    assert steps[1].startswith("Add about 1,310 cases")
    below = bound(0.88, (0.83, 0.92), lean="worse")
    assert explain_gate(with_old(records, below, 0.93))[0].startswith("NOT SURE YET, leaning below your 90 %")


def test_nobody_is_told_to_keep_a_version_that_misses_the_bound_as_well(records: Records) -> None:
    rule = bound(0.81, (0.75, 0.86), verdict="FAIL", reason="misses-bound")
    _, sentences, steps = explain_gate(with_old(records, rule, 0.81))
    assert "The old version came out at 81.0 %: it misses your limit as well." in sentences
    assert not any("keep the old version" in step for step in steps)
    _, fine, kept = explain_gate(with_old(records, rule, 0.93))
    assert not any("as well" in sentence for sentence in fine)
    assert "Or keep the old version" in kept
    assert "See the wrong answers" in kept


def test_a_pass_by_several_rules_says_which_hold(records: Records) -> None:
    fine = rule_of(records, (0.01, 0.05), verdict="PASS", lean="better", reason="within-allowed-drop")
    other = replace(fine, rule="latency may rise by at most 0.2 s")
    gate = records.gate(
        fine, other, of=records.comparison(records.worse(), "a", "b"), verdict="PASS", lean="better"
    )
    _, sentences, _ = explain_gate(gate)
    assert sentences[0] == f"Both rules hold: {fine.rule}; latency may rise by at most 0.2 s."


@pytest.mark.parametrize(
    ("kind", "verdict", "word"),
    [
        ("allowed-drop", "PASS", "PASS, within"),
        ("bound", "FAIL", "FAIL, outside"),
        ("better", "FAIL", "FAIL, not better"),
        ("allowed-drop", "INCONCLUSIVE", "NOT SURE YET"),
    ],
)
def test_rules_say_where_they_stand(records: Records, kind: str, verdict: str, word: str) -> None:
    assert rule_word(rule_of(records, (-0.05, 0.01), kind=kind, verdict=verdict)) == word


def test_a_bound_that_the_old_version_misses_too_says_so_first(records: Records) -> None:
    below = bound(0.8, (0.75, 0.85), verdict="FAIL", reason="misses-bound")
    assert (
        explain_gate(with_old(records, below, 0.78))[0] == "FAIL: don't ship. The old version misses it too."
    )
    assert explain_gate(with_old(records, below, 0.95))[0] == "FAIL: don't ship."


def test_metrics_that_no_rule_names_are_said_to_have_decided_nothing(records: Records) -> None:
    result = records.unsure()
    extra = replace(result.comparison.metrics[0], name="latency", measure="s")
    shown = replace(
        result, comparison=replace(result.comparison, metrics=(*result.comparison.metrics, extra))
    )
    said = "latency is shown and did not decide: no rule names it."
    assert said in " ".join(render_gate(shown).split())
    assert said in render_markdown(shown)
    assert said in render_html(shown)
    assert "did not decide" not in render_gate(result)


def test_what_follows_while_a_gate_is_open_is_said(records: Records) -> None:
    warns, stops = records.unsure(), replace(records.unsure(), on_inconclusive="fail")
    assert "to ship now is a person's decision" in " ".join(render_gate(warns).split())
    assert "Your gate stops the pipeline while this is open" in " ".join(render_gate(stops).split())
    assert "Your gate stops the pipeline while this is open" in render_html(stops)
