"""One sample: what was asked, what was answered, how it was scored, and why."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._wiring import find_run
from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._principal import may_edit
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._run_rows import label_of
from steelyard.app.web._runs import chosen_metric, filter_of, filter_query, slices_words
from steelyard.app.web._sample_list import neighbours
from steelyard.app.web._site import Site
from steelyard.app.web._texts import (
    SHOWN,
    Payload,
    ScoreView,
    StepView,
    answered,
    asked,
    output_facts,
    payload,
    score_view,
    steps,
)
from steelyard.core import Attachment, NotFoundError
from steelyard.runs import RunRecord, Sample, is_sealed

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """What the page of a sample shows."""

    run: RunRecord
    """The run."""
    label: str
    """What people call it."""
    case: str
    """Case id."""
    epoch: int
    """Repetition."""
    sealed: bool
    """Whether its texts are kept from readers."""
    slices: str
    """Its slices."""
    asked: tuple[Payload, ...]
    """The question."""
    attachments: tuple[Attachment, ...]
    """Files and pictures."""
    expected: tuple[Payload, ...]
    """What would be right."""
    answered: tuple[Payload, ...]
    """The answer."""
    scores: tuple[ScoreView, ...]
    """Every score with its reason."""
    steps: tuple[StepView, ...]
    """The trace."""
    detail: Payload | None
    """What else the target said."""
    facts: tuple[tuple[str, str], ...]
    """What it took."""
    full: str
    """Address of the page with every character; empty when nothing is cut."""
    back: str
    """Address of the list it was chosen from."""
    before: str
    """Address of the sample before it in that list."""
    after: str
    """Address of the one after."""
    case_url: str
    """The case in its benchmark."""
    playground: str
    """Where its playground comes from; empty for those who may not, and where nothing can be tried."""


@router.get("/runs/{run}/sample", name="sample")
def sample(request: Request, run: str, case: str, epoch: int = 1, *, full: bool = False) -> Response:
    """One sample of a run."""
    site: Site = request.app.state.site
    found = find_run(site.store, run)
    one = find_sample(site, found, case, epoch)
    view = _view(request, site, found, one, full=full)
    crumbs = (
        Crumb(text="Runs", url="/runs"),
        Crumb(text=view.label, url=f"/runs/{part(found.id)}"),
        Crumb(text=case if one.epoch == 1 else f"{case}, repetition {one.epoch}"),
    )
    return render(request, "sample.html", title=f"{case} · {view.label}", crumbs=crumbs, page=view)


def find_sample(site: Site, run: RunRecord, case: str, epoch: int) -> Sample:
    """A stored sample; raises NotFoundError."""
    for one in site.store.samples(run.id, keys={(case, epoch)}):
        return one
    raise NotFoundError(
        f"the run has no sample of case '{case[:200]}', repetition {epoch}",
        where=run.id,
        hint="Choose one from the run's list",
    )


def _view(request: Request, site: Site, run: RunRecord, one: Sample, *, full: bool) -> SampleView:
    wanted_metric, wanted = filter_of(request)
    query = filter_query(wanted_metric, wanted)
    sealed = is_sealed(one.case)
    shown = 10**9 if full else SHOWN
    question = () if sealed else tuple(asked(one.case, shown=shown))
    answer = () if sealed else tuple(answered(one.output, shown=shown))
    expected = one.case.expected
    before, after = _around(site, run, one, chosen_metric(run, wanted_metric) if run.metrics else "", request)
    here = f"/runs/{part(run.id)}"
    return SampleView(
        run=run,
        label=label_of(run),
        case=one.case.id,
        epoch=one.epoch,
        sealed=sealed,
        slices=slices_words(one.case),
        asked=question,
        attachments=() if sealed else one.case.attachments,
        expected=() if sealed or expected is None else _expected(expected, shown),
        answered=answer,
        scores=tuple(score_view(spec, one.scores.get(spec.key)) for spec in run.metrics),
        steps=() if sealed else tuple(steps(one.output.trace)),
        detail=(
            None
            if sealed or not one.output.detail
            else payload("What else the target said", dict(one.output.detail), unfolded=False)
        ),
        facts=output_facts(one.output),
        full=(
            link(f"{here}/sample", case=one.case.id, epoch=one.epoch, **query, full="1")
            if any(item.cut for item in (*question, *answer))
            else ""
        ),
        back=link(here, **query),
        before=_address(here, before, query),
        after=_address(here, after, query),
        playground=(
            link(f"{here}/sample/try", case=one.case.id, epoch=one.epoch)
            if may_edit(request) and not sealed and one.case.scenario is None
            else ""
        ),
        case_url=link(f"/benchmarks/{part(run.benchmark.name)}/{run.benchmark.version}/case", id=one.case.id),
    )


def _expected(expected: object, shown: int) -> tuple[Payload, ...]:
    if isinstance(expected, list | tuple) and all(isinstance(each, str) for each in expected):
        return tuple(
            payload("Expected" if number == 1 else "or", each, name="expected", shown=shown)
            for number, each in enumerate(expected, start=1)
        )
    return (payload("Expected", expected, name="expected", shown=shown),)  # type: ignore[arg-type]


def _around(
    site: Site, run: RunRecord, one: Sample, metric: str, request: Request
) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
    if not metric:
        return None, None
    facts = Figures(site).facts(run, metric, patience=PATIENCE_S)
    if facts is None:
        return None, None
    return neighbours(facts, filter_of(request)[1], (one.case.id, one.epoch))


def _address(here: str, key: tuple[str, int] | None, query: dict[str, object]) -> str:
    return link(f"{here}/sample", case=key[0], epoch=key[1], **query) if key else ""
