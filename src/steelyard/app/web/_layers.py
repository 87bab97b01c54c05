"""The four layers of evidence: what stands behind a release, how old it is, and what is not there yet."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from steelyard import review, traces
from steelyard.app._wiring import target_name
from steelyard.app.web._headlines import Headlines
from steelyard.app.web._intake import Intake
from steelyard.app.web._render import link, part
from steelyard.app.web._run_rows import label_of
from steelyard.app.web._site import Site
from steelyard.core import Estimate, Json, StatisticsError
from steelyard.reports import one_line, say_interval, say_level
from steelyard.reports.html import CellView, estimate_cell
from steelyard.runs import RunRecord
from steelyard.stats import wilson

LayerState = Literal["live", "stale", "partly", "off"]
RUN_DAYS = 30
RATING_DAYS = 90
TRACE_HOURS = 24
_TRACES = 500
_RECORDED = ("replay:", "import:")
_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of evidence."""

    key: str
    """Names it for programs."""
    name: str
    """What it is."""
    state: LayerState
    """`live`; `stale`: too old by a rule; `partly`: some of it is there; `off`: not set up."""
    word: str
    """The state in words."""
    estimate: Estimate | None = None
    """The last figure; None while it is worked out, and where there is none."""
    metric: str = ""
    """The key of what the figure measures."""
    about: str = ""
    """What it was measured on."""
    url: str = ""
    """Where the evidence is."""
    when: datetime | None = None
    """Its date, UTC."""
    ago: str = ""
    """How long that is."""
    why: str = ""
    """Why it is stale, or what is missing."""
    todo: str = ""
    """What to do."""
    command: str = ""
    """The command for that."""
    more: tuple[str, str] = ("", "")
    """A page that helps, and its address."""
    cell: CellView | None = None
    """The figure as a page shows it."""

    @property
    def likely(self) -> str:
        """The figure's interval in words."""
        found = self.estimate
        if found is None or found.interval is None:
            return ""
        return f"{say_level(found.level)}: {say_interval(found.interval, found.measure)}"

    def as_json(self) -> dict[str, Json]:
        """What the API gives of it."""
        return {
            "layer": self.key,
            "state": self.state,
            "evidence": None if self.when is None else self.when.isoformat(),
            "metric": self.metric,
            "about": self.about,
            "estimate": None if self.estimate is None else self.estimate.as_json(),
            "why": self.why,
            "command": self.command,
        }


def layers_of(site: Site, intake: Intake, *, wait: bool = True) -> tuple[Layer, ...]:
    """All four; figures that are not known yet are left out where nobody waits for them."""
    headlines = Headlines(site, wait)
    runs = [run for run in site.store.list_runs(limit=50) if run.status == "complete" and run.metrics]
    return (
        _automated(site, runs, headlines),
        _experts(site, runs, headlines),
        _red_team(runs),
        _production(site, intake),
    )


def _automated(site: Site, runs: Sequence[RunRecord], headlines: Headlines) -> Layer:
    name, key = "Automated metrics", "automated"
    if not runs:
        return Layer(
            key=key,
            name=name,
            state="off",
            word="no evidence yet",
            todo="Bring in answers you have already:",
            command="steelyard import FILE",
        )
    run = runs[0]
    found = headlines.estimates([run])[run.id]
    estimate = found[0] if found else None
    bench = run.benchmark
    newest = site.store.versions(bench.name)[-1]
    why = _too_old(site, run.started, days=RUN_DAYS)
    version = bench.name
    if newest.hash != bench.hash:
        why = f"{bench.name}@{newest.version} was added since; this was measured on {bench.version}."
    if why:
        version = f"{bench.name}@{newest.version}"
    target = target_name(site.project, run)
    command = f"steelyard run {shlex.quote(version)} --target {shlex.quote(target)}"
    if target.startswith(_RECORDED):
        command = f"steelyard run {shlex.quote(version)} --target replay:FILE"
    return Layer(
        key=key,
        name=name,
        state="stale" if why else "live",
        word="stale" if why else "live",
        estimate=estimate,
        cell=estimate_cell(estimate) if estimate else None,
        metric=run.metrics[0].key,
        about=f"{label_of(run)} on {bench.name}@{bench.version}",
        url=f"/runs/{part(run.id)}",
        when=run.started,
        ago=ago(run.started, site.clock.now()),
        why=why,
        todo="Measure again:" if why else "",
        command=command if why else "",
    )


def _experts(site: Site, runs: Sequence[RunRecord], headlines: Headlines) -> Layer:
    name, key = "Expert evaluation", "experts"
    studies = site.store.studies()
    study = studies[-1] if studies else None
    if study is None:
        return Layer(
            key=key,
            name=name,
            state="off",
            word="no evidence yet",
            why="Nobody has rated an answer yet: whether the metrics measure what people want is unknown.",
            todo="Bring in ratings, as CSV:",
            command="steelyard study import FILE --name NAME",
        )
    state = ("agreement", study.name, study.runs, site.store.rating_revision())
    view = headlines.get(state, lambda: _agreement(site, study))
    estimate, rated = view or (None, None)
    when = rated or study.created
    why = _too_old(site, when, days=RATING_DAYS)
    newest = next((run for run in runs if study.runs and _same_benchmark(run, study, runs)), None)
    if newest is not None and newest.id not in study.runs:
        why = f"The ratings are of earlier answers; those of {label_of(newest)} were rated by nobody."
    command = f"steelyard study import FILE --name {shlex.quote(study.name)}"
    return Layer(
        key=key,
        name=name,
        state="stale" if why else "live",
        word="stale" if why else "live",
        estimate=estimate,
        cell=estimate_cell(estimate) if estimate else None,
        metric=estimate.name if estimate else "",
        about=f"study {one_line(study.name)}",
        when=when,
        ago=ago(when, site.clock.now()),
        why=why,
        todo="Add ratings:" if why else "",
        command=f"{command} --run {newest.id}" if why and newest else command if why else "",
    )


