from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from hypothesis import HealthCheck, settings

# How long a machine takes to make an example says nothing about the code.
settings.register_profile("steelyard", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steelyard")

NOBODY = 65534


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL server: the one in STEELYARD_TEST_POSTGRESQL, or a private one on a socket.

    The private one has a role `guarded` that needs the password `right`; every other role is trusted.
    """
    given = os.environ.get("STEELYARD_TEST_POSTGRESQL")
    if given:
        yield given
        return
    programs = _server_programs()
    if programs is None:
        pytest.skip(
            "NOT TESTED ON POSTGRESQL: no initdb and pg_ctl on PATH or under /usr/lib/postgresql; "
            "install the server, or set STEELYARD_TEST_POSTGRESQL to the URL of one"
        )
    folder = Path(tempfile.mkdtemp(prefix="steelyard-pg-"))
    try:
        with_server = _start(programs, folder)
        try:
            yield with_server
        finally:
            _as_server(folder, [programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """The URL of an empty database of its own."""
    psycopg = pytest.importorskip("psycopg", reason="NOT TESTED ON POSTGRESQL: psycopg is not installed")
    name = f"steelyard_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(postgresql_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _server_programs() -> Path | None:
    places = [Path(found).resolve().parent] if (found := shutil.which("pg_ctl")) else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next(
        (place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None
    )


def _start(programs: Path, folder: Path) -> str:
    if os.geteuid() == 0:
        os.chown(folder, *_server_user())
    data = folder / "data"
    _as_server(
        folder,
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "steelyard",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ],
    )
    (data / "pg_hba.conf").write_text(
        "local all guarded scram-sha-256\nlocal all all trust\n", encoding="utf-8"
    )
    options = f"-F -k {folder} -c listen_addresses='' -c full_page_writes=off -c synchronous_commit=off"
    _as_server(folder, [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"])
    url = f"postgresql://steelyard@/postgres?host={folder}"
    _as_server(
        folder,
        [programs / "psql", "-q", "-h", folder, "-U", "steelyard", "postgres"],
        text="CREATE ROLE guarded LOGIN PASSWORD 'right'",
    )
    return url


def _as_server(folder: Path, command: list[str | Path], *, text: str = "") -> None:
    """Run a program of the server, which refuses to be run as root."""
    uid, gid = _server_user() if os.geteuid() == 0 else (None, None)
    done = subprocess.run(
        command,
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
        cwd=folder,
        input=text,
        text=True,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    if done.returncode != 0:
        pytest.fail(f"{Path(command[0]).name} failed: {done.stderr}")


def _server_user() -> tuple[int, int]:
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        return NOBODY, NOBODY
    return entry.pw_uid, entry.pw_gid
