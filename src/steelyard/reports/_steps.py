"""What a reader of a verdict can do now, most useful first, each with the command that does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from steelyard.core import Estimate
from steelyard.reports._bound_words import misses_bound, old_value
from steelyard.reports._label_steps import label_words
from steelyard.reports._numbers import about, count, counted

if TYPE_CHECKING:
    from steelyard.core import ExpertCheck, GateResult, RuleResult

MOST_CASES = 100_000
"""More further cases than this are no advice: hardly any benchmark gets there."""

Outlook = Literal["PASS", "FAIL", "never", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do."""

    text: str
    """What, in words."""
    command: str = ""
    """The command that does it; empty where no single one does."""
    samples: Literal["", "broken", "worst"] = ""
    """The kind of answers to read, where a page that holds them can link to them."""


def outlook(rule: RuleResult) -> Outlook:
    """What more cases would most likely bring; `never` when no practical number of them settles the rule."""
    needs = rule.needs_cases
    if needs is None:
        return ""
    if not is_practical(needs.expected):
        return "never"
    return "" if needs.towards == "INCONCLUSIVE" else needs.towards


def is_practical(cases: int | None) -> bool:
    """Whether a number of further cases may be asked of anybody."""
    return cases is not None and cases <= MOST_CASES


def gate_steps(result: GateResult, rule: RuleResult) -> list[Step]:
    """The steps for a verdict that `rule` decided."""
    see = _see(result, rule)
    if result.verdict == "PASS":
        return _ship(rule, see)
    if result.verdict == "FAIL":
        return [*see, Step(text="Fix it and run again"), *_other_than_fixing(result, rule)]
    never = outlook(rule) == "never"
    accept = Step(
        text="To accept it, give it a name and a reason"
        if never
        else "Or accept it knowingly, with name and reason",
        command=f"steelyard release {result.comparison.candidate_run} --name NAME --note WHY",
    )
    if rule.verdict == "FAIL" or outlook(rule) == "FAIL":
        fix = (
            "Fix it and run again"
            if _old_misses(result, rule)
            else "Fix it and run again, or keep the old version"
        )
        return [Step(text=fix), *see, accept, *_evidence_steps(rule, result)]
    return [*see, *_evidence_steps(rule, result), accept]


def needs_words(rule: RuleResult) -> str:
    """`Add about 2,640 cases; …`; empty when nothing is known about how many."""
    needs = rule.needs_cases
    if needs is None:
        return ""
    if not is_practical(needs.expected):
        return (
            "More cases are unlikely to settle this: the result sits on your limit. "
            "Accept it knowingly, change the limit, or improve the version."
        )
    towards = "" if needs.towards == "INCONCLUSIVE" else f"; the answer would most likely be {needs.towards}"
    return f"Add about {_about(needs.expected)} case{'' if needs.expected == 1 else 's'}{towards}"


def needs_range(rule: RuleResult) -> str:
    """How sure the number of further cases is, for the fine print; empty when no number was given."""
    needs = rule.needs_cases
    if needs is None or not is_practical(needs.expected):
        return ""
    if needs.high is None:
        return f"likely at least {about(needs.low)} further cases, perhaps never enough"
    most = about(needs.high) if is_practical(needs.high) else f"more than {count(MOST_CASES)}"
    return f"likely between {about(needs.low)} and {most} further cases"


def _label_step(rule: RuleResult, judge: ExpertCheck, *, run: str) -> Step:
    """What experts can do about a rule on a judge, with the command that draws what they should see."""
    command = f"steelyard study plan {run} --metric {rule.metric} --draw sheet.csv"
    return Step(text=label_words(rule, judge), command=command)


def _about(cases: int | None) -> str:
    return "" if cases is None else about(cases)


def _see(result: GateResult, rule: RuleResult) -> list[Step]:
    comparison = result.comparison
    if rule.kind == "bound":
        kind = (
            "wrong" if isinstance(rule.evidence, Estimate) and rule.evidence.measure == "share" else "worst"
        )
        command = f"steelyard report {comparison.candidate_run} -o report.html"
        return [Step(text=f"See the {kind} answers", command=command, samples="worst")]
    broken = sum(flip.metric == rule.metric for flip in comparison.broken)
    if not broken:
        return []
    command = f"steelyard report {comparison.base_run}..{comparison.candidate_run} -o report.html"
    return [Step(text=f"See the {counted(broken, 'broken answer')}", command=command, samples="broken")]


def _ship(rule: RuleResult, see: list[Step]) -> list[Step]:
    if rule.reason == "unchanged":
        return [Step(text="Ship it")]
    ship = Step(text="Ship it, and make this run the next baseline")
    if rule.kind == "bound":
        return [ship, *see]
    before = [
        Step(text=f"{each.text}: they were right before", command=each.command, samples=each.samples)
        for each in see
    ]
    return [ship, *before]


def _other_than_fixing(result: GateResult, rule: RuleResult) -> list[Step]:
    if _old_misses(result, rule):
        return [Step(text="Or change the limit: the old version misses it as well")]
    return [Step(text="Or keep the old version")]


def _old_misses(result: GateResult, rule: RuleResult) -> bool:
    return misses_bound(rule, old_value(rule, result.comparison))


def _evidence_steps(rule: RuleResult, result: GateResult) -> list[Step]:
    if rule.reason in ("too-many-missing", "missing-decides"):
        again = "score again; answers need not be collected anew"
        return [Step(text=f"Repair what made scoring fail, then {again}")]
    if rule.reason == "nothing-to-compare":
        return [Step(text="Compare two runs of one benchmark, scored with the same metric")]
    if rule.reason == "no-variation":
        return [
            Step(
                text="Say between which ends the score lies, and score both runs again",
                command=f"steelyard score RUN --metric {rule.metric}:scale=bounded,low=0,high=1"
                if rule.metric.startswith("recorded:")
                else "",
            )
        ]
    if rule.reason == "too-few-units":
        return [Step(text="Add cases from other groups: more of the same groups do not help")]
    if rule.evidence is not None and rule.evidence.judge is not None:
        return [_label_step(rule, rule.evidence.judge, run=result.comparison.candidate_run)]
    return [Step(text=needs_words(rule) or "Add cases; how many it takes cannot be said from these")]
