"""How a whole gate is said to people: a headline that decides, the reasoning, and what to do next."""

from __future__ import annotations

from steelyard.core import Difference, GateResult, RuleResult
from steelyard.reports._clean import one_line
from steelyard.reports._numbers import about, count, counted
from steelyard.reports._words import rule_sentences

_BADGES = {"PASS": "PASS", "FAIL": "FAIL", "INCONCLUSIVE": "NOT SURE YET"}
_LEANS = {"better": ", leaning better", "worse": ", leaning worse", "none": ""}
_CHANGE_WORDS = {"better": "better", "worse": "worse", "equivalent": "as good", "inconclusive": "not sure"}
_OBSTACLES = {
    "too-many-missing": "repair the missing scores first",
    "missing-decides": "repair the missing scores first",
    "nothing-to-compare": "there is nothing to compare",
    "too-few-units": "need more independent cases",
}


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
    rule = deciding_rule(result)
    if rule is None:
        return "NOT SURE YET: this gate has no rules, so nothing was decided.", (), ("Write a rule.",)
    sentences = [*_which_decides(result, rule), *rule_sentences(rule)]
    if result.verdict == "INCONCLUSIVE" and rule.verdict == "FAIL":
        sentences.append(
            f"But with {count(len(result.rules))} rules one can break by bad luck alone, "
            "and this one is not broken clearly enough to rule that out."
        )
    return headline(result), tuple(sentences), tuple(next_steps(result))


def headline(result: GateResult) -> str:
    """The one line that a tired reader may act on: ship, don't ship, or more evidence needed."""
    rule = deciding_rule(result)
    many = len(result.rules) > 1
    if result.verdict == "PASS":
        if rule is not None and all(each.reason == "unchanged" for each in result.rules):
            return "PASS: nothing changed. Safe to ship by your rule" + ("s." if many else ".")
        return f"PASS: safe to ship by your rule{'s' if many else ''}."
    if result.verdict == "FAIL":
        return f"FAIL: don't ship. {_broken_count(result)}" if many else "FAIL: don't ship."
    reason = "" if rule is None else rule.reason
    need = _OBSTACLES.get(reason, "need more cases before you ship")
    lean = "" if reason in _OBSTACLES and result.lean != "worse" else _LEANS[result.lean]
    return f"NOT SURE YET{lean}: {need}."


def next_steps(result: GateResult) -> list[str]:
    """What a reader can do now, most useful first."""
    rule = deciding_rule(result)
    if rule is None:
        return []
    broken = sum(flip.metric == rule.metric for flip in result.comparison.broken)
    see = [f"See the {counted(broken, 'broken answer')}"] if broken else []
    if result.verdict == "PASS":
        if rule.reason == "unchanged":
            return ["Ship it"]
        extra = [f"{see[0]}: they were right before"] if see else []
        return ["Ship it, and make this run the next baseline", *extra]
    if result.verdict == "FAIL":
        return [*see, "Mend it and run again", "Or keep the old version"]
    return [*see, *_evidence_steps(rule), "Or accept it knowingly, with name and reason"]


def needs_words(rule: RuleResult) -> str:
    """`Add about 2,640 cases (…)`; empty when nothing is known about how many."""
    needs = rule.needs_cases
    if needs is None:
        return ""
    top = "no upper limit" if needs.high is None else about(needs.high)
    spread = f"likely between {about(needs.low)} and {top}"
    if needs.high is None:
        spread = f"at least {about(needs.low)}; perhaps no number settles it"
    towards = "" if needs.towards == "INCONCLUSIVE" else f"; the answer would most likely be {needs.towards}"
    return f"Add about {counted_about(needs.expected)} ({spread}){towards}"


def counted_about(cases: int) -> str:
    """`about` with its noun."""
    return f"{about(cases)} case{'' if cases == 1 else 's'}"


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


def change_word(difference: Difference) -> str:
    """The outcome of a comparison as a table says it."""
    word = "unchanged" if difference.identical_outputs else _CHANGE_WORDS[difference.verdict]
    return word if difference.gateable else f"{word} (shown only)"


def _which_decides(result: GateResult, rule: RuleResult) -> tuple[str, ...]:
    if len(result.rules) < 2:
        return ()
    tally = f"{rule_tally(result)}."
    if result.verdict == "PASS":
        return (tally,)
    verb = "is broken" if rule.verdict == "FAIL" else "is open"
    return (tally, f"This one {verb}: {one_line(rule.rule)}.")


def _broken_count(result: GateResult) -> str:
    broken = sum(rule.verdict == "FAIL" for rule in result.rules)
    return (
        f"{count(broken)} of your {count(len(result.rules))} rules {'is' if broken == 1 else 'are'} broken."
    )


def _evidence_steps(rule: RuleResult) -> list[str]:
    if rule.reason in ("too-many-missing", "missing-decides"):
        return ["Repair what made scoring fail, then score again; answers need not be collected anew"]
    if rule.reason == "nothing-to-compare":
        return ["Compare two runs of one benchmark, scored with the same metric"]
    if rule.reason == "too-few-units":
        return ["Add cases from other groups: more of the same groups do not help"]
    words = needs_words(rule)
    return [words or "Add cases; how many it takes cannot be said from these"]
