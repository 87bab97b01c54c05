"""How a whole gate is said to people: a headline that decides, the reasoning, and what to do next."""

from __future__ import annotations

from steelyard.core import Estimate, GateResult, RuleResult
from steelyard.reports._bound_words import bound_side, misses_bound, old_value, your_bound
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import count, counted
from steelyard.reports._steps import Step, gate_steps, outlook
from steelyard.reports._words import rule_sentences

_BADGES = {"PASS": "PASS", "FAIL": "FAIL", "INCONCLUSIVE": "NOT SURE YET"}
_LEANS = {"better": ", leaning better", "worse": ", leaning worse", "none": ""}
_OBSTACLES = {
    "too-many-missing": "repair the missing scores first",
    "missing-decides": "repair the missing scores first",
    "nothing-to-compare": "there is nothing to compare",
    "no-variation": "scores that do not vary show nothing about chance",
    "too-few-units": "it takes more independent cases",
    "judge-not-held": "hold the judge against experts first",
    "calibration-expired": "hold the judge against experts again",
    "judge-not-corrected": "let experts label some of these answers first",
}
_OUTLOOKS = {
    "FAIL": "more cases would probably say FAIL",
    "never": "more cases are unlikely to settle it",
}
_WHILE_OPEN = {
    "warn": "Your gate warns while this is open (exit code 3): to ship now is a person's decision.",
    "fail": "Your gate stops the pipeline while this is open (on_inconclusive: fail).",
}
_RULES_NAMED = 4


def badge(verdict: str) -> str:
    """The verdict as screens print it; INCONCLUSIVE is said as `NOT SURE YET`."""
    return _BADGES.get(verdict, verdict)


def deciding_rule(result: GateResult) -> RuleResult | None:
    """The rule that made the verdict: the first failing one, else the first unsettled one that leans
    worse, else the first unsettled one, else the first."""
    failing = [rule for rule in result.rules if rule.verdict == "FAIL"]
    unsettled = [rule for rule in result.rules if rule.verdict == "INCONCLUSIVE"]
    unsettled.sort(key=lambda rule: rule.lean != "worse")
    return next(iter((*failing, *unsettled, *result.rules)), None)


def explain_gate(result: GateResult) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Headline, sentences and next steps; no statistical term in any of them."""
    steps = tuple(step.text for step in next_steps(result))
    return headline(result), gate_sentences(result), steps


def gate_sentences(result: GateResult) -> tuple[str, ...]:
    """Why: which rule decides, and its reasoning."""
    rule = deciding_rule(result)
    if rule is None:
        return ()
    old = old_value(rule, result.comparison)
    sentences = [*_which_decides(result, rule), *rule_sentences(rule, old=old)]
    if result.verdict == "INCONCLUSIVE" and rule.verdict == "FAIL":
        sentences.append(
            f"But with {count(len(result.rules))} rules one can break by bad luck alone, "
            "and this one is not broken clearly enough to rule that out."
        )
    return tuple(sentences)


def gate_notes(result: GateResult) -> tuple[str, ...]:
    """What follows while the question is open, which metrics did not decide, and the gate's own notes."""
    follows = (_WHILE_OPEN[result.on_inconclusive],) if result.verdict == "INCONCLUSIVE" else ()
    return (*follows, *_undecided(result), *(one_line(note) for note in result.notes))


def _undecided(result: GateResult) -> tuple[str, ...]:
    """Which of the metrics shown did not decide, because no rule names them."""
    ruled = {rule.metric for rule in result.rules}
    free = [one_line(each.name) for each in result.comparison.metrics if each.name not in ruled]
    if not free:
        return ()
    verb = "is shown and did" if len(free) == 1 else "are shown and did"
    return (f"{', '.join(free)} {verb} not decide: no rule names {'it' if len(free) == 1 else 'them'}.",)


