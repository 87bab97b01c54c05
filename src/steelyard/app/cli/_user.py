"""`steelyard user`: who may log in to the server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from steelyard.app.accounts import (
    Changes,
    Journal,
    NewUser,
    Passwords,
    Role,
    add_user,
    change_password,
    operator,
    parse_role,
    user_name,
)
from steelyard.app.cli._options import Door, door, limit_option
from steelyard.core import Json, SystemClock, UsageError
from steelyard.store.accounts import EVERY_PROJECT, Accounts, User

_ROLES = click.Choice(tuple(Role.__members__))


@contextmanager
def open_accounts(opened: Door) -> Iterator[tuple[Accounts, Journal]]:
    """The store's accounts, and where changes of them are written down."""
    with opened.store() as store:
        accounts = Accounts(store)
        yield accounts, Journal(accounts.audit, clock=SystemClock())


def changes(accounts: Accounts, journal: Journal) -> Changes:
    """Changes in the name of who types."""
    return Changes(accounts=accounts, journal=journal, clock=SystemClock(), who=operator())


@click.group()
def user() -> None:
    """Users of the server: add, list, role, passwd, disable, enable."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer", show_default=True, help="What they may do.")
@click.option("--everywhere", is_flag=True, help="In every project of this store, not in this one alone.")
@click.option(
    "--provider", metavar="URL", help="They log in at this OpenID provider, without a password here."
)
@door
def add(opened: Door, name: str, *, role: str, everywhere: bool, provider: str | None) -> None:
    """Add a user; the first one administers every project.

    The password is asked for, or is the first line of standard input.
    """
    wanted = NewUser(
        name=user_name(name),
        role=parse_role(role),
        project=EVERY_PROJECT if everywhere else opened.project.name,
        password=None if provider else _read_password(),
        issuer=provider,
    )
    with open_accounts(opened) as (accounts, journal):
        made = add_user(accounts.people, wanted, passwords=Passwords(), clock=SystemClock())
        journal.note(operator(), "user.add", subject=made.name, detail={"roles": dict(made.roles)})
    opened.answer(_json(made), lambda: f"{made.name}: {_roles(made)}")


@user.command("list")
@limit_option
@door
def list_users(opened: Door, *, limit: int) -> None:
    """Users and their roles."""
    with open_accounts(opened) as (accounts, _):
        found = accounts.people.list_users()[:limit]
    lines = (f"{item.name}  {_roles(item)}{'  disabled' if item.disabled else ''}" for item in found)
    opened.answer(
        {"users": [_json(item) for item in found]},
        lambda: "\n".join(lines) if found else "Nobody yet. Add the administrator: steelyard user add NAME",
    )


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice((*Role.__members__, "none")))
@click.option("--everywhere", is_flag=True, help="In every project of this store, not in this one alone.")
@door
def role_command(opened: Door, name: str, role: str, *, everywhere: bool) -> None:
    """Give NAME another role, or none."""
    project = EVERY_PROJECT if everywhere else opened.project.name
    with open_accounts(opened) as (accounts, journal):
        wanted = None if role == "none" else parse_role(role)
        found = changes(accounts, journal).set_role(name, wanted, project=project)
    opened.answer(_json(found), lambda: f"{found.name}: {_roles(found)}")


@user.command("passwd")
@click.argument("name")
@door
def passwd(opened: Door, name: str) -> None:
    """Set NAME's password; their sessions end.

    The password is asked for, or is the first line of standard input.
    """
    with open_accounts(opened) as (accounts, journal):
        accounts.people.get_user(user_name(name))
        found = change_password(accounts.people, name, _read_password(), passwords=Passwords())
        journal.note(operator(), "user.password", subject=found.name)
    opened.answer(_json(found), lambda: f"{found.name} has a new password, and must log in again")


@user.command("disable")
@click.argument("name")
@door
def disable(opened: Door, name: str) -> None:
    """Keep NAME out; their sessions end."""
    with open_accounts(opened) as (accounts, journal):
        found = changes(accounts, journal).close_user(name)
    opened.answer(_json(found), lambda: f"{found.name} is disabled")


@user.command("enable")
@click.argument("name")
@door
def enable(opened: Door, name: str) -> None:
    """Let NAME in again."""
    with open_accounts(opened) as (accounts, journal):
        found = changes(accounts, journal).open_user(name)
    opened.answer(_json(found), lambda: f"{found.name} is enabled")


def _read_password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise UsageError("there is no password", where="standard input", hint="Pipe it in, or use a terminal")
    return password


def _roles(found: User) -> str:
    words = (f"{role} {_place(project)}" for project, role in found.roles.items())
    return ", ".join(words) or "no role"


def _place(project: str) -> str:
    return "everywhere" if project == EVERY_PROJECT else f"in {project}"


def _json(found: User) -> dict[str, Json]:
    return {
        "name": found.name,
        "roles": dict(found.roles),
        "created": found.created.isoformat(),
        "disabled": None if found.disabled is None else found.disabled.isoformat(),
        "provider": found.issuer,
        "password": found.password_hash is not None,
    }
