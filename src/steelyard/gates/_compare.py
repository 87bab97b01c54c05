"""Compare: what changed between a baseline run and a candidate run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from steelyard.core import Comparison, Difference, Flip, MetricSpec, StatisticsError
from steelyard.gates._flips import find_flips
from steelyard.gates._measure import measure_difference
from steelyard.gates._pairing import Pairs, pair_tables
from steelyard.gates._signature import origin_of
from steelyard.runs import STATE_SKIPPED, RunRecord, SampleStore, ScoreTable, complete_prefix
from steelyard.stats import benjamini_yekutieli, holm
from steelyard.stats.judging import NOT_HELD, JudgeEvidence

MAX_SLICE_VALUES = 50
"""A dimension with more values is an identifier rather than a slice, and is left out unless asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOptions:
    """What a comparison looks at."""

    metrics: Sequence[str] = ()
    """Metric keys; empty: every metric that both runs have."""
    dimension: str | None = None
    """The slice dimension to break down by; None: all of them."""
    allowed_drop: float | None = None
    """The margin that the words `equivalent` and `inconclusive` respect, for metrics that count a share."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """Allowed drop by metric key, or by `KEY@SLICE`, where a rule gives one, in the metric's own units."""
    level: float = 0.95
    """Two-sided level of the intervals."""
    seed: int = 0
    """Seed of resampling."""
    judges: Mapping[tuple[str, str], JudgeEvidence] = field(default_factory=dict)
    """What experts say of a judge, by run id and metric key; it corrects values and differences."""

    def allowed_for(self, spec: MetricSpec, slice_name: str = "") -> float | None:
        """The allowed drop of a metric or slice; the general one holds for metrics that count a share."""
        general = self.allowed_drop if spec.measure == "share" else None
        return self.margins.get(f"{spec.key}@{slice_name}", self.margins.get(spec.key, general))


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A comparison with the pairs behind it, so that rules can be decided on the same data."""

    comparison: Comparison
    """The record to show."""
    pairs: Mapping[str, Pairs]
    """Metric key to pairs."""


def compare_runs(
    base: RunRecord,
    candidate: RunRecord,
    *,
    samples: SampleStore,
    options: CompareOptions | None = None,
) -> Compared:
    """Pair two runs on equal cases and measure every metric, over all cases and by slice.

    p-values are adjusted by Holm over the metrics, and by Benjamini-Yekutieli over all slices of all
    metrics, which may overlap. Raises StatisticsError when the runs share no metric or no case.
    """
    chosen = options or CompareOptions()
    pairs = {
        key: replace(
            _pairs_of(base, candidate, key=key, samples=samples),
            judge=_evidence(base, candidate, key, chosen.judges),
        )
        for key in shared_metrics(base, candidate, wanted=chosen.metrics)
    }
    metrics = [_difference(pair, chosen) for pair in pairs.values()]
    slices = [
        _difference(part, chosen, slice_name=name)
        for pair in pairs.values()
        for name, part in slice_pairs(pair, dimension=chosen.dimension)
    ]
    fixed, broken = _all_flips(pairs.values(), samples=samples, base=base.id, candidate=candidate.id)
    comparison = Comparison(
        base_run=base.id,
        candidate_run=candidate.id,
        base_label=base.label or base.id,
        candidate_label=candidate.label or candidate.id,
        benchmark=_benchmark(base, candidate),
        metrics=_adjust(metrics, holm),
        slices=_adjust(slices, benjamini_yekutieli),
        fixed=fixed,
        broken=broken,
        allowed_drop=chosen.allowed_drop,
        margins=chosen.margins,
        notes=(*_notes(base, candidate, pairs=pairs.values()), *_expert_notes(metrics)),
    )
    return Compared(comparison=comparison, pairs=pairs)


def shared_metrics(base: RunRecord, candidate: RunRecord, *, wanted: Sequence[str]) -> list[str]:
    """Metric keys that both runs have, in the candidate's order; settings and versions must agree."""
    before = {spec.key: spec for spec in base.metrics}
    after = {spec.key: spec for spec in candidate.metrics}
    keys = list(wanted) or [key for key in after if key in before]
    if not keys:
        raise StatisticsError(
            "the runs have no metric in common",
            where=f"{base.id} and {candidate.id}",
            hint="Score both with the same metric: steelyard score RUN --metric M",
        )
    for key in keys:
        _check_metric(key, before.get(key), after.get(key), base=base.id, candidate=candidate.id)
    return keys


def slice_pairs(pairs: Pairs, *, dimension: str | None) -> Iterable[tuple[str, Pairs]]:
    """(`dimension=value`, its pairs) for every slice, in order of name."""
    values: dict[str, set[str]] = {}
    for row in (*pairs.slices, *pairs.missing.slices):
        for name, value in row.items():
            values.setdefault(name, set()).add(value)
    for name in sorted(values):
        if dimension not in (None, name) or (dimension is None and len(values[name]) > MAX_SLICE_VALUES):
            continue
        for value in sorted(values[name]):
            yield f"{name}={value}", pairs.in_slice(name, value)