def headline(result: GateResult) -> str:
    """The one line that a tired reader may act on: ship, don't ship, or not on this evidence alone."""
    rule = deciding_rule(result)
    if rule is None:
        return "NOT SURE YET: this gate has no rules, so nothing was decided."
    many = len(result.rules) > 1
    if result.verdict == "PASS":
        if all(each.reason == "unchanged" for each in result.rules):
            return "PASS: nothing changed. Safe to ship by your rule" + ("s." if many else ".")
        return f"PASS: safe to ship by your rule{'s' if many else ''}."
    if result.verdict == "FAIL":
        said = f"FAIL: don't ship. {_broken_count(result)}" if many else "FAIL: don't ship."
        too = misses_bound(rule, old_value(rule, result.comparison))
        return f"{said} The old version misses it too." if too else said
    judged = rule.evidence is not None and rule.evidence.judge is not None
    more = "it takes more expert labels to decide" if judged else "it takes more cases to decide"
    need = _OBSTACLES.get(rule.reason) or _OUTLOOKS.get(outlook(rule), more)
    return f"NOT SURE YET{_lean(result, rule)}. Do not ship on this evidence: {need}."


def next_steps(result: GateResult) -> list[Step]:
    """What a reader can do now, most useful first."""
    rule = deciding_rule(result)
    return [Step(text="Write a rule.")] if rule is None else gate_steps(result, rule)


def rule_word(rule: RuleResult) -> str:
    """Where a rule stands against what it asks: `PASS, within`, `FAIL, outside`, `NOT SURE YET`."""
    words = {"PASS": "within", "FAIL": "outside"}
    if rule.kind == "better":
        words = {"PASS": "better", "FAIL": "not better"}
    return ", ".join(word for word in (badge(rule.verdict), words.get(rule.verdict, "")) if word)


def rule_tally(result: GateResult) -> str:
    """`2 of 3 rules hold, 1 is not settled`."""
    total = len(result.rules)
    words = {"PASS": ("holds", "hold"), "FAIL": ("is broken", "are broken")}
    words["INCONCLUSIVE"] = ("is not settled", "are not settled")
    parts = []
    for verdict, (one, several) in words.items():
        found = sum(rule.verdict == verdict for rule in result.rules)
        if found:
            parts.append(f"{count(found)} {one if found == 1 else several}")
    return f"Of {counted(total, 'rule')}, {', '.join(parts)}"


def _lean(result: GateResult, rule: RuleResult) -> str:
    if rule.reason in _OBSTACLES and result.lean != "worse":
        return ""
    evidence = rule.evidence
    if isinstance(evidence, Estimate) and rule.verdict == "INCONCLUSIVE" and rule.margin is not None:
        side = bound_side(rule, evidence.value)
        return "" if side == "exactly at" else f", leaning {side} {your_bound(rule, evidence)}"
    return _LEANS[result.lean]


def _which_decides(result: GateResult, rule: RuleResult) -> tuple[str, ...]:
    if len(result.rules) < 2:
        return ()
    if result.verdict == "PASS":
        return _all_hold(result)
    verb = "is broken" if rule.verdict == "FAIL" else "is open"
    return (f"{rule_tally(result)}.", f"This one {verb}: {one_line(rule.rule)}.")


def _all_hold(result: GateResult) -> tuple[str, ...]:
    total = len(result.rules)
    named = "; ".join(one_line(each.rule) for each in result.rules[:_RULES_NAMED])
    more = f"; and {count(total - _RULES_NAMED)} more" if total > _RULES_NAMED else ""
    start = "Both rules hold" if total == 2 else f"All {count(total)} rules hold"
    return (f"{start}: {named}{more}.", "On the first:")


def _broken_count(result: GateResult) -> str:
    broken = sum(rule.verdict == "FAIL" for rule in result.rules)
    return (
        f"{count(broken)} of your {count(len(result.rules))} rules {'is' if broken == 1 else 'are'} broken."
    )
