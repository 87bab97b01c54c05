"""From whatever a database holds to the present schema; a current database costs one SELECT."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, exc, insert, inspect, select

from steelyard.core import StoreError
from steelyard.store._engine import Database
from steelyard.store._errors import missing_table
from steelyard.store._schema import schema_version

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""Every revision of the schema, oldest first; the last one is what the schema modules describe."""

_SCRIPTS = Path(__file__).parent / "migrations"


def prepare(database: Database, *, create: bool) -> None:
    """Make, check or upgrade the schema.

    Raises StoreError when the database was written by a newer version, holds something else, or is
    empty and may not be filled.
    """
    found = _quick_look(database)
    if found == REVISIONS[-1]:
        return
    if found is not None:
        _refuse_unknown(found, database)
    elif not create:
        raise StoreError("there is no store yet", where=database.where, hint="Make one: steelyard init")
    with database.write_alone() as connection:
        if found is None and not inspect(connection).has_table(schema_version.name):
            _create(connection, database)
            return
        found = connection.execute(select(schema_version.c.version_num)).scalar_one()
        _refuse_unknown(found, database)
        if found != REVISIONS[-1]:
            upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to a revision inside the caller's transaction."""
    # Alembic takes longer to import than most commands take to run, and is hardly ever needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    command.upgrade(config, revision)


def _quick_look(database: Database) -> str | None:
    try:
        with database.read() as connection:
            try:
                return connection.execute(select(schema_version.c.version_num)).scalar_one_or_none()
            except exc.DBAPIError as error:
                if missing_table(error):
                    return None
                raise
    except exc.MultipleResultsFound as error:
        raise StoreError(
            "the database's version cannot be told", where=database.where, hint="Restore it from a backup"
        ) from error


def _refuse_unknown(found: str, database: Database) -> None:
    if found not in REVISIONS:
        raise StoreError(
            f"the database was written by a newer version of Steelyard: its schema is {found}, "
            f"this version knows up to {REVISIONS[-1]}",
            where=database.where,
            hint="Upgrade: pip install --upgrade steelyard",
        )


def _create(connection: Connection, database: Database) -> None:
    from steelyard.store._account_schema import whole_schema  # noqa: PLC0415 # loaded when first needed: start-up

    present = set(inspect(connection).get_table_names())
    strangers = present if database.is_sqlite else present & set(whole_schema.tables)
    if strangers:
        raise StoreError(
            f"the database belongs to another program: it has a table '{min(strangers)}'",
            where=database.where,
            hint="Choose another file or database",
        )
    whole_schema.create_all(connection, checkfirst=False)
    connection.execute(insert(schema_version).values(version_num=REVISIONS[-1]))
