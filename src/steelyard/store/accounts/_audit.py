"""The audit log: each entry holds the hash of the one before (a hash chain; Schneier and Kelsey 1999)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from steelyard.core import UsageError, canonical_json, parse_json
from steelyard.store._account_schema import audit_entries, audit_head
from steelyard.store._codec import as_object
from steelyard.store._engine import Database
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time
from steelyard.store.accounts._records import AuditCheck, AuditEntry, AuditEvent

START = "0" * 64
"""What the first entry follows."""

_COLUMNS = ("time", "who", "action", "subject", "source", "outcome", "detail")
_PAGE = 5000
_FILTERS = {name: audit_entries.c[name] for name in ("who", "action", "subject", "outcome")}


class AuditLog:
    """Grows, and nothing else."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def append(self, event: AuditEvent) -> AuditEntry:
        """Write an event at the end of the chain; one at a time, whichever process writes."""
        columns = {
            "time": encode_time(event.time),
            "who": encode_text(event.who),
            "action": event.action,
            "subject": encode_text(event.subject),
            "source": encode_text(event.source),
            "outcome": event.outcome,
            "detail": canonical_json(event.detail),
        }
        with self._db.write_alone() as connection:
            head = connection.execute(select(audit_head)).one_or_none()
            no, previous = (1, START) if head is None else (head.no + 1, head.hash)
            digest = _digest(no, columns, previous)
            row = {"no": no, **columns, "previous": previous, "hash": digest}
            connection.execute(insert(audit_entries).values(row))
            if head is None:
                connection.execute(insert(audit_head).values(id=1, no=no, hash=digest))
            else:
                connection.execute(update(audit_head).values(no=no, hash=digest))
        return AuditEntry(no=no, event=event, previous=previous, hash=digest)

    def entries(
        self, *, limit: int, before: int | None = None, where: Mapping[str, str] | None = None
    ) -> list[AuditEntry]:
        """The newest first; `where` has what `who`, `action`, `subject` or `outcome` must be."""
        query = select(audit_entries).order_by(audit_entries.c.no.desc()).limit(limit)
        if before is not None:
            query = query.where(audit_entries.c.no < before)
        for name, value in (where or {}).items():
            query = query.where(_FILTERS[name] == encode_text(value))
        with self._db.read() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def last_times(self, action: str) -> dict[str, datetime]:
        """Who did something, and when they last did."""
        done = (audit_entries.c.action == action, audit_entries.c.outcome == "done")
        query = select(audit_entries.c.who, func.max(audit_entries.c.time)).where(*done)
        with self._db.read() as connection:
            rows = connection.execute(query.group_by(audit_entries.c.who)).all()
        return {decode_text(who): decode_time(time) for who, time in rows}

    def verify(self, *, known: tuple[int, str] | None = None) -> AuditCheck:
        """Read the whole chain and name the first entry that is not as it was written.

        An edited, removed, inserted or reordered entry breaks the chain, and so does an end that was cut
        off. Who rewrites every entry from some place on, and the head, can forge a chain that holds: that is
        found with `known`, the number and hash of an entry, noted earlier and kept elsewhere.
        """
        noted = [mark for mark in (self._head(), known) if mark is not None]
        last, previous = 0, START
        for row in self._rows():
            reason = _fault(row, last + 1, previous) or _contradiction(row, noted)
            if reason:
                return AuditCheck(entries=last, hash=previous, broken=last + 1, reason=reason)
            last, previous = row.no, row.hash
        if last < max((no for no, _ in noted), default=0):
            return AuditCheck(entries=last, hash=previous, broken=last + 1, reason="it is missing")
        # Read once more: entries may have come meanwhile, each together with a head.
        end, _ = self._head() or (0, START)
        if last > end:
            return AuditCheck(entries=end, hash=previous, broken=end + 1, reason="the log ended before it")
        return AuditCheck(entries=last, hash=previous)

    def _head(self) -> tuple[int, str] | None:
        with self._db.read() as connection:
            row = connection.execute(select(audit_head)).one_or_none()
        return None if row is None else (row.no, row.hash)

    def _rows(self) -> Iterator[Row[Any]]:
        after = -(2**62)
        while True:
            query = select(audit_entries).where(audit_entries.c.no > after)
            with self._db.read() as connection:
                rows = connection.execute(query.order_by(audit_entries.c.no).limit(_PAGE)).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            after = rows[-1].no


def parse_mark(text: str) -> tuple[int, str]:
    """An entry's number and hash from `NUMBER:HASH`; raises UsageError."""
    number, _, digest = text.partition(":")
    if not number.isascii() or not number.isdigit() or len(digest) != len(START):
        raise UsageError(f"'{text}' names no entry", hint="Write NUMBER:HASH, as audit verify prints it")
    return int(number), digest


def _fault(row: Row[Any], no: int, previous: str) -> str:
    if row.no != no:
        return "it is missing"
    if row.previous != previous:
        return "it does not follow the entry before"
    try:
        digest = _digest(no, {name: getattr(row, name) for name in _COLUMNS}, previous)
    except TypeError:  # SQLite keeps bytes where text belongs, if somebody puts them there
        digest = ""
    return "" if row.hash == digest else "its text is not what was written"


def _contradiction(row: Row[Any], noted: Sequence[tuple[int, str]]) -> str:
    """What is wrong with an entry whose chain holds, against hashes that were noted elsewhere."""
    wrong = any(no == row.no and digest != row.hash for no, digest in noted)
    return "it is not the entry whose hash was noted" if wrong else ""


def _digest(no: int, columns: Mapping[str, str], previous: str) -> str:
    text = canonical_json({"no": no, **columns, "previous": previous})
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _entry(row: Row[Any]) -> AuditEntry:
    event = AuditEvent(
        time=decode_time(row.time),
        who=decode_text(row.who),
        action=row.action,
        subject=decode_text(row.subject),
        source=decode_text(row.source),
        outcome=row.outcome,
        detail=as_object(parse_json(row.detail)),
    )
    return AuditEntry(no=row.no, event=event, previous=row.previous, hash=row.hash)
