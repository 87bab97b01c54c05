"""A version as a file, with its canary, as `bench export` writes it."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from steelyard import bench
from steelyard.app.web._site import Site
from steelyard.core import InputError, UsageError
from steelyard.runs import is_sealed

router = APIRouter(include_in_schema=False)
FORMATS = {"jsonl": "JSON lines", "csv": "CSV", "parquet": "Parquet"}
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]")


@router.get("/benchmarks/{name}/{version}/download", name="download")
def download(request: Request, name: str, version: str, format: str = "jsonl") -> Response:  # noqa: A002 - the address's word
    """The open cases as a file; with attachments, as an archive of it and them. Sealed cases stay here."""
    site: Site = request.app.state.site
    if format not in FORMATS:
        raise UsageError(f"'{format[:40]}' is not a format", hint=f"Formats: {', '.join(FORMATS)}")
    found = bench.resolve_version(site.store, f"{name}@{version}")
    cases = [case for case in site.store.cases(found) if not is_sealed(case)]
    if not cases:
        raise InputError("every case is sealed: there is nothing to download", where=f"{name}@{version}")
    stem = _FOREIGN.sub("-", f"{found.name}-{found.version}")
    folder = Path(tempfile.mkdtemp(prefix="steelyard-download-"))
    try:
        path = bench.export_cases(
            cases,
            format=format,
            path=folder / "held" / f"{stem}.{format}",
            attachment=site.store.get_attachment,
            canary=bench.canary_guid(site.store.versions(found.name)),
        )
        kind = _TYPES[format]
        if any(case.attachments for case in cases):
            path, kind = _archive(path.parent, folder / f"{stem}.zip"), "application/zip"
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type=kind,
        filename=path.name,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _archive(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    return path
