"""The demo's pages: one report a verdict, and an index in front of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from steelyard.app._examples import comparison_examples
from steelyard.app._files import write_text
from steelyard.app.demo._recorded import Decided
from steelyard.reports import explain_gate
from steelyard.reports.html import render_html
from steelyard.store import Store

INDEX = "index.html"


def write_report(folder: Path, decided: Decided, store: Store) -> Decided:
    """Write one verdict's page below `reports/`; returns the verdict with the page's name."""
    name = f"reports/{_slug(decided.base.label)}-{_slug(decided.candidate.label)}.html"
    examples = comparison_examples(decided.result.comparison, store)
    write_text(folder / name, render_html(decided.result, examples=examples))
    return replace(decided, report=name)


def write_pages(folder: Path, decided: Sequence[Decided], store: Store) -> list[Decided]:
    """Write every verdict's page and the index that links them."""
    written = [item if item.report else write_report(folder, item, store) for item in decided]
    source = (files("steelyard.app.demo") / "data" / "index.html.jinja").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    rows = [
        {
            "href": item.report,
            "base": item.base.label,
            "candidate": item.candidate.label,
            "idea": item.version.idea,
            "verdict": item.result.verdict,
            "headline": explain_gate(item.result)[0],
            "why": " ".join(explain_gate(item.result)[1]),
        }
        for item in written
    ]
    write_text(folder / INDEX, environment.from_string(source).render(rows=rows))
    return written


def _slug(label: str) -> str:
    return label.replace(" ", "-")
