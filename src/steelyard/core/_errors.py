"""The error tree: three branches, three exit codes.

    SteelyardError
      UserError            2   the caller can mend it
        UsageError             an option or argument is wrong
        InputError             a file or record is broken; `details` lists the places
        ConfigError            the project file or an environment variable is wrong
        NotFoundError          a named benchmark, run, target or metric does not exist
        TargetError            a system under test cannot be reached or refuses the request
        StoreError             the store is locked, full, read-only or of a wrong version
        MissingExtraError      an optional package is needed
        BudgetError            a cap on money, tokens, time or requests is in the way
        StatisticsError        the data cannot answer the question that was put
      BugError            70   our mistake

Messages say what, where and what to do; the three parts are fields, so that every door can show them.
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_OK = 0
EXIT_FAIL = 1
EXIT_USER = 2
EXIT_INCONCLUSIVE = 3
EXIT_BUG = 70


class SteelyardError(Exception):
    """Root of every error that Steelyard raises on purpose."""

    exit_code: int = EXIT_BUG
    kind: str = "bug"

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        hint: str = "",
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.message}" if self.where else self.message]
        if self.hint:
            parts.append(self.hint)
        return ". ".join(part.rstrip(".") for part in parts)

    def as_json(self) -> dict[str, object]:
        """The `error` object of the command contract."""
        return {
            "kind": self.kind,
            "message": self.message,
            "where": self.where,
            "hint": self.hint,
            "details": list(self.details),
        }


class UserError(SteelyardError):
    """Something the caller can mend: a mistake, a broken input, an unreachable server."""

    exit_code = EXIT_USER
    kind = "user"


class UsageError(UserError):
    """An option or argument is missing, unknown or out of range."""

    kind = "usage"


class InputError(UserError):
    """A file or record is broken; `details` holds one line for each place."""

    kind = "input"


class ConfigError(UserError):
    """The project file or the environment holds a setting that cannot be used."""

    kind = "config"


class NotFoundError(UserError):
    """A benchmark, version, run, target or metric of that name does not exist."""

    kind = "not-found"


class TargetError(UserError):
    """The system under test cannot be reached, or refuses every request."""

    kind = "target"


class StoreError(UserError):
    """The store is locked, full, read-only, or was written by another version."""

    kind = "store"


class MissingExtraError(UserError):
    """The request needs an optional package that is not installed."""

    kind = "missing-extra"


class BudgetError(UserError):
    """A cap on money, tokens, time or requests leaves no room for the request."""

    kind = "budget"


class StatisticsError(UserError):
    """The data cannot answer the question: nothing to compare, too few units, a bad level."""

    kind = "statistics"


class BugError(SteelyardError):
    """An impossible state: our mistake, worth a report."""
