"""Answers that may be used again."""

from __future__ import annotations

import threading

from sqlalchemy import select, text

from steelyard.store._engine import Database
from steelyard.store._schema import answers
from steelyard.store._text import encode_text

_WAITING = 128
_PUT = text(
    "INSERT INTO answers (key, value) VALUES (:key, :value)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


class Answers:
    """The answer cache: key to JSON text.

    Answers wait in memory and are written a hundred at a time, because a cache is asked from the middle of
    a run: a killed process loses the last few, which costs calls but no results.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._waiting: dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """The JSON text put under this key, or None."""
        with self._lock:
            waiting = self._waiting.get(key)
        if waiting is not None:
            return waiting
        with self._db.read() as connection:
            query = select(answers.c.value).where(answers.c.key == encode_text(key))
            return connection.scalars(query).one_or_none()

    def put(self, key: str, value: str) -> None:
        """Keep a JSON text under a key; what was there is replaced."""
        with self._lock:
            self._waiting[key] = value
            full = len(self._waiting) >= _WAITING
        if full:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            rows = [{"key": encode_text(key), "value": value} for key, value in sorted(self._waiting.items())]
            if rows:
                with self._db.write() as connection:
                    connection.execute(_PUT, rows)
            self._waiting.clear()
