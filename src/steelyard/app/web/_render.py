"""From a page's record to HTML: one environment, everything escaped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from steelyard.app.accounts import Role
from steelyard.app.web._assets import asset_url
from steelyard.app.web._principal import identity_context, principal_of, project_context
from steelyard.core import SteelyardError
from steelyard.reports import one_line, short_names
from steelyard.reports.html import chart_config, page_environment

_HERE = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the way to a page."""

    text: str
    """What it says."""
    url: str = ""
    """Where it leads; empty for the page itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A destination in the rail and in the command palette."""

    name: str
    """What it says."""
    url: str
    """Where it leads."""
    key: str
    """Pressed after `g`."""
    role: Role = Role.viewer
    """The least role that may go there."""


RAIL = (
    Place(name="Home", url="/", key="h"),
    Place(name="Benchmarks", url="/benchmarks", key="b"),
    Place(name="Runs", url="/runs", key="r"),
    Place(name="Compare", url="/compare", key="c"),
    Place(name="Prompts", url="/prompts", key="p"),
    Place(name="Traces", url="/traces", key="t"),
    Place(name="Settings", url="/settings", key="s", role=Role.admin),
)

_VERBS = frozenset({"are", "cannot", "does", "exists", "has", "holds", "is", "lacks", "was"})
"""A message that begins with one of these says it of its place."""
_OPENERS = frozenset({"a", "an", "at", "it", "no", "not", "nothing", "only", "the", "there", "these", "this"})
"""A message that begins with one of these is given a capital; it may begin with a name as well."""
CHARTS = {"light": chart_config("light"), "dark": chart_config("dark")}


def places_for(request: Request) -> tuple[Place, ...]:
    """The destinations that are open to who asks."""
    found = principal_of(request)
    role = found.role if found is not None else None
    return tuple(place for place in RAIL if role is not None and role >= place.role)


def render(
    request: Request, template: str, *, title: str, crumbs: tuple[Crumb, ...] = (), **context: object
) -> Response:
    """A page, or, for a template without a layout, a part of one."""
    return HTMLResponse(_text(request, template, title=title, crumbs=crumbs, **context))


def render_error(request: Request, error: SteelyardError, status: HTTPStatus) -> Response:
    """What went wrong, why, and what to do."""
    text = _text(request, "error.html", title=error.message, crumbs=(Crumb(text="Error"),), error=error)
    return HTMLResponse(text, status_code=status)


def link(path: str, **query: object) -> str:
    """An address with its parts and its query quoted; empty parameters are left out."""
    kept = [(key, value) for key, value in query.items() if value not in (None, "", False)]
    text = urlencode(kept, doseq=True, errors="surrogatepass")
    return f"{path}?{text}" if text else path


def part(text: object) -> str:
    """One part of a path, quoted: slashes and all."""
    return quote(str(text), safe="", errors="surrogatepass")


def sentence(error: SteelyardError) -> tuple[str, str]:
    """An error's message as a sentence, and its place, which is empty where the sentence begins with it."""
    message, where = one_line(error.message), one_line(error.where)
    if where and message.partition(" ")[0] in _VERBS:
        return f"{where} {message}", ""
    if message.partition(" ")[0] in _OPENERS:
        message = message[0].upper() + message[1:]
    return message, where


def _text(
    request: Request, template: str, *, title: str, crumbs: tuple[Crumb, ...], **context: object
) -> str:
    here = request.url.path
    return (
        _environment()
        .get_template(template)
        .render(
            title=title,
            crumbs=crumbs,
            rail=places_for(request),
            active=next(
                (p.url for p in reversed(RAIL) if here == p.url or here.startswith(f"{p.url}/")), "/"
            ),
            project=project_context(request),
            **identity_context(request),
            charts=CHARTS,
            **context,
        )
    )


@lru_cache
def _environment() -> Environment:
    environment = page_environment(_HERE)
    environment.globals.update(
        asset=asset_url, link=link, part=part, sentence=sentence, short_names=short_names
    )
    return environment
