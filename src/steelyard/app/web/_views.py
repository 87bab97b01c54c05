"""Saved views of traces: a filter with a name, beside the list, for everybody in the project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard.app.web._answer import json_answer
from steelyard.app.web._intake import NAMELESS
from steelyard.app.web._openapi import BAD
from steelyard.app.web._principal import principal_of
from steelyard.app.web._site import Site
from steelyard.core import Json, UsageError
from steelyard.store.spans import Views
from steelyard.traces import LONGEST_NAME, SavedView, check_view_name

router = APIRouter(tags=["traces"], responses=BAD)
_KEYS = 9
_MOST_PARAMETERS = 20
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """A saved view beside the list."""

    name: str
    """What it is called."""
    url: str
    """The list that it shows."""
    key: str
    """The digit that opens it; empty from the tenth on."""
    note: str
    """Who saved it and when."""
    chosen: bool
    """Whether the list shows it now."""


class NewView(BaseModel):
    """A filter to be named."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=4 * LONGEST_NAME, description="What it is called; one line.")
    query: dict[str, str] = Field(
        min_length=1,
        max_length=_MOST_PARAMETERS,
        description="The parameters of the list's address, without the cursor.",
    )


def view_links(site: Site, shown: Mapping[str, str]) -> tuple[ViewLink, ...]:
    """The project's views as links; `shown` is the filter of the list that is open."""
    return tuple(
        ViewLink(
            name=view.name,
            url=_address(view.query),
            key=str(number) if number <= _KEYS else "",
            note=f"saved by {view.made_by}, {view.created:%Y-%m-%d}",
            chosen=dict(view.query) == dict(shown),
        )
        for number, view in enumerate(_views(site).views(_project(site)), start=1)
    )


@router.post("/traces/views", name="view_save", include_in_schema=False)
async def view_save(request: Request) -> Response:
    """Save the filter of the address under the form's name."""
    form = await request.form()
    given = form.get("name")
    name = given if isinstance(given, str) else ""
    query = _kept(dict(request.query_params))
    await run_in_threadpool(_save, request, name, query)
    return RedirectResponse(_address(query), status_code=HTTPStatus.SEE_OTHER)


@router.post("/traces/views/delete", name="view_delete", include_in_schema=False)
async def view_delete(request: Request) -> Response:
    """Forget a view; the list stays as it is."""
    form = await request.form()
    given = form.get("name")
    site: Site = request.app.state.site
    name = given if isinstance(given, str) else ""
    await run_in_threadpool(_views(site).delete_view, _project(site), name)
    return RedirectResponse(_address(_kept(dict(request.query_params))), status_code=HTTPStatus.SEE_OTHER)


@router.get("/api/v1/views", name="api_views", summary="Saved views of traces, the oldest first")
def api_views(request: Request) -> Response:
    """Each with its filter, who saved it and when."""
    site: Site = request.app.state.site
    return json_answer({"views": [_json(view) for view in _views(site).views(_project(site))]})


@router.post("/api/v1/views", name="api_add_view", summary="Save a view of traces")
def api_add_view(request: Request, body: NewView) -> Response:
    """A name is taken once in a project."""
    return json_answer(_json(_save(request, body.name, _kept(body.query))), status=HTTPStatus.CREATED)


@router.delete("/api/v1/views/{name}", name="api_delete_view", summary="Forget a view of traces")
def api_delete_view(request: Request, name: Annotated[str, Path(max_length=LONGEST_NAME)]) -> Response:
    """It is gone for everybody in the project."""
    site: Site = request.app.state.site
    _views(site).delete_view(_project(site), name)
    return json_answer({"deleted": name})


def _save(request: Request, name: str, query: dict[str, str]) -> SavedView:
    site: Site = request.app.state.site
    principal = principal_of(request)
    if not query:
        raise UsageError("the list is not filtered", where="name", hint="Filter it, then save the view")
    view = SavedView(
        project=_project(site),
        name=check_view_name(name),
        query=query,
        made_by=principal.name if principal is not None else "",
        created=site.clock.now(),
    )
    _views(site).add_view(view)
    return view


def _kept(query: Mapping[str, str]) -> dict[str, str]:
    """A filter's parameters; what belongs to a page of the list alone is left out."""
    found = {key: value for key, value in sorted(query.items()) if value and key != "cursor"}
    if len(found) > _MOST_PARAMETERS or any(len(text) > _LONGEST for pair in found.items() for text in pair):
        raise UsageError("the filter is too long to be saved", hint="Use fewer or shorter parameters")
    return found


def _address(query: Mapping[str, str]) -> str:
    text = urlencode(query, errors="surrogatepass")
    return f"/traces?{text}" if text else "/traces"


def _json(view: SavedView) -> dict[str, Json]:
    return {
        "name": view.name,
        "query": dict(view.query),
        "url": _address(view.query),
        "made_by": view.made_by,
        "created": view.created.isoformat(),
    }


def _views(site: Site) -> Views:
    return Views(site.store.database)


def _project(site: Site) -> str:
    return site.project.name or NAMELESS
