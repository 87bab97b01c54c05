"""The API of the playground: ask a sample's case again, changed or not, beside the run."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from steelyard.app._playground import Changes
from steelyard.app._wiring import find_run
from steelyard.app.web._answer import json_answer
from steelyard.app.web._api_runs import sample_json
from steelyard.app.web._openapi import BAD
from steelyard.app.web._playground import play
from steelyard.app.web._sample import find_sample
from steelyard.app.web._site import Site
from steelyard.runs import RunRecord, Sample

router = APIRouter(prefix="/api/v1", tags=["runs"], responses=BAD)


class Try(BaseModel):
    """What to ask again; what is left out stays as the run has it."""

    model_config = ConfigDict(extra="forbid")
    run: str = Field(description="The run's id, a prefix of it, its label, or latest.")
    case: str = Field(description="The case's id.")
    epoch: int = Field(1, ge=1, le=10**6, description="The repetition it is held against.")
    target: str = Field("", description="A target of steelyard.toml; the run's own by default.")
    input: Any = Field(None, description="Another input: text, messages or an object.")
    turns: list[dict[str, Any]] | None = Field(None, description="Other messages of the scripted user.")
    system: str | None = Field(None, description="Another system prompt; empty: none.")
    temperature: float | None = Field(None, ge=0, le=100, allow_inf_nan=False)
    top_p: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    max_tokens: int | None = Field(None, ge=1, le=10**7)
    seed: int | None = Field(None, ge=-(2**31), le=2**31)


@router.post("/playground", name="api_playground", summary="Ask a sample's case again, beside the run")
async def api_playground(request: Request, body: Try) -> Response:
    """The new answer with its scores, and the run's own. Nothing of it is stored; it may cost money."""

    def begin() -> tuple[RunRecord, Sample]:
        site: Site = request.app.state.site
        run = find_run(site.store, body.run)
        return run, find_sample(site, run, body.case, body.epoch)

    run, sample = await run_in_threadpool(begin)
    sampling = body.model_dump(include={"temperature", "top_p", "max_tokens", "seed"}, exclude_none=True)
    changes = Changes(
        input=body.input,
        turns=None if body.turns is None else tuple(body.turns),
        target=body.target,
        system=body.system,
        parameters=sampling or None,
    )
    try:
        tried = await play(request, run, sample, changes)
    except ClientDisconnect:
        return Response(status_code=499)
    now = Sample(case=tried.case, epoch=sample.epoch, output=tried.output, scores=tried.scores)
    return json_answer({"case": tried.case.as_json(), "try": sample_json(now), "before": sample_json(sample)})
