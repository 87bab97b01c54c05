"""A file of cases through the browser: kept, looked at, compared with what there is, then added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from steelyard import bench
from steelyard.app._editing import ChangedMeanwhileError
from steelyard.app._importing import benchmark_name
from steelyard.app._uploads import LARGEST, Shelf, Upload, read_upload, told_plainly
from steelyard.app.web._figures import PATIENCE_S
from steelyard.app.web._principal import principal_of
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._runs import slices_words
from steelyard.app.web._site import Site
from steelyard.app.web._texts import case_peek, peek
from steelyard.core import Case, Json, SteelyardError, UsageError, UserError

if TYPE_CHECKING:
    from steelyard.bench import BenchmarkVersion, ColumnChoice, Imported, VersionDiff

router = APIRouter(include_in_schema=False)
_START = "/benchmarks/-/upload"
_FIRST = 8
_TRIED = 3
_LONGEST = 2000
_MOST_COLUMNS = 200
_TABLES = ("jsonl", "json", "csv", "parquet", "excel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How an upload is to be read, and what becomes of it."""

    name: str
    """The benchmark."""
    form: str = "auto"
    """The format, or `auto`."""
    stay: bool = False
    """Whether cases that the file does not have stay."""
    overrides: tuple[str, ...] = ()
    """`FIELD=COLUMN`, changing the proposed mapping."""

    @property
    def query(self) -> list[tuple[str, str]]:
        """As an address holds it."""
        plain = [
            ("name", self.name),
            ("format", self.form.removeprefix("auto")),
            ("stay", "1" if self.stay else ""),
        ]
        return [(name, value) for name, value in plain if value] + [("map", text) for text in self.overrides]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """One column, what it is taken for, and how it begins."""

    name: str
    """The column."""
    taken: str
    """What it is taken for."""
    why: str
    """Why."""
    values: tuple[str, ...]
    """Its first values."""
    options: tuple[tuple[str, str, bool], ...]
    """What else it could be: `FIELD=COLUMN`, words, and whether that is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file holds, and what adding it would do."""

    cases: int = 0
    """How many cases it holds."""
    format: str = ""
    """The format's title."""
    notes: tuple[str, ...] = ()
    """What was decided while reading."""
    runs: tuple[str, ...] = ()
    """Recorded runs that came with the cases, by label."""
    columns: tuple[ColumnView, ...] = ()
    """Its columns, for formats that have them."""
    first: tuple[tuple[str, str, str, str], ...] = ()
    """The first cases: id, question, expectation, slices."""
    diff: VersionDiff | None = None
    """Against the latest version."""
    latest: BenchmarkVersion | None = None
    """The latest version now."""
    sealed: int = 0
    """How many of the cases that would go are sealed."""
    error: SteelyardError | None = None
    """Why it cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage:
    """What the page of an upload shows."""

    upload: Upload
    """The file."""
    wish: Wish
    """How it is read."""
    preview: Preview | None
    """What is in it; None while it is read."""
    here: str
    """The page's address with its whole state."""
    add: str
    """Where the form that adds it goes."""
    formats: tuple[tuple[str, str], ...]
    """Formats by name, with their titles."""
    benchmarks: tuple[str, ...]
    """Names of benchmarks there are."""
    error: SteelyardError | None = None
    """Why it was not added."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """Tag and message as typed."""


@router.get(_START, name="upload")
def upload(request: Request, name: str = "") -> Response:
    """Choose a file."""
    return _choose(request, name)


@router.post(_START, name="upload_post")
async def upload_post(request: Request) -> Response:
    """Keep the file and show what is in it."""
    async with request.form() as form:
        sent, name = form.get("file"), form.get("name")
        wanted = name.strip()[:_LONGEST] if isinstance(name, str) else ""
        if not isinstance(sent, UploadFile) or not sent.filename:
            return _choose(request, wanted, UsageError("no file came with it", hint="Choose a file"))
        put = partial(_shelf(request).put, owner=_owner(request))
        try:
            kept = await run_in_threadpool(put, sent.file, sent.filename)
        except UserError as error:
            return _choose(request, wanted, error)
    wish = Wish(name=wanted or benchmark_name(Path(kept.name)))
    return RedirectResponse(_address(kept, wish), status_code=HTTPStatus.SEE_OTHER)


@router.get(_START + "/{token}", name="upload_look")
def upload_look(request: Request, token: str) -> Response:
    """What the file holds, and what adding it would change."""
    kept = _shelf(request).get(token, owner=_owner(request))
    return _look(request, kept, _wish(request.query_params.multi_items(), kept))


@router.post(_START + "/{token}", name="upload_add")
async def upload_add(request: Request, token: str) -> Response:
    """Add it as the next version, as it was looked at."""
    form = await request.form()
    given = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    return await run_in_threadpool(_add, request, token, given)


def _choose(request: Request, name: str, error: SteelyardError | None = None) -> Response:
    site: Site = request.app.state.site
    names = tuple(sorted({version.name for version in site.store.versions()}))
    crumbs = (Crumb(text="Benchmarks", url="/benchmarks"), Crumb(text="Upload cases"))
    answer = render(
        request,
        "upload.html",
        title="Upload cases",
        crumbs=crumbs,
        name=name,
        error=error,
        benchmarks=names,
        largest=LARGEST // 2**20,
    )
    if error is not None:
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def _look(
    request: Request,
    kept: Upload,
    wish: Wish,
    *,
    error: SteelyardError | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    site: Site = request.app.state.site
    is_part = "hx-request" in request.headers
    latest = _latest(site, wish.name)
    preview = site.answers.get(
        ("upload", kept.token, wish, None if latest is None else latest.ref),
        lambda: look_into(site, kept, wish),
        seconds=None if is_part or error is not None else PATIENCE_S,
        slow=True,
    )
    page = UploadPage(
        upload=kept,
        wish=wish,
        preview=preview,
        here=_address(kept, wish),
        add=f"{_START}/{kept.token}",
        formats=_formats(),
        benchmarks=tuple(sorted({version.name for version in site.store.versions()})),
        error=error,
        typed=typed or {},
    )
    crumbs = (
        Crumb(text="Benchmarks", url="/benchmarks"),
        Crumb(text="Upload cases", url=link(_START, name=wish.name)),
        Crumb(text=kept.name),
    )
    template = "upload_preview.html" if is_part else "upload_look.html"
    answer = render(request, template, title=kept.name, crumbs=crumbs, page=page)
    if error is not None:
        conflict = isinstance(error, ChangedMeanwhileError)
        answer.status_code = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


def look_into(site: Site, kept: Upload, wish: Wish) -> Preview:
    """Read an upload and hold it against the latest version; what is wrong with it is part of the answer."""
    latest = None
    form = wish.form
    try:
        bench.check_name(wish.name)
        latest = _latest(site, wish.name)
        with told_plainly(kept):
            form = bench.detect_format(kept.path) if wish.form == "auto" else wish.form
        imported = read_upload(kept, form=form, overrides=wish.overrides)
    except UserError as error:
        columns = _columns(kept, (), wish, form=form)
        return Preview(error=error, columns=columns, format=_title(form), latest=latest)
    before = () if latest is None else tuple(site.store.cases(latest))
    after = _cases(imported, before, stay=wish.stay)
    diff = bench.diff_versions(before, after)
    gone = set(diff.removed)
    return Preview(
        cases=len(imported.cases),
        format=_title(form),
        notes=imported.notes,
        runs=tuple(run.label for run in imported.runs),
        columns=_columns(kept, imported.mapping.choices, wish, form=form),
        first=tuple(
            (case.id, case_peek(case), peek(case.expected), slices_words(case))
            for case in imported.cases[:_FIRST]
        ),
        diff=diff,
        latest=latest,
        sealed=sum(case.id in gone and case.split == "sealed" for case in before),
    )


def _add(request: Request, token: str, given: Sequence[tuple[str, str]]) -> Response:
    site: Site = request.app.state.site
    shelf = _shelf(request)
    kept = shelf.get(token, owner=_owner(request))
    wish = _wish(given, kept)
    said = dict(given)
    typed = {"tag": said.get("tag", "").strip(), "message": " ".join(said.get("message", "").split())}
    try:
        if len(typed["message"]) > _LONGEST:
            raise UsageError(f"the message is longer than {_LONGEST:,} characters", where="message")
        latest = _latest(site, wish.name)
        if (latest.hash if latest is not None else "") != said.get("seen", ""):
            raise ChangedMeanwhileError(
                f"{wish.name} has changed meanwhile", hint="Look at what it would change now, then add it"
            )
        imported = read_upload(kept, form=wish.form, overrides=wish.overrides)
        before = tuple(site.store.cases(latest)) if latest is not None and wish.stay else ()
        result = bench.add_version(
            site.store,
            wish.name,
            replace(imported, cases=_cases(imported, before, stay=wish.stay)),
            clock=site.clock,
            tag=typed["tag"] or None,
            message=typed["message"] or f"Upload {kept.name}",
        )
    except UserError as error:
        return _look(request, kept, wish, error=error, typed=typed)
    shelf.drop(token)
    address = f"/benchmarks/{part(wish.name)}/{result.version.version}"
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)


def _cases(imported: Imported, before: Sequence[Case], *, stay: bool) -> tuple[Case, ...]:
    """The next version's cases: the file's, and with `stay` those that it does not have, in their places."""
    if not stay:
        return imported.cases
    whole = {case.id: case for case in before} | {case.id: case for case in imported.cases}
    return tuple(whole.values())


def _columns(
    kept: Upload, choices: Sequence[ColumnChoice], wish: Wish, *, form: str
) -> tuple[ColumnView, ...]:
    if form not in _TABLES:
        return ()
    rows = _first_rows(kept)
    taken = {choice.column: choice for choice in choices}
    names = dict.fromkeys([*taken, *(name for row in rows for name in row)])
    said = {text.partition("=")[2]: text for text in wish.overrides}
    return tuple(
        _column(name, taken.get(name), said.get(name, ""), rows) for name in list(names)[:_MOST_COLUMNS]
    )


def _column(
    name: str, choice: ColumnChoice | None, said: str, rows: Sequence[Mapping[str, Json]]
) -> ColumnView:
    fields = [f"{known}:{name}" if known in ("slices", "metadata") else known for known in bench.FIELDS]
    options = [(f"{known}={name}", known, f"{known}={name}" == said) for known in fields]
    if said and not any(chosen for _, _, chosen in options):
        options.insert(0, (said, said.partition("=")[0], True))
    taken = "not read" if choice is None else choice.field + (f" {choice.key}" if choice.key else "")
    found = [_value(row, name) for row in rows]
    return ColumnView(
        name=name,
        taken=taken,
        why="" if choice is None else choice.why,
        values=tuple(peek(value) for value in found if value is not None),
        options=tuple(options),
    )


def _value(row: Mapping[str, Json], name: str) -> Json:
    if name in row:
        return row[name]
    value: Json = row
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _first_rows(kept: Upload) -> list[Mapping[str, Json]]:
    try:
        return [row for _, row in islice(bench.plain_rows(kept.path, bench.Problems(kept.path)), _TRIED)]
    except UserError:
        return []


def _wish(given: Sequence[tuple[str, str]], kept: Upload) -> Wish:
    single = dict(given)
    form = single.get("format", "auto")
    return Wish(
        name=single.get("name", "").strip()[:_LONGEST] or benchmark_name(Path(kept.name)),
        form=form if form in bench.importer_names() else "auto",
        stay=bool(single.get("stay")),
        overrides=tuple(
            value[:_LONGEST] for name, value in given[: 2 * _MOST_COLUMNS] if name == "map" and value
        ),
    )


def _address(kept: Upload, wish: Wish) -> str:
    return f"{_START}/{kept.token}?{urlencode(wish.query, errors='surrogatepass')}"


def _latest(site: Site, name: str) -> BenchmarkVersion | None:
    versions = site.store.versions(name)
    return versions[-1] if versions else None


def _formats() -> tuple[tuple[str, str], ...]:
    return tuple((name, _title(name)) for name in bench.importer_names() if name != "hf")


def _title(form: str) -> str:
    return "" if form == "auto" else bench.load_importer(form).title


def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.shelf
    return shelf


def _owner(request: Request) -> str:
    principal = principal_of(request)
    return "" if principal is None else principal.name
