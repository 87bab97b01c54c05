"""API keys: made once, shown once, checked at every request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from steelyard.app.accounts._roles import SCOPES, Role, Scope
from steelyard.app.accounts._tokens import key_prefix, new_key, same, token_hash
from steelyard.core import Clock, UsageError
from steelyard.store.accounts import ApiKey, Keys

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = timedelta(days=3650)
_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """The key that somebody wants."""

    name: str
    """What it is for."""
    project: str
    """The project it opens."""
    role: Role
    """What it may do."""
    scopes: Sequence[Scope] = ("api",)
    """Which doors it opens."""
    lifetime: timedelta | None = None
    """How long; None: until it is revoked."""


def make_key(keys: Keys, request: KeyRequest, *, clock: Clock) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can see again; raises UsageError."""
    if not request.name.strip() or len(request.name) > 100:
        raise UsageError("a key's name has 1 to 100 characters", hint="Say what it is for")
    unknown = [scope for scope in request.scopes if scope not in SCOPES]
    if unknown or not request.scopes:
        raise UsageError(f"there is no scope '{', '.join(unknown)}'", hint=f"Choose {', '.join(SCOPES)}")
    prefix, token = new_key()
    now = clock.now()
    key = ApiKey(
        prefix=prefix,
        token_hash=token_hash(token),
        name=request.name,
        project=request.project,
        role=request.role.name,
        scopes=tuple(sorted(set(request.scopes))),
        created=now,
        expires=None if request.lifetime is None else now + request.lifetime,
    )
    keys.add_key(key)
    return key, token


def check_key(keys: Keys, token: str, *, project: str, clock: Clock) -> ApiKey | None:
    """The key, if it opens this project now; its last use is noted to the minute."""
    prefix = key_prefix(token)
    key = None if prefix is None else keys.find_key(prefix)
    if key is None or not same(key.token_hash, token_hash(token)):
        return None
    now = clock.now()
    if state_of(key, now) != "active" or key.project != project:
        return None
    if key.used is None or now - key.used >= _TOUCH:
        keys.touch_key(key.prefix, now)
    return key


def state_of(key: ApiKey, now: datetime) -> str:
    """`active`, `expired` or `revoked`."""
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.expires is not None and key.expires <= now else "active"


def parse_lifetime(text: str) -> timedelta:
    """`90d`, `12h`, `30m`, `8w`; raises UsageError."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})([mhdw])", text)
    length = timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match else timedelta()
    if not timedelta() < length <= _LONGEST:
        raise UsageError(f"'{text}' is no length of time up to ten years", hint="Write 90d, 12h, 30m or 8w")
    return length
