"""The API about benchmarks: list, versions, cases, what changed; new versions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._editing import add_lines, edit_case
from steelyard.app.web._answer import json_answer
from steelyard.app.web._figures import Figures
from steelyard.app.web._idempotency import once
from steelyard.app.web._openapi import BAD, MISSING
from steelyard.app.web._site import Site
from steelyard.bench import BenchmarkVersion, check_name, resolve_version
from steelyard.core import Case, Json, UsageError
from steelyard.runs import is_sealed

router = APIRouter(prefix="/api/v1", tags=["benchmarks"], responses=BAD)
Limit = Annotated[int, Query(ge=1, le=500, description="The most rows of a page.")]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body are acted on once.")
]


class NewVersion(BaseModel):
    """Cases to add as the next version."""

    model_config = ConfigDict(extra="forbid")
    cases: list[dict[str, Any]] = Field(min_length=1, description="Case lines, as in a JSON lines file.")
    tag: str | None = Field(None, description="A tag that will point to the version.")
    message: str = Field("", max_length=2000, description="Why it is made.")


class EditedCase(BaseModel):
    """One case of the latest version, changed."""

    model_config = ConfigDict(extra="forbid")
    case: dict[str, Any] = Field(description="The whole case line; its id names the case.")
    message: str = Field("", max_length=2000, description="Why it is changed.")


@router.get("/benchmarks", name="api_benchmarks", summary="Benchmarks with their latest versions")
def api_benchmarks(request: Request) -> Response:
    """As `bench list --json`."""
    site: Site = request.app.state.site
    latest = {version.name: version for version in site.store.versions()}
    return json_answer({"benchmarks": [version.ref.as_json() for _, version in sorted(latest.items())]})


@router.get(
    "/benchmarks/{name}/versions",
    name="api_versions",
    summary="All versions, oldest first",
    responses=MISSING,
)
def api_versions(request: Request, name: str) -> Response:
    """Each version with its tags, message and parent."""
    site: Site = request.app.state.site
    resolve_version(site.store, name)
    return json_answer({"versions": [_version_json(version) for version in site.store.versions(name)]})


@router.get(
    "/benchmarks/{name}/versions/{version}",
    name="api_version",
    summary="What a version holds",
    responses=MISSING,
)
def api_version(request: Request, name: str, version: str) -> Response:
    """As `bench show --json`."""
    site: Site = request.app.state.site
    found = Figures(site).description(resolve_version(site.store, f"{name}@{version}"))
    return json_answer(found.as_json() if found else {})


@router.get(
    "/benchmarks/{name}/versions/{version}/cases",
    name="api_cases",
    summary="Cases, a page at a time",
    responses=MISSING,
)
def api_cases(request: Request, name: str, version: str, limit: Limit = 100, after: str = "") -> Response:
    """Cases in the order they were added; the texts of sealed cases are left out."""
    site: Site = request.app.state.site
    found = resolve_version(site.store, f"{name}@{version}")
    if after and not (after.isascii() and after.isdecimal() and len(after) < 10):
        raise UsageError("the cursor is not one of ours", where="after", hint="Start without it")
    first = int(after or 0)
    cases = site.store.cases_at(found, range(first, first + limit))
    following = str(first + limit) if first + limit < found.cases else None
    return json_answer({"cases": [_case_json(case) for case in cases], "next": following})


@router.get(
    "/benchmarks/{name}/versions/{version}/diff/{other}",
    name="api_diff",
    summary="What changed from one version to another",
    responses=MISSING,
)
def api_diff(request: Request, name: str, version: str, other: str) -> Response:
    """As `bench diff --json`."""
    site: Site = request.app.state.site
    before, after = (resolve_version(site.store, f"{name}@{each}") for each in (version, other))
    found = Figures(site).diff(before, after)
    return json_answer(found.as_json() if found else {})


@router.get(
    "/benchmarks/{name}/versions/{version}/check",
    name="api_check",
    summary="What would spoil a measurement",
    responses=MISSING,
)
def api_check(request: Request, name: str, version: str) -> Response:
    """As `bench check --json`."""
    site: Site = request.app.state.site
    found = Figures(site).check(resolve_version(site.store, f"{name}@{version}"))
    return json_answer(found.as_json() if found else {})


@router.post("/benchmarks/{name}/versions", name="api_add_version", summary="Add a version")
def api_add_version(request: Request, name: str, body: NewVersion, key: Key = None) -> Response:  # noqa: ARG001 - read from the header
    """The cases become the next version; the same cases as the latest version's add nothing."""
    site: Site = request.app.state.site
    check_name(name)

    def act() -> Json:
        result = add_lines(site.store, name, body.cases, clock=site.clock, tag=body.tag, message=body.message)
        return result.as_json()

    return json_answer(once(request, body.model_dump(), act=act))


@router.post(
    "/benchmarks/{name}/versions/{version}/edit",
    name="api_edit_case",
    summary="Change one case",
    responses=MISSING,
)
def api_edit_case(
    request: Request,
    name: str,
    version: str,
    body: EditedCase,
    key: Key = None,  # noqa: ARG001 - read from the header
) -> Response:
    """Makes the next version; the case must still be as it was in the version named."""
    site: Site = request.app.state.site

    def act() -> Json:
        found = resolve_version(site.store, f"{name}@{version}")
        return edit_case(site.store, found, body.case, clock=site.clock, message=body.message).as_json()

    return json_answer(once(request, body.model_dump(), act=act))


def _version_json(version: BenchmarkVersion) -> dict[str, Json]:
    return {
        **version.ref.as_json(),
        "created": version.created.isoformat(),
        "parent": version.parent,
        "tags": list(version.tags),
        "message": version.message,
        "provenance": version.provenance.as_json(),
    }


def _case_json(case: Case) -> dict[str, Json]:
    if is_sealed(case):
        return {"id": case.id, "split": case.split, "slices": dict(case.slices), "sealed": True}
    return case.as_json()
