"""What the store knows of people, keys and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from steelyard.core import Json

EVERY_PROJECT = "*"
"""A membership of this project holds in every project of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person."""

    name: str
    """Lower case; what they type to log in."""
    created: datetime
    """When, UTC."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Project to role; `*` is every project."""
    password_hash: str | None = None
    """Argon2's encoded hash; None: no login by password."""
    issuer: str | None = None
    """The OpenID provider they log in with."""
    subject: str | None = None
    """Who they are there; None until their first login."""
    disabled: datetime | None = None
    """Since when they may not enter, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that is under way."""

    token_hash: str
    """SHA-256 of the cookie's token."""
    user: str
    """Whose."""
    created: datetime
    """When, UTC."""
    seen: datetime
    """The last request, to the minute, UTC."""
    expires: datetime
    """When it ends whatever happens, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A program's right to ask."""

    prefix: str
    """The part of the key that may be shown: names it in lists and in the log."""
    token_hash: str
    """SHA-256 of the whole key."""
    name: str
    """What it is for."""
    project: str
    """The one project it opens."""
    role: str
    """What it may do there."""
    scopes: tuple[str, ...]
    """Which doors it opens."""
    created: datetime
    """When, UTC."""
    expires: datetime | None = None
    """When it ends, UTC; None: never."""
    used: datetime | None = None
    """The last request, to the minute, UTC."""
    revoked: datetime | None = None
    """Since when it opens nothing, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that happened, before it is written down."""

    time: datetime
    """When, UTC."""
    who: str
    """A user, a key's prefix, or the operating system's user at the command line."""
    action: str
    """What, such as `login` or `key.add`."""
    subject: str = ""
    """To what: a name, an address."""
    source: str = ""
    """From where: a network address, or `command line`."""
    outcome: str = "done"
    """`done`, `refused` or `failed`."""
    detail: Mapping[str, Json] = field(default_factory=dict)
    """More, never a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """An event in its place in the chain."""

    no: int
    """1, 2, 3, … without a gap."""
    event: AuditEvent
    """What happened."""
    previous: str
    """The hash of the entry before; 64 zeros for the first."""
    hash: str
    """SHA-256 of the canonical JSON of everything above."""

    def as_json(self) -> dict[str, Json]:
        """The form in which every door shows it."""
        event = self.event
        return {
            "no": self.no,
            "time": event.time.isoformat(),
            "who": event.who,
            "action": event.action,
            "subject": event.subject,
            "source": event.source,
            "outcome": event.outcome,
            "detail": dict(event.detail),
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """What a check of the chain found."""

    entries: int
    """How many entries were read."""
    hash: str
    """The last entry's hash as written: kept elsewhere, it proves all before it."""
    broken: int | None = None
    """The number of the first entry that is not as it was written; None: all are."""
    reason: str = ""
    """What is wrong with it."""
