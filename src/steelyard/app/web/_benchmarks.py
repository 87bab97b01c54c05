"""Benchmarks: the list, a version with its cases, what changed between versions, what spoils it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._attachments import headers_of
from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._principal import may_edit
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._runs import slices_words
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, asked, case_peek, payload, peek
from steelyard.bench import BenchmarkVersion, CheckReport, VersionDescription, VersionDiff, resolve_version
from steelyard.core import Case, NotFoundError, parse_json
from steelyard.runs import is_sealed

router = APIRouter(include_in_schema=False)
_ROWS = 50
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarksPage:
    """What the list of benchmarks shows."""

    latest: tuple[tuple[BenchmarkVersion, int], ...]
    """Each benchmark's latest version, and how many it has."""
    may_edit: bool
    """Whether who looks may add cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case in a list."""

    id: str
    """Case id."""
    url: str
    """Its page."""
    sealed: bool
    """Whether its texts are kept from readers."""
    question: str
    """How it begins."""
    expected: str
    """How the expectation begins."""
    slices: str
    """Its slices."""
    split: str
    """Its split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """What the page of a version shows."""

    version: BenchmarkVersion
    """The version."""
    base: str
    """Its address."""
    versions: tuple[BenchmarkVersion, ...]
    """All versions, the newest first."""
    description: VersionDescription | None
    """Counts; None while they are worked out."""
    cases: tuple[CaseLine, ...]
    """The cases shown."""
    text: str
    """Part of a case id that was asked for."""
    slice: str
    """`dimension=value` that was asked for."""
    found: int | None
    """How many cases match; None when nothing was asked for."""
    next: str
    """Address of the next page; empty on the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """What the page of a case shows."""

    version: BenchmarkVersion
    """The version."""
    case: Case
    """The case."""
    sealed: bool
    """Whether its texts are kept from readers."""
    slices: str
    """Its slices."""
    asked: tuple[Payload, ...]
    """The question."""
    expected: Payload | None
    """What would be right."""
    metadata: Payload | None
    """What the author noted."""
    base: str
    """The version's address."""
    may_edit: bool
    """Whether who looks may change it."""


@router.get("/benchmarks", name="benchmarks")
def benchmarks(request: Request) -> Response:
    """All benchmarks with their latest versions."""
    site: Site = request.app.state.site
    counts: dict[str, int] = {}
    latest: dict[str, BenchmarkVersion] = {}
    for version in site.store.versions():
        counts[version.name] = counts.get(version.name, 0) + 1
        latest[version.name] = version
    page = BenchmarksPage(
        latest=tuple((latest[name], counts[name]) for name in sorted(latest)), may_edit=may_edit(request)
    )
    return render(
        request, "benchmarks.html", title="Benchmarks", crumbs=(Crumb(text="Benchmarks"),), page=page
    )


@router.get("/benchmarks/{name}", name="benchmark")
def benchmark(request: Request, name: str) -> Response:
    """The latest version of a benchmark."""
    return _version_page(request, name)


@router.get("/benchmarks/{name}/{version}", name="benchmark_version")
def benchmark_version(request: Request, name: str, version: str) -> Response:
    """One version: what it holds, where it comes from, its cases."""
    return _version_page(request, f"{name}@{version}")


@router.get("/benchmarks/{name}/{version}/check", name="benchmark_check")
def benchmark_check(request: Request, name: str, version: str) -> Response:
    """What would spoil a measurement: the findings of `bench check`."""
    site: Site = request.app.state.site
    found = resolve_version(site.store, f"{name}@{version}")
    is_part = "hx-request" in request.headers
    report: CheckReport | None = Figures(site).check(found, patience=None if is_part else PATIENCE_S)
    return render(
        request,
        "findings.html" if is_part else "check.html",
        title=f"Check of {found.name}@{found.version}",
        crumbs=(*_crumbs(found), Crumb(text="Check")),
        report=report,
        version=found,
        here=request.url.path,
    )


@router.get("/benchmarks/{name}/{version}/diff/{other}", name="benchmark_diff")
def benchmark_diff(request: Request, name: str, version: str, other: str) -> Response:
    """What changed from one version to another."""
    site: Site = request.app.state.site
    before, after = (resolve_version(site.store, f"{name}@{each}") for each in (version, other))
    is_part = "hx-request" in request.headers
    found: VersionDiff | None = Figures(site).diff(before, after, patience=None if is_part else PATIENCE_S)
    return render(
        request,
        "changes.html" if is_part else "diff.html",
        title=f"{name}: {before.version} to {after.version}",
        crumbs=(*_crumbs(after), Crumb(text=f"from {before.version}")),
        diff=found,
        before=before,
        after=after,
        here=request.url.path,
    )


