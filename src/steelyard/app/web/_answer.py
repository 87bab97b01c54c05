"""JSON answers that hold whatever a model wrote."""

from __future__ import annotations

import json
from http import HTTPStatus

from starlette.responses import Response


def json_answer(document: object, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """One JSON document in ASCII: lone surrogates survive as escapes, and no number is NaN."""
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Response(text.encode("ascii"), status_code=status, media_type="application/json")
