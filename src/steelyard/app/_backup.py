"""The whole store as one file, and back: SQLite's online backup, or pg_dump and psql."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url

from steelyard.core import InputError, MissingExtraError, StoreError, UsageError
from steelyard.store import open_store

_SQLITE = "sqlite:///"
_SQLITE_MAGIC = b"SQLite format 3\x00"
_DUMP_START = b"--\n-- PostgreSQL database dump"
_DROP_ALL = """DO $$ DECLARE found record; BEGIN
FOR found IN SELECT oid::regclass AS name FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
LOOP EXECUTE 'DROP TABLE ' || found.name || ' CASCADE'; END LOOP; END $$"""


def back_up(url: str, path: Path, *, replace: bool = False) -> int:
    """Write the store into a file that only its owner can read; returns its size in bytes.

    The file appears when it is whole. Raises UsageError when it is there already, StoreError when the store
    cannot be read, MissingExtraError without PostgreSQL's programs.
    """
    if path.exists() and not replace:
        raise UsageError(
            "the file is there already", where=str(path), hint="Choose another, or add --replace"
        )
    open_store(url, create=False).close()
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        os.close(number)
        part = Path(name)
        try:
            if url.startswith(_SQLITE):
                _copy(Path(url.removeprefix(_SQLITE)), part)
            else:
                _dump(url, part)
            size = part.stat().st_size
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}", where=str(path), hint="Choose another"
        ) from None
    return size


def restore(url: str, path: Path, *, replace: bool = False) -> None:
    """Put a backup in the store's place; then bring it to today's schema.

    Raises InputError for a file that is no whole backup, UsageError when the store holds something and
    `replace` was not given, StoreError when it cannot be written.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_DUMP_START))
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=str(path), hint="Check the path"
        ) from None
    is_sqlite = url.startswith(_SQLITE)
    if not (start.startswith(_SQLITE_MAGIC) if is_sqlite else start.startswith(_DUMP_START)):
        kind = "SQLite" if is_sqlite else "PostgreSQL"
        raise InputError(f"the file is no backup of a {kind} store", where=str(path), hint="Check the store")
    if is_sqlite:
        _restore_sqlite(Path(url.removeprefix(_SQLITE)), path, replace=replace)
    else:
        _restore_postgresql(url, path, replace=replace)
    open_store(url, create=False).close()


def _restore_sqlite(store: Path, path: Path, *, replace: bool) -> None:
    if store.exists() and not replace:
        raise UsageError("the store holds something", where=str(store), hint="Add --replace to throw it away")
    try:
        with closing(_reading(path)) as source:
            sound = source.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            sound = sound and bool(source.execute("SELECT version_num FROM steelyard_version").fetchall())
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        raise InputError(
            "the backup is damaged", where=str(path), hint="Take another; the store is untouched"
        )
    store.parent.mkdir(parents=True, exist_ok=True)
    _copy(path, store)


def _copy(source: Path, target: Path) -> None:
    """SQLite's online backup: a moment's state, whoever writes meanwhile (https://sqlite.org/backup.html)."""
    try:
        with closing(_reading(source)) as reader, closing(sqlite3.connect(target)) as writer:
            reader.backup(writer)
    except sqlite3.Error as error:
        raise StoreError(f"cannot be copied: {error}", where=str(source), hint="Check the disk") from None


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)


def _dump(url: str, path: Path) -> None:
    _program("pg_dump", ["--format=plain", "--no-owner", "--no-privileges", f"--file={path}"], url)


def _restore_postgresql(url: str, path: Path, *, replace: bool) -> None:
    """Everything in one transaction: a restore that fails changes nothing."""
    tables = _program("psql", ["-Atqc", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"], url)
    before: list[str] = []
    if tables.strip() != "0":
        if not replace:
            raise UsageError(
                "the store holds something", where="PostgreSQL", hint="Add --replace to throw it away"
            )
        before = ["-c", _DROP_ALL]
    arguments = ["-q", "-v", "ON_ERROR_STOP=1", "--single-transaction", *before, "-f", str(path)]
    _program("psql", arguments, url)


def _program(name: str, arguments: list[str], url: str) -> str:
    """Run a program of PostgreSQL; the password goes by the environment, where no other user sees it."""
    program = shutil.which(name)
    if program is None:
        raise MissingExtraError(f"'{name}' is not installed", hint="Install PostgreSQL's client programs")
    parsed = make_url(url).set(drivername="postgresql")
    environment = {**os.environ, "PGPASSWORD": parsed.password} if parsed.password else dict(os.environ)
    shown = parsed.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - a fixed program, arguments of our own
        [program, "--no-password", *arguments, "--dbname", shown],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise StoreError(f"{name} failed", where="PostgreSQL", hint="See below", details=lines[:5])
    return done.stdout
