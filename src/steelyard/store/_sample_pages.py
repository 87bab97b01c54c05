"""Samples with their cases, a page at a time: no reader holds a transaction, or a whole run, for long."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, select, tuple_

from steelyard.core import Case, Score, case_from_json, output_from_json, parse_json
from steelyard.runs import Sample
from steelyard.store._codec import as_object, score_from_columns
from steelyard.store._engine import Database
from steelyard.store._paging import pages
from steelyard.store._schema import cases, outputs, samples, scores, version_cases

_FACTS = 5000

_Key: TypeAlias = tuple[int, int]
"""Case number, epoch."""


class SamplePages:
    """Reads the samples of one run, all or some, in case order, then epoch."""

    def __init__(
        self,
        database: Database,
        *,
        run_no: int,
        version_id: int,
        metric_keys: Mapping[int, str],
        wanted: Collection[_Key] | None,
    ) -> None:
        self._db = database
        self._run_no = run_no
        self._version_id = version_id
        self._metric_keys = metric_keys
        self._wanted = None if wanted is None else frozenset(wanted)

    def __iter__(self) -> Iterator[Sample]:
        case: tuple[int, Case] | None = None
        for keys in pages(self._facts()):
            asked = set(keys)
            with self._db.read() as connection:
                rows = connection.execute(self._bodies(keys)).all()
                found = self._scores(connection, keys)
            for case_no, epoch, case_text, output_text in rows:
                if (case_no, epoch) not in asked:
                    continue
                if case is None or case[0] != case_no:
                    case = (case_no, case_from_json(as_object(parse_json(case_text))))
                yield Sample(
                    case=case[1],
                    epoch=epoch,
                    output=output_from_json(as_object(parse_json(output_text))),
                    scores=found.get((case_no, epoch), {}),
                )

    def _facts(self) -> Iterator[tuple[_Key, int]]:
        """Key and length of every sample to read; the run may grow meanwhile."""
        if self._wanted is not None:
            keys = sorted(self._wanted)
            for first in range(0, len(keys), _FACTS):
                numbers = {case_no for case_no, _ in keys[first : first + _FACTS]}
                of_these = samples.c.case_no.in_(sorted(numbers))
                part = frozenset(keys[first : first + _FACTS])
                yield from (fact for fact in self._some_facts(of_these) if fact[0] in part)
            return
        after: _Key = (-1, 0)
        while facts := self._some_facts(tuple_(samples.c.case_no, samples.c.epoch) > after, limit=_FACTS):
            yield from facts
            after = facts[-1][0]

    def _some_facts(
        self, condition: ColumnElement[bool], *, limit: int | None = None
    ) -> list[tuple[_Key, int]]:
        query = (
            self._joined(samples.c.case_no, samples.c.epoch, samples.c.size + cases.c.size)
            .where(condition)
            .limit(limit)
        )
        with self._db.read() as connection:
            return [((case_no, epoch), size) for case_no, epoch, size in connection.execute(query)]

    def _bodies(self, keys: Sequence[_Key]) -> Select[Any]:
        body = and_(
            outputs.c.run_no == samples.c.run_no,
            outputs.c.case_no == samples.c.case_no,
            outputs.c.epoch == samples.c.epoch,
        )
        query = self._joined(samples.c.case_no, samples.c.epoch, cases.c.json, outputs.c.json)
        return query.join(outputs, body).where(self._among(samples, keys))

    def _joined(self, *columns: ColumnElement[Any]) -> Select[Any]:
        place = and_(
            version_cases.c.version_id == self._version_id, version_cases.c.case_no == samples.c.case_no
        )
        return (
            select(*columns)
            .select_from(samples)
            .join(version_cases, place)
            .join(cases, cases.c.id == version_cases.c.case_row)
            .where(samples.c.run_no == self._run_no)
            .order_by(samples.c.case_no, samples.c.epoch)
        )

    def _among(self, table: Table, keys: Sequence[_Key]) -> ColumnElement[bool]:
        """Rows of these keys, and maybe of a few others: whatever the primary key finds fastest."""
        if self._wanted is None:
            place = tuple_(table.c.case_no, table.c.epoch)
            return and_(place >= keys[0], place <= keys[-1])
        return and_(
            table.c.case_no.in_(sorted({case_no for case_no, _ in keys})),
            table.c.epoch.in_(sorted({epoch for _, epoch in keys})),
        )

    def _scores(self, connection: Connection, keys: Sequence[_Key]) -> dict[_Key, dict[str, Score]]:
        query = (
            select(scores)
            .where(scores.c.metric_id.in_(self._metric_keys), self._among(scores, keys))
            .order_by(scores.c.metric_id)
        )
        found: dict[_Key, dict[str, Score]] = {}
        for metric_id, case_no, epoch, *columns in connection.execute(query):
            state, value, extracted, note, detail = columns
            score = score_from_columns((state, value, extracted, note, detail))
            found.setdefault((case_no, epoch), {})[self._metric_keys[metric_id]] = score
        return found
