"""Text and time as columns: what any database can hold, and what sorts as it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime

from steelyard.core import canonical_json

_ESCAPED = re.compile('[\x00-\x1f"\\\\\ud800-\udfff]')


def encode_text(text: str) -> str:
    """Text without the characters that some database refuses (NUL, lone surrogates).

    It is the inside of the canonical JSON string: ordinary text stays as it is, so that people can read
    and compare the column; the encoding can always be undone, and equal texts stay equal.
    """
    return text if _ESCAPED.search(text) is None else canonical_json(text)[1:-1]


def encode_texts(texts: Sequence[str]) -> list[str | None]:
    """Many texts encoded; empty ones become None. Most need no change, and one look tells."""
    if _ESCAPED.search("".join(texts)) is None:
        return [text or None for text in texts]
    return [encode_text(text) if text else None for text in texts]


def decode_text(column: str) -> str:
    """The text that `encode_text` was given."""
    return str(json.loads(f'"{column}"')) if "\\" in column else column


def encode_time(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, always of one length, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def decode_time(column: str) -> datetime:
    """The moment that `encode_time` was given, in UTC."""
    return datetime.fromisoformat(column)
