"""Looks and releases: what gates remember."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select

from steelyard import gates
from steelyard.core import UsageError
from steelyard.store._engine import Database
from steelyard.store._schema import looks, releases
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time


class Gates:
    """Implements `steelyard.gates.GateStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_look(self, look: gates.GateLook) -> None:
        """Record a decision; the same evidence on one question is recorded once."""
        row = (
            encode_text(look.question),
            encode_text(look.evidence),
            encode_text(look.base_run),
            encode_text(look.candidate_run),
            look.verdict,
            encode_time(look.decided),
        )
        with self._db.write() as connection:
            self._db.insert_many(connection, looks, [row], ignore=True)

    def looks(self, question: str) -> list[gates.GateLook]:
        """Decisions on one question, oldest first."""
        query = select(looks).where(looks.c.question == encode_text(question)).order_by(looks.c.id)
        with self._db.read() as connection:
            return [_look(row) for row in connection.execute(query)]

    def latest_looks(self, *, limit: int) -> list[gates.GateLook]:
        """Decisions on any question, newest first."""
        query = select(looks).order_by(looks.c.id.desc()).limit(limit)
        with self._db.read() as connection:
            return [_look(row) for row in connection.execute(query)]

    def add_release(self, release: gates.Release) -> None:
        """Record a release; raises UsageError when the name is taken by another run."""
        name, run = encode_text(release.name), encode_text(release.run)
        with self._db.write_alone() as connection:
            holder = connection.scalars(select(releases.c.run).where(releases.c.name == name)).one_or_none()
            if holder == run:
                return
            if holder is not None:
                raise UsageError(
                    f"the release '{release.name}' stands for run {decode_text(holder)}",
                    hint="Choose another name: releases never change",
                )
            row = {
                "name": name,
                "run": run,
                "released": encode_time(release.released),
                "note": encode_text(release.note),
            }
            connection.execute(insert(releases).values(row))

    def releases(self) -> list[gates.Release]:
        """All releases, oldest first."""
        query = select(releases).order_by(releases.c.released, releases.c.id)
        with self._db.read() as connection:
            return [
                gates.Release(
                    name=decode_text(row.name),
                    run=decode_text(row.run),
                    released=decode_time(row.released),
                    note=decode_text(row.note),
                )
                for row in connection.execute(query)
            ]


def _look(row: Row[Any]) -> gates.GateLook:
    return gates.GateLook(
        question=decode_text(row.question),
        evidence=decode_text(row.evidence),
        base_run=decode_text(row.base_run),
        candidate_run=decode_text(row.candidate_run),
        verdict=row.verdict,
        decided=decode_time(row.decided),
    )
