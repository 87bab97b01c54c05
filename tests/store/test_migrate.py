from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from steelyard.core import StoreError
from steelyard.store import Store, open_store
from steelyard.store._engine import Database, connect
from steelyard.store._migrate import _SCRIPTS, REVISIONS, upgrade
from steelyard.store._schema import metadata, schema_version
from steelyard.store._span_schema import whole_schema

if TYPE_CHECKING:
    from tests.store.conftest import Build


def blank(url: str) -> Database:
    return connect(url, create=True, busy_timeout_s=5)


def shape(connection: Connection) -> dict[str, Any]:
    """Everything that a database says about its tables, but for Alembic's own."""
    seen = inspect(connection)
    tables = [name for name in seen.get_table_names() if name != schema_version.name]
    return {
        name: {
            "columns": [{**column, "type": repr(column["type"])} for column in seen.get_columns(name)],
            "key": seen.get_pk_constraint(name),
            "foreign": sorted(seen.get_foreign_keys(name), key=str),
            "unique": sorted(seen.get_unique_constraints(name), key=str),
            "indexes": sorted(seen.get_indexes(name), key=str),
            "checks": seen.get_check_constraints(name),
            "options": seen.get_table_options(name),
        }
        for name in tables
    }


def test_migrations_from_empty_give_the_schema_that_is_created(store_url: str) -> None:
    database = blank(store_url)
    with database.write_alone() as connection:
        upgrade(connection)
        migrated = shape(connection)
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"compare_server_default": True}), metadata
        )
        connection.rollback()
    database.close()
    with open_store(store_url) as store, store._db.read() as connection:
        assert shape(connection) == migrated
    assert [found for found in differences if schema_version.name not in str(found)] == []


def test_the_list_of_revisions_is_the_one_on_disk() -> None:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS


def test_a_database_of_the_first_revision_is_upgraded_with_its_data(store_url: str, build: Build) -> None:
    cases = build.cases(3)
    with open_store(store_url) as store:
        run = build.run(store, cases)
        store.append(run, build.rows(cases))
        kept = list(store.samples(run))
        back_to_the_first(store)
    with open_store(store_url) as store:
        assert list(store.samples(run)) == kept
        assert [case.id for case in store.cases(store.versions()[0])] == ["c0", "c1", "c2"]
        with store._db.read() as connection:
            assert (
                connection.execute(text("SELECT version_num FROM steelyard_version")).scalar()
                == REVISIONS[-1]
            )
            sizes = connection.execute(text("SELECT min(size) FROM samples")).scalar()
            assert sizes is not None
            assert sizes > 0


def back_to_the_first(store: Store) -> None:
    with store._db.write_alone() as connection:
        experts = ("ratings", "drawn_items", "studies", "calibrations")
        accounts = ("memberships", "sessions", "api_keys", "users", "audit_entries", "audit_head")
        for table in (
            *experts,
            *accounts,
            "saved_views",
            *(name for name in whole_schema.tables if "span" in name or "trace" in name),
        ):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("DROP INDEX ix_cases_case_id"))
        for table in ("cases", "samples"):
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN size"))
        connection.execute(text("UPDATE steelyard_version SET version_num = '0001'"))


def test_a_newer_database_is_refused_and_left_alone(store_url: str) -> None:
    with open_store(store_url) as store, store._db.write() as connection:
        connection.execute(text("UPDATE steelyard_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="written by a newer version of Steelyard: its schema is 9999"):
        open_store(store_url)


def test_opening_a_current_database_never_imports_alembic(store_url: str) -> None:
    program = (
        "import sys; from steelyard.store import open_store\n"
        "for _ in range(2):\n    open_store(sys.argv[1]).close()\n"
        "raise SystemExit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, store_url], check=False)
    assert done.returncode == 0
