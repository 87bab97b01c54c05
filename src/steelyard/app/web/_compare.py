"""Comparing runs: what changed, where, and which answers flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._wiring import find_run
from steelyard.app.web._figures import PATIENCE_S, Compared, Figures
from steelyard.app.web._render import Crumb, link, render
from steelyard.app.web._run_rows import RunLine, label_of, run_lines
from steelyard.app.web._sample import find_sample
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, ScoreView, answered, asked, payload, peek, score_view
from steelyard.core import Flip, UsageError
from steelyard.reports import ranking_headline, shorten_comparisons, shorten_ranking
from steelyard.reports.html import Extras, Page, SectionView, build_page, matrix_section, ranking_section
from steelyard.runs import RunRecord, is_sealed

router = APIRouter(include_in_schema=False)
_MOST = 12
_FLIPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipLine:
    """One answer that flipped."""

    kind: str
    """`broken` or `fixed`."""
    case: str
    """Case id."""
    epoch: int
    """Repetition."""
    metric: str
    """The metric."""
    question: str
    """How the question begins."""
    url: str
    """Address of both answers side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePart:
    """What the comparison shows once it is worked out."""

    report: Page
    """Headline, plots, tables of the first two runs."""
    lead: str
    """For several runs: who leads, in words."""
    more: tuple[SectionView, ...]
    """For several runs: each against the baseline, and all ranked."""
    flips: tuple[FlipLine, ...]
    """Flips of the first pair, broken ones first."""
    left_out: int
    """Flips that the list is too long for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage:
    """The page of a comparison, or of choosing one."""

    runs: tuple[RunRecord, ...]
    """The runs compared, the baseline first."""
    labels: tuple[str, ...]
    """What people call them."""
    choices: tuple[RunLine, ...]
    """Runs to choose from."""
    here: str
    """Address of the figures."""
    part: ComparePart | None
    """The figures; None while they are worked out, or nothing is chosen."""
    allowed_drop: str
    """The allowed drop in the address, as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPart:
    """Two answers to one case."""

    case: str
    """Case id."""
    epoch: int
    """Repetition."""
    sealed: bool
    """Whether the texts are kept from readers."""
    asked: tuple[Payload, ...]
    """The question."""
    expected: Payload | None
    """What would be right."""
    sides: tuple[tuple[str, str, tuple[Payload, ...], tuple[ScoreView, ...]], ...]
    """For each run: its label, the address of the sample, its answer, its scores."""


@router.get("/compare", name="compare")
def compare(request: Request) -> Response:
    """Choose runs, or see those in the address compared."""
    site: Site = request.app.state.site
    chosen = _chosen(request, site)
    figures = Figures(site)
    drop_text, drop = _allowed_drop(request, site)
    compared = _part_of(figures, chosen, drop, patience=PATIENCE_S) if len(chosen) > 1 else None
    query = {"run": [run.id for run in chosen], "allowed_drop": drop_text}
    labels = tuple(label_of(run) for run in chosen)
    page = ComparePage(
        runs=tuple(chosen),
        labels=labels,
        choices=tuple(run_lines(site, figures, limit=50, patience=0.001)) if len(chosen) < 2 else (),
        here=link("/compare/figures", **query),
        part=compared,
        allowed_drop=drop_text,
    )
    title = f"{', '.join(labels[1:])} against {labels[0]}" if len(labels) > 1 else "Compare"
    crumbs = (
        Crumb(text="Compare", url="/compare" if len(chosen) > 1 else ""),
        *([Crumb(text=title)] if len(chosen) > 1 else []),
    )
    return render(request, "compare.html", title=title, crumbs=crumbs, page=page)


@router.get("/compare/figures", name="comparison")
def comparison(request: Request) -> Response:
    """The comparison alone, once it is worked out."""
    site: Site = request.app.state.site
    chosen = _chosen(request, site)
    if len(chosen) < 2:
        raise UsageError("a comparison takes at least two runs", where="run", hint="Choose another")
    found = _part_of(Figures(site), chosen, _allowed_drop(request, site)[1])
    return render(request, "comparison.html", title="", part_=found)


