"""Headline metrics over runs, and the latest verdicts: what the home page draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steelyard.app.web._headlines import Change, Headlines, Tone
from steelyard.app.web._render import link
from steelyard.app.web._run_rows import label_of
from steelyard.app.web._site import Site
from steelyard.core import Estimate, NotFoundError, VerdictWord
from steelyard.reports import one_line, short_names, shorten_estimate
from steelyard.reports.html import SectionView, TrendPoint, trend_section
from steelyard.runs import RunRecord

_LOOKED_AT = 200
_BENCHMARKS = 3
_POINTS = 12
_LOOKS = 20
_VERDICTS = 5
_FITTING: dict[str, tuple[Tone, ...]] = {
    "PASS": ("pass", ""),
    "FAIL": ("fail",),
    "NOT SURE YET": ("unsure", "fail"),
}
"""What a first metric can have done without a word on why it was decided so."""
_WORDS: dict[VerdictWord, tuple[str, str, Tone]] = {
    "PASS": ("✓", "PASS", "pass"),
    "FAIL": ("✗", "FAIL", "fail"),
    "INCONCLUSIVE": ("◇", "NOT SURE YET", "unsure"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One benchmark's first metric over its newest runs."""

    benchmark: str
    """The benchmark's name."""
    metric: str
    """The metric's key."""
    runs: tuple[RunRecord, ...]
    """The runs, oldest first."""
    estimates: tuple[Estimate, ...]
    """The metric's value in each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictLine:
    """A decision that was taken, or a comparison that suggests itself."""

    sign: str
    """A mark beside the word."""
    word: str
    """What was decided, or `COMPARED` where nobody has."""
    tone: Tone
    """Its colour."""
    change: Change
    """What changed, in a sentence."""
    runs: tuple[str, str]
    """Baseline and candidate."""
    base: str
    """The baseline's label."""
    candidate: str
    """The candidate's label."""
    benchmark: str
    """What both were measured on."""
    when: str
    """When it was decided, UTC; empty where nobody has."""
    url: str
    """The comparison."""
    command: str
    """What decides it; empty where it is decided."""

    @property
    def aside(self) -> str:
        """Said where the decision is not what the first metric alone suggests."""
        fitting = _FITTING.get(self.word)
        within = self.word == "PASS" and ", within" in self.change.lead
        return "" if fitting is None or within or self.change.tone in fitting else " by its rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the home page shows once its figures are worked out."""

    verdicts: tuple[VerdictLine, ...]
    """The latest decisions, then comparisons that nobody has decided."""
    trends: tuple[Trend, ...]
    """Benchmarks with two measured runs and more, the newest first."""
    sections: tuple[SectionView, ...]
    """The trends as plots."""
    single: tuple[str, ...]
    """Benchmarks with one measured run."""


def evidence_of(site: Site, *, wait: bool = True) -> Evidence | None:
    """Verdicts and trends; None when one of their figures is not known yet and nobody waits."""
    headlines = Headlines(site, wait)
    runs = [run for run in site.store.list_runs(limit=_LOOKED_AT) if run.status == "complete" and run.metrics]
    groups = _groups(runs)
    wanted = [run for group in groups for run in group]
    found = headlines.estimates(wanted)
    verdicts = list(_verdicts(site, headlines, runs))
    if None in found.values() or None in verdicts:
        return None
    trends = [trend for group in groups if (trend := _trend(group, found)) is not None]
    releases = {release.run: release.name for release in site.store.releases()}
    shown = tuple(trend for trend in trends if len(trend.runs) > 1)
    return Evidence(
        verdicts=tuple(line for line in verdicts if line is not None),
        trends=shown,
        sections=tuple(_section(trend, number, releases) for number, trend in enumerate(shown, start=1)),
        single=tuple(trend.benchmark for trend in trends if len(trend.runs) == 1),
    )


def _groups(runs: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """The newest runs of the benchmarks measured last: those that share the newest one's first metric."""
    groups: dict[str, list[RunRecord]] = {}
    for run in runs:
        group = groups.setdefault(run.benchmark.name, [])
        key = (group[0] if group else run).metrics[0].key
        if len(group) < _POINTS and any(spec.key == key for spec in run.metrics):
            group.append(run)
    return list(groups.values())[:_BENCHMARKS]


def _trend(group: Sequence[RunRecord], found: dict[str, tuple[Estimate, ...] | None]) -> Trend | None:
    key = group[0].metrics[0].key
    pairs = [
        (run, estimate)
        for run in reversed(group)
        for estimate in found[run.id] or ()
        if estimate.name == key and estimate.value is not None
    ]
    if not pairs:
        return None
    return Trend(
        benchmark=group[0].benchmark.name,
        metric=key,
        runs=tuple(run for run, _ in pairs),
        estimates=tuple(estimate for _, estimate in pairs),
    )


def _section(trend: Trend, number: int, releases: dict[str, str]) -> SectionView:
    names = short_names([trend.metric])
    points = [
        TrendPoint(
            estimate=shorten_estimate(estimate, names),
            label=label_of(run),
            moment=f"{run.started:%Y-%m-%d %H:%M}",
            stretch=run.benchmark.version,
            release=releases.get(run.id, ""),
        )
        for run, estimate in zip(trend.runs, trend.estimates, strict=True)
    ]
    return trend_section(f"Trend on {one_line(trend.benchmark)}", points, key=str(number))


def _verdicts(site: Site, headlines: Headlines, runs: Sequence[RunRecord]) -> Iterable[VerdictLine | None]:
    decided: set[tuple[str, str]] = set()
    for look in site.store.latest_looks(limit=_LOOKS):
        pair = (look.base_run, look.candidate_run)
        if pair in decided or len(decided) == _VERDICTS:
            continue
        decided.add(pair)
        try:
            base, candidate = (site.store.get_run(run) for run in pair)
        except NotFoundError:  # a gate may have been decided on runs of a store that was since restored
            continue
        change = headlines.change(base, candidate)
        sign, word, tone = _WORDS[look.verdict]
        when = f"{look.decided:%Y-%m-%d %H:%M}"
        yield _line(base, candidate, change=change, said=(sign, word, tone), when=when) if change else None
    for base, candidate in _suggested(site, runs):
        if candidate.id not in {after for _, after in decided}:
            change = headlines.change(base, candidate)
            said = ("", "COMPARED", change.tone if change else "")
            yield _line(base, candidate, change=change, said=said) if change else None


def _line(
    base: RunRecord, candidate: RunRecord, *, change: Change, said: tuple[str, str, Tone], when: str = ""
) -> VerdictLine:
    sign, word, tone = said
    return VerdictLine(
        sign=sign,
        word=word,
        tone=tone,
        change=change,
        runs=(base.id, candidate.id),
        base=label_of(base),
        candidate=label_of(candidate),
        benchmark=base.benchmark.name,
        when=when,
        url=link("/compare", run=[base.id, candidate.id]),
        command="" if when else f"steelyard gate --base {base.id} --candidate {candidate.id}",
    )


def _suggested(site: Site, runs: Sequence[RunRecord]) -> Iterable[tuple[RunRecord, RunRecord]]:
    """The newest run of a benchmark against the newest release on it, or against the run before."""
    released = [release.run for release in reversed(site.store.releases())]
    for group in _groups(runs):
        newest, others = group[0], group[1:]
        if newest.id in released:
            continue
        base = next((run for each in released for run in others if run.id == each), None)
        if base is None and others:
            base = others[0]
        if base is not None:
            yield base, newest
