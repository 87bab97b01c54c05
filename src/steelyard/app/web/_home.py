"""Home: what was measured last."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._render import render
from steelyard.app.web._site import Site

router = APIRouter(include_in_schema=False)


@router.get("/", name="home")
def home(request: Request) -> Response:
    """The latest runs and releases."""
    site: Site = request.app.state.site
    return render(request, "home.html", title="Home", runs=site.store.list_runs(limit=10))
