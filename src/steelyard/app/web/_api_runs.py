"""The API about runs: list, show, samples, comparisons, gates, releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from steelyard import gates
from steelyard.app._gating import gate_request, gate_rules
from steelyard.app._run_json import ranking_json, run_json
from steelyard.app._wiring import find_run
from steelyard.app.web._answer import json_answer
from steelyard.app.web._api_benchmarks import Limit
from steelyard.app.web._figures import Figures
from steelyard.app.web._openapi import BAD
from steelyard.app.web._runs import chosen_metric
from steelyard.app.web._sample import find_sample
from steelyard.app.web._sample_list import Order, SampleFilter, Show, sample_page
from steelyard.app.web._site import Site
from steelyard.core import ConfigError, Json, UsageError
from steelyard.runs import Sample, as_it_stands, is_sealed
from steelyard.store import Store

if TYPE_CHECKING:
    from steelyard.gates import GateLook, Release

router = APIRouter(prefix="/api/v1", tags=["runs"], responses=BAD)
Drop = Annotated[float | None, Query(ge=0, le=1e9, allow_inf_nan=False)]


@router.get("/runs", name="api_runs", summary="Runs, newest first")
def api_runs(request: Request, limit: Limit = 50) -> Response:
    """As `runs list --json`."""
    site: Site = request.app.state.site
    records = [as_it_stands(record, clock=site.clock) for record in site.store.list_runs(limit=limit)]
    return json_answer({"runs": [run_json(record) for record in records]})


@router.get("/runs/{run}", name="api_run", summary="A run's headline numbers")
def api_run(request: Request, run: str) -> Response:
    """As `runs show --json`."""
    site: Site = request.app.state.site
    summary = Figures(site).summary(find_run(site.store, run))
    return json_answer(summary.as_json() if summary else {})


class SampleQuery(BaseModel):
    """Which samples, in which order, from where on."""

    metric: str = Field("", description="The metric that filters and orders; the run's first by default.")
    show: Show = Field("all", description="failures: scored, and not as well as can be.")
    order: Order = "worst"
    q: str = Field("", description="Part of a case id.")
    slice: list[str] = Field([], description="DIMENSION=VALUE, repeatable.")
    after: str = Field("", description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=500)


@router.get("/runs/{run}/samples", name="api_samples", summary="Samples, a page at a time")
def api_samples(request: Request, run: str, asked: Annotated[SampleQuery, Query()]) -> Response:
    """Samples with outputs and scores, filtered and ordered by one metric; `next` is the cursor."""
    site: Site = request.app.state.site
    found = find_run(site.store, run)
    if not found.metrics:
        raise UsageError("the run has no metric to order by", where=found.id, hint="Score it first")
    if asked.metric and asked.metric not in [spec.key for spec in found.metrics]:
        raise UsageError(f"the run has no metric '{asked.metric[:200]}'", where="metric")
    if any("=" not in pair for pair in asked.slice):
        raise UsageError("a slice is DIMENSION=VALUE", where="slice")
    slices = dict(pair.split("=", 1) for pair in asked.slice)
    wanted = SampleFilter(show=asked.show, order=asked.order, text=asked.q, slices=slices, after=asked.after)
    facts = Figures(site).facts(found, chosen_metric(found, asked.metric))
    if facts is None:
        return json_answer({"samples": [], "total": 0, "next": None})
    page = sample_page(facts, wanted, limit=asked.limit)
    samples = {(s.case.id, s.epoch): s for s in site.store.samples(found.id, keys=set(page.rows))}
    rows = [sample_json(samples[key]) for key in page.rows if key in samples]
    return json_answer({"samples": rows, "total": page.total, "next": page.next or None})


@router.get("/runs/{run}/sample", name="api_sample", summary="One sample, whole")
def api_sample(
    request: Request, run: str, case: str, epoch: Annotated[int, Query(ge=1, le=10**6)] = 1
) -> Response:
    """The case beside its output and scores."""
    site: Site = request.app.state.site
    sample = find_sample(site, find_run(site.store, run), case, epoch)
    row = sample_json(sample)
    if not is_sealed(sample.case):
        row["case"] = sample.case.as_json()
    return json_answer(row)


@router.get("/compare", name="api_compare", summary="Two or more runs; the first is the baseline")
def api_compare(
    request: Request,
    run: Annotated[list[str], Query(min_length=2, max_length=12)],
    slice: str | None = None,  # noqa: A002 - the command line's word
    allowed_drop: Drop = None,
) -> Response:
    """As `compare --json`."""
    site: Site = request.app.state.site
    runs = [find_run(site.store, reference) for reference in run]
    found = Figures(site).compared(runs, dimension=slice, allowed_drop=allowed_drop)
    if found is None:
        return json_answer({})
    document: dict[str, Json] = found.comparisons[0].as_json()
    if len(found.comparisons) > 1:
        document["comparisons"] = [comparison.as_json() for comparison in found.comparisons]
        document["ranking"] = [ranking_json(item) for item in found.rankings]
    return json_answer(document)


@router.get("/gate", name="api_gate", summary="What the project's rules say of a candidate")
def api_gate(request: Request, base: str, candidate: str, allowed_drop: Drop = None) -> Response:
    """As `gate --json`. Nothing is written down: a decision that counts is taken by `steelyard gate`."""
    site: Site = request.app.state.site
    rules = gate_rules(site.project, allowed_drop=allowed_drop)
    asked = gate_request(base, candidate, rules=rules, store=site.store)
    try:
        result = gates.evaluate_gate(asked, samples=site.store, gates=_Reading(site.store), clock=site.clock)
    except ConfigError as error:
        if allowed_drop is None:
            raise
        raise UsageError(error.message, where="allowed_drop", hint=error.hint) from error
    return json_answer(result.as_json())


@router.get("/releases", name="api_releases", summary="Releases, oldest first")
def api_releases(request: Request) -> Response:
    """As `release --json`."""
    site: Site = request.app.state.site
    rows = [
        {"name": item.name, "run": item.run, "released": item.released.isoformat(), "note": item.note}
        for item in site.store.releases()
    ]
    return json_answer({"releases": rows})


class _Reading:
    """The gate's store for somebody who only looks: a question asked here costs later ones no certainty."""

    def __init__(self, store: Store) -> None:
        self.looks = store.looks
        self.releases = store.releases

    def add_look(self, look: GateLook) -> None:
        """Write nothing."""

    def add_release(self, release: Release) -> None:
        """Write nothing."""


def sample_json(sample: Sample) -> dict[str, Json]:
    """A sample as a recorded line with its scores; the texts of sealed cases are left out."""
    scores: dict[str, Json] = {}
    for key, score in sample.scores.items():
        row: dict[str, Json] = {"state": type(score).__name__.lower()}
        for name in ("value", "reason", "error", "extracted"):
            if hasattr(score, name):
                row[name] = getattr(score, name)
        scores[key] = row
    known: dict[str, Json] = {"id": sample.case.id, "epoch": sample.epoch, "slices": dict(sample.case.slices)}
    if is_sealed(sample.case):
        bare: dict[str, Json] = {
            key: {name: value for name, value in row.items() if name in ("state", "value")}
            for key, row in scores.items()
            if isinstance(row, dict)
        }
        return {**known, "sealed": True, "scores": bare}
    return {**known, **sample.output.as_json(), "scores": scores}
