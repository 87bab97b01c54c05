"""The one transaction in which feedback becomes durable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from steelyard.core import Clock
from steelyard.store._engine import Database
from steelyard.store._span_schema import spans, trace_feedback, traces
from steelyard.store._text import encode_text
from steelyard.store.spans._feedback_rows import NEGATIVE, feedback_columns, key_of, words_of
from steelyard.store.spans._ledger import COUNT_IN_LEDGER
from steelyard.store.spans._marks import mark_negative
from steelyard.store.spans._numbers import id_to_int, minute_of, moment_of, number_at
from steelyard.store.spans._words import Words
from steelyard.traces import Feedback, FeedbackTaken, Refused, may_revise

LEDGER_WORD = "feedback"
"""What the ledger calls feedback, to tell it from spans."""
OTHERS = "another sender's feedback has this id"
ENOUGH = "this trace has enough feedback from this key"
_LOOKUP = 400
_NOWHERE = {"model_no": None, "slice_no": None}
_COLUMNS = tuple(column.name for column in trace_feedback.columns)


class FeedbackBatch(NamedTuple):
    """What one request sends."""

    project: str
    """Whose it is."""
    items: Sequence[Feedback]
    """What was read."""
    refused: Sequence[str] = ()
    """Why others were refused before."""
    most: int | None = None
    """How much one author may give to one trace, who may be anybody; None: somebody trusted."""


class FeedbackWriter:
    """Writes batches, one transaction at a time in all processes."""

    def __init__(self, database: Database, *, words: Words, clock: Clock) -> None:
        self._db = database
        self._words = words
        self._clock = clock

    def write(self, batches: Sequence[FeedbackBatch]) -> list[FeedbackTaken]:
        """Write batches in one transaction; durable when this returns."""
        with self._db.write_alone() as connection:
            now = number_at(self._clock.now())
            taken, fresh = write_feedback(connection, self._db, batches, words=self._words, now=now)
        self._words.remember(fresh)
        return taken


def write_feedback(
    connection: Connection, database: Database, batches: Sequence[FeedbackBatch], *, words: Words, now: int
) -> tuple[list[FeedbackTaken], dict[str, int]]:
    """Write batches in a transaction that is under way, whose number is `now`; with the words to remember."""
    numbers, fresh = words.take(connection, _words(batches))
    last = connection.scalar(select(func.max(trace_feedback.c.no))) or 0
    sitting = _Sitting(connection, database, numbers, words=words, first=max(now, last + 1))
    taken = [sitting.add(batch) for batch in batches]
    sitting.finish()
    return taken, fresh


def _words(batches: Sequence[FeedbackBatch]) -> set[str]:
    found = {LEDGER_WORD}
    for batch in batches:
        found.add(batch.project)
        found |= words_of(batch.items)
        found.update(_reason(reason) for reason in (*batch.refused, OTHERS, ENOUGH))
    return found


def _reason(reason: str) -> str:
    return f"{LEDGER_WORD}: {reason}"


class _Sitting:
    """Collects what a transaction changes."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        numbers: Mapping[str, int],
        *,
        words: Words,
        first: int,
    ) -> None:
        self._connection = connection
        self._db = database
        self._numbers = numbers
        self._texts = words
        self._next = first
        self._minute = minute_of(first)
        self._now_us = int(moment_of(first).timestamp() * 1e6)
        self._held: dict[tuple[int, bytes], dict[str, Any]] = {}
        self._new: list[dict[str, Any]] = []
        self._changed: dict[int, dict[str, Any]] = {}
        self._touched: set[tuple[int, bytes]] = set()
        self._given: Counter[tuple[int, bytes, int]] = Counter()
        self._places: dict[tuple[int, bytes], tuple[int | None, int | None]] = {}
        self._ledger: Counter[tuple[int, int, int]] = Counter()

    def add(self, batch: FeedbackBatch) -> FeedbackTaken:
        """Add one batch."""
        project_no = self._numbers[batch.project]
        self._look_up(project_no, [key_of(item.id) for item in batch.items])
        self._look_up_traces(project_no, [item.trace_id for item in batch.items if item.trace_id])
        counts: Counter[str] = Counter()
        refused: list[Refused] = []
        for index, item in enumerate(batch.items):
            outcome = self._take(project_no, item, most=batch.most)
            if outcome in (OTHERS, ENOUGH):
                refused.append(Refused(index=index, id=item.id, reason=outcome))
            else:
                counts[outcome] += 1
        self._note(project_no, batch, counts, refused)
        return FeedbackTaken(
            accepted=counts["accepted"],
            revised=counts["revised"],
            duplicates=counts["duplicates"],
            refused=tuple(refused),
        )

    def _look_up(self, project_no: int, keys: Sequence[bytes]) -> None:
        wanted = [key for key in dict.fromkeys(keys) if (project_no, key) not in self._held]
        c = trace_feedback.c
        for first in range(0, len(wanted), _LOOKUP):
            query = select(c.no, c.key, c.digest, c.author_no, c.given_us, c.tone, c.trace_id).where(
                c.key.in_(wanted[first : first + _LOOKUP]), c.project_no == project_no
            )
            for row in self._connection.execute(query).mappings():
                self._held[project_no, bytes(row["key"])] = dict(row)

    def _look_up_traces(self, project_no: int, trace_ids: Sequence[str]) -> None:
        wanted = [bytes.fromhex(trace_id) for trace_id in dict.fromkeys(trace_ids)]
        t = traces.c
        for first in range(0, len(wanted), _LOOKUP):
            query = select(t.trace_id, t.model_no, t.slice_no).where(
                t.trace_id.in_(wanted[first : first + _LOOKUP]), t.project_no == project_no
            )
            for trace_id, model_no, slice_no in self._connection.execute(query):
                self._places[project_no, bytes(trace_id)] = (model_no, slice_no)

    def _take(self, project_no: int, item: Feedback, *, most: int | None) -> str:
        key = key_of(item.id)
        row = feedback_columns(item, self._numbers)
        held = self._held.get((project_no, key))
        if held is None:
            if most is not None and row["trace_id"] and self._has_enough(project_no, row, most):
                return ENOUGH
            row |= {"no": self._number(), "project_no": project_no, "key": key, "id": encode_text(item.id)}
            row |= {"revised_us": None, **_NOWHERE, **self._place(project_no, row)}
            self._new.append(row)
            self._held[project_no, key] = row
            self._touch(project_no, row)
            return "accepted"
        is_mine = held["author_no"] == row["author_no"]
        if most is not None and not is_mine:
            return OTHERS
        if bytes(held["digest"]) == row["digest"] or _is_older(row["given_us"], held["given_us"]):
            return "duplicates"
        if not (is_mine or may_revise(item.author, self._author(held["author_no"]))):
            return OTHERS
        self._touch(project_no, held)
        self._touch(project_no, row)
        held |= {**row, **_NOWHERE, **self._place(project_no, row), "revised_us": self._now_us}
        if held["no"] < (self._new[0]["no"] if self._new else self._next):
            self._changed[held["no"]] = held
        return "revised"

    def _author(self, author_no: int) -> str:
        return self._texts.texts(self._connection, {author_no}).get(author_no, "") if author_no else ""

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _touch(self, project_no: int, row: Mapping[str, Any]) -> None:
        if row["tone"] == NEGATIVE and row["trace_id"]:
            self._touched.add((project_no, bytes(row["trace_id"])))

    def _has_enough(self, project_no: int, row: Mapping[str, Any], most: int) -> bool:
        given = (project_no, row["trace_id"], row["author_no"])
        c = trace_feedback.c
        if given not in self._given:
            mine = (c.trace_id == given[1], c.project_no == project_no, c.author_no == given[2])
            self._given[given] = self._connection.scalar(select(func.count()).where(*mine)) or 0
        self._given[given] += 1
        return self._given[given] > most

    def _place(self, project_no: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """Model and slice of the span, else of its trace, where they are there already."""
        if not row["trace_id"]:
            return {}
        known = self._places.get((project_no, row["trace_id"]))
        if known is None:
            return {}
        model_no, slice_no = known
        if not row["span_id"]:
            return {"model_no": model_no, "slice_no": slice_no}
        query = (
            select(spans.c.model_no, spans.c.slice_no)
            .join(traces, spans.c.trace_no == traces.c.no)
            .where(traces.c.trace_id == row["trace_id"], traces.c.project_no == project_no)
            .where(spans.c.span_id == id_to_int(row["span_id"]))
            .where(spans.c.no.between(traces.c.no, traces.c.last_no))
            .limit(1)
        )
        found = self._connection.execute(query).one_or_none()
        of_span = (None, None) if found is None else (found.model_no, found.slice_no)
        return {"model_no": of_span[0] or model_no, "slice_no": of_span[1] or slice_no}

    def _note(
        self, project_no: int, batch: FeedbackBatch, counts: Counter[str], refused: Sequence[Refused]
    ) -> None:
        word = self._numbers[LEDGER_WORD]
        received = len(batch.items) + len(batch.refused)
        taken = counts["accepted"] + counts["revised"]
        for outcome, count in ((0, received), (1, taken), (2, counts["duplicates"])):
            if count:
                self._ledger[project_no, outcome, word] += count
        for reason in (*batch.refused, *(item.reason for item in refused)):
            self._ledger[project_no, 3, self._numbers[_reason(reason)]] += 1

    def finish(self) -> None:
        """Write everything that was collected."""
        rows = [tuple(row[name] for name in _COLUMNS) for row in self._new]
        self._db.insert_many(self._connection, trace_feedback, rows)
        if self._changed:
            self._connection.execute(_UPDATE, [_changed(row) for row in self._changed.values()])
        mark_negative(self._connection, self._db, self._touched)
        ledger = [
            {"project_no": key[0], "minute": self._minute, "outcome": key[1], "reason_no": key[2], "count": n}
            for key, n in self._ledger.items()
        ]
        if ledger:
            self._connection.execute(COUNT_IN_LEDGER, ledger)


_REVISED = tuple(name for name in _COLUMNS if name not in ("no", "project_no", "key", "id"))
_UPDATE = (
    update(trace_feedback)
    .where(trace_feedback.c.no == bindparam("at"))
    .values({name: bindparam(f"new_{name}") for name in _REVISED})
)


def _changed(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": row["no"], **{f"new_{name}": row[name] for name in _REVISED}}


def _is_older(given_us: int | None, held_us: int | None) -> bool:
    return given_us is not None and held_us is not None and given_us < held_us
