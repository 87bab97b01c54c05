"""Collects what simulations measure, and prints the promises table when all tests have run."""

from __future__ import annotations

import pytest
from tests.stats.simulations.table import Promises

_PROMISES = pytest.StashKey[Promises]()


@pytest.fixture(scope="session")
def promises(pytestconfig: pytest.Config) -> Promises:
    return pytestconfig.stash.setdefault(_PROMISES, Promises())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(_PROMISES, Promises())
    if found.rows:
        terminalreporter.section("statistical promises, measured")
        for line in found.lines():
            terminalreporter.write_line(line)
