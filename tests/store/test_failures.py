from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

from steelyard.core import ConfigError, Output, StoreError
from steelyard.store import Store, open_store

if TYPE_CHECKING:
    from tests.store.conftest import Build

NOBODY = 65534


def intact(path: Path) -> bool:
    connection = sqlite3.connect(path)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    finally:
        connection.close()


def test_a_lock_held_too_long_is_said(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "store.db"
    cases = build.cases(2)
    with open_store(f"sqlite:///{path}", busy_timeout_s=0.2) as store:
        run = build.run(store, cases)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            StoreError, match=r"store\.db: the database is locked by another process\. Wait until"
        ):
            store.append(run, build.rows(cases))
        assert store.finished(run) == set()
        other.execute("ROLLBACK")
        other.close()
        store.append(run, build.rows(cases))
        assert len(store.finished(run)) == 2


def test_a_lock_held_too_long_on_a_server_is_said(postgresql_database: str, build: Build) -> None:
    cases = build.cases(2)
    with (
        open_store(postgresql_database, busy_timeout_s=0.2) as store,
        open_store(postgresql_database) as other,
    ):
        run = build.run(store, cases)
        with other._db.write() as connection:
            connection.exec_driver_sql("SELECT no FROM runs FOR UPDATE")
            with pytest.raises(StoreError, match="the database is locked by another process"):
                store.append(run, build.rows(cases))
        store.append(run, build.rows(cases))
        assert len(store.finished(run)) == 2


def fill(store: Store, build: Build) -> tuple[int, str]:
    """Append until the disk is full; how many batches were acknowledged, and what was said."""
    cases = build.cases(1000)
    run = build.run(store, cases)
    for batch in range(100):
        rows = [
            build.row(case, output=Output(value="x" * 9000)) for case in cases[batch * 10 : batch * 10 + 10]
        ]
        try:
            store.append(run, rows)
        except StoreError as error:
            assert len(store.finished(run)) == batch * 10
            return batch, str(error)
    raise AssertionError("the disk never filled")


