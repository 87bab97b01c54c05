"""Prompts: the list, one version with the runs that used it, two versions word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._prompts import PromptVersion, before, find_prompt, prompt_versions
from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._headlines import Headlines
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._run_rows import RunLine, label_of, lines_of
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, payload
from steelyard.core import Estimate, UsageError
from steelyard.reports import one_line, say_interval
from steelyard.reports.html import CellView, estimate_cell
from steelyard.runs import RunRecord

router = APIRouter(include_in_schema=False)
LOOKED_AT = 500
_SHOWN = 100
_WORDED = 20
_TEXT = 200_000
_CRUMB = Crumb(text="Prompts", url="/prompts")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLine:
    """One version in the list."""

    version: PromptVersion
    """The version."""
    url: str
    """Its page."""
    run: str
    """The label of the newest run that used it."""
    run_url: str
    """That run's page."""
    metric: str
    """What that run's first metric is."""
    value: CellView | None
    """The metric's value; None while it is worked out, and where there is none."""
    likely: str
    """Its interval."""
    peek: str
    """How the text begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsPage:
    """What the list shows."""

    lines: tuple[PromptLine, ...]
    """The versions, last used first."""
    prompts: int
    """How many names there are."""
    versions: int
    """How many versions there are."""
    runs: int
    """How many runs were looked at."""
    bounded: bool
    """Whether there are older runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPage:
    """What the page of a version shows."""

    version: PromptVersion
    """The version."""
    text: Payload | None
    """Its text; None where no run kept it."""
    others: tuple[PromptVersion, ...]
    """The other versions of that name, and other names of that text."""
    earlier: str
    """Address of the words that changed since the version before; empty for the first."""
    runs: tuple[RunLine, ...]
    """The newest runs that used it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPair:
    """What the page of two versions shows."""

    sides: tuple[PromptLine, PromptLine]
    """Both, the one that came first on the left."""
    texts: tuple[Payload | None, Payload | None]
    """Their texts."""
    compare: str
    """Address of the comparison of their newest runs; empty where they are of two benchmarks."""


@router.get("/prompts", name="prompts")
def prompts(request: Request) -> Response:
    """Every prompt in every version, last used first."""
    site: Site = request.app.state.site
    runs = site.store.list_runs(limit=LOOKED_AT)
    found = prompt_versions(runs)
    page = PromptsPage(
        lines=tuple(_lines(site, found[:_SHOWN])),
        prompts=len({(each.kind, each.name) for each in found}),
        versions=len(found),
        runs=len(runs),
        bounded=len(runs) == LOOKED_AT,
    )
    return render(request, "prompts.html", title="Prompts", crumbs=(Crumb(text="Prompts"),), page=page)


@router.get("/prompts/diff", name="prompt_diff")
def prompt_diff(request: Request) -> Response:
    """Two versions side by side."""
    site: Site = request.app.state.site
    wanted = list(dict.fromkeys(request.query_params.getlist("version")))
    if len(wanted) != 2:
        raise UsageError("two versions are held side by side", where="version", hint="Mark two in the list")
    found = prompt_versions(site.store.list_runs(limit=LOOKED_AT))
    pair = sorted((find_prompt(found, each) for each in wanted), key=lambda each: each.first)
    left, right = _lines(site, pair)
    page = PromptPair(
        sides=(left, right),
        texts=(_text(pair[0], "Before", "base"), _text(pair[1], "After", "candidate")),
        compare=_compare(pair[0], pair[1]),
    )
    same = pair[0].name == pair[1].name
    second = pair[1].short if same else f"{one_line(pair[1].name)} {pair[1].short}"
    title = f"{one_line(pair[0].name)} {pair[0].short} and {second}"
    return render(request, "prompt_diff.html", title=title, crumbs=(_CRUMB, Crumb(text=title)), page=page)


@router.get("/prompts/{version}", name="prompt")
def prompt(request: Request, version: str) -> Response:
    """One version: its text and the runs that used it."""
    site: Site = request.app.state.site
    found = prompt_versions(site.store.list_runs(limit=LOOKED_AT))
    chosen = find_prompt(found, version)
    earlier = before(chosen, found)
    lines = lines_of(site, Figures(site), chosen.runs[:_WORDED], patience=PATIENCE_S / _WORDED)
    page = PromptPage(
        version=chosen,
        text=_text(chosen, "Text", "given"),
        others=tuple(
            each
            for each in found
            if each != chosen and (each.hash == chosen.hash or (each.name, each.kind) == _name(chosen))
        ),
        earlier=link("/prompts/diff", version=[earlier.hash, chosen.hash]) if earlier else "",
        runs=tuple(lines),
    )
    title = f"{one_line(chosen.name)} {chosen.short}"
    return render(request, "prompt.html", title=title, crumbs=(_CRUMB, Crumb(text=title)), page=page)


def _name(version: PromptVersion) -> tuple[str, str]:
    return version.name, version.kind


def _lines(site: Site, versions: Sequence[PromptVersion]) -> list[PromptLine]:
    """Versions with the headline of the newest run that ended; what is not at hand is left out."""
    ended = {
        id(each): run
        for each in versions
        for run in reversed(each.runs)
        if run.status == "complete" and run.metrics
    }
    worded = {run.id: run for run in list(ended.values())[:_WORDED]}
    found = _known(site, list(worded.values()))
    lines = []
    for each in versions:
        run = ended.get(id(each), each.runs[0])
        estimates = found.get(run.id) or ()
        first = estimates[0] if estimates else None
        interval = first.interval if first is not None else None
        lines.append(
            PromptLine(
                version=each,
                url=f"/prompts/{part(each.hash)}",
                run=label_of(run),
                run_url=f"/runs/{part(run.id)}",
                metric=run.metrics[0].key if run.metrics else "",
                value=estimate_cell(first) if first else None,
                likely=say_interval(interval, first.measure) if first and interval else "",
                peek=one_line((each.text or "")[:400], 120),
            )
        )
    return lines


def _known(site: Site, runs: Sequence[RunRecord]) -> dict[str, tuple[Estimate, ...] | None]:
    """What is known of some runs; the rest is begun, for who looks again."""
    known = Headlines(site, wait=False).estimates(runs)
    Headlines(site).begin([run for run in runs if known[run.id] is None])
    return known


def _text(version: PromptVersion, title: str, name: str) -> Payload | None:
    if version.text is None:
        return None
    return payload(f"{title}: {one_line(version.name)} {version.short}", version.text, name=name, shown=_TEXT)


def _compare(old: PromptVersion, new: PromptVersion) -> str:
    pairs = ((a, b) for b in new.runs for a in old.runs if a.id != b.id)
    found = next(((a, b) for a, b in pairs if a.benchmark.name == b.benchmark.name), None)
    return link("/compare", run=[found[0].id, found[1].id]) if found else ""
