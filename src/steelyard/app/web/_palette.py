"""Where the command palette can go."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._answer import json_answer
from steelyard.app.web._render import RAIL, part
from steelyard.app.web._run_rows import label_of
from steelyard.app.web._site import Site

router = APIRouter(include_in_schema=False)
_RUNS = 500


@router.get("/palette", name="palette")
def palette(request: Request) -> Response:
    """Pages, benchmarks and runs, each with its address."""
    site: Site = request.app.state.site
    places = [{"name": place.name, "kind": "page", "url": place.url} for place in RAIL]
    names = dict.fromkeys(version.name for version in site.store.versions())
    places += [{"name": name, "kind": "benchmark", "url": f"/benchmarks/{part(name)}"} for name in names]
    places += [
        {"name": label_of(run), "kind": f"run on {run.benchmark.name}", "url": f"/runs/{part(run.id)}"}
        for run in site.store.list_runs(limit=_RUNS)
    ]
    return json_answer({"places": places})
