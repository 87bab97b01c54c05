"""What is written into the audit log, and by whom."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Literal

from steelyard.core import Clock, Json
from steelyard.store.accounts import AuditEvent, AuditLog

Outcome = Literal["done", "refused", "failed"]
COMMAND_LINE = "command line"


class Journal:
    """Writes events with the time at which they are told."""

    def __init__(self, log: AuditLog, *, clock: Clock) -> None:
        self._log = log
        self._clock = clock

    def note(
        self,
        who: str,
        action: str,
        *,
        subject: str = "",
        source: str = COMMAND_LINE,
        outcome: Outcome = "done",
        detail: Mapping[str, Json] | None = None,
    ) -> None:
        """Write down who did what, to what, from where; never give it a secret."""
        self._log.append(
            AuditEvent(
                time=self._clock.now(),
                who=who,
                action=action,
                subject=subject,
                source=source,
                outcome=outcome,
                detail=detail or {},
            )
        )


def operator() -> str:
    """The operating system's user at the command line."""
    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):  # a process may run under a number that has no name
        return "os:unknown"
