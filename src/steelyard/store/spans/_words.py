"""Words by number: a span row refers to names, models and users instead of repeating them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from steelyard.store._engine import Database
from steelyard.store._span_schema import span_words
from steelyard.store._text import decode_text, encode_text

_MOST = 200_000
_TOGETHER = 400


class Words:
    """Words and their numbers, with the recent ones in memory. Word 0 is the empty one."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}
        self._lock = threading.Lock()

    def find(self, word: str) -> int | None:
        """The number of a word; None when no span has it."""
        if not word:
            return 0
        with self._db.read() as connection:
            query = select(span_words.c.no).where(span_words.c.word == encode_text(word))
            return connection.scalars(query).one_or_none()

    def take(self, connection: Connection, words: Iterable[str]) -> tuple[Mapping[str, int], dict[str, int]]:
        """Numbers for all of these, new ones made; call under the write lock.

        The second are those to `remember` once the transaction is committed: one rolled back made none.
        """
        known, wanted = self._numbers, set(words)
        wanted.discard("")
        missing = [word for word in wanted if word not in known]
        fresh: dict[str, int] = {}
        if missing:
            encoded = {encode_text(word): word for word in missing}
            fresh = {encoded[text]: no for text, no in self._find(connection, list(encoded))}
            new = [(text,) for text, word in encoded.items() if word not in fresh]
            if new:
                self._db.insert_many(connection, span_words, new)
                fresh |= {encoded[text]: no for text, no in self._find(connection, [text for (text,) in new])}
        return {word: fresh[word] if word in fresh else known[word] for word in wanted}, fresh

    def _find(self, connection: Connection, texts: list[str]) -> list[tuple[str, int]]:
        return self._db.fetch_in(connection, "SELECT word, no FROM span_words WHERE word IN", texts)

    def remember(self, fresh: Mapping[str, int]) -> None:
        """Keep numbers that are committed."""
        if fresh:
            with self._lock:
                if len(self._numbers) > _MOST:
                    self._numbers = {}
                self._numbers.update(fresh)

    def forget(self) -> None:
        """Forget everything: some words were deleted."""
        with self._lock:
            self._numbers, self._texts = {}, {}

    def texts(self, connection: Connection, numbers: Iterable[int]) -> Mapping[int, str]:
        """The words of these numbers."""
        missing = [number for number in set(numbers) if number and number not in self._texts]
        for first in range(0, len(missing), 10 * _TOGETHER):
            query = select(span_words.c.no, span_words.c.word).where(
                span_words.c.no.in_(missing[first : first + 10 * _TOGETHER])
            )
            found = {no: decode_text(word) for no, word in connection.execute(query)}
            with self._lock:
                if len(self._texts) > _MOST:
                    self._texts = {}
                self._texts.update(found)
        return self._texts
