"""All the evidence on a benchmark, case by case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from steelyard.bench.contamination._rule import OverlapRule
from steelyard.bench.contamination._scan import CorpusFindings, OnProgress, excerpt, scan_corpus
from steelyard.bench.contamination._streams import ascii_letters
from steelyard.core import (
    MOST_SIGHTINGS,
    CanarySighting,
    Case,
    CaseFinding,
    CaseState,
    ContaminationReport,
    Evidence,
)

_RANK: Mapping[CaseState, int] = {"unchecked": 0, "clean": 1, "suspicious": 2, "contaminated": 3}
_SHORTEST_ECHO = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a system answered to a case in a run."""

    run: str
    """The run."""
    case_id: str
    """The case."""
    text: str
    """The answer."""


def check_contamination(
    cases: Sequence[Case],
    *,
    corpus: Sequence[Path] = (),
    canaries: Sequence[str] = (),
    answers: Iterable[Answer] = (),
    rule: OverlapRule | None = None,
    on_progress: OnProgress | None = None,
) -> ContaminationReport:
    """Look for the cases and the canaries in a corpus, and for the canaries in answers.

    A case is as bad as the worst evidence says; without a corpus it is unchecked unless an answer to it
    holds a canary. Raises InputError for a corpus that is not there or a file named that cannot be read.
    """
    rule = rule or OverlapRule()
    found = (
        scan_corpus(cases, corpus, rule=rule, canaries=canaries, on_progress=on_progress)
        if corpus
        else CorpusFindings(unchecked=set(range(len(cases))))
    )
    listed = tuple(_finding(number, case, found) for number, case in enumerate(cases))
    notes = _notes(found) if corpus else ()
    report = ContaminationReport(
        cases=listed,
        corpus=found.facts if corpus else None,
        canary=canaries[0] if canaries else "",
        sightings=tuple(found.sightings),
        notes=notes,
    )
    return _with_answers(report, answers, canaries=canaries)


def worsened(
    report: ContaminationReport, findings: Mapping[str, tuple[CaseState, Evidence]]
) -> ContaminationReport:
    """The report with more evidence on some cases, by their ids; a state only ever gets worse."""
    cases = []
    for item in report.cases:
        if item.case_id in findings:
            state, evidence = findings[item.case_id]
            worst = max(item.state, state, key=lambda each: _RANK[each])
            cases.append(replace(item, state=worst, evidence=(*item.evidence, evidence)))
        else:
            cases.append(item)
    return replace(report, cases=tuple(cases))


def _finding(number: int, case: Case, found: CorpusFindings) -> CaseFinding:
    known = found.evidence.get(number, ())
    states: list[CaseState] = [match.state for match, _ in known]
    nothing: CaseState = "unchecked" if number in found.unchecked else "clean"
    return CaseFinding(
        case_id=case.id,
        state=max(states, key=lambda each: _RANK[each], default=nothing),
        evidence=tuple(evidence for _, evidence in known),
        places=found.places.get(number, 0),
    )


def _with_answers(
    report: ContaminationReport, answers: Iterable[Answer], *, canaries: Sequence[str]
) -> ContaminationReport:
    wanted = [ascii_letters(canary.encode()) for canary in canaries]
    findings: dict[str, tuple[CaseState, Evidence]] = {}
    sightings = list(report.sightings)
    for answer in answers:
        if len(answer.text) < _SHORTEST_ECHO:
            continue
        letters = ascii_letters(answer.text.encode("utf-8", "surrogatepass"))
        if any(canary in letters for canary in wanted):
            evidence = Evidence(kind="canary", file=answer.run, excerpt=excerpt(answer.text))
            findings[answer.case_id] = "contaminated", evidence
            if len(sightings) < MOST_SIGHTINGS:
                sightings.append(CanarySighting(where=answer.run, case_id=answer.case_id))
    return replace(worsened(report, findings), sightings=tuple(sightings))


def _notes(found: CorpusFindings) -> tuple[str, ...]:
    notes = []
    if found.sightings:
        notes.append("The corpus holds the benchmark's canary: an export of the benchmark is part of it.")
    if found.unchecked:
        notes.append(
            f"{len(found.unchecked):,} cases were not looked for: they are too short, or hold nothing that "
            "is theirs alone."
        )
    if found.facts.unread:
        notes.append(f"{len(found.facts.unread):,} files of the corpus could not be read to their end.")
    return tuple(notes)
