"""The API about the home page: layers of evidence, verdicts, trends."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard.app.web._answer import json_answer
from steelyard.app.web._layers import layers_of
from steelyard.app.web._openapi import BAD
from steelyard.app.web._site import Site
from steelyard.app.web._trends import VerdictLine, evidence_of
from steelyard.core import Json

router = APIRouter(prefix="/api/v1", tags=["home"], responses=BAD)


@router.get("/home", name="api_home", summary="The layers of evidence, the latest verdicts, trends")
def api_home(request: Request) -> Response:
    """What the home page shows, with every number's record."""
    site: Site = request.app.state.site
    found = evidence_of(site)
    verdicts = found.verdicts if found else ()
    document: dict[str, Json] = {
        "layers": [layer.as_json() for layer in layers_of(site, request.app.state.intake)],
        "verdicts": [_verdict_json(line) for line in verdicts],
        "trends": [
            {
                "benchmark": trend.benchmark,
                "metric": trend.metric,
                "points": [
                    {
                        "run": run.id,
                        "version": run.benchmark.version,
                        "started": run.started.isoformat(),
                        "estimate": estimate.as_json(),
                    }
                    for run, estimate in zip(trend.runs, trend.estimates, strict=True)
                ],
            }
            for trend in (found.trends if found else ())
        ],
    }
    return json_answer(document)


def _verdict_json(line: VerdictLine) -> dict[str, Json]:
    words = {"NOT SURE YET": "INCONCLUSIVE", "COMPARED": None}
    return {
        "verdict": words.get(line.word, line.word),
        "decided": line.when or None,
        "benchmark": line.benchmark,
        "base": line.runs[0],
        "candidate": line.runs[1],
        "sentence": line.change.text,
        "difference": line.change.difference,
    }
