"""`steelyard consistency`: alike where questions are, different where they differ."""

from __future__ import annotations

from pathlib import Path

import click

from steelyard.app._files import write_text
from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door, terminal_width, wants_color
from steelyard.reports import consistency_markdown, render_consistency
from steelyard.reports.html import consistency_html
from steelyard.runs import consistency


@click.command("consistency")
@click.argument("reference", metavar="RUN")
@click.option(
    "--metric", default="", metavar="M", help="The metric that reads answers; by default the first."
)
@click.option(
    "--agree",
    default="answer",
    show_default=True,
    metavar="HOW",
    help="answer: the metric reads the same answer; score; numeric; METRIC>=T or embedding>=T between texts.",
)
@click.option("--level", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@click.option("--markdown", type=click.Path(path_type=Path), help="Write the report as Markdown.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as a page.")
@door
def consistency_command(
    opened: Door,
    reference: str,
    *,
    metric: str,
    agree: str,
    level: float,
    markdown: Path | None,
    html: Path | None,
) -> None:
    """Say how often equivalent questions are answered alike, and changed ones differently."""
    with opened.store() as store:
        run = find_run(store, reference)
        report = consistency(run, store, metric=metric, agree=agree, level=level)
    if markdown is not None:
        write_text(markdown, consistency_markdown(report))
    if html is not None:
        write_text(html, consistency_html(report))
    opened.answer(
        report.as_json(), lambda: render_consistency(report, width=terminal_width(), color=wants_color())
    )
