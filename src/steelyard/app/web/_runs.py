"""Runs: the list, and one run with its figures and its samples."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._wiring import find_run
from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._run_rows import RunLine, label_of, run_lines, target_of
from steelyard.app.web._sample_list import (
    ORDERS,
    SHOWS,
    Order,
    SampleFacts,
    SampleFilter,
    SamplePage,
    Show,
    sample_page,
)
from steelyard.app.web._site import Site
from steelyard.app.web._texts import ScoreView, case_peek, peek, score_view
from steelyard.core import Case, RunSummary
from steelyard.reports import shorten_run
from steelyard.reports.html import Extras, Page, build_page
from steelyard.runs import RunRecord, is_sealed

router = APIRouter(include_in_schema=False)
PAGE_ROWS = 50
_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """What the list of runs shows."""

    runs: tuple[RunLine, ...]
    """The newest runs."""
    total: int
    """How many are listed at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLine:
    """One sample in a list."""

    case: str
    """Case id."""
    epoch: int
    """Repetition."""
    url: str
    """Its page."""
    sealed: bool
    """Whether its texts are kept from readers."""
    slices: str
    """Its slices."""
    question: str
    """How its question begins."""
    answer: str
    """How its answer begins."""
    fault: str
    """Why there is no answer."""
    scores: tuple[ScoreView, ...]
    """Its scores, in the run's order of metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesPart:
    """The list of a run's samples."""

    run: RunRecord
    """The run."""
    metric: str
    """The metric that orders the list."""
    facts: SampleFacts | None
    """The columns; None while they are read."""
    wanted: SampleFilter
    """What was asked for."""
    rows: tuple[SampleLine, ...]
    """The samples shown."""
    total: int
    """How many the filter lets through."""
    next: str
    """Address of the next page; empty on the last."""
    here: str
    """Address of this list, to ask again."""
    page: str
    """Address of the run's page with this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """What the page of a run shows."""

    run: RunRecord
    """The run."""
    label: str
    """What people call it."""
    target: str
    """The system."""
    report: Page | None
    """Headline, plots and tables; None while they are worked out."""
    samples: SamplesPart | None
    """Its samples; None when no metric was scored yet."""


@router.get("/runs", name="runs")
def runs(request: Request) -> Response:
    """The newest runs."""
    site: Site = request.app.state.site
    lines = run_lines(site, Figures(site), limit=_LISTED, patience=PATIENCE_S / _LISTED)
    page = RunsPage(runs=tuple(lines), total=_LISTED)
    return render(request, "runs.html", title="Runs", crumbs=(Crumb(text="Runs"),), page=page)


@router.get("/runs/{run}", name="run")
def run(request: Request, run: str) -> Response:
    """One run: headline, plots, samples."""
    site: Site = request.app.state.site
    found = find_run(site.store, run)
    figures = Figures(site)
    summary = figures.summary(found, patience=PATIENCE_S)
    page = RunPage(
        run=found,
        label=label_of(found),
        target=target_of(found),
        report=None if summary is None else _report(summary),
        samples=_samples(request, site, found) if found.metrics else None,
    )
    crumbs = (Crumb(text="Runs", url="/runs"), Crumb(text=page.label))
    return render(request, "run.html", title=page.label, crumbs=crumbs, page=page)


@router.get("/runs/{run}/figures", name="run_figures")
def run_figures(request: Request, run: str) -> Response:
    """Headline, plots and tables of a run, once they are there."""
    site: Site = request.app.state.site
    summary = Figures(site).summary(find_run(site.store, run))
    return render(request, "report.html", title="", report=None if summary is None else _report(summary))


@router.get("/runs/{run}/samples", name="run_samples")
def run_samples(request: Request, run: str) -> Response:
    """The list of samples alone, once its columns are there."""
    site: Site = request.app.state.site
    found = find_run(site.store, run)
    part_ = _samples(request, site, found, patience=None)
    answer = render(request, "samples.html", title="", samples=part_)
    answer.headers["hx-replace-url"] = part_.page
    return answer


def filter_of(request: Request) -> tuple[str, SampleFilter]:
    """Metric and filter in a request's query; what cannot be is left at its default."""
    query = request.query_params
    show, order = query.get("show", ""), query.get("order", "")
    shows: dict[str, Show] = {each: each for each in SHOWS}
    orders: dict[str, Order] = {each: each for each in ORDERS}
    slices = dict(pair.split("=", 1) for pair in query.getlist("slice") if "=" in pair)
    wanted = SampleFilter(
        show=shows.get(show, "all"),
        order=orders.get(order, "worst"),
        text=query.get("q", ""),
        slices=slices,
        after=query.get("after", ""),
    )
    return query.get("metric", ""), wanted


def filter_query(metric: str, wanted: SampleFilter) -> dict[str, object]:
    """The query that `filter_of` reads back, without defaults."""
    return {
        "metric": metric,
        "show": "" if wanted.show == "all" else wanted.show,
        "order": "" if wanted.order == "worst" else wanted.order,
        "q": wanted.text,
        "slice": [f"{dimension}={value}" for dimension, value in (wanted.slices or {}).items()],
    }


def chosen_metric(run: RunRecord, wanted: str) -> str:
    """The metric asked for, or the run's first."""
    keys = [spec.key for spec in run.metrics]
    return wanted if wanted in keys else keys[0]


def _report(summary: RunSummary) -> Page:
    return build_page(shorten_run(summary), Extras())


def _samples(
    request: Request, site: Site, run: RunRecord, *, patience: float | None = PATIENCE_S
) -> SamplesPart:
    asked, wanted = filter_of(request)
    metric = chosen_metric(run, asked)
    base = f"/runs/{part(run.id)}"
    query = filter_query(metric if asked else "", wanted)
    facts = Figures(site).facts(run, metric, patience=patience)
    found = sample_page(facts, wanted, limit=PAGE_ROWS) if facts else SamplePage(rows=(), total=0)
    return SamplesPart(
        run=run,
        metric=metric,
        facts=facts,
        wanted=wanted,
        rows=_lines(site, run, found, query=query),
        total=found.total,
        next=link(f"{base}/samples", **query, after=found.next) if found.next else "",
        here=link(f"{base}/samples", **query, after=wanted.after),
        page=link(base, **query, after=wanted.after),
    )


def _lines(
    site: Site, run: RunRecord, found: SamplePage, *, query: dict[str, object]
) -> tuple[SampleLine, ...]:
    samples = {(s.case.id, s.epoch): s for s in site.store.samples(run.id, keys=set(found.rows))}
    lines = []
    for key in found.rows:
        sample = samples.get(key)
        if sample is None:
            continue
        sealed = is_sealed(sample.case)
        fault = sample.output.fault
        lines.append(
            SampleLine(
                case=key[0],
                epoch=key[1],
                url=link(f"/runs/{part(run.id)}/sample", case=key[0], epoch=key[1], **query),
                sealed=sealed,
                slices=slices_words(sample.case),
                question="" if sealed else case_peek(sample.case),
                answer="" if sealed else peek(sample.output.value),
                fault="" if fault is None else f"{fault.kind}: {fault.message}",
                scores=tuple(score_view(spec, sample.scores.get(spec.key)) for spec in run.metrics),
            )
        )
    return tuple(lines)


def slices_words(case: Case) -> str:
    """`tier=gold, topic=refunds`."""
    return ", ".join(f"{dimension}={value}" for dimension, value in sorted(case.slices.items()))
