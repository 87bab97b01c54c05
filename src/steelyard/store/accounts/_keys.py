"""API keys, by their prefix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from steelyard.core import NotFoundError
from steelyard.store._account_schema import api_keys
from steelyard.store._engine import Database
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time
from steelyard.store.accounts._records import ApiKey


class Keys:
    """API keys; they are revoked, never removed."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_key(self, key: ApiKey) -> None:
        """Write down a new key."""
        row = {
            "prefix": key.prefix,
            "token_hash": key.token_hash,
            "name": encode_text(key.name),
            "project": encode_text(key.project),
            "role": key.role,
            "scopes": " ".join(key.scopes),
            "created": encode_time(key.created),
            "expires": None if key.expires is None else encode_time(key.expires),
        }
        with self._db.write() as connection:
            connection.execute(insert(api_keys).values(row))

    def find_key(self, prefix: str) -> ApiKey | None:
        """By prefix; whether it still holds is for the caller to say."""
        with self._db.read() as connection:
            row = connection.execute(select(api_keys).where(api_keys.c.prefix == prefix)).one_or_none()
        return None if row is None else _key(row)

    def list_keys(self, project: str) -> list[ApiKey]:
        """A project's keys, oldest first."""
        query = select(api_keys).where(api_keys.c.project == encode_text(project))
        with self._db.read() as connection:
            return [_key(row) for row in connection.execute(query.order_by(api_keys.c.created))]

    def touch_key(self, prefix: str, at: datetime) -> None:
        """Note a request."""
        with self._db.write() as connection:
            connection.execute(
                update(api_keys).where(api_keys.c.prefix == prefix).values(used=encode_time(at))
            )

    def revoke_key(self, prefix: str, *, project: str, at: datetime) -> None:
        """From now on it opens nothing; raises NotFoundError."""
        where = (api_keys.c.prefix == prefix, api_keys.c.project == encode_text(project))
        with self._db.write() as connection:
            if connection.execute(select(api_keys.c.prefix).where(*where)).first() is None:
                raise NotFoundError(f"there is no key '{prefix}'", hint="See all: steelyard key list")
            unrevoked = api_keys.c.revoked.is_(None)
            connection.execute(update(api_keys).where(*where, unrevoked).values(revoked=encode_time(at)))


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        prefix=row.prefix,
        token_hash=row.token_hash,
        name=decode_text(row.name),
        project=decode_text(row.project),
        role=row.role,
        scopes=tuple(row.scopes.split()),
        created=decode_time(row.created),
        expires=None if row.expires is None else decode_time(row.expires),
        used=None if row.used is None else decode_time(row.used),
        revoked=None if row.revoked is None else decode_time(row.revoked),
    )
