"""Running the rules over the cases of a version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from steelyard.bench.check._report import CheckReport, Finding, Rule
from steelyard.bench.check._rules import RULES
from steelyard.bench.check._subject import Subject
from steelyard.bench.contamination import check_contamination
from steelyard.core import Case, ContaminationReport, UsageError


def check_cases(
    cases: Sequence[Case],
    *,
    only: Collection[str] | None = None,
    ignore: Collection[str] = (),
    corpus: Sequence[Path] = (),
    contamination: ContaminationReport | None = None,
    limit: int = 100,
) -> CheckReport:
    """Look for what would spoil a measurement on these cases.

    `only` and `ignore` take codes and names of rules; UsageError for an unknown one. At most `limit`
    findings of a rule are listed; all are counted. `corpus` names files and folders of texts that a
    system has seen; InputError when one cannot be read. `contamination` is what a look at them has shown
    already.
    """
    chosen = [rule for rule in _chosen(only) if rule not in (_chosen(ignore) if ignore else ())]
    if contamination is None and corpus:
        contamination = check_contamination(cases, corpus=corpus)
    subject = Subject(cases, contamination=contamination)
    listed: list[Finding] = []
    counts: dict[str, int] = {}
    for rule in chosen:
        for number, finding in enumerate(rule.findings(subject), start=1):
            counts[rule.name] = number
            if number <= limit:
                listed.append(finding)
    return CheckReport(cases=len(cases), findings=tuple(listed), counts=counts, rules=len(chosen))


def _chosen(names: Collection[str] | None) -> list[Rule]:
    if names is None:
        return list(RULES)
    known = {key: rule for rule in RULES for key in (rule.code, rule.name)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(
            f"there is no check '{unknown[0]}'", hint=f"Checks: {', '.join(rule.name for rule in RULES)}"
        )
    return [known[name] for name in names]
