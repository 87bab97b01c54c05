"""Contamination of a stored benchmark: its corpus, its runs and its twins put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from steelyard.bench import (
    Answer,
    BenchmarkVersion,
    CaseScores,
    canaries_of,
    check_contamination,
    completion_evidence,
    completion_summary,
    is_completion,
    is_suspicious_gap,
    judge_completions,
    twin_gap,
    twin_links,
    worsened,
)
from steelyard.bench.contamination import TWIN_LINK, OnProgress
from steelyard.core import Case, ContaminationReport, Difference, UsageError, WithAndWithout
from steelyard.runs import STATE_SCORED, RunRecord, estimates_on, is_sealed
from steelyard.store import Store


@dataclass(slots=True)
class _Runs:
    """The runs given, by what they were made on."""

    plain: list[RunRecord] = field(default_factory=list)
    twins: list[tuple[RunRecord, dict[str, str]]] = field(default_factory=list)
    completions: list[RunRecord] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    cases: dict[str, list[Case]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


def contamination_of(
    version: BenchmarkVersion,
    cases: Sequence[Case],
    *,
    store: Store,
    corpus: Sequence[Path] = (),
    runs: Sequence[RunRecord] = (),
    on_progress: OnProgress | None = None,
) -> ContaminationReport:
    """Everything that speaks for or against a benchmark's cases being unseen.

    Runs on the benchmark are looked through for canaries and measured with and without what was found;
    a run on its completion version is the completion test; runs on perturbed cases are compared with the
    first run on the benchmark. Raises UsageError for a run that has no case in common with it.
    """
    sorted_runs = _sorted(runs, {case.id for case in cases}, store=store)
    report = check_contamination(
        cases,
        corpus=corpus,
        canaries=canaries_of(store.versions(version.name)),
        answers=sorted_runs.answers,
        on_progress=on_progress,
    )
    for run in sorted_runs.completions:
        judged = judge_completions(sorted_runs.cases[run.id], sorted_runs.texts[run.id], seed=run.seed)
        report = worsened(report, completion_evidence(judged, run=run.id))
        report = replace(report, completion={"run": run.id, **completion_summary(judged)})
    gaps = _gaps(sorted_runs, cases, store=store)
    suspicious = [gap.name for gap in gaps if is_suspicious_gap(gap)]
    notes = list(report.notes)
    if suspicious:
        notes.append(f"The originals are answered better than their twins: {', '.join(suspicious)}.")
    results, why_not = _with_and_without(report, sorted_runs.plain, cases, store=store)
    return replace(report, gaps=gaps, results=results, notes=(*notes, *why_not))


def _sorted(runs: Sequence[RunRecord], known: set[str], *, store: Store) -> _Runs:
    found = _Runs()
    for run in runs:
        cases: dict[str, Case] = {}
        texts: dict[str, str] = {}
        for sample in store.samples(run.id):
            case = sample.case
            cases[case.id] = case
            texts.setdefault(case.id, sample.output.text)
            original = str(case.metadata.get(TWIN_LINK, case.id))
            found.answers.append(Answer(run=run.id, case_id=original, text=sample.output.text))
        found.cases[run.id], found.texts[run.id] = list(cases.values()), texts
        links = {twin: name for twin, name in twin_links(cases.values()).items() if name in known}
        if links and all(is_completion(cases[twin]) for twin in links):
            found.completions.append(run)
        elif links and not cases.keys() & known:
            found.twins.append((run, links))
        elif cases.keys() & known:
            found.plain.append(run)
        else:
            raise UsageError(
                "has no case in common with the benchmark, nor with anything derived from it",
                where=f"run {run.id}",
                hint="Give runs on the benchmark, its perturbed twins, or its completion version",
            )
    return found


def _gaps(runs: _Runs, cases: Sequence[Case], *, store: Store) -> tuple[Difference, ...]:
    if runs.twins and not runs.plain:
        raise UsageError(
            "a run on twins needs a run on the originals beside it",
            where="--run",
            hint="Give both: --run ORIGINALS --run TWINS",
        )
    clusters = {case.id: case.cluster for case in cases}
    gaps = []
    for twin_run, links in runs.twins:
        shared = {spec.key for spec in twin_run.metrics}
        for spec in runs.plain[0].metrics:
            if spec.key in shared and not spec.corpus and spec.direction != "neither":
                originals = _scores(runs.plain[0], spec.key, store=store)
                twins = _scores(twin_run, spec.key, store=store)
                gaps.append(twin_gap(originals, twins, metric=spec, links=links, clusters=clusters))
    return tuple(gaps)


def _scores(run: RunRecord, metric: str, *, store: Store) -> CaseScores:
    """Mean score over epochs of each case that has one."""
    table = store.score_table(run.id, metric)
    sums: dict[str, list[float]] = {}
    for row, case in enumerate(table.case_ids):
        if table.states[row] == STATE_SCORED:
            sums.setdefault(case, []).append(float(table.values[row]))
    return CaseScores(run=run.id, values={case: sum(of) / len(of) for case, of in sums.items()})


def _with_and_without(
    report: ContaminationReport, runs: Sequence[RunRecord], cases: Sequence[Case], *, store: Store
) -> tuple[tuple[WithAndWithout, ...], tuple[str, ...]]:
    found = {item.case_id: item.state for item in report.cases}
    bad = {case for case, state in found.items() if state == "contaminated"}
    doubtful = bad | {case for case, state in found.items() if state == "suspicious"}
    if any(is_sealed(case.split) for case in cases if case.id in doubtful) and runs:
        note = "Results without the cases found are not shown: some are sealed, and could be told from them."
        return (), (note,)
    everything = set(found)
    results = []
    for run in runs:
        sets = (everything, everything - bad, everything - doubtful)
        names = ("", "without contaminated", "without suspicious")
        estimates = [
            estimates_on(run, store, chosen, name=name) for chosen, name in zip(sets, names, strict=True)
        ]
        results += [
            WithAndWithout(run=run.id, every=every, clean=clean, cleanest=cleanest)
            for every, clean, cleanest in zip(*estimates, strict=True)
        ]
    return tuple(results), ()