def _evidence(
    base: RunRecord, candidate: RunRecord, key: str, judges: Mapping[tuple[str, str], JudgeEvidence]
) -> tuple[JudgeEvidence, JudgeEvidence] | None:
    """What experts say of both runs' scores; None for metrics that are no judge's."""
    if not any((run.id, key) in judges for run in (base, candidate)):
        return None
    none = JudgeEvidence(state="none", reason=NOT_HELD)
    return judges.get((base.id, key), none), judges.get((candidate.id, key), none)


def _pairs_of(base: RunRecord, candidate: RunRecord, *, key: str, samples: SampleStore) -> Pairs:
    corpus = any(spec.key == key and spec.corpus for spec in candidate.metrics)
    tables = tuple(
        complete_prefix(samples.score_table(run.id, key, details=corpus), run) for run in (base, candidate)
    )
    pairs = pair_tables(*tables)
    if not len(pairs) and not len(pairs.missing):
        _check_skipped(key, zip((base, candidate), tables, strict=True))
        raise StatisticsError(
            f"no case of equal content was scored with {key} in both runs",
            where=f"{base.id} on {base.benchmark.name}@{base.benchmark.version} and "
            f"{candidate.id} on {candidate.benchmark.name}@{candidate.benchmark.version}",
            hint="Run both on the same benchmark version",
        )
    return replace(pairs, origin=origin_of(base, candidate))


def _check_skipped(key: str, found: Iterable[tuple[RunRecord, ScoreTable]]) -> None:
    """Raise StatisticsError for a run in which the metric had nothing to measure on any case."""
    for run, table in found:
        if len(table) and bool((table.states == STATE_SKIPPED).all()):
            raise StatisticsError(
                f"{key} was skipped on all {len(table):,} samples: nothing in the cases says what it needs, "
                "such as an expected answer",
                where=f"{run.label or run.id} on {run.benchmark.name}@{run.benchmark.version}",
                hint="Add what it compares with to the cases ('expected'), or use a metric that needs none: "
                "refusal, length, latency, json_valid, recorded:NAME",
            )


def _check_metric(
    key: str, before: MetricSpec | None, after: MetricSpec | None, *, base: str, candidate: str
) -> None:
    if before is None or after is None:
        missing = base if before is None else candidate
        raise StatisticsError(
            f"metric {key} was not scored in this run",
            where=missing,
            hint=f"Score it without calling anything again: steelyard score {missing} --metric {key}",
        )
    if (before.version, dict(before.settings)) != (after.version, dict(after.settings)):
        raise StatisticsError(
            f"metric {key} was computed differently in the two runs",
            where=f"{base}: version {before.version}, {candidate}: version {after.version}",
            hint=f"Score the older one again: steelyard score {base} --metric {key}",
        )


def _difference(pairs: Pairs, options: CompareOptions, *, slice_name: str = "") -> Difference:
    return measure_difference(
        pairs,
        level=options.level,
        seed=options.seed,
        allowed_drop=options.allowed_for(pairs.metric, slice_name),
        slice_name=slice_name,
    )


def _adjust(
    differences: Sequence[Difference], correct: Callable[[Sequence[float]], Sequence[float]]
) -> tuple[Difference, ...]:
    tested = {row: item.p_value for row, item in enumerate(differences) if item.p_value is not None}
    adjusted = dict(zip(tested, correct(list(tested.values())), strict=True))
    return tuple(replace(item, p_adjusted=adjusted.get(row)) for row, item in enumerate(differences))


def _all_flips(
    pairs: Iterable[Pairs], *, samples: SampleStore, base: str, candidate: str
) -> tuple[tuple[Flip, ...], tuple[Flip, ...]]:
    found = [find_flips(item, samples=samples, base_run=base, candidate_run=candidate) for item in pairs]
    return (
        tuple(flip for fixed, _ in found for flip in fixed),
        tuple(flip for _, broken in found for flip in broken),
    )


def _benchmark(base: RunRecord, candidate: RunRecord) -> str:
    names = [f"{run.benchmark.name}@{run.benchmark.version}" for run in (base, candidate)]
    return names[0] if names[0] == names[1] else " and ".join(names)


def _expert_notes(metrics: Iterable[Difference]) -> Iterable[str]:
    """What experts say of each judge, in a sentence."""
    for item in metrics:
        if item.judge is not None:
            yield f"{item.name}: {item.judge.footnote()}"


def _notes(base: RunRecord, candidate: RunRecord, *, pairs: Iterable[Pairs]) -> Iterable[str]:
    if base.benchmark.hash != candidate.benchmark.hash:
        yield (
            f"The runs used different benchmark versions ({_benchmark(base, candidate)}): "
            "only cases of equal content were compared."
        )
    unpaired = max((item.unpaired for item in pairs), default=0)
    if unpaired:
        yield f"{unpaired:,} samples have no partner of equal content in the other run and were left out."
    for run in (base, candidate):
        if run.status != "complete":
            yield (
                f"Run {run.label or run.id} is {run.status}: only the complete beginning of its random "
                "case order was read, because what is answered first is not a fair sample."
            )
    if base.target.get("uri") and not str(base.target["uri"]).startswith("replay:"):
        days = abs((candidate.started - base.started).days)
        if days >= 1:
            yield f"The baseline was run on {base.started:%Y-%m-%d}, {days} days apart from the candidate."
