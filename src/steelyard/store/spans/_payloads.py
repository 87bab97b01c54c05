"""Payload blocks, compressed: with a dictionary learned from the first spans where a block is small."""

from __future__ import annotations

import threading
from typing import NamedTuple

import zstandard
from sqlalchemy import Connection, func, insert, select

from steelyard.core import StoreError
from steelyard.store._engine import Database
from steelyard.store._span_schema import span_dictionaries
from steelyard.traces import Block, skeleton, unpack

_LEVELS = {True: 1, False: 3}
"""By whether a block is large: on large ones level 3 takes 1.7 times as long for 5 % at most (measured)."""
_PLAIN_FROM = 48 * 1024
"""From this size on a block holds its own repetitions, and a dictionary only costs time (measured)."""
_SAMPLES = 1000
_SAMPLE_BYTES = 8 * 2**20
_DICTIONARY_BYTES = 64 * 1024
_LARGEST = 256 * 2**20


class Compressed(NamedTuple):
    """A block as it is stored."""

    dictionary: int
    """Which dictionary; 0 for none."""
    data: bytes
    """A zstd frame."""
    spans: int
    """How many it holds."""


class Codec:
    """Compresses and decompresses; threads may share it."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._local = threading.local()
        self._lock = threading.Lock()
        self._dictionaries: dict[int, zstandard.ZstdCompressionDict] = {}
        self._samples: list[bytes] = []
        self._current: int | None = None

    def compress(self, block: Block) -> Compressed:
        """A block for the store."""
        number = self._newest() if len(block.data) < _PLAIN_FROM else 0
        if self._current == 0:
            self._sample(block)
        return Compressed(number, self._compressor(number).compress(block.data), block.spans)

    def decompress(self, number: int, data: bytes) -> bytes:
        """The bytes of a block; raises StoreError when they are damaged."""
        try:
            return self._decompressor(number).decompress(data, max_output_size=_LARGEST)
        except zstandard.ZstdError as error:
            raise StoreError(
                f"a stored payload is damaged: {error}", hint="Restore the store from a backup"
            ) from None

    def train(self, connection: Connection) -> None:
        """Learn and store a dictionary once enough spans were seen; call inside a writing transaction."""
        with self._lock:
            if self._current != 0 or len(self._samples) < _SAMPLES:
                return
            samples, self._samples = self._samples, []
        try:
            data = zstandard.train_dictionary(_DICTIONARY_BYTES, list(samples)).as_bytes()
        except zstandard.ZstdError:  # too alike or too small to learn from: more are collected
            return
        if connection.scalar(select(func.count()).select_from(span_dictionaries)) == 0:
            connection.execute(insert(span_dictionaries).values(data=data))

    def learn(self) -> None:
        """Take up a dictionary that was committed."""
        with self._lock:
            if self._current == 0 and not self._samples:
                self._current = None

    def _newest(self) -> int:
        if self._current is None:
            with self._db.read() as connection:
                found = connection.scalar(select(func.max(span_dictionaries.c.no)))
            self._current = int(found or 0)
        return self._current

    def _sample(self, block: Block) -> None:
        with self._lock:
            if len(self._samples) < _SAMPLES:
                spans = [skeleton(span) for _, span in unpack(block.data)]
                held = sum(map(len, self._samples))
                for data in spans:
                    if held + len(data) <= _SAMPLE_BYTES:
                        self._samples.append(data)
                        held += len(data)

    def _compressor(self, number: int) -> zstandard.ZstdCompressor:
        cache: dict[int, zstandard.ZstdCompressor] | None = getattr(self._local, "compressors", None)
        if cache is None:
            cache = self._local.compressors = {}
        if number not in cache:
            given = self._dictionary(number)
            cache[number] = zstandard.ZstdCompressor(level=_LEVELS[number == 0], dict_data=given)
        return cache[number]

    def _decompressor(self, number: int) -> zstandard.ZstdDecompressor:
        cache: dict[int, zstandard.ZstdDecompressor] | None = getattr(self._local, "decompressors", None)
        if cache is None:
            cache = self._local.decompressors = {}
        if number not in cache:
            cache[number] = zstandard.ZstdDecompressor(dict_data=self._dictionary(number))
        return cache[number]

    def _dictionary(self, number: int) -> zstandard.ZstdCompressionDict | None:
        if number == 0:
            return None
        if number not in self._dictionaries:
            with self._db.read() as connection:
                query = select(span_dictionaries.c.data).where(span_dictionaries.c.no == number)
                data = connection.scalars(query).one_or_none()
            if data is None:
                raise StoreError(
                    "the dictionary of a payload is gone", hint="Restore the store from a backup"
                )
            self._dictionaries[number] = zstandard.ZstdCompressionDict(bytes(data))
        return self._dictionaries[number]
