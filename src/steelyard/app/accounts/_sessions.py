"""Sessions: a login that is under way, known by a token in a cookie."""

from __future__ import annotations

from datetime import timedelta

from steelyard.app.accounts._tokens import new_token, token_hash
from steelyard.core import Clock
from steelyard.store.accounts import People, Session, User

LONGEST = timedelta(days=7)
"""Then everybody logs in again."""

IDLE = timedelta(hours=12)
"""Without a request for so long, a session is over."""

_TOUCH = timedelta(minutes=1)


def begin_session(people: People, user: User, *, clock: Clock, old_token: str = "") -> str:
    """Open a session; returns its new token. The session that a login replaces is over.

    A token is never taken from the browser: one that somebody planted there stays worthless.
    """
    token, now = new_token(), clock.now()
    session = Session(
        token_hash=token_hash(token), user=user.name, created=now, seen=now, expires=now + LONGEST
    )
    people.begin_session(session, instead_of=token_hash(old_token) if old_token else None)
    return token


def find_session(people: People, token: str, *, clock: Clock) -> User | None:
    """Whose session it is, if it is not over."""
    found = people.find_session(token_hash(token)) if token else None
    if found is None:
        return None
    session, user = found
    now = clock.now()
    if session.expires <= now or now - session.seen >= IDLE or user.disabled is not None:
        people.end_session(session.token_hash)
        return None
    if now - session.seen >= _TOUCH:
        people.touch_session(session.token_hash, now)
    return user


def end_session(people: People, token: str) -> None:
    """Log out."""
    if token:
        people.end_session(token_hash(token))
