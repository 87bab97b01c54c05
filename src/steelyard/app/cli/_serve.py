"""`steelyard serve`: the web application on this project."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from steelyard.app._project import find_project
from steelyard.app.web import ServerOptions, serve


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8321, show_default=True, help="0: any free port."
)
@click.option(
    "--log-format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="The log on stderr: lines for people, or one JSON object a line.",
)
@click.option(
    "--project",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Project folder; by default the nearest one upward with a steelyard.toml, else this one.",
)
def serve_command(host: str, port: int, *, log_format: Literal["text", "json"], folder: Path | None) -> None:
    """Look at benchmarks, runs and comparisons in a browser, and read them through an API.

    Listens on this machine alone. Ends on Ctrl-C or SIGTERM, once requests under way are answered.
    """
    project = find_project(folder)
    options = ServerOptions(host=host, port=port, log_format=log_format)

    def ready(url: str) -> None:
        click.echo(f"Steelyard shows '{project.name}' on {url}  (Ctrl-C ends it)")

    serve(project, options, ready=ready)
