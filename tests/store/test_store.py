from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from steelyard.core import ConfigError, StoreError
from steelyard.store import open_store

if TYPE_CHECKING:
    from tests.store.conftest import Build


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'a' / 'b' / 'store.db'}").close()
    assert (tmp_path / "a" / "b" / "store.db").exists()


def test_without_create_a_missing_store_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store yet.*steelyard init"):
        open_store(f"sqlite:///{tmp_path / 'store.db'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_without_create_an_empty_database_is_an_error(postgresql_database: str) -> None:
    with pytest.raises(StoreError, match="there is no store yet"):
        open_store(postgresql_database, create=False)


def test_without_create_a_store_that_is_there_opens(store_url: str) -> None:
    open_store(store_url).close()
    open_store(store_url, create=False).close()


def test_a_private_store_is_gone_when_closed(build: Build) -> None:
    with open_store("sqlite://") as store, ThreadPoolExecutor(4) as threads:
        run = build.run(store, cases := build.cases(40))
        list(threads.map(lambda case: store.append(run, [build.row(case)]), cases))
        assert len(next(iter(threads.map(store.finished, [run] * 4)))) == 40
        folder = Path(str(store._db._reader.url.database)).parent
    assert not folder.exists()
    with open_store("sqlite://") as store:
        assert store.versions() == []


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/x",
        "store.db",
        "://",
        "",
        "sqlite://store.db",
        "sqlite:///store.db?mode=ro",
        "postgresql://me@host:port/db",
    ],
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="sqlite:///PATH or postgresql://"):
        open_store(url)


def test_a_file_of_another_kind_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("I am not a database. " * 100, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"notes\.txt: the file is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="belongs to another program: it has a table 'bookmarks'"):
        open_store(f"sqlite:///{path}")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the path is a folder"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="the folder cannot be made"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'store.db'}")


def test_many_may_open_a_new_store_at_once(store_url: str) -> None:
    barrier = threading.Barrier(6)

    def open_and_close(_: int) -> None:
        barrier.wait()
        open_store(store_url).close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(open_and_close, range(6)))


def test_sqlite_promises_what_it_says(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store, store._db.read() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_store_knows_its_name_without_its_password(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.db'}") as store:
        assert store.where == str(tmp_path / "store.db")
