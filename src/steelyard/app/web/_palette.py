"""Where the command palette can go."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.accounts import Role
from steelyard.app.web._answer import json_answer
from steelyard.app.web._desk import desk_of, tabs
from steelyard.app.web._principal import may_edit, principal_of
from steelyard.app.web._render import Place, part, places_for
from steelyard.app.web._run_rows import label_of
from steelyard.app.web._site import Site
from steelyard.app.web._views import view_links

router = APIRouter(include_in_schema=False)
_RUNS = 500
_MORE = (Place(name="Ledger", url="/traces/ledger", key=""),)
_DOING = (Place(name="Upload cases", url="/benchmarks/-/upload", key=""),)


@router.get("/palette", name="palette")
def palette(request: Request) -> Response:
    """Pages, benchmarks, runs and saved views, each with its address; what is newer comes first."""
    site: Site = request.app.state.site
    places = [
        {"name": place.name, "kind": "page", "url": place.url} for place in (*places_for(request), *_MORE)
    ]
    if may_edit(request):
        places += [{"name": place.name, "kind": "page", "url": place.url} for place in _DOING]
    found = principal_of(request)
    if found is not None and found.role is Role.admin:
        places += [
            {"name": f"Settings: {name}", "kind": "page", "url": url}
            for name, url in tabs(desk_of(request))[1:]
        ]
    newest = sorted(site.store.versions(), key=lambda version: version.created, reverse=True)
    names = dict.fromkeys(version.name for version in newest)
    views = [{"name": view.name, "kind": "traces", "url": view.url} for view in view_links(site, {})]
    runs = [
        {"name": label_of(run), "kind": f"run on {run.benchmark.name}", "url": f"/runs/{part(run.id)}"}
        for run in site.store.list_runs(limit=_RUNS)
    ]
    return json_answer(
        {
            "places": [
                *places,
                *views,
                *({"name": name, "kind": "benchmark", "url": f"/benchmarks/{part(name)}"} for name in names),
                *runs,
            ]
        }
    )
