"""Run rows: what was pinned, and how far it got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from steelyard.core import (
    BenchmarkRef,
    MetricSpec,
    NotFoundError,
    RunStatus,
    StoreError,
    canonical_json,
    parse_json,
)
from steelyard.runs import RunRecord
from steelyard.store._benchmarks import find_version
from steelyard.store._codec import as_list, as_object, spec_from_json
from steelyard.store._engine import Database
from steelyard.store._schema import benchmarks, run_metrics, runs, versions
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time


class Runs:
    """Implements `steelyard.runs.RunStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create_run(self, run: RunRecord) -> None:
        """Write the row. The benchmark version must be stored already."""
        with self._db.write() as connection:
            version_id = find_version(connection, run.benchmark)
            taken = select(runs.c.no).where(runs.c.id == encode_text(run.id))
            if connection.scalars(taken).one_or_none() is not None:
                raise StoreError("a run of this id is stored already", where=run.id, hint="Start it again")
            row = {
                "id": encode_text(run.id),
                "version_id": version_id,
                "label": encode_text(run.label),
                "status": run.status,
                "owner": encode_text(run.owner),
                "started": encode_time(run.started),
                "seconds": run.seconds,
                "epochs": run.epochs,
                "record": canonical_json(_record(run)),
                "notes": canonical_json(run.notes),
            }
            run_no = connection.scalars(insert(runs).values(row).returning(runs.c.no)).one()
            passes = [(run_no, encode_text(spec.key), canonical_json(spec.as_json())) for spec in run.metrics]
            self._db.insert_many(connection, run_metrics, passes)

    def get_run(self, reference: str) -> RunRecord:
        """By id, unique id prefix, label (the newest of that label) or `latest`; raises NotFoundError."""
        wanted = encode_text(reference)
        newest = _newest()
        with self._db.read() as connection:
            for query in (
                newest.where(runs.c.id == wanted),
                newest.limit(1 if reference == "latest" else 0),
                newest.where(runs.c.label == wanted).limit(1),
                newest.where(func.substr(runs.c.id, 1, len(wanted)) == wanted).limit(6 if wanted else 0),
            ):
                rows = connection.execute(query).all()
                if len(rows) == 1:
                    return _runs(connection, rows)[0]
                if rows:
                    ids = ", ".join(decode_text(row.id) for row in rows)
                    raise NotFoundError(
                        "several runs begin like this", where=reference, hint=f"Say more: {ids}"
                    )
        raise NotFoundError(
            "no run has this id or label", where=reference, hint="See all: steelyard runs list"
        )

    def list_runs(self, *, limit: int | None = None) -> list[RunRecord]:
        """Newest first."""
        with self._db.read() as connection:
            return _runs(connection, connection.execute(_newest().limit(limit)).all())

    def claim(self, run_id: str, owner: str, *, expected: str) -> bool:
        """Set the owner if it still is `expected`, in one statement; False when another took it."""
        change = update(runs).where(runs.c.id == encode_text(run_id), runs.c.owner == encode_text(expected))
        with self._db.write() as connection:
            return connection.execute(change.values(owner=encode_text(owner))).rowcount == 1

    def end_sitting(self, run_id: str, *, status: RunStatus, seconds: float, notes: Sequence[str]) -> None:
        """Set status and notes, add `seconds` to those before, and clear the owner."""
        change = update(runs).where(runs.c.id == encode_text(run_id))
        change = change.values(
            status=status, notes=canonical_json(notes), seconds=runs.c.seconds + seconds, owner=""
        )
        with self._db.write() as connection:
            if connection.execute(change).rowcount == 0:
                raise NotFoundError("no run has this id", where=run_id)


def _newest() -> Select[Any]:
    return (
        select(runs, benchmarks.c.name, versions.c.number, versions.c.hash, versions.c.cases)
        .join(versions, versions.c.id == runs.c.version_id)
        .join(benchmarks, benchmarks.c.id == versions.c.benchmark_id)
        .order_by(runs.c.started.desc(), runs.c.no.desc())
    )


def _runs(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[RunRecord]:
    specs: dict[int, dict[str, MetricSpec]] = {}
    query = select(run_metrics.c.run_no, run_metrics.c.key, run_metrics.c.spec)
    query = query.where(run_metrics.c.run_no.in_([row.no for row in rows])).order_by(run_metrics.c.id)
    for run_no, key, spec in connection.execute(query):
        specs.setdefault(run_no, {})[key] = spec_from_json(spec)
    return [_run(row, tuple(specs.get(row.no, {}).values())) for row in rows]


def _record(run: RunRecord) -> Mapping[str, Any]:
    return {
        "target": run.target,
        "seed": run.seed,
        "settings": run.settings,
        "prompts": run.prompts,
        "software": run.software,
        "revision": run.revision,
    }


def _run(row: Row[*tuple[Any, ...]], metrics: tuple[MetricSpec, ...]) -> RunRecord:
    record: Mapping[str, Any] = as_object(parse_json(row.record))
    return RunRecord(
        id=decode_text(row.id),
        benchmark=BenchmarkRef(
            name=decode_text(row.name), version=f"v{row.number}", hash=row.hash, cases=row.cases
        ),
        target=record["target"],
        metrics=metrics,
        epochs=row.epochs,
        seed=record["seed"],
        started=decode_time(row.started),
        label=decode_text(row.label),
        status=row.status,
        settings=record["settings"],
        prompts=record["prompts"],
        software=record["software"],
        revision=record["revision"],
        owner=decode_text(row.owner),
        seconds=row.seconds,
        notes=tuple(str(note) for note in as_list(parse_json(row.notes))),
    )
