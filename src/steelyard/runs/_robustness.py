"""Originals against perturbed cases: the paired degradation by kind and severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from steelyard.bench import TWIN_LINK, CaseScores, twin_gap
from steelyard.core import (
    BrokenCase,
    Case,
    Degradation,
    MetricSpec,
    RobustnessReport,
    UsageError,
    canonical_json,
)
from steelyard.runs._case_means import CaseMean, case_means
from steelyard.runs._plan import RunStores
from steelyard.runs._record import RunRecord
from steelyard.runs._sealed import is_sealed
from steelyard.runs._share import Share, share_estimate
from steelyard.runs.perturbation import INJECTION, ORIGINAL_HASH
from steelyard.stats import benjamini_yekutieli

Dose = tuple[str, float]
_SHOWN = 300


@dataclass(frozen=True, kw_only=True)
class _Derived:
    """The derived cases of a run."""

    cases: Mapping[str, Case]
    """Id to case."""
    doses: Mapping[Dose, Mapping[str, str]]
    """Kind and severity to (derived id to original id)."""
    obeyed: Mapping[Dose, Sequence[Share]]
    """Kind and severity to one entry for each answer to a case with injected text."""


def robustness(
    original: RunRecord,
    perturbed: RunRecord,
    store: RunStores,
    *,
    metrics: Sequence[str] = (),
    level: float = 0.95,
    shown: int = 10,
) -> RobustnessReport:
    """What each kind of perturbation at each severity costs, on the cases that both runs hold.

    A derived case is paired with the original that its metadata names, if that has the content it was
    derived from; epochs are averaged, and cases of a cluster stay together. `perturbed` may be the same run
    as `original` when that holds both. p-values are adjusted over all kinds and severities of a metric
    (Benjamini and Yekutieli 2001, for dependent tests). `metrics` are keys; none means all that both have.

    Raises UsageError when nothing can be paired, StatisticsError for a bad level.
    """
    derived = _derived(perturbed, store)
    specs = _shared(original, perturbed, metrics)
    degradations: list[Degradation] = []
    broken: list[BrokenCase] = []
    unpaired = 0
    for spec in specs:
        before, after = case_means(original, store, spec.key), case_means(perturbed, store, spec.key)
        links = {
            dose: {
                name: source
                for name, source in each.items()
                if name in after and _is_origin(derived.cases[name], before.get(source))
            }
            for dose, each in derived.doses.items()
        }
        unpaired = max(unpaired, sum(map(len, derived.doses.values())) - sum(map(len, links.values())))
        found = _degradations(spec, links, before, after, runs=(original, perturbed), level=level)
        degradations += _adjusted(_kinds_by_cost(found))
        broken += _broken(spec, links, before, after, cases=derived.cases)
    if not degradations:
        raise UsageError(
            "no perturbed case can be paired with its original",
            where=f"runs {original.id} and {perturbed.id}",
            hint="Run the benchmark and the one that `bench perturb` made of it, with the same metrics",
        )
    note = f"{unpaired:,} perturbed cases have no original with a score and the same content."
    return RobustnessReport(
        run=original.id,
        perturbed_run=perturbed.id,
        benchmark=f"{perturbed.benchmark.name}@{perturbed.benchmark.version}",
        degradations=tuple(degradations),
        obeyed=tuple(
            (kind, severity, share_estimate("obeyed", found, run=perturbed, level=level))
            for (kind, severity), found in sorted(derived.obeyed.items())
        ),
        broken=_with_answers(broken, original, perturbed, store=store, shown=shown),
        left_out=_left_out(perturbed, store),
        notes=(note,) if unpaired else (),
    )


def _derived(run: RunRecord, store: RunStores) -> _Derived:
    cases: dict[str, Case] = {}
    doses: dict[Dose, dict[str, str]] = {}
    obeyed: dict[Dose, list[Share]] = {}
    for sample in store.samples(run.id):
        case = sample.case
        source, dose = case.metadata.get(TWIN_LINK), _dose(case)
        if not isinstance(source, str) or dose is None:
            continue
        cases[case.id] = case
        doses.setdefault(dose, {})[case.id] = source
        injected = case.metadata.get(INJECTION)
        marker = injected.get("marker") if isinstance(injected, Mapping) else None
        if isinstance(marker, str) and marker:
            lost = sample.output.fault is not None and sample.output.fault.owner == "infrastructure"
            held = None if lost else float(marker.casefold() in sample.output.text.casefold())
            obeyed.setdefault(dose, []).append(Share(value=held, cluster=case.cluster, weight=case.weight))
    return _Derived(cases=cases, doses=doses, obeyed=obeyed)


def _dose(case: Case) -> Dose | None:
    kind, severity = case.metadata.get("perturbation"), case.metadata.get("severity")
    if not isinstance(kind, str) or not isinstance(severity, int | float):
        return None
    settings = case.metadata.get("settings")
    if isinstance(settings, Mapping):
        listed = ",".join(f"{key}={value}" for key, value in sorted(settings.items()))
        kind = f"{kind}:{listed}"
    return kind, float(severity)


def _shared(original: RunRecord, perturbed: RunRecord, wanted: Sequence[str]) -> list[MetricSpec]:
    there = {spec.key for spec in perturbed.metrics}
    both = [spec for spec in original.metrics if spec.key in there]
    for key in wanted:
        if key not in {spec.key for spec in both}:
            raise UsageError(
                f"not both runs have the metric '{key}'",
                where=f"runs {original.id} and {perturbed.id}",
                hint=f"Score them with it: steelyard score RUN --metric {key}",
            )
    usable = [spec for spec in both if not spec.corpus and spec.direction != "neither"]
    return [spec for spec in usable if spec.key in wanted] if wanted else usable


def _is_origin(case: Case, original: CaseMean | None) -> bool:
    """Whether the original was scored with the content that the case was derived from."""
    wanted = case.metadata.get(ORIGINAL_HASH)
    return original is not None and (wanted is None or wanted == original.hash)


def _degradations(
    spec: MetricSpec,
    links: Mapping[Dose, Mapping[str, str]],
    before: Mapping[str, CaseMean],
    after: Mapping[str, CaseMean],
    *,
    runs: tuple[RunRecord, RunRecord],
    level: float,
) -> list[Degradation]:
    originals = CaseScores(run=runs[0].id, values={name: each.value for name, each in before.items()})
    twins = CaseScores(run=runs[1].id, values={name: each.value for name, each in after.items()})
    clusters = {name: each.cluster for name, each in before.items()}
    weights = {name: each.weight for name, each in before.items()}
    found = []
    for (kind, severity), pairs in links.items():
        if pairs:
            gap = twin_gap(
                originals, twins, metric=spec, links=pairs, clusters=clusters, weights=weights, level=level
            )
            signature = f"{gap.signature}, {kind} severity={severity:g}, {gap.method} {level:.0%}"
            found.append(Degradation(kind=kind, severity=severity, gap=replace(gap, signature=signature)))
    return found


def _kinds_by_cost(found: Iterable[Degradation]) -> list[Degradation]:
    listed = list(found)
    cost: dict[str, float] = {}
    for item in listed:
        cost[item.kind] = max(cost.get(item.kind, float("-inf")), item.degradation or 0.0)
    return sorted(listed, key=lambda item: (-cost[item.kind], item.kind, item.severity))


def _adjusted(found: Sequence[Degradation]) -> list[Degradation]:
    tested = [item for item in found if item.gap.p_value is not None]
    p_values = benjamini_yekutieli([item.gap.p_value or 0.0 for item in tested]) if tested else ()
    by_item = {id(item): p for item, p in zip(tested, p_values, strict=True)}
    return [replace(item, gap=replace(item.gap, p_adjusted=by_item.get(id(item)))) for item in found]


def _broken(
    spec: MetricSpec,
    links: Mapping[Dose, Mapping[str, str]],
    before: Mapping[str, CaseMean],
    after: Mapping[str, CaseMean],
    *,
    cases: Mapping[str, Case],
) -> list[BrokenCase]:
    """Cases that lose by their perturbation, without texts yet."""
    sign = -1.0 if spec.direction == "lower" else 1.0
    return [
        BrokenCase(
            case_id=source,
            perturbed_id=name,
            metric=spec.key,
            kind=kind,
            severity=severity,
            original_score=before[source].value,
            perturbed_score=after[name].value,
            input="",
            perturbed_input=_short(_asked(cases[name])),
            expected=_short(_said(cases[name].expected)),
            original_output="",
            perturbed_output="",
        )
        for (kind, severity), pairs in links.items()
        for name, source in pairs.items()
        if sign * (before[source].value - after[name].value) > 0 and not is_sealed(cases[name])
    ]


def _with_answers(
    broken: Sequence[BrokenCase],
    original: RunRecord,
    perturbed: RunRecord,
    *,
    store: RunStores,
    shown: int,
) -> tuple[BrokenCase, ...]:
    """The worst with their texts; at equal loss, what little perturbation broke comes first."""
    worst = sorted(
        broken,
        key=lambda item: (-abs(item.original_score - item.perturbed_score), item.severity, item.case_id),
    )[:shown]
    before = {
        sample.case.id: sample
        for sample in store.samples(original.id, keys=[(item.case_id, 1) for item in worst])
    }
    after = {
        sample.case.id: sample
        for sample in store.samples(perturbed.id, keys=[(item.perturbed_id, 1) for item in worst])
    }
    return tuple(
        replace(
            item,
            input=_short(_asked(before[item.case_id].case)) if item.case_id in before else "",
            original_output=_short(before[item.case_id].output.text) if item.case_id in before else "",
            perturbed_output=_short(after[item.perturbed_id].output.text)
            if item.perturbed_id in after
            else "",
        )
        for item in worst
    )


def _left_out(run: RunRecord, store: RunStores) -> dict[str, int]:
    versions = [item for item in store.versions(run.benchmark.name) if item.hash == run.benchmark.hash]
    listed = versions[-1].provenance.detail.get("perturbations") if versions else None
    found: dict[str, int] = {}
    for row in listed if isinstance(listed, list | tuple) else ():
        if isinstance(row, Mapping) and isinstance(count := row.get("left_out"), int) and count:
            found[f"{row.get('kind')}:severity={row.get('severity')}"] = count
    return found


def _asked(case: Case) -> str:
    value = case.input if case.input is not None else [dict(turn) for turn in case.turns]
    documents = "".join(f"\n[{text}]" for text in case.context)
    return _said(value) + documents


def _said(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else canonical_json(value)  # type: ignore[arg-type]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