def test_a_full_disk_loses_nothing_acknowledged(build: Build) -> None:
    folder = Path(tempfile.mkdtemp(prefix="steelyard-full-"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    try:
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            pytest.skip("NOT TESTED ON A FULL DISK: mounting a small one needs root")
        try:
            with open_store(f"sqlite:///{folder / 'store.db'}") as store:
                batches, message = fill(store, build)
            assert batches > 3
            assert "the disk is full. Free some space" in message
            assert intact(folder / "store.db")
            with open_store(f"sqlite:///{folder / 'store.db'}") as store:
                assert len(store.finished("run-1")) == batches * 10
                assert len(list(store.samples("run-1"))) == batches * 10
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        shutil.rmtree(folder)


def test_a_full_database_loses_nothing_acknowledged(tmp_path: Path, build: Build) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        with store._db.read() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 500")
        batches, message = fill(store, build)
        assert batches > 3
        assert "the disk is full" in message
    assert intact(tmp_path / "store.db")


def test_a_damaged_file_is_said(tmp_path: Path, build: Build) -> None:
    path = tmp_path / "store.db"
    cases = build.cases(300)
    with open_store(f"sqlite:///{path}") as store:
        store.append(build.run(store, cases), build.rows(cases))
    content = bytearray(path.read_bytes())
    content[8192:] = os.urandom(len(content) - 8192)
    path.write_bytes(bytes(content))
    with (
        pytest.raises(StoreError, match=r"store\.db: the database file is damaged"),
        open_store(f"sqlite:///{path}") as store,
    ):
        list(store.samples(store.list_runs()[0].id))


@pytest.fixture
def common_folder() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="steelyard-shared-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def as_nobody(program: str, *arguments: object) -> str:
    """Run a program that imports the store first, then loses its rights."""
    head = (
        "import os, sys\nfrom steelyard.core import StoreError\nfrom steelyard.store import open_store\n"
        "open_store('sqlite://').close()\n"
        f"if os.geteuid() == 0: os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", head + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


OPEN = "try: open_store(sys.argv[1])\nexcept StoreError as error: print(error)\n"


def test_a_read_only_folder_is_said(common_folder: Path) -> None:
    common_folder.chmod(0o555)
    said = as_nobody(OPEN, f"sqlite:///{common_folder}/store.db")
    assert said == (
        f"{common_folder}/store.db: the database file cannot be opened. "
        "Check the path, and that its folder can be written\n"
    )
    said = as_nobody(OPEN, f"sqlite:///{common_folder}/inside/store.db")
    assert said.startswith(f"{common_folder}/inside: the folder cannot be made: Permission denied. ")
    assert list(common_folder.iterdir()) == []


def test_a_read_only_file_is_said_and_can_be_read(common_folder: Path, build: Build) -> None:
    path = common_folder / "store.db"
    cases = build.cases(2)
    with open_store(f"sqlite:///{path}") as store:
        store.append(build.run(store, cases), build.rows(cases))
    path.chmod(0o444)
    common_folder.chmod(0o777)
    before = path.read_bytes()
    program = (
        "store = open_store(sys.argv[1])\nprint(len(store.finished('run-1')))\n"
        "try: store.claim('run-1', 'me', expected='')\nexcept StoreError as error: print(error)\n"
    )
    said = as_nobody(program, f"sqlite:///{path}").splitlines()
    assert said[0] == "2"
    assert said[1].startswith(f"{path}: the database cannot be written. Allow writing to the file")
    assert path.read_bytes() == before


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(
            StoreError, match=r"the database server cannot be reached\. Check host and port"
        ) as caught:
            open_store(f"postgresql://me:secret@127.0.0.1:{port}/db")
    assert caught.value.where == f"postgresql://me:***@127.0.0.1:{port}/db"
    assert "secret" not in str(caught.value.as_json())
    with pytest.raises(StoreError, match="the database server cannot be reached"):
        open_store("postgresql://me:secret@/db?host=/nowhere&password=secret")


def test_a_server_that_goes_away_is_said(postgresql_database: str, build: Build) -> None:
    with open_store(postgresql_database) as store:
        run = build.run(store, build.cases(1))
        with (
            pytest.raises(StoreError, match="the database server cannot be reached"),
            store._db.write() as connection,
        ):
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        assert store.finished(run) == set()


def test_a_wrong_password_is_said(postgresql_url: str) -> None:
    if "STEELYARD_TEST_POSTGRESQL" in os.environ:
        pytest.skip("only the private server has a role that needs a password")
    guarded = postgresql_url.replace("steelyard@", "guarded:wrong@")
    with pytest.raises(StoreError, match="the server refuses the user name or password") as caught:
        open_store(guarded)
    assert "wrong" not in str(caught.value.as_json())
    with pytest.raises(StoreError, match="the server refuses the user name or password"):
        open_store(postgresql_url.replace("steelyard@", "stranger@"))


def test_a_missing_database_is_said(postgresql_url: str) -> None:
    with pytest.raises(StoreError, match=r"the database does not exist on the server\. Create it"):
        open_store(urlunsplit(urlsplit(postgresql_url)._replace(path="/nothing_here")))


def test_a_user_without_rights_is_said(postgresql_url: str, postgresql_database: str) -> None:
    if "STEELYARD_TEST_POSTGRESQL" in os.environ:
        pytest.skip("only the private server has a role without rights")
    with pytest.raises(StoreError, match="the database user may not do this"):
        open_store(postgresql_database.replace("steelyard@", "guarded:right@"))


def test_a_password_is_never_taken_for_a_host() -> None:
    with pytest.raises(ConfigError, match="Write an @ in a password as %40") as caught:
        open_store("postgresql://me:sec@ret@host/db")
    assert "ret" not in str(caught.value)
