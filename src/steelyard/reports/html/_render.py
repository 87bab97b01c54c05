"""Page to text: one file with its scripts and styles inside, and a policy that admits nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from steelyard.core import Json, RankedRun
from steelyard.reports._chart_frame import chart_config
from steelyard.reports._clean import visible
from steelyard.reports._example_row import ExampleRow
from steelyard.reports._metric_names import parted
from steelyard.reports._numbers import glued
from steelyard.reports._spread_charts import Distribution
from steelyard.reports.html._document import Document, Extras, build_page
from steelyard.reports.html._page import Page, SectionView

_HERE = Path(__file__).parent
ASSETS = _HERE / "assets"
_SCRIPTS = ("vega.min.js", "vega-lite.min.js", "vega-interpreter.js", "parts.js", "page.js")
_STYLE = "page.css"


def render_html(
    document: Document,
    *,
    examples: Sequence[ExampleRow] = (),
    redact: bool = False,
    title: str = "",
    ranking: Sequence[RankedRun] = (),
    distributions: Sequence[Distribution] = (),
    sections: Sequence[SectionView] = (),
) -> str:
    """The report of a gate, a comparison or a run as one self-contained HTML file.

    A gate or a comparison lists its flips even without `examples`. `redact` leaves out every input,
    expectation, output and reason, and the page says so. `ranking` adds the table and the frontier
    of a comparison of several runs, `distributions` how sample values spread, `sections` parts of
    other reports on the same run, as `consistency_sections` makes them.
    """
    extras = Extras(
        examples=tuple(examples),
        ranking=tuple(ranking),
        distributions=tuple(distributions),
        sections=tuple(sections),
        redact=redact,
        title=title,
    )
    return render_page(build_page(document, extras))


def render_page(page: Page) -> str:
    """The file of a page.

    Its Content-Security-Policy (W3C CSP Level 3) starts from `default-src 'none'` and admits the
    page's own scripts and style by their SHA-256, images only from data and blob addresses. Vega's
    expressions are interpreted, so that no `eval` is needed.
    """
    scripts = [_asset(name) for name in _SCRIPTS]
    style = _asset(_STYLE)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(_source_hash(script) for script in scripts)}",
            f"style-src {_source_hash(style)}",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return (
        page_environment()
        .get_template("page.html")
        .render(
            page=page,
            policy=policy,
            style=Markup(style),  # noqa: S704 - our own file, never user text
            scripts=[Markup(script) for script in scripts],  # noqa: S704
            data=Markup(embedded_json(_page_data(page))),  # noqa: S704 - escaped by embedded_json
        )
    )


def _page_data(page: Page) -> Json:
    return {
        "figures": {
            figure.id: {"spec": figure.spec, "title": figure.title, "caption": figure.caption}
            for section in page.sections
            for figure in section.figures
        },
        "config": {"light": chart_config("light"), "dark": chart_config("dark")},
        "examples": list(page.examples),
        "redacted": page.redacted,
        "name": page.title,
    }


def embedded_json(value: Json) -> str:
    """JSON that may stand in a script element: ASCII, and no `<`, `>` or `&` that HTML would read."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _shown(value: object) -> object:
    """Whatever text reaches the template is valid and visible, even where a record was not cleaned."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache
def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


@lru_cache
def _source_hash(source: str) -> str:
    digest = hashlib.sha256(source.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@lru_cache
def page_environment(*folders: Path) -> Environment:
    """Templates of these folders and our own, where everything is escaped and made visible."""
    environment = Environment(
        loader=FileSystemLoader([*folders, _HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["glued"] = glued
    environment.filters["parted"] = parted
    return environment
