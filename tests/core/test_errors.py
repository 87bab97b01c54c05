"""The error tree: exit codes, kinds, and messages in three parts."""

from __future__ import annotations

import json

import pytest

from steelyard import core
from steelyard.core import BugError, InputError, SteelyardError, UserError

KINDS = {
    "UserError": "user", "UsageError": "usage", "InputError": "input", "ConfigError": "config",
    "NotFoundError": "not-found", "TargetError": "target", "StoreError": "store",
    "MissingExtraError": "missing-extra", "BudgetError": "budget", "StatisticsError": "statistics",
}  # fmt: skip
ERRORS = sorted(
    (
        item
        for item in (getattr(core, name) for name in core.__all__)
        if isinstance(item, type) and issubclass(item, SteelyardError)
    ),
    key=lambda item: item.__name__,
)


def test_every_error_is_known_here() -> None:
    assert {error.__name__ for error in ERRORS} == {*KINDS, "SteelyardError", "BugError"}


@pytest.mark.parametrize("error", ERRORS)
def test_what_the_caller_can_mend_ends_with_2_and_a_bug_with_70(error: type[SteelyardError]) -> None:
    if error in (SteelyardError, BugError):
        assert (error.exit_code, error.kind) == (70, "bug")
        return
    assert issubclass(error, UserError)
    assert (error.exit_code, error.kind) == (2, KINDS[error.__name__])


def test_the_codes_of_the_contract() -> None:
    codes = (core.EXIT_OK, core.EXIT_FAIL, core.EXIT_USER, core.EXIT_INCONCLUSIVE, core.EXIT_BUG)
    assert codes == (0, 1, 2, 3, 70)


@pytest.mark.parametrize("error", ERRORS)
def test_the_text_says_what_where_and_what_to_do(error: type[SteelyardError]) -> None:
    raised = error("cannot be read.", where="cases.jsonl", hint="Mend line 3", details=["line 3: x"])
    assert str(raised) == "cases.jsonl: cannot be read. Mend line 3"
    assert (raised.message, raised.where, raised.hint) == ("cannot be read.", "cases.jsonl", "Mend line 3")
    assert raised.details == ("line 3: x",)


def test_parts_that_are_missing_leave_no_gap() -> None:
    assert str(InputError("cannot be read")) == "cannot be read"
    assert str(InputError("cannot be read", hint="Mend it")) == "cannot be read. Mend it"
    assert str(InputError("cannot be read", where="a.csv")) == "a.csv: cannot be read"


def test_the_json_form_is_that_of_the_contract() -> None:
    error = InputError("is broken", where="a.csv", hint="Mend it", details=("1", "2"))
    assert json.loads(json.dumps(error.as_json())) == {
        "kind": "input", "message": "is broken", "where": "a.csv", "hint": "Mend it", "details": ["1", "2"],
    }  # fmt: skip