@router.get("/compare/pair", name="pair")
def pair(request: Request, case: str, epoch: int = 1) -> Response:
    """Both answers to one case, side by side."""
    site: Site = request.app.state.site
    chosen = _chosen(request, site)[:2]
    if len(chosen) < 2:
        raise UsageError("a pair takes two runs", where="run", hint="Choose another")
    samples = [find_sample(site, run, case, epoch) for run in chosen]
    first = samples[0].case
    sealed = any(is_sealed(sample.case) for sample in samples)
    sides = tuple(
        (
            label_of(run),
            link(f"/runs/{run.id}/sample", case=case, epoch=epoch),
            () if sealed else tuple(answered(sample.output, title=title, name=name)),
            tuple(score_view(spec, sample.scores.get(spec.key)) for spec in run.metrics),
        )
        for run, sample, (title, name) in zip(
            chosen, samples, (("Baseline answered", "base"), ("Candidate answered", "candidate")), strict=True
        )
    )
    page = PairPart(
        case=case,
        epoch=epoch,
        sealed=sealed,
        asked=() if sealed else tuple(asked(first)),
        expected=None if sealed or first.expected is None else payload("Expected", first.expected),
        sides=sides,
    )
    return render(request, "pair.html", title="", page=page)


def _chosen(request: Request, site: Site) -> list[RunRecord]:
    references = dict.fromkeys(name for name in request.query_params.getlist("run") if name)
    if len(references) > _MOST:
        raise UsageError(f"at most {_MOST} runs are compared at once", where="run")
    return [find_run(site.store, reference) for reference in references]


def _allowed_drop(request: Request, site: Site) -> tuple[str, float]:
    text = request.query_params.get("allowed_drop", "")
    try:
        drop = float(text) if text else site.project.gate.allowed_drop
    except ValueError:
        drop = -1.0
    if not 0 <= drop < float("inf"):
        raise UsageError("an allowed drop is a number of at least 0", where="allowed_drop", hint="Write 0.02")
    return text, drop


def _part_of(
    figures: Figures, runs: Sequence[RunRecord], drop: float, *, patience: float | None = None
) -> ComparePart | None:
    """The comparison as the page shows it: kept too, since drawing very many flips takes seconds."""
    return figures.derived(
        ("comparison", *figures.revisions(runs), drop),
        lambda: _part(figures.comparison_of(runs, allowed_drop=drop)),
        patience=patience,
    )


def _part(compared: Compared) -> ComparePart:
    comparisons = shorten_comparisons(compared.comparisons)
    first = comparisons[0]
    rankings = [shorten_ranking(each.runs) for each in compared.rankings]
    flips = [*(("broken", flip) for flip in first.broken), *(("fixed", flip) for flip in first.fixed)]
    several = len(compared.runs) > 2
    more: list[SectionView] = []
    if several:
        more.append(matrix_section(comparisons))
        more += [ranking_section(each) for each in rankings]
    return ComparePart(
        report=replace(build_page(first, Extras()), examples=()),
        lead=ranking_headline(rankings[0]) if several and rankings else "",
        more=tuple(more),
        flips=tuple(_flip(kind, flip, compared.runs[:2]) for kind, flip in flips[:_FLIPS]),
        left_out=max(0, len(flips) - _FLIPS),
    )


def _flip(kind: str, flip: Flip, runs: Sequence[RunRecord]) -> FlipLine:
    return FlipLine(
        kind=kind,
        case=flip.case_id,
        epoch=flip.epoch,
        metric=flip.metric,
        question=peek(flip.input),
        url=link("/compare/pair", run=[run.id for run in runs], case=flip.case_id, epoch=flip.epoch),
    )
