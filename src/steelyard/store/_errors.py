"""What a database says, in the words of Steelyard: the one place that knows the drivers' errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from steelyard.core import StoreError

_BUSY = (
    "the database is locked by another process",
    "Wait until that process has finished, then try again; `resume` continues a stopped run",
)
_FULL = ("the disk is full", "Free some space, then try again: what was stored before is intact")
_READ_ONLY = (
    "the database cannot be written",
    "Allow writing to the file and its folder, or choose another store",
)
_CANNOT_OPEN = ("the database file cannot be opened", "Check the path, and that its folder can be written")
_NOT_A_DATABASE = ("the file is not a database", "Choose another path; the file was left as it is")
_CORRUPT = (
    "the database file is damaged",
    "Restore it from a backup, or copy what is readable with `sqlite3 FILE .recover`",
)
_DISK = (
    "the disk cannot be read or written",
    "Check the disk and its free space: what was stored before is intact",
)
_PASSWORD = ("the server refuses the user name or password", "Check both in the store's URL")
_NO_DATABASE = (
    "the database does not exist on the server",
    "Create it (createdb NAME), or correct the store's URL",
)
_UNREACHABLE = (
    "the database server cannot be reached",
    "Check host and port, and that the server is running",
)
_REFUSED = (
    "the database server refuses the connection",
    "Check user, password and database name in the store's URL",
)
_FORBIDDEN = ("the database user may not do this", "Grant the user the right to create and write tables")
_TOO_MANY = ("the server has no connection left", "Close other clients, or raise max_connections")

# By the primary code (the low byte): https://www.sqlite.org/rescode.html
_SQLITE = {
    3: _READ_ONLY,  # PERM
    5: _BUSY,
    6: _BUSY,  # LOCKED
    8: _READ_ONLY,
    10: _DISK,  # IOERR
    11: _CORRUPT,
    13: _FULL,
    14: _CANNOT_OPEN,
    23: _READ_ONLY,  # AUTH
    26: _NOT_A_DATABASE,
}

# By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "25006": _READ_ONLY,
    "28000": _PASSWORD,
    "28P01": _PASSWORD,
    "3D000": _NO_DATABASE,
    "40P01": _BUSY,
    "42501": _FORBIDDEN,
    "53100": _FULL,
    "53300": _TOO_MANY,
    "55P03": _BUSY,
    "57P01": _UNREACHABLE,
    "57P02": _UNREACHABLE,
    "57P03": _UNREACHABLE,
}

# libpq reports a refused log-in as text only: the connection that would carry a SQLSTATE never was.
_LOGIN_TEXTS = (
    ("password authentication failed", _PASSWORD),
    ("no password supplied", _PASSWORD),
    ("no pg_hba.conf entry", _PASSWORD),
    ("role ", _PASSWORD),
    ("database ", _NO_DATABASE),
    ("too many", _TOO_MANY),
    ("remaining connection slots", _TOO_MANY),
)


@contextmanager
def store_errors(where: str, driver_error: type[Exception]) -> Iterator[None]:
    """Turn every database error of the body, wrapped or the driver's own, into a StoreError."""
    try:
        yield
    except exc.DBAPIError as error:
        raise _translate(error.orig, where) from error
    except driver_error as error:
        raise _translate(error, where) from error
    except exc.TimeoutError as error:
        raise StoreError(
            "no connection to the database became free", where=where, hint="Close readers that were left open"
        ) from error


def missing_table(error: exc.DBAPIError) -> bool:
    """Whether the statement failed because its table does not exist."""
    if getattr(error.orig, "sqlstate", None) is not None:
        return getattr(error.orig, "sqlstate", None) == "42P01"
    return str(error.orig).startswith("no such table")


def _translate(error: BaseException | None, where: str) -> StoreError:
    known = _known(error)
    first_line = _one_line(error)
    if known is None:
        return StoreError(f"the database reports: {first_line}", where=where, hint="Run: steelyard doctor")
    message, hint = known
    return StoreError(message, where=where, hint=hint, details=(first_line,))


def _known(error: BaseException | None) -> tuple[str, str] | None:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _SQLITE.get(code & 0xFF)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _POSTGRESQL.get(state, _UNREACHABLE if state.startswith("08") else None)
    text = str(error)
    if "FATAL:" in text:
        fatal = text.partition("FATAL:")[2].strip()
        return next((known for start, known in _LOGIN_TEXTS if fatal.startswith(start)), _REFUSED)
    is_server = type(error).__module__.startswith("psycopg") and type(error).__name__ in {
        "OperationalError",
        "ConnectionTimeout",
    }
    return _UNREACHABLE if is_server else None


def _one_line(error: BaseException | None) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]
