"""What a server does for its traces by itself: hours are summed up, and what is too old goes."""

from __future__ import annotations

import logging
import threading

from steelyard.app.web._intake import Intake
from steelyard.app.web._site import Site
from steelyard.core import SteelyardError

_EVERY_S = 60.0
_HOURS = 24
_BETWEEN_S = 0.5
_AGE_EVERY_S = 3600.0
_LOG = logging.getLogger("steelyard.web")


class Upkeep:
    """A thread that looks once a minute; senders come first, so it takes small steps."""

    def __init__(self, site: Site, intake: Intake) -> None:
        self._site = site
        self._intake = intake
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._aged = -_AGE_EVERY_S

    def begin(self) -> None:
        """Start."""
        self._thread = threading.Thread(target=self._run, name="steelyard-upkeep", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish the step that was begun."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        wait = _BETWEEN_S
        while not self._stop.wait(wait):
            try:
                wait = _BETWEEN_S if self._intake.spans.sum_up(limit=_HOURS) else _EVERY_S
                self._let_go()
            except SteelyardError as error:  # nothing is lost by waiting
                _LOG.warning("old traces stay for now: %s", error)
                wait = _EVERY_S

    def _let_go(self) -> None:
        settings = self._intake.settings
        now = self._site.clock.monotonic()
        if settings.keeps_all or now - self._aged < _AGE_EVERY_S:
            return
        self._aged = now
        gone = self._intake.spans.retain(self._intake.project, settings.retention, now=self._site.clock.now())
        if any(gone.values()):
            _LOG.info(
                "deleted by age: %s", ", ".join(f"{count} {name}" for name, count in gone.items() if count)
            )
