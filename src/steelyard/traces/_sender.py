"""Feedback to a server: now, or in the background; with the standard library alone, for any program."""

from __future__ import annotations

import atexit
import encodings.idna  # noqa: F401 - asked for by every connection: a fork while a thread loads it breaks the child
import json
import logging
import os
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any

from steelyard.core import ConfigError, InputError, Json, TargetError, UsageError, UserError
from steelyard.traces.capture._settings import EXIT_S, checked_endpoint, checked_key, exit_seconds

PATH = "/api/v1/feedback"
_TIMEOUT_S = 10.0
_KEPT = 10_000
_TOGETHER = 100
_TOGETHER_BYTES = 2**20
_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
_LONGEST_PAUSE_S = 60.0
_LONGEST_EXIT_S = 30.0
_LOG = logging.getLogger("steelyard.feedback")


class LaterError(TargetError):
    """The server does not answer now; `wait_s` is what it asks for, 0 when it says nothing."""

    def __init__(self, message: str, *, where: str, wait_s: float = 0.0) -> None:
        self.wait_s = wait_s
        super().__init__(message, where=where, hint="Send it again: it counts once")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A key goes to the address that was named, and to no other."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def post_feedback(
    items: Sequence[Mapping[str, Json]], *, endpoint: str = "", key: str = ""
) -> dict[str, Any]:
    """Send items and return the server's answer once they are durable.

    `endpoint` and `key` are those of the environment (STEELYARD_ENDPOINT, STEELYARD_KEY) unless given. Raises
    ConfigError without an address or for a key that is none, LaterError when it is worth another try,
    InputError when nothing was taken, and UsageError for what the server does not allow.
    """
    address = checked_endpoint(
        endpoint or os.environ.get("STEELYARD_ENDPOINT", ""), where="STEELYARD_ENDPOINT"
    )
    if not address:
        raise ConfigError(
            "there is no address of a server",
            where="STEELYARD_ENDPOINT",
            hint="Write http://HOST:PORT",
        )
    secret = checked_key(key or os.environ.get("STEELYARD_KEY", ""), where="STEELYARD_KEY")
    headers = {"content-type": "application/json", "accept": "application/json", "user-agent": "steelyard"}
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    url = address + PATH
    try:
        request = urllib.request.Request(  # noqa: S310 - http or https: it was checked
            url, data=json.dumps(items, ensure_ascii=True).encode("ascii"), headers=headers
        )
        with _OPENER.open(request, timeout=_TIMEOUT_S) as answer:
            return _taken(json.loads(answer.read(2**22)))
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error, url) from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise LaterError(f"the server cannot be reached: {reason}", where=url) from None
    except ValueError as error:
        raise TargetError(f"this is no Steelyard server: {error}", where=url) from None


def _taken(answer: Any) -> dict[str, Any]:
    rejected = answer.get("rejected", []) if isinstance(answer, dict) else None
    if not isinstance(rejected, list) or not all(isinstance(each, dict) for each in rejected):
        raise ValueError("its answer says nothing of feedback")
    return {**answer, "rejected": rejected}


def _refusal(error: urllib.error.HTTPError, url: str) -> UserError:
    status = error.code
    try:
        said = json.loads(error.read(2**20))["error"]
        message, details = str(said["message"]), [str(each) for each in said.get("details", ())]
    except (ValueError, KeyError, TypeError, OSError):
        message, details = f"the server answers {status}", []
    if status in (408, 429) or status >= 500:
        given = error.headers.get("retry-after", "")
        wait_s = float(given) if given.isascii() and given.isdigit() else 0.0
        return LaterError(message, where=url, wait_s=wait_s)
    if status in (413, 422):
        return InputError(message, where=url, details=details)
    return UsageError(f"{message} ({status})", where=url, hint="Check STEELYARD_ENDPOINT and STEELYARD_KEY")


class Sender:
    """Sends in a thread of its own, a batch at a time. Nothing that goes wrong reaches the program."""

    def __init__(self) -> None:
        self._queue: queue.Queue[dict[str, Json]] = queue.Queue(_KEPT)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._warned: set[str] = set()
        self._taken_at = 0.0

    def put(self, item: dict[str, Json]) -> None:
        """Take an item; it is dropped, with a warning in the log, when ten thousand wait already."""
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._warn("feedback is dropped: the server does not take it in time")
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="steelyard-feedback", daemon=True)
                self._thread.start()

    def close(self, *, most_s: float | None = None) -> None:
        """Send what waits while the server takes it, `most_s` (STEELYARD_EXIT_SECONDS) longer when not."""
        begun = time.monotonic()
        waits_s = _exit_s() if most_s is None else most_s
        while self._queue.unfinished_tasks and not self._closing.is_set():
            now = time.monotonic()
            if now >= min(max(begun, self._taken_at) + waits_s, begun + _LONGEST_EXIT_S):
                self._warn(f"feedback is not sent: the server did not take it within {waits_s:g} s")
                break
            time.sleep(0.02)
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            items = self._batch()
            try:
                self._send(items)
            finally:
                for _ in items:
                    self._queue.task_done()

    def _batch(self) -> list[dict[str, Json]]:
        items = [self._queue.get()]
        held = len(str(items[0]))
        while len(items) < _TOGETHER and held < _TOGETHER_BYTES:
            try:
                items.append(self._queue.get_nowait())
            except queue.Empty:
                break
            held += len(str(items[-1]))
        return items

    def _send(self, items: Sequence[Mapping[str, Json]]) -> None:
        for pause in (*_PAUSES_S, None):
            try:
                answer = post_feedback(items)
            except LaterError as error:
                if pause is None:
                    self._warn(f"feedback is dropped: {error}")
                    return
                if self._closing.wait(min(max(pause, error.wait_s), _LONGEST_PAUSE_S)):
                    return
            except (UserError, TypeError) as error:
                self._warn(f"feedback is dropped: {error}")
                return
            else:
                self._taken_at = time.monotonic()
                for each in answer["rejected"]:
                    self._warn(f"feedback is rejected: {each.get('reason')}")
                return

    def _warn(self, said: str) -> None:
        """Each thing once: an application's log is not ours to fill."""
        if said not in self._warned and len(self._warned) < 100:
            self._warned.add(said)
            _LOG.warning("%s", said)


def _exit_s() -> float:
    """An exit handler has nobody to raise to."""
    try:
        return exit_seconds()
    except ConfigError as error:
        _LOG.warning("%s", error)
        return EXIT_S


_held: list[Sender] = []
_lock = threading.Lock()


def sender() -> Sender:
    """The one of this process."""
    with _lock:
        if not _held:
            _held.append(Sender())
            atexit.register(_held[0].close)
        return _held[0]


def _forget() -> None:
    """A forked child sends its own: what waited is its parent's."""
    global _lock  # noqa: PLW0603 - the parent may have held it when it forked
    _lock = threading.Lock()
    for each in _held:
        atexit.unregister(each.close)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
