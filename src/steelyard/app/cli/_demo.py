"""`steelyard demo`: all three verdicts from recordings, then the small model at work."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from steelyard.app._project import Project
from steelyard.app.cli._options import terminal_width, wants_color
from steelyard.app.demo import (
    Decided,
    LiveResult,
    LiveVoice,
    closing_screen,
    decide_all,
    lay_out,
    live_screen,
    next_commands,
    opening_screen,
    record_runs,
    run_live,
    verdict_screen,
    write_pages,
)
from steelyard.core import Json, MissingExtraError, TargetError
from steelyard.store import Store, open_store

_CLEAR = "\r\x1b[K"


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("steelyard-demo"),
    show_default=True,
    metavar="DIR",
    help="Where the demo's project goes; a new or empty folder.",
)
@click.option(
    "--live/--no-live", default=True, show_default=True, help="Also ask a small model on this machine."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def demo(folder: Path, *, live: bool, as_json: bool) -> None:
    """See PASS, FAIL and NOT SURE YET on recorded answers, then on answers given live.

    Needs no key. The live part fetches a small model once (200 MB, into your cache folder) and serves it on a
    local port; where that cannot be, the demo says so and ends well. Exit code 0 whatever the verdicts.
    """
    project = lay_out(folder)
    with open_store(project.store) as store:
        decided = write_pages(folder, decide_all(project, store, record_runs(project, store)), store)
        if not as_json:
            _say_recorded(decided)
        result, obstacle = _live_part(project, store) if live else (None, "not asked for: --no-live")
        if result is not None:
            *decided, shown = write_pages(folder, [*decided, result.decided], store)
            result = LiveResult(
                decided=shown, cases=result.cases, allowed_drop=result.allowed_drop, seconds=result.seconds
            )
    if as_json:
        click.echo(json.dumps(_document(folder, decided, live=result, obstacle=obstacle)))
        return
    if result is not None:
        click.echo(live_screen(result, width=terminal_width(), color=wants_color()))
    click.echo(closing_screen(folder, width=terminal_width(), color=wants_color()))


def _say_recorded(decided: list[Decided]) -> None:
    width, color = terminal_width(), wants_color()
    click.echo(opening_screen(decided, width=width, color=color))
    for item in decided:
        click.echo(verdict_screen(item, width=width, color=color))


def _live_part(project: Project, store: Store) -> tuple[LiveResult | None, str]:
    """The live result, or why there is none."""
    try:
        return run_live(project, store, voice=LiveVoice(say=_say, waiting=_waiting)), ""
    except (MissingExtraError, TargetError) as error:
        _say(f"No live part: {error.message}")
        return None, error.message


def _say(text: str) -> None:
    """A line on stderr, over what `_waiting` drew."""
    click.echo((_CLEAR if sys.stderr.isatty() else "") + text, err=True)


def _waiting(seconds: float) -> None:
    if sys.stderr.isatty():
        click.echo(f"{_CLEAR}  installing, {seconds:.0f} s", nl=False, err=True)


def _document(
    folder: Path, decided: list[Decided], *, live: LiveResult | None, obstacle: str
) -> dict[str, Json]:
    reports = [item.report for item in decided] + ([live.decided.report] if live else [])
    return {
        "folder": str(folder),
        "verdicts": [item.as_json() for item in decided],
        "reports": [str(folder / name) for name in reports],
        "live": live.as_json() if live else None,
        "no_live_because": obstacle or None,
        "next": list(next_commands(folder)),
    }
