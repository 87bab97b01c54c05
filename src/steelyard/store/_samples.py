"""Outputs and scores: appended in batches, read by column or streaming."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from steelyard.core import BugError, MetricSpec, NotFoundError, Output, Score, canonical_json
from steelyard.runs import RunTotals, Sample, SampleRow, ScoreTable
from steelyard.store._case_index import CaseIndex, read_case_index, remember
from steelyard.store._codec import score_columns, spec_from_json
from steelyard.store._engine import Database
from steelyard.store._sample_pages import SamplePages
from steelyard.store._schema import (
    calibrations,
    drawn_items,
    outputs,
    ratings,
    run_metrics,
    runs,
    samples,
    scores,
    studies,
)
from steelyard.store._score_table import read_score_table
from steelyard.store._text import decode_text, encode_text

_NO_FAULT, _TARGET, _INFRASTRUCTURE = 0, 1, 2
_LOOKUP = 5000

_Key = tuple[int, int]
"""Case number, epoch."""


class _Run(NamedTuple):
    """What never changes about a run."""

    no: int
    version_id: int


class Samples:
    """Implements `steelyard.runs.SampleStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._known_runs: dict[str, _Run] = {}
        self._indexes: dict[int, CaseIndex] = {}

    def append(self, run_id: str, rows: Sequence[SampleRow]) -> None:
        """Write samples in one transaction; what is stored already stays, but for infrastructure faults."""
        if not rows:
            return
        run, index = self._run_and_index(run_id)
        offered: dict[_Key, SampleRow] = {}
        for row in rows:
            key = (_case_no(index, row.case_id), row.epoch)
            if key not in offered or _fault_code(offered[key].output) == _INFRASTRUCTURE:
                offered[key] = row
        facts = {key: _facts(run.no, key, row) for key, row in offered.items()}
        with self._db.write() as connection:
            _lock(connection, run)
            stored = _stored(connection, run, offered)
            passes = _passes(connection, run)
            again = [key for key in offered if stored.get(key) == _INFRASTRUCTURE]
            if again:
                _remove(
                    connection, run, again, passes=[number for held in passes.values() for number in held]
                )
            fresh = {
                key: row
                for key, row in sorted(offered.items(), key=itemgetter(0))
                if stored.get(key, _INFRASTRUCTURE) == _INFRASTRUCTURE
            }
            self._db.insert_many(connection, samples, [facts[key][0] for key in fresh])
            self._db.insert_many(connection, outputs, [facts[key][1] for key in fresh])
            self._db.insert_many(connection, scores, list(_score_rows(fresh, passes)))

    def finished(self, run_id: str) -> set[tuple[str, int]]:
        """(case id, epoch) of every stored sample whose output has no infrastructure fault."""
        run, index = self._run_and_index(run_id)
        query = select(samples.c.case_no, samples.c.epoch).where(
            samples.c.run_no == run.no, samples.c.fault != _INFRASTRUCTURE
        )
        with self._db.read() as connection:
            return {(index.ids[case_no], epoch) for case_no, epoch in connection.execute(query)}

    def totals(self, run_id: str) -> RunTotals:
        """Counts and cost over the stored samples; zeros when there is none."""
        with self._db.read() as connection:
            run = self._run(connection, run_id)
            faults = func.count().filter(samples.c.fault == _INFRASTRUCTURE)
            query = select(func.count(), faults, func.sum(samples.c.cost_usd)).where(
                samples.c.run_no == run.no
            )
            count, faulty, cost = connection.execute(query).one()
        return RunTotals(samples=count, faults=faulty, cost_usd=cost)

    def revision(self, run_id: str) -> str:
        """Changes when a sample or a score joins the run, or experts say what may correct its figures."""
        with self._db.read() as connection:
            run = self._run(connection, run_id)
            parts = (
                select(func.count()).where(samples.c.run_no == run.no),
                select(func.max(run_metrics.c.id)).where(run_metrics.c.run_no == run.no),
            )
            own = "-".join(str(connection.scalar(part) or 0) for part in parts)
            return f"{own}-{_expert_revision(connection)}"

    def score_revisions(self, run_ids: Collection[str]) -> dict[str, str]:
        """`revision` of runs to which no sample is added any more, in three small queries."""
        ids = [encode_text(run_id) for run_id in run_ids]
        passes = (
            select(runs.c.id, func.max(run_metrics.c.id))
            .join(run_metrics, run_metrics.c.run_no == runs.c.no)
            .where(runs.c.id.in_(ids))
            .group_by(runs.c.id)
        )
        with self._db.read() as connection:
            experts = _expert_revision(connection)
            return {
                decode_text(run_id): f"{newest}-{experts}" for run_id, newest in connection.execute(passes)
            }

    def samples(self, run_id: str, *, keys: Collection[tuple[str, int]] | None = None) -> Iterator[Sample]:
        """Samples with their cases, streaming, in case order of the benchmark, then epoch.

        `keys` asks for some samples only, as (case id, epoch); those not stored are left out.
        """
        wanted = None
        if keys is not None:
            _, index = self._run_and_index(run_id)
            wanted = [(index.numbers[case], epoch) for case, epoch in keys if case in index.numbers]
        with self._db.read() as connection:
            run = self._run(connection, run_id)
            metric_keys = {
                number: decode_text(key)
                for key, numbers in _passes(connection, run).items()
                for number in numbers
            }
        return iter(
            SamplePages(
                self._db, run_no=run.no, version_id=run.version_id, metric_keys=metric_keys, wanted=wanted
            )
        )

    def add_scores(
        self,
        run_id: str,
        spec: MetricSpec,
        scores: Mapping[tuple[str, int], Score],
    ) -> None:
        """Add one metric's scores for stored outputs; earlier scores of that metric stay as history."""
        run, index = self._run_and_index(run_id)
        rows = {(_case_no(index, case_id), epoch): score for (case_id, epoch), score in scores.items()}
        with self._db.write() as connection:
            _lock(connection, run)
            missing = rows.keys() - _stored(connection, run, rows).keys()
            if missing:
                case_no, epoch = min(missing)
                raise NotFoundError(
                    f"there is no output of case '{index.ids[case_no]}', epoch {epoch}, to score",
                    where=run_id,
                )
            number = _open_pass(connection, run, spec, rows)
            columns = [(number, *key, *score_columns(score)) for key, score in rows.items()]
            self._db.insert_many(connection, _scores, columns)

    def score_table(self, run_id: str, metric: str, *, details: bool = False) -> ScoreTable:
        """The latest scores of one metric (by key), by column; raises NotFoundError."""
        run, index = self._run_and_index(run_id)
        with self._db.read() as connection:
            passes = _passes(connection, run)
            numbers = passes.get(encode_text(metric))
            if numbers is None:
                known = ", ".join(sorted(decode_text(key) for key in passes))
                raise NotFoundError(
                    f"the run has no metric '{metric}'",
                    where=run_id,
                    hint=f"It has: {known}" if known else "Score it: steelyard score RUN --metric M",
                )
            spec = select(run_metrics.c.spec).where(run_metrics.c.id == numbers[-1])
            return read_score_table(
                connection,
                spec_from_json(connection.scalars(spec).one()),
                run_no=run.no,
                passes=numbers,
                index=index,
                details=details,
            )

    def _run(self, connection: Connection, run_id: str) -> _Run:
        known = self._known_runs.get(run_id)
        if known is not None:
            return known
        query = select(runs.c.no, runs.c.version_id).where(runs.c.id == encode_text(run_id))
        found = connection.execute(query).one_or_none()
        if found is None:
            raise NotFoundError("no run has this id", where=run_id, hint="See all: steelyard runs list")
        return remember(self._known_runs, run_id, _Run(*found))

    def _run_and_index(self, run_id: str) -> tuple[_Run, CaseIndex]:
        known = self._known_runs.get(run_id)
        index = self._indexes.get(known.version_id) if known else None
        if known and index:
            return known, index
        with self._db.read() as connection:
            run = self._run(connection, run_id)
            found = self._indexes.get(run.version_id) or read_case_index(connection, run.version_id)
        return run, remember(self._indexes, run.version_id, found)


_scores = scores


def _expert_revision(connection: Connection) -> str:
    """Changes with ratings, draws, calibrations, the runs of studies, and the scores judges were held by."""
    held = select(runs.c.no).where(runs.c.id.in_(select(calibrations.c.run)))
    parts = (
        select(func.max(ratings.c.id)),
        select(func.max(drawn_items.c.id)),
        select(func.max(calibrations.c.id)),
        select(func.sum(func.length(studies.c.runs)) + func.count(studies.c.rubric)),
        select(func.max(run_metrics.c.id)).where(run_metrics.c.run_no.in_(held)),
    )
    found = connection.execute(select(*(part.scalar_subquery() for part in parts))).one()
    return "-".join(str(value or 0) for value in found)


def _case_no(index: CaseIndex, case_id: str) -> int:
    number = index.numbers.get(case_id)
    if number is None:
        raise NotFoundError(f"the run's benchmark version has no case '{case_id}'")
    return number


def _fault_code(output: Output) -> int:
    if output.fault is None:
        return _NO_FAULT
    return _TARGET if output.fault.owner == "target" else _INFRASTRUCTURE


def _facts(run_no: int, key: _Key, row: SampleRow) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    output = row.output
    text = canonical_json(output.as_json())
    digest = bytes.fromhex(output.hash)
    fact = (run_no, *key, row.position, _fault_code(output), output.cost_usd, digest, len(text))
    return fact, (run_no, *key, text)


def _lock(connection: Connection, run: _Run) -> None:
    """Let one transaction at a time append to a run; on SQLite there is only one anyway."""
    connection.execute(select(runs.c.no).where(runs.c.no == run.no).with_for_update(key_share=True))


def _stored(connection: Connection, run: _Run, wanted: Iterable[_Key]) -> dict[_Key, int]:
    """Fault code of each wanted sample that is stored, and of other epochs of these cases."""
    numbers = sorted({case_no for case_no, _ in wanted})
    stored: dict[_Key, int] = {}
    for first in range(0, len(numbers), _LOOKUP):
        query = select(samples.c.case_no, samples.c.epoch, samples.c.fault).where(
            samples.c.run_no == run.no, samples.c.case_no.in_(numbers[first : first + _LOOKUP])
        )
        stored.update({(case_no, epoch): fault for case_no, epoch, fault in connection.execute(query)})
    return stored


def _passes(connection: Connection, run: _Run) -> dict[str, list[int]]:
    """Metric key, as stored, to its passes, oldest first."""
    query = select(run_metrics.c.key, run_metrics.c.id).where(run_metrics.c.run_no == run.no)
    passes: dict[str, list[int]] = {}
    for key, number in connection.execute(query.order_by(run_metrics.c.id)):
        passes.setdefault(key, []).append(number)
    return passes


def _remove(connection: Connection, run: _Run, keys: Sequence[_Key], *, passes: Sequence[int]) -> None:
    for table, column, values in (
        (scores, scores.c.metric_id, passes),
        (outputs, outputs.c.run_no, [run.no]),
        (samples, samples.c.run_no, [run.no]),
    ):
        statement = delete(table).where(
            column == bindparam("holder"),
            table.c.case_no == bindparam("of_case"),
            table.c.epoch == bindparam("of_epoch"),
        )
        parameters = [
            {"holder": value, "of_case": case_no, "of_epoch": epoch}
            for value in values
            for case_no, epoch in keys
        ]
        if parameters:
            connection.execute(statement, parameters)


def _score_rows(rows: Mapping[_Key, SampleRow], passes: Mapping[str, list[int]]) -> Iterator[tuple[Any, ...]]:
    numbers = {decode_text(key): held[0] for key, held in passes.items()}
    for key, row in rows.items():
        for metric, score in row.scores.items():
            if metric not in numbers:
                raise BugError(f"a sample carries a score of '{metric}', which its run does not declare")
            yield (numbers[metric], *key, *score_columns(score))


def _open_pass(connection: Connection, run: _Run, spec: MetricSpec, rows: Mapping[_Key, Score]) -> int:
    """The pass that these scores join: the newest, or a new one if it differs or has some of them already."""
    declared, key = canonical_json(spec.as_json()), encode_text(spec.key)
    query = select(run_metrics.c.id, run_metrics.c.spec).where(
        run_metrics.c.run_no == run.no, run_metrics.c.key == key
    )
    newest = connection.execute(query.order_by(run_metrics.c.id.desc()).limit(1)).one_or_none()
    if newest is not None and newest.spec == declared and not _has_any(connection, newest.id, rows):
        return int(newest.id)
    row = {"run_no": run.no, "key": key, "spec": declared}
    return int(connection.scalars(insert(run_metrics).values(row).returning(run_metrics.c.id)).one())


def _has_any(connection: Connection, metric_id: int, rows: Mapping[_Key, Score]) -> bool:
    numbers = sorted({case_no for case_no, _ in rows})
    for first in range(0, len(numbers), _LOOKUP):
        query = select(scores.c.case_no, scores.c.epoch).where(
            scores.c.metric_id == metric_id, scores.c.case_no.in_(numbers[first : first + _LOOKUP])
        )
        if any((case_no, epoch) in rows for case_no, epoch in connection.execute(query)):
            return True
    return False
