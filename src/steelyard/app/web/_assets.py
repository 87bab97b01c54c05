"""Our own scripts and styles, and those we ship: nothing is fetched from elsewhere."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from steelyard.core import NotFoundError
from steelyard.reports.html import ASSETS as REPORT_ASSETS

_HERE = Path(__file__).parent / "assets"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_FILES = {
    path.name: path
    for folder in (REPORT_ASSETS, _HERE)
    for path in sorted(folder.iterdir())
    if path.suffix in _TYPES
}

_MODULE = "feedback.js"
"""What pages of other origins load, from an address that stays."""

router = APIRouter(include_in_schema=False)


@lru_cache
def asset_url(name: str) -> str:
    """The address of a file, changing with its content."""
    return f"/assets/{hashlib.sha256(_FILES[name].read_bytes()).hexdigest()[:12]}/{name}"


@router.get(f"/assets/{_MODULE}", name="feedback_module")
def feedback_module() -> Response:
    """The module that sends feedback: the one file of ours that any page may load."""
    return Response(
        _FILES[_MODULE].read_bytes(),
        headers={
            "content-type": _TYPES[".js"],
            "cache-control": "public, max-age=3600",
            "access-control-allow-origin": "*",
            "cross-origin-resource-policy": "cross-origin",
        },
    )


@router.get("/assets/{digest}/{name}", name="asset")
def asset(digest: str, name: str) -> Response:
    """A script or a style; a browser may keep it for good."""
    if name not in _FILES or not asset_url(name).startswith(f"/assets/{digest}/"):
        raise NotFoundError("there is no such file", where=name)
    path = _FILES[name]
    return Response(
        path.read_bytes(),
        headers={"content-type": _TYPES[path.suffix], "cache-control": "public, max-age=31536000, immutable"},
    )
