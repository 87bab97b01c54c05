"""Benchmark versions and their cases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, update

from steelyard.bench import BenchmarkVersion
from steelyard.core import (
    BenchmarkRef,
    Case,
    InputError,
    NotFoundError,
    Provenance,
    UsageError,
    canonical_json,
    case_from_json,
    parse_json,
)
from steelyard.store._codec import as_object
from steelyard.store._engine import Database
from steelyard.store._paging import fetch_columns, pages
from steelyard.store._revision import named, revise_places
from steelyard.store._schema import attachments, benchmarks, cases, version_cases, version_tags, versions
from steelyard.store._text import decode_text, decode_time, encode_text, encode_time

if TYPE_CHECKING:
    from steelyard.bench import Revision

_BATCH = 1000


class Benchmarks:
    """Implements `steelyard.bench.BenchmarkStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_version(self, version: BenchmarkVersion, cases: Iterable[Case]) -> BenchmarkVersion:
        """Store a version and its cases in one transaction; returns it with the number it got."""
        with self._db.write_alone() as connection:
            benchmark_id = _benchmark_id(connection, version.name)
            latest = _latest(connection, benchmark_id)
            if latest is None or latest.hash != version.hash:
                version_id = _insert_version(connection, benchmark_id, version, latest)
                count = self._add_cases(connection, version_id, cases)
                if count != version.cases:
                    raise InputError(
                        f"the version announces {version.cases} cases but has {count}", where=version.name
                    )
            else:
                version_id = latest.id
            for tag in version.tags:
                _point(connection, benchmark_id, tag, version_id)
        stored = self._versions(versions.c.id == version_id)
        return stored[0]

    def _add_cases(self, connection: Connection, version_id: int, source: Iterable[Case]) -> int:
        remaining, seen = iter(source), set[str]()
        place = insert(version_cases).from_select(
            ["version_id", "case_no", "case_row"],
            select(
                bindparam("of_version", version_id),
                bindparam("number", type_=version_cases.c.case_no.type),
                cases.c.id,
            ).where(cases.c.content_hash == bindparam("named")),
        )
        while batch := list(islice(remaining, _BATCH)):
            for case in batch:
                if case.id in seen:
                    raise InputError(
                        f"two cases have the id '{case.id}'", hint="Ids name one case of a version"
                    )
                seen.add(case.id)
            rows = [_case_row(case) for case in batch]
            self._db.insert_many(connection, cases, rows, ignore=True)
            first = len(seen) - len(batch)
            connection.execute(
                place,
                [
                    {"of_version": version_id, "number": first + i, "named": row[0]}
                    for i, row in enumerate(rows)
                ],
            )
        return len(seen)

    def versions(self, name: str | None = None) -> list[BenchmarkVersion]:
        """All versions of one benchmark, or of all, oldest first."""
        return self._versions(*([] if name is None else [benchmarks.c.name == encode_text(name)]))

    def add_revision(
        self, version: BenchmarkVersion, parent: BenchmarkVersion, revision: Revision
    ) -> BenchmarkVersion:
        """Store a version that has the parent's cases but for a revision, sharing what is unchanged."""
        with self._db.write_alone() as connection:
            benchmark_id = _benchmark_id(connection, version.name)
            latest = _latest(connection, benchmark_id)
            if latest is None or (latest.number, latest.hash) != (parent.number, parent.hash):
                raise UsageError(
                    f"{version.name} has changed meanwhile",
                    where=f"{parent.name}@{parent.version}",
                    hint="Look at its latest version, and change that one",
                )
            version_id = _insert_version(connection, benchmark_id, version, latest)
            rows = [_case_row(case) for case in (*revision.replaced, *revision.added)]
            self._db.insert_many(connection, cases, rows, ignore=True)
            count = revise_places(connection, latest.id, version_id, revision)
            if count != version.cases:
                raise InputError(
                    f"the version announces {version.cases} cases but has {count}", where=version.name
                )
        return self._versions(versions.c.id == version_id)[0]

    def _versions(self, *conditions: Any) -> list[BenchmarkVersion]:
        rows = (
            select(versions, benchmarks.c.name)
            .join(benchmarks, benchmarks.c.id == versions.c.benchmark_id)
            .where(*conditions)
            .order_by(versions.c.id)
        )
        tags = (
            select(version_tags.c.version_id, version_tags.c.tag)
            .join(versions, versions.c.id == version_tags.c.version_id)
            .join(benchmarks, benchmarks.c.id == versions.c.benchmark_id)
            .where(*conditions)
            .order_by(version_tags.c.tag)
        )
        with self._db.read() as connection:
            by_version: dict[int, list[str]] = {}
            for version_id, tag in connection.execute(tags):
                by_version.setdefault(version_id, []).append(decode_text(tag))
            return [_version(row, by_version.get(row.id, [])) for row in connection.execute(rows)]

    def tag(self, version: BenchmarkVersion, tag: str) -> None:
        """Let `tag` point to this version, moving it from another of the same name."""
        with self._db.write_alone() as connection:
            version_id = find_version(connection, version.ref)
            benchmark_id = connection.execute(
                select(versions.c.benchmark_id).where(versions.c.id == version_id)
            ).scalar_one()
            _point(connection, benchmark_id, tag, version_id)

    def cases(self, version: BenchmarkVersion) -> Iterator[Case]:
        """The cases of a version in the order they were added, page by page."""
        with self._db.read() as connection:
            version_id = find_version(connection, version.ref)
        for first, last in self._pages(version_id):
            page = _placed(select(cases.c.json), version_id).where(
                version_cases.c.case_no.between(first, last)
            )
            with self._db.read() as connection:
                texts = connection.scalars(page.order_by(version_cases.c.case_no)).all()
            for text in texts:
                yield case_from_json(as_object(parse_json(text)))

    def cases_at(self, version: BenchmarkVersion, places: Sequence[int]) -> list[Case]:
        """The cases at some places, counted from 0 in the order they were added; at most a thousand."""
        with self._db.read() as connection:
            query = _placed(select(cases.c.json), find_version(connection, version.ref)).where(
                version_cases.c.case_no.in_(places)
            )
            texts = connection.scalars(query.order_by(version_cases.c.case_no)).all()
        return [case_from_json(as_object(parse_json(text))) for text in texts]

    def case_places(self, version: BenchmarkVersion) -> list[tuple[str, str]]:
        """Id and slices (as JSON text) of every case of a version, in order: for finding cases."""
        with self._db.read() as connection:
            query = _placed(select(cases.c.case_id, cases.c.slices), find_version(connection, version.ref))
            ids, slices = fetch_columns(connection, query.order_by(version_cases.c.case_no))
        return [(decode_text(case_id), text) for case_id, text in zip(ids, slices, strict=True)]

    def case_labels(self, version: BenchmarkVersion) -> list[tuple[str, str]]:
        """Cluster and slices (as JSON text) of every case of a version, in order: for counting slices."""
        with self._db.read() as connection:
            labels = select(cases.c.case_id, cases.c.cluster, cases.c.slices)
            query = _placed(labels, find_version(connection, version.ref)).order_by(version_cases.c.case_no)
            ids, clusters, slices = fetch_columns(connection, query)
        units = (
            case_id if cluster is None else cluster for case_id, cluster in zip(ids, clusters, strict=True)
        )
        return list(zip(units, slices, strict=True))

    def search_cases(self, version: BenchmarkVersion, words: str) -> set[int]:
        """Places, from 0, of the cases whose texts hold these words; never of a sealed one.

        Upper and lower case are one, in other alphabets only as far as whole words in either go.
        """
        forms = {words} if words.isascii() else {words, words.lower(), words.upper(), words.title()}
        # SQLite's LIKE is blind to case by itself, and three times as fast as over `lower`.
        has = cases.c.json.contains if self._db.is_sqlite else cases.c.json.icontains
        held = or_(*(has(encode_text(form), autoescape=True) for form in sorted(forms)))
        with self._db.read() as connection:
            found = select(version_cases.c.case_no).join_from(
                version_cases, cases, version_cases.c.case_row == cases.c.id
            )
            query = found.where(
                version_cases.c.version_id == find_version(connection, version.ref),
                cases.c.split != "sealed",
                held,
            )
            return set(connection.scalars(query))

    def case_hashes(self, version: BenchmarkVersion) -> list[tuple[str, str]]:
        """Id and content hash of every case of a version, in order."""
        with self._db.read() as connection:
            query = _placed(
                select(cases.c.case_id, cases.c.content_hash), find_version(connection, version.ref)
            )
            ids, hashes = fetch_columns(connection, query.order_by(version_cases.c.case_no))
        return [(decode_text(case_id), digest.hex()) for case_id, digest in zip(ids, hashes, strict=True)]

    def find_case(self, version: BenchmarkVersion, case_id: str) -> Case:
        """A case by its id; raises NotFoundError."""
        with self._db.read() as connection:
            query = _placed(select(cases.c.json), find_version(connection, version.ref))
            text = connection.scalars(query.where(named(case_id))).one_or_none()
        if text is None:
            raise NotFoundError(
                f"there is no case '{case_id[:200]}'",
                where=f"{version.name}@{version.version}",
                hint="See its list",
            )
        return case_from_json(as_object(parse_json(text)))

    def _pages(self, version_id: int) -> Iterator[tuple[int, int]]:
        """First and last case number of pages that are neither long nor heavy."""
        query = _placed(select(version_cases.c.case_no, cases.c.size), version_id)
        with self._db.read() as connection:
            numbers, sizes = fetch_columns(connection, query.order_by(version_cases.c.case_no))
        for page in pages(zip(numbers, sizes, strict=True)):
            yield page[0], page[-1]

    def put_attachment(self, sha256: str, data: bytes) -> None:
        """Keep the bytes of an attachment; doing it again is harmless."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise InputError("the bytes do not have the SHA-256 they are announced by", where=sha256)
        with self._db.write() as connection:
            self._db.insert_many(connection, attachments, [(sha256, data)], ignore=True)

    def get_attachment(self, sha256: str) -> bytes:
        """The bytes of an attachment; raises NotFoundError."""
        with self._db.read() as connection:
            query = select(attachments.c.data).where(attachments.c.sha256 == encode_text(sha256))
            data = connection.scalars(query).one_or_none()
        if data is None:
            raise NotFoundError("no attachment has this SHA-256", where=sha256)
        return bytes(data)


def find_version(connection: Connection, ref: BenchmarkRef) -> int:
    """The key of a stored version; raises NotFoundError."""
    query = (
        select(versions.c.id, versions.c.number)
        .join(benchmarks, benchmarks.c.id == versions.c.benchmark_id)
        .where(benchmarks.c.name == encode_text(ref.name), versions.c.hash == encode_text(ref.hash))
    )
    found = {f"v{number}": key for key, number in connection.execute(query)}
    if ref.version not in found:
        raise NotFoundError(
            f"the store has no version {ref.version} of hash {ref.hash[:12]}",
            where=ref.name,
            hint="See what it has: steelyard bench list",
        )
    return int(found[ref.version])


def _placed(query: Select[Any], version_id: int) -> Select[Any]:
    return query.join_from(version_cases, cases, version_cases.c.case_row == cases.c.id).where(
        version_cases.c.version_id == version_id
    )


def _benchmark_id(connection: Connection, name: str) -> int:
    column = encode_text(name)
    found = connection.scalars(select(benchmarks.c.id).where(benchmarks.c.name == column)).one_or_none()
    if found is None:
        found = connection.scalars(insert(benchmarks).values(name=column).returning(benchmarks.c.id)).one()
    return int(found)


def _latest(connection: Connection, benchmark_id: int) -> Row[*tuple[Any, ...]] | None:
    query = select(versions.c.id, versions.c.number, versions.c.hash).where(
        versions.c.benchmark_id == benchmark_id
    )
    return connection.execute(query.order_by(versions.c.number.desc()).limit(1)).one_or_none()


def _insert_version(
    connection: Connection, benchmark_id: int, version: BenchmarkVersion, latest: Row[*tuple[Any, ...]] | None
) -> int:
    row = {
        "benchmark_id": benchmark_id,
        "number": latest.number + 1 if latest else 1,
        "hash": version.hash,
        "cases": version.cases,
        "created": encode_time(version.created),
        "parent": version.parent,
        "message": encode_text(version.message),
        "provenance": canonical_json(version.provenance.as_json()),
    }
    return int(connection.scalars(insert(versions).values(row).returning(versions.c.id)).one())


def _point(connection: Connection, benchmark_id: int, tag: str, version_id: int) -> None:
    column = encode_text(tag)
    mine = (version_tags.c.benchmark_id == benchmark_id, version_tags.c.tag == column)
    if connection.execute(update(version_tags).where(*mine).values(version_id=version_id)).rowcount == 0:
        row = {"benchmark_id": benchmark_id, "tag": column, "version_id": version_id}
        connection.execute(insert(version_tags).values(row))


def _case_row(case: Case) -> tuple[Any, ...]:
    text = canonical_json(case.as_json())
    return (
        bytes.fromhex(case.content_hash),
        bytes.fromhex(case.hash),
        encode_text(case.id),
        None if case.group is None else encode_text(case.cluster),
        case.weight,
        encode_text(case.split),
        canonical_json(dict(case.slices)),
        text,
        len(text),
    )


def _version(row: Row[*tuple[Any, ...]], tags: list[str]) -> BenchmarkVersion:
    provenance = as_object(parse_json(row.provenance))
    return BenchmarkVersion(
        name=decode_text(row.name),
        number=row.number,
        hash=row.hash,
        cases=row.cases,
        created=decode_time(row.created),
        parent=row.parent,
        tags=tuple(tags),
        message=decode_text(row.message),
        provenance=Provenance(
            source=str(provenance["source"]),
            reference=str(provenance["reference"]),
            detail=as_object(provenance["detail"]),
        ),
    )
