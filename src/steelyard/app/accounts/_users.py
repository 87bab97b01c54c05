"""Users: who may log in, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass

from steelyard.app.accounts._passwords import Passwords
from steelyard.app.accounts._roles import Role
from steelyard.core import Clock, NotFoundError, UsageError
from steelyard.store.accounts import EVERY_PROJECT, People, User

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """The user that somebody wants; the first one administers every project, whatever is asked."""

    name: str
    """What they type to log in; case does not matter."""
    role: Role
    """What they may do."""
    project: str
    """Where; `*` is everywhere."""
    password: str | None = None
    """Their password; None for those who log in elsewhere."""
    issuer: str | None = None
    """Their OpenID provider."""
    subject: str | None = None
    """Who they are there, if known already."""


def user_name(text: str) -> str:
    """A name as it is stored; raises UsageError."""
    name = text.strip().lower()
    if _NAME.fullmatch(name) is None:
        raise UsageError(
            "a user's name has letters from a to z, digits and . _ @ + -", hint="An e-mail address will do"
        )
    return name


def add_user(people: People, wanted: NewUser, *, passwords: Passwords, clock: Clock) -> User:
    """Add a user; raises UsageError for a bad or taken name, or a weak password."""
    name = user_name(wanted.name)
    user = User(
        name=name,
        created=clock.now(),
        roles={wanted.project: wanted.role.name},
        password_hash=None if wanted.password is None else passwords.hash(wanted.password, user=name),
        issuer=wanted.issuer,
        subject=wanted.subject,
    )
    # Nobody becomes the first by coming from elsewhere: whoever came by would own the server.
    first = {EVERY_PROJECT: Role.admin.name} if wanted.subject is None else None
    return people.add_user(user, first_roles=first)


def change_password(people: People, name: str, password: str, *, passwords: Passwords) -> User:
    """A new password; every session of the user ends. Raises NotFoundError and UsageError."""
    user = people.get_user(user_name(name))
    people.set_password(user.name, passwords.hash(password, user=user.name))
    return people.get_user(user.name)


def check_password(people: People, name: str, password: str, *, passwords: Passwords) -> User | None:
    """The user, if name and password fit and the account is open; it always takes as long."""
    try:
        user = people.get_user(user_name(name))
    except (UsageError, NotFoundError):
        user = None
    fits = passwords.check(password, None if user is None else user.password_hash)
    return user if user is not None and fits and user.disabled is None else None