def _same_benchmark(run: RunRecord, study: review.Study, runs: Sequence[RunRecord]) -> bool:
    names = {other.benchmark.name for other in runs if other.id in study.runs}
    return run.benchmark.name in names


def _agreement(site: Site, study: review.Study) -> tuple[Estimate | None, datetime | None]:
    """How far the experts agree on the study's first criterion, and when one of them last rated."""
    ratings, _ = site.store.ratings(study.name)
    if not ratings:
        return None, None
    rated = max((row.rating.rated for row in ratings if row.rating.rated), default=None)
    try:
        first = review.study_agreement(study, ratings)[0]
    except StatisticsError:  # ratings that no coefficient fits: the study's own command says why
        return None, rated
    found = first.report.coefficients["krippendorff_alpha"]
    estimate = Estimate(
        name=f"Krippendorff's α of {first.name}",
        value=found.value,
        interval=found.interval,
        n=first.report.n_items,
        unit="item",
        method=found.method,
        estimand=found.estimand,
        gateable=found.gateable,
        signature="; ".join(
            (f"study {study.name}", f"{found.n_raters} raters", f"{found.n_ratings} ratings", first.level)
        ),
        measure="",
        note=found.status if found.value is None else "",
    )
    return estimate, rated


def _red_team(runs: Sequence[RunRecord]) -> Layer:
    """What does not exist here is said so: nothing that is counted elsewhere stands in for it."""
    scored = next((run for run in runs if any(spec.name == "refusal" for spec in run.metrics)), None)
    layer = Layer(
        key="red_team",
        name="Red teaming and policies",
        state="off",
        word="not set up",
        why="Attack campaigns and live policies are not part of this version.",
        todo="What there is: a metric that says whether an answer refuses.",
    )
    if scored is None:
        return replace(layer, command=f"steelyard score {runs[0].id if runs else 'RUN'} --metric refusal")
    return replace(layer, more=(f"See it on {label_of(scored)}", f"/runs/{part(scored.id)}"))


def _production(site: Site, intake: Intake) -> Layer:
    name, key = "Production monitoring", "production"
    now = site.clock.now()
    query = traces.TraceQuery(project=intake.project, limit=_TRACES)
    rows = intake.spans.list_traces(query).traces
    if not rows:
        return Layer(
            key=key,
            name=name,
            state="off",
            word="no evidence yet",
            why="No trace of production has come.",
            todo="Send them here from any OpenTelemetry SDK, or bring in a file:",
            command="steelyard traces import FILE",
            more=("How to send traces", "/traces"),
        )
    since = now - timedelta(hours=TRACE_HOURS)
    recent = [row for row in rows if row.received >= since]
    last = rows[0].received
    if not recent:
        return Layer(
            key=key,
            name=name,
            state="stale",
            word="stale",
            about="the last trace that came",
            url="/traces",
            when=last,
            ago=ago(last, now),
            why=f"No trace has come for more than {TRACE_HOURS} hours.",
            todo="See whether the sender still runs; what was refused is in the ledger.",
            more=("Ledger", "/traces/ledger"),
        )
    estimate = _errors(recent, whole=len(recent) < _TRACES)
    return Layer(
        key=key,
        name=name,
        state="partly",
        word="traces come in",
        estimate=estimate,
        cell=estimate_cell(estimate),
        metric=estimate.name,
        about=f"{len(recent):,} traces, the newest",
        url=link("/traces", window="24h"),
        when=last,
        ago=ago(last, now),
        why="Nobody watches them for you: monitors and alarms are not part of this version.",
        more=("Those with an error", link("/traces", window="24h", failed=1)),
    )


def _errors(rows: Sequence[traces.TraceRow], *, whole: bool) -> Estimate:
    failed = sum(1 for row in rows if row.errors)
    found = wilson(failed, len(rows), level=_LEVEL)
    oldest = min(row.received for row in rows)
    span = f"all of {TRACE_HOURS} hours" if whole else f"the newest since {oldest:%Y-%m-%d %H:%M} UTC"
    return Estimate(
        name="traces with an error",
        value=found.value,
        interval=found.interval,
        n=len(rows),
        unit="trace",
        method=found.method,
        estimand="live traffic; traces counted as independent of each other",
        signature=f"errors of traces; {len(rows)} traces, {span}",
        gateable=False,
    )


def _too_old(site: Site, moment: datetime, *, days: int) -> str:
    if site.clock.now() - moment <= timedelta(days=days):
        return ""
    return f"It is older than {days} days."


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = (now.astimezone(UTC) - moment.astimezone(UTC)).total_seconds()
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count >= 1:
            return f"{count:,} {word}{'' if count == 1 else 's'} ago"
    return "just now"
