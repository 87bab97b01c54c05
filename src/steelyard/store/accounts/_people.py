"""Users, their roles and their sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from steelyard.core import NotFoundError, UsageError
from steelyard.store._account_schema import memberships, sessions, users
from steelyard.store._engine import Database
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time
from steelyard.store.accounts._records import Session, User


class People:
    """Users and sessions; names are compared as they are given."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def any_users(self) -> bool:
        """Whether anybody was ever added: users are disabled, never removed."""
        with self._db.read() as connection:
            return connection.execute(select(users.c.id).limit(1)).first() is not None

    def add_user(self, user: User, *, first_roles: Mapping[str, str] | None = None) -> User:
        """Add a user, with `first_roles` instead if nobody is there yet; raises UsageError for a taken name.

        Whether somebody is there is decided in the transaction that writes: two who are added at once are
        not both the first.
        """
        with self._db.write_alone() as connection:
            is_first = connection.execute(select(users.c.id).limit(1)).first() is None
            if connection.execute(select(users.c.id).where(_is(user.name))).first() is not None:
                raise UsageError(f"there is a user '{user.name}' already", hint="steelyard user list")
            row = {
                "name": encode_text(user.name),
                "password_hash": user.password_hash,
                "issuer": _text(user.issuer),
                "subject": _text(user.subject),
                "created": encode_time(user.created),
                "disabled": _time(user.disabled),
            }
            number = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
            for project, role in (first_roles if is_first and first_roles else user.roles).items():
                connection.execute(
                    insert(memberships).values(user_id=number, project=encode_text(project), role=role)
                )
            return _user(connection, _found(connection, user.name))

    def get_user(self, name: str) -> User:
        """By name; raises NotFoundError."""
        with self._db.read() as connection:
            return _user(connection, _found(connection, name))

    def find_user(self, issuer: str, subject: str) -> User | None:
        """By who they are at an OpenID provider."""
        query = select(users).where(
            users.c.issuer == encode_text(issuer), users.c.subject == encode_text(subject)
        )
        with self._db.read() as connection:
            row = connection.execute(query).one_or_none()
            return None if row is None else _user(connection, row)

    def list_users(self) -> list[User]:
        """All, in the order in which they came."""
        with self._db.read() as connection:
            return [_user(connection, row) for row in connection.execute(select(users).order_by(users.c.id))]

    def set_password(self, name: str, password_hash: str) -> None:
        """A new password ends every session; raises NotFoundError."""
        self._change(name, password_hash=password_hash)

    def bind_user(self, name: str, *, issuer: str, subject: str) -> bool:
        """Write down who a user is at their provider, unless it is known; whether it was written."""
        where = (_is(name), users.c.issuer == encode_text(issuer), users.c.subject.is_(None))
        with self._db.write() as connection:
            done = connection.execute(update(users).where(*where).values(subject=encode_text(subject)))
            return done.rowcount == 1

    def disable_user(self, name: str, at: datetime | None) -> None:
        """Keep a user out from now on, and end their sessions; None lets them in again.

        Raises NotFoundError, and UsageError for the last one who administers every project.
        """
        self._change(name, disabled=_time(at), guarded=at is not None)

    def set_role(self, name: str, role: str | None, *, project: str) -> None:
        """A role in a project, or none; raises NotFoundError, and UsageError for the last administrator."""
        with self._db.write_alone() as connection:
            number = _found(connection, name).id
            place = (memberships.c.user_id == number, memberships.c.project == encode_text(project))
            connection.execute(delete(memberships).where(*place))
            if role is not None:
                row = {"user_id": number, "project": encode_text(project), "role": role}
                connection.execute(insert(memberships).values(row))
            _refuse_without_administrator(connection, name)

    def begin_session(self, session: Session, *, instead_of: str | None = None) -> None:
        """Open a session; the one it replaces, and all that have expired, are gone."""
        with self._db.write() as connection:
            gone = sessions.c.expires <= encode_time(session.created)
            if instead_of is not None:
                gone |= sessions.c.token_hash == instead_of
            connection.execute(delete(sessions).where(gone))
            row = {
                "token_hash": session.token_hash,
                "user_id": _found(connection, session.user).id,
                "created": encode_time(session.created),
                "seen": encode_time(session.seen),
                "expires": encode_time(session.expires),
            }
            connection.execute(insert(sessions).values(row))

    def find_session(self, token_hash: str) -> tuple[Session, User] | None:
        """A session and whose it is; whether it still holds is for the caller to say."""
        with self._db.read() as connection:
            row = connection.execute(
                select(sessions).where(sessions.c.token_hash == token_hash)
            ).one_or_none()
            if row is None:
                return None
            found = connection.execute(select(users).where(users.c.id == row.user_id)).one()
            user = _user(connection, found)
        session = Session(
            token_hash=row.token_hash,
            user=user.name,
            created=decode_time(row.created),
            seen=decode_time(row.seen),
            expires=decode_time(row.expires),
        )
        return session, user

    def touch_session(self, token_hash: str, at: datetime) -> None:
        """Note a request."""
        with self._db.write() as connection:
            connection.execute(
                update(sessions).where(sessions.c.token_hash == token_hash).values(seen=encode_time(at))
            )

    def end_session(self, token_hash: str) -> None:
        """End a session; none is no error."""
        with self._db.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    def _change(self, name: str, *, guarded: bool = False, **values: str | None) -> None:
        with self._db.write_alone() as connection:
            number = _found(connection, name).id
            connection.execute(update(users).where(users.c.id == number).values(**values))
            connection.execute(delete(sessions).where(sessions.c.user_id == number))
            if guarded:
                _refuse_without_administrator(connection, name)


def _refuse_without_administrator(connection: Connection, name: str) -> None:
    left = (
        select(users.c.id)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.project == "*", memberships.c.role == "admin", users.c.disabled.is_(None))
    )
    if connection.execute(left.limit(1)).first() is None:
        raise UsageError(
            f"'{name}' is the last administrator of every project",
            hint="Make another first: steelyard user role NAME admin --everywhere",
        )


def _is(name: str) -> Any:
    return users.c.name == encode_text(name)


def _found(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(users).where(_is(name))).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no user '{name}'", hint="steelyard user list")
    return row


def _user(connection: Connection, row: Row[Any]) -> User:
    roles = connection.execute(
        select(memberships).where(memberships.c.user_id == row.id).order_by(memberships.c.project)
    )
    return User(
        name=decode_text(row.name),
        created=decode_time(row.created),
        roles={decode_text(place.project): place.role for place in roles},
        password_hash=row.password_hash,
        issuer=None if row.issuer is None else decode_text(row.issuer),
        subject=None if row.subject is None else decode_text(row.subject),
        disabled=None if row.disabled is None else decode_time(row.disabled),
    )


def _text(value: str | None) -> str | None:
    return None if value is None else encode_text(value)


def _time(value: datetime | None) -> str | None:
    return None if value is None else encode_time(value)
