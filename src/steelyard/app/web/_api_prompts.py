"""The API about prompts: the list, and one version with its text."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app._prompts import find_prompt, prompt_versions
from steelyard.app._run_json import run_json
from steelyard.app.web._answer import json_answer
from steelyard.app.web._openapi import BAD
from steelyard.app.web._prompts import LOOKED_AT
from steelyard.app.web._site import Site

router = APIRouter(prefix="/api/v1", tags=["prompts"], responses=BAD)


@router.get("/prompts", name="api_prompts", summary="Prompts in their versions, last used first")
def api_prompts(request: Request) -> Response:
    """What the newest runs were told: names, hashes, first and last use, runs."""
    site: Site = request.app.state.site
    runs = site.store.list_runs(limit=LOOKED_AT)
    rows = [version.as_json() for version in prompt_versions(runs)]
    return json_answer({"prompts": rows, "runs_looked_at": len(runs)})


@router.get("/prompts/{version}", name="api_prompt", summary="One version, with its text")
def api_prompt(request: Request, version: str) -> Response:
    """By hash or its beginning; `text` is null where no run kept it."""
    site: Site = request.app.state.site
    found = find_prompt(prompt_versions(site.store.list_runs(limit=LOOKED_AT)), version)
    document = {**found.as_json(), "text": found.text, "runs": [run_json(run) for run in found.runs]}
    return json_answer(document)
