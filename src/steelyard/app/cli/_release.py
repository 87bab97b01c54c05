"""`steelyard release`: the anchor that later candidates are held against."""

from __future__ import annotations

import click

from steelyard.app._wiring import find_run
from steelyard.app.cli._options import Door, door, limit_option
from steelyard.core import SystemClock
from steelyard.gates import Release


@click.command()
@click.argument("reference", metavar="RUN", required=False)
@click.option("--name", help="Name of the release, such as 2026-11.")
@click.option("--note", default="", help="Who accepted it, and why.")
@limit_option
@door
def release(opened: Door, reference: str | None, *, name: str | None, note: str, limit: int) -> None:
    """Mark RUN as released under a name; without RUN, list the latest releases.

    A rules file with `anchor: NAME` holds every candidate against that release too, so that a row of
    small allowed drops cannot add up to a large one.
    """
    with opened.store() as store:
        if reference is not None:
            if not name:
                raise click.UsageError("a release needs --name")
            run = find_run(store, reference)
            store.add_release(Release(name=name, run=run.id, released=SystemClock().now(), note=note))
        releases = store.releases()[-limit:]
    rows = [
        {"name": item.name, "run": item.run, "released": item.released.isoformat(), "note": item.note}
        for item in releases
    ]
    lines = [
        f"{item.name}  {item.run}  {item.released:%Y-%m-%d %H:%M} UTC  {item.note}".rstrip()
        for item in releases
    ]
    opened.answer(
        {"releases": rows},
        lambda: "\n".join(lines) or "No release yet. Mark one: steelyard release RUN --name NAME",
    )