@router.get("/benchmarks/{name}/{version}/case", name="case")
def case(request: Request, name: str, version: str, id: str) -> Response:  # noqa: A002 - the address's word
    """One case."""
    site: Site = request.app.state.site
    found = resolve_version(site.store, f"{name}@{version}")
    one = site.store.find_case(found, id)
    sealed = is_sealed(one)
    page = CasePage(
        version=found,
        case=one,
        sealed=sealed,
        slices=slices_words(one),
        asked=() if sealed else tuple(asked(one)),
        expected=None if sealed or one.expected is None else payload("Expected", one.expected),
        metadata=payload("Metadata", dict(one.metadata), unfolded=False)
        if one.metadata and not sealed
        else None,
        base=f"/benchmarks/{part(found.name)}/{found.version}",
        may_edit=may_edit(request),
    )
    return render(
        request, "case.html", title=f"{id} · {name}", crumbs=(*_crumbs(found), Crumb(text=id)), page=page
    )


@router.get("/attachments/{digest}", name="attachment")
def attachment(request: Request, digest: str, type: str = "", name: str = "") -> Response:  # noqa: A002 - the address's word
    """The bytes of an attachment: pictures are shown, everything else is only ever downloaded."""
    if not _DIGEST.fullmatch(digest):
        raise NotFoundError("no attachment has this SHA-256", where=digest[:64])
    data = request.app.state.site.store.get_attachment(digest)
    return Response(data, headers=headers_of(data, type, name=name or digest[:12]))


def _crumbs(version: BenchmarkVersion) -> tuple[Crumb, ...]:
    address = f"/benchmarks/{part(version.name)}/{version.version}"
    return (
        Crumb(text="Benchmarks", url="/benchmarks"),
        Crumb(text=f"{version.name}@{version.version}", url=address),
    )


def _version_page(request: Request, reference: str) -> Response:
    site: Site = request.app.state.site
    version = resolve_version(site.store, reference)
    base = f"/benchmarks/{part(version.name)}/{version.version}"
    query = request.query_params
    text, wanted = query.get("q", ""), query.get("slice", "")
    first = int(query["from"]) if query.get("from", "").isdecimal() else 0
    if text or wanted:
        cases, found = _matching(site, version, text, wanted, first)
    else:
        cases, found = site.store.cases_at(version, range(first, first + _ROWS)), None
    more = first + _ROWS < (version.cases if found is None else found)
    page = VersionPage(
        version=version,
        base=base,
        versions=tuple(reversed(site.store.versions(version.name))),
        description=Figures(site).description(version, patience=PATIENCE_S),
        cases=tuple(_case_line(base, each) for each in cases),
        text=text,
        slice=wanted,
        found=found,
        next=link(base, q=text, slice=wanted, **{"from": first + _ROWS}) if more else "",
    )
    title = f"{version.name}@{version.version}"
    crumbs = (Crumb(text="Benchmarks", url="/benchmarks"), Crumb(text=title))
    return render(request, "version.html", title=title, crumbs=crumbs, page=page)


def _matching(
    site: Site, version: BenchmarkVersion, text: str, wanted: str, first: int
) -> tuple[list[Case], int]:
    """Cases whose id holds a text, of one slice; found on their labels, then read."""
    dimension, _, value = wanted.partition("=")
    part_ = text.casefold()
    fits: dict[str, bool] = {}
    hits = []
    for place, (case_id, slices) in enumerate(Figures(site).places(version) or []):
        if wanted and slices not in fits:
            fits[slices] = _has(slices, dimension, value)
        if (not wanted or fits[slices]) and part_ in case_id.casefold():
            hits.append(place)
    return site.store.cases_at(version, hits[first : first + _ROWS]), len(hits)


def _has(slices: str, dimension: str, value: str) -> bool:
    parsed = parse_json(slices)
    return isinstance(parsed, dict) and str(parsed.get(dimension)) == value


def _case_line(base: str, case: Case) -> CaseLine:
    sealed = is_sealed(case)
    return CaseLine(
        id=case.id,
        url=link(f"{base}/case", id=case.id),
        sealed=sealed,
        question="" if sealed else case_peek(case),
        expected="" if sealed else peek(case.expected),
        slices=slices_words(case),
        split=case.split,
    )
