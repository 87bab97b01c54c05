"""Benchmarks: the list, a version with its cases, what changed between versions, what spoils it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard import bench
from steelyard.app.web._attachments import headers_of
from steelyard.app.web._case_list import (
    ROWS,
    CaseFilter,
    CaseLine,
    case_line,
    filter_of,
    find_cases,
    list_address,
)
from steelyard.app.web._download import FORMATS
from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._principal import may_edit
from steelyard.app.web._render import Crumb, part, render
from steelyard.app.web._runs import slices_words
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, asked, payload
from steelyard.bench import (
    BenchmarkVersion,
    CheckReport,
    Finding,
    VersionDescription,
    VersionDiff,
    resolve_version,
)
from steelyard.core import Case, NotFoundError
from steelyard.runs import is_sealed

router = APIRouter(include_in_schema=False)
_SEVERITIES = ("error", "warning", "note")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarksPage:
    """What the list of benchmarks shows."""

    latest: tuple[tuple[BenchmarkVersion, int], ...]
    """Each benchmark's latest version, and how many it has."""
    may_edit: bool
    """Whether who looks may add cases."""


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
    wanted: CaseFilter
    """Which cases were asked for."""
    all: str
    """Address of all cases."""
    sealed: int
    """Sealed cases, which no file that is downloaded holds."""
    formats: Mapping[str, str]
    """Formats that it can be downloaded in."""
    latest: BenchmarkVersion
    """The newest version."""
    may_edit: bool
    """Whether who looks may change it."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingGroup:
    """What one check found."""

    rule: str
    """Its name in words."""
    code: str
    """Its code."""
    severity: str
    """How bad it is."""
    about: str
    """Why it matters."""
    findings: tuple[Finding, ...]
    """The first of what it found."""
    count: int
    """All that it found."""


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
        groups=() if report is None else _groups(report),
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


def _groups(report: CheckReport) -> tuple[FindingGroup, ...]:
    """Findings by check, the worst first."""
    about = {rule.name: _why(rule.text) for rule in bench.RULES}
    by_rule: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    groups = [
        FindingGroup(
            rule=name.replace("-", " "),
            code=found[0].code,
            severity=found[0].severity,
            about=about.get(name, ""),
            findings=tuple(found),
            count=report.counts.get(name, len(found)),
        )
        for name, found in by_rule.items()
    ]
    return tuple(sorted(groups, key=lambda group: (_SEVERITIES.index(group.severity), group.code)))


def _why(text: str) -> str:
    """What a check's description says under `Why it matters`; empty when it says nothing."""
    _, _, found = text.partition("Why it matters:")
    why = " ".join(found.partition("\n\n")[0].replace("`", "").split())
    return why[:1].upper() + why[1:]


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
    wanted = filter_of(request.query_params)
    cases, found = find_cases(site, version, wanted)
    following = wanted.first + ROWS
    description = Figures(site).description(version, patience=PATIENCE_S)
    versions = tuple(reversed(site.store.versions(version.name)))
    page = VersionPage(
        version=version,
        base=base,
        versions=versions,
        description=description,
        cases=tuple(case_line(base, each) for each in cases),
        wanted=wanted,
        all=base,
        sealed=description.splits.get("sealed", 0) if description is not None else 0,
        formats=FORMATS,
        latest=versions[0],
        may_edit=may_edit(request),
        found=found,
        next=list_address(base, wanted, first=following)
        if following < (version.cases if found is None else found)
        else "",
    )
    title = f"{version.name}@{version.version}"
    crumbs = (Crumb(text="Benchmarks", url="/benchmarks"), Crumb(text=title))
    answer = render(request, "version.html", title=title, crumbs=crumbs, page=page)
    if "hx-request" in request.headers:
        answer.headers["hx-replace-url"] = list_address(base, wanted, first=wanted.first)
    return answer
