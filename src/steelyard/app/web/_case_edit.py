"""Cases changed in a browser: edit, add, remove; each makes the next version, and what was typed is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard import bench
from steelyard.app._editing import ChangedMeanwhileError, add_case, edit_case, remove_case
from steelyard.app.web._case_form import EMPTY_SLICES, CaseForm, form_of, line_of, raw_of, read_form
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._site import Site
from steelyard.app.web._texts import Payload, payload
from steelyard.core import Case, NotFoundError, Provenance, SteelyardError, UsageError, UserError
from steelyard.runs import is_sealed

if TYPE_CHECKING:
    from steelyard.bench import BenchmarkVersion

router = APIRouter(include_in_schema=False)
_LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage:
    """What the page that changes or adds a case shows."""

    version: BenchmarkVersion
    """The version that was looked at."""
    base: str
    """Its address."""
    is_new: bool
    """Whether a case is added rather than changed."""
    action: str
    """Where the form goes."""
    form: CaseForm
    """What stands in the fields."""
    message: str
    """Why, as typed."""
    empty_slices: int
    """Empty rows for more slices."""
    error: SteelyardError | None
    """What keeps it from being saved."""
    now: Payload | None
    """The case as somebody else left it meanwhile."""
    over: str
    """Where the form goes to be saved over that; empty when nobody changed it."""


@router.get("/benchmarks/{name}/{version}/edit", name="case_edit")
def case_edit(request: Request, name: str, version: str, id: str, raw: str = "") -> Response:  # noqa: A002 - the address's word
    """A case in fields, or as JSON."""
    found = _version(request, name, version)
    line = _open_case(request, found, id).as_json()
    return _page(request, found, raw_of(line) if raw else form_of(line))


@router.post("/benchmarks/{name}/{version}/edit", name="case_edit_post")
async def case_edit_post(request: Request, name: str, version: str, id: str) -> Response:  # noqa: A002 - the address's word
    """Save it as the next version, or show the same in the other form."""
    return await run_in_threadpool(_edit, request, await _sent(request), at=(name, version), case_id=id)


@router.get("/benchmarks/{name}/{version}/new", name="case_new")
def case_new(request: Request, name: str, version: str, like: str = "") -> Response:
    """Empty fields, or a copy of a case that wants another id."""
    found = _version(request, name, version)
    form = CaseForm()
    if like:
        form = replace(form_of(_open_case(request, found, like).as_json()), id="")
    return _page(request, found, form, is_new=True)


@router.post("/benchmarks/{name}/{version}/new", name="case_new_post")
async def case_new_post(request: Request, name: str, version: str) -> Response:
    """Add it as the next version."""
    return await run_in_threadpool(_edit, request, await _sent(request), at=(name, version), case_id="")


@router.post("/benchmarks/{name}/{version}/remove", name="case_remove")
async def case_remove(request: Request, name: str, version: str, id: str) -> Response:  # noqa: A002 - the address's word
    """The next version, without the case."""
    given = await _sent(request)

    def act() -> Response:
        site: Site = request.app.state.site
        found = _version(request, name, version)
        result = remove_case(site.store, found, id, clock=site.clock, message=_message(given))
        after = result.version
        address = f"/benchmarks/{part(name)}/{found.version}/diff/{after.version}"
        return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)

    return await run_in_threadpool(act)


async def _sent(request: Request) -> dict[str, list[str]]:
    form = await request.form()
    given: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            given.setdefault(name, []).append(value)
    return given


def _edit(
    request: Request, given: Mapping[str, Sequence[str]], *, at: tuple[str, str], case_id: str
) -> Response:
    found = _version(request, *at)
    form = read_form(given)
    if case_id:
        form = replace(form, id=case_id)
    message = _one(given, "message")[:_LONGEST_MESSAGE]
    wanted = _one(given, "do")
    try:
        if wanted in ("raw", "form"):
            line = line_of(form)
            return _page(
                request,
                found,
                raw_of(line) if wanted == "raw" else form_of(line),
                is_new=not case_id,
                message=message,
            )
        return _saved(request, found, form, case_id=case_id, message=_message(given))
    except UserError as error:
        return _page(request, found, form, is_new=not case_id, message=message, error=error)


def _saved(
    request: Request, found: BenchmarkVersion, form: CaseForm, *, case_id: str, message: str
) -> Response:
    site: Site = request.app.state.site
    line = line_of(form)
    if not case_id:
        result = add_case(
            site.store,
            found.name,
            line,
            clock=site.clock,
            provenance=Provenance(source="edit", reference=f"{found.name}@{found.version}"),
            message=message,
        )
    else:
        if line.get("id") != case_id:
            raise UsageError(
                "the id of a case stays as it is", where="id", hint="Add a case with another id instead"
            )
        _open_case(request, found, case_id)
        result = edit_case(site.store, found, line, clock=site.clock, message=message)
        if not result.is_new:
            raise UsageError("nothing was changed", where=case_id, hint="Change something, or leave the page")
    goal = link(f"/benchmarks/{part(found.name)}/{result.version.version}/case", id=str(line["id"]))
    return RedirectResponse(goal, status_code=HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    version: BenchmarkVersion,
    form: CaseForm,
    *,
    is_new: bool = False,
    message: str = "",
    error: SteelyardError | None = None,
) -> Response:
    base = f"/benchmarks/{part(version.name)}/{version.version}"
    action = link(f"{base}/{'new' if is_new else 'edit'}", id="" if is_new else form.id)
    now, over = (
        _meanwhile(request, version, form.id) if isinstance(error, ChangedMeanwhileError) else (None, "")
    )
    page = EditPage(
        version=version,
        base=base,
        is_new=is_new,
        action=action,
        form=form,
        message=message,
        empty_slices=EMPTY_SLICES,
        error=error,
        now=now,
        over=over,
    )
    title = "Add a case" if is_new else f"Edit {form.id}"
    back = Crumb(text=f"{version.name}@{version.version}", url=base)
    crumbs = (Crumb(text="Benchmarks", url="/benchmarks"), back, Crumb(text=title))
    answer = render(request, "case_edit.html", title=title, crumbs=crumbs, page=page)
    if error is not None:
        conflict = isinstance(error, ChangedMeanwhileError)
        answer.status_code = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def _meanwhile(request: Request, version: BenchmarkVersion, case_id: str) -> tuple[Payload | None, str]:
    """The case in the latest version, and where to save over it; nothing to save over once it is gone."""
    site: Site = request.app.state.site
    latest = bench.resolve_version(site.store, version.name)
    try:
        found = site.store.find_case(latest, case_id)
    except NotFoundError:
        return payload(f"In {latest.version}", "This case was removed."), ""
    over = link(f"/benchmarks/{part(latest.name)}/{latest.version}/edit", id=case_id)
    shown = "sealed: its texts are not shown" if is_sealed(found) else found.as_json()
    return payload(f"As it is now, in {latest.version}", shown), over


def _version(request: Request, name: str, version: str) -> BenchmarkVersion:
    site: Site = request.app.state.site
    return bench.resolve_version(site.store, f"{name}@{version}")


def _open_case(request: Request, version: BenchmarkVersion, case_id: str) -> Case:
    site: Site = request.app.state.site
    found = site.store.find_case(version, case_id)
    if is_sealed(found):
        raise UsageError(
            "a sealed case is not edited here: its texts are shown to nobody",
            where=case_id,
            hint="Change it in its file, and add that as the next version",
        )
    return found


def _one(given: Mapping[str, Sequence[str]], name: str) -> str:
    return given.get(name, ("",))[0]


def _message(given: Mapping[str, Sequence[str]]) -> str:
    text = " ".join(_one(given, "message").split())
    if len(text) > _LONGEST_MESSAGE:
        raise UsageError(f"the message is longer than {_LONGEST_MESSAGE:,} characters", where="message")
    return text
