"""`steelyard audit`: who did what, and whether the log is as it was written."""

from __future__ import annotations

import click

from steelyard.app.cli._options import Door, door, limit_option
from steelyard.app.cli._user import open_accounts
from steelyard.core import EXIT_FAIL, EXIT_OK, Json
from steelyard.store.accounts import AuditEntry, parse_mark


@click.group()
def audit() -> None:
    """The audit log: list, verify."""


@audit.command("list")
@click.option("--before", type=click.IntRange(min=1), metavar="NO", help="Only entries before this number.")
@limit_option
@door
def list_entries(opened: Door, *, before: int | None, limit: int) -> None:
    """The newest entries first."""
    with open_accounts(opened) as (accounts, _):
        entries = accounts.audit.entries(limit=limit, before=before)
    opened.answer(
        {"entries": [entry.as_json() for entry in entries]},
        lambda: "\n".join(map(_line, entries)) if entries else "The log is empty.",
    )


@audit.command("verify")
@click.option(
    "--noted", metavar="NO:HASH", help="An entry whose hash was noted elsewhere: it must still be that one."
)
@door
def verify(opened: Door, *, noted: str | None) -> int:
    """Read the whole log; exit 1 and name the first entry that is not as it was written."""
    known = None if noted is None else parse_mark(noted)
    with open_accounts(opened) as (accounts, _):
        check = accounts.audit.verify(known=known)
    document: dict[str, Json] = {
        "entries": check.entries,
        "hash": check.hash,
        "intact": check.broken is None,
        "broken": check.broken,
        "reason": check.reason,
    }
    if check.broken is None:
        opened.answer(
            document, lambda: f"{check.entries} entries, all as written.\n{check.entries}:{check.hash}"
        )
        return EXIT_OK
    opened.answer(document, lambda: f"Entry {check.broken} is not as it was written: {check.reason}.")
    return EXIT_FAIL


def _line(entry: AuditEntry) -> str:
    event = entry.event
    shown = f"{entry.no}  {event.time:%Y-%m-%d %H:%M:%S}  {event.who}  {event.action}  {event.outcome}"
    line = "  ".join(part for part in (shown, event.subject, f"from {event.source}") if part)
    return "".join(char if char.isprintable() and not "\ud800" <= char <= "\udfff" else "�" for char in line)
