"""`steelyard key`: keys for programs that ask the server."""

from __future__ import annotations

from datetime import datetime

import click

from steelyard.app.accounts import (
    SCOPES,
    KeyRequest,
    Role,
    Scope,
    parse_lifetime,
    parse_role,
    state_of,
)
from steelyard.app.cli._options import Door, door, limit_option
from steelyard.app.cli._user import changes, open_accounts
from steelyard.core import Json, SystemClock
from steelyard.store.accounts import ApiKey


@click.group()
def key() -> None:
    """Keys for programs: add, list, revoke."""


@key.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(tuple(Role.__members__)),
    required=True,
    help="What it may do in this project.",
)
@click.option("--expires", metavar="TIME", help="How long it lasts: 90d, 12h, 8w; by default until revoked.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("api",),
    show_default=True,
    help="Which doors it opens; may be given twice.",
)
@door
def add(opened: Door, name: str, *, role: str, expires: str | None, scopes: tuple[Scope, ...]) -> None:
    """Make a key; it is shown this once."""
    request = KeyRequest(
        name=name,
        project=opened.project.name,
        role=parse_role(role),
        scopes=scopes,
        lifetime=None if expires is None else parse_lifetime(expires),
    )
    with open_accounts(opened) as (accounts, journal):
        made, token = changes(accounts, journal).add_key(request)
    opened.answer({**_json(made, now=SystemClock().now()), "key": token}, lambda: token)
    if not opened.as_json:
        opened.say("Keep it now: it is not shown again. Send it as: Authorization: Bearer KEY")


@key.command("list")
@limit_option
@door
def list_keys(opened: Door, *, limit: int) -> None:
    """This project's keys, without their secrets."""
    now = SystemClock().now()
    with open_accounts(opened) as (accounts, _):
        found = accounts.keys.list_keys(opened.project.name)[:limit]
    lines = [
        f"{item.prefix}  {state_of(item, now):8}  {item.role:7} {'+'.join(item.scopes):11} "
        f"used {_day(item.used)}  expires {_day(item.expires)}  {item.name}"
        for item in found
    ]
    opened.answer(
        {"keys": [_json(item, now=now) for item in found]},
        lambda: "\n".join(lines) if lines else "No keys yet. Make one: steelyard key add NAME --role viewer",
    )


@key.command("revoke")
@click.argument("prefix")
@door
def revoke(opened: Door, prefix: str) -> None:
    """End the key whose prefix `steelyard key list` shows."""
    with open_accounts(opened) as (accounts, journal):
        changes(accounts, journal).revoke_key(prefix, project=opened.project.name)
    opened.answer({"prefix": prefix, "state": "revoked"}, lambda: f"{prefix} opens nothing any more")


def _json(item: ApiKey, *, now: datetime) -> dict[str, Json]:
    return {
        "prefix": item.prefix,
        "name": item.name,
        "project": item.project,
        "role": item.role,
        "scopes": list(item.scopes),
        "state": state_of(item, now),
        "created": item.created.isoformat(),
        "expires": _time(item.expires),
        "used": _time(item.used),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _day(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d}"
