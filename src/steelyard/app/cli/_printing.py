"""Printing to a stream whose reader may have left."""

from __future__ import annotations

import os
from typing import TextIO

import click


def echo_if_read(text: str, stream: TextIO) -> None:
    """Print, unless nobody can read it: the exit code still says what happened."""
    try:
        click.echo(text, file=stream)
    except OSError:
        drop_output(stream)


def drop_output(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that the interpreter's own flush at the end succeeds."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):  # a stream without a descriptor has nothing left to flush
        return
