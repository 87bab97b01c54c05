"""`send_feedback` against a server on loopback: retried, never raised unless asked, its key kept."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import steelyard
from steelyard.core import ConfigError, InputError, TargetError, UsageError
from steelyard.traces._sender import Sender, sender

TRACE = "a" * 32


class Heard:
    """What a server was sent, and what it answers next."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.answers: list[tuple[int, dict[str, str], dict[str, Any]]] = []


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    found = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            items = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found.keys.append(self.headers.get("authorization"))
            status, headers, body = found.answers.pop(0) if found.answers else (200, {}, {"rejected": []})
            if status == 200:
                found.items += items
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing: the test says what was heard."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("STEELYARD_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
    monkeypatch.setenv("STEELYARD_KEY", "sy_secret")
    yield found
    sender().close()
    from steelyard.traces import _sender  # noqa: PLC0415 - each test has a sender of its own

    _sender._held.clear()
    server.shutdown()
    thread.join()
    server.server_close()


def wait_for(count: int, heard: Heard) -> None:
    ends = time.monotonic() + 20
    while len(heard.items) < count and time.monotonic() < ends:
        time.sleep(0.01)
    assert len(heard.items) == count


def test_what_is_sent_says_what_it_is(heard: Heard) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    first = steelyard.send_feedback(trace=TRACE, value="down", label="wrong", time=moment)
    steelyard.send_feedback(id="ticket-7", kind="event", name="reopened", session="s1")
    steelyard.send_feedback(trace=TRACE, value=4, name="stars")
    steelyard.send_feedback(trace=TRACE, text="Too long.", wait=True)
    wait_for(4, heard)
    by_kind = {item["kind"]: item for item in heard.items}
    assert by_kind["thumb"] == {
        "id": first,
        "kind": "thumb",
        "trace": TRACE,
        "value": "down",
        "label": "wrong",
        "time": "2026-03-01T00:00:00+00:00",
    }
    assert by_kind["event"]["id"] == "ticket-7"
    assert by_kind["score"]["value"] == 4
    assert by_kind["text"]["text"] == "Too long."
    assert set(heard.keys) == {"Bearer sy_secret"}


def test_a_server_that_is_away_gets_it_later_and_once(heard: Heard) -> None:
    heard.answers = [
        (503, {"retry-after": "0"}, {}),
        (429, {}, {"error": {"message": "slow", "details": []}}),
    ]
    sent = steelyard.send_feedback(trace=TRACE, value="up")
    wait_for(1, heard)
    assert [item["id"] for item in heard.items] == [sent]
    assert len(heard.keys) == 3


def test_what_goes_wrong_is_in_the_log_and_not_raised(
    heard: Heard, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = {"error": {"message": "the key is unknown", "details": []}}
    heard.answers = [(401, {}, refusal), (200, {}, {"rejected": [{"index": 0, "reason": "a bad item"}]})]
    with caplog.at_level(logging.WARNING, logger="steelyard.feedback"):
        steelyard.send_feedback(trace=TRACE, value="up")
        while len(heard.keys) < 1:
            time.sleep(0.01)
        steelyard.send_feedback(trace=TRACE, value="up")
        wait_for(1, heard)
        sender().close(most_s=5)
        monkeypatch.delenv("STEELYARD_ENDPOINT")
        alone = Sender()
        alone.put({"id": "x"})
        alone.close(most_s=5)
    said = caplog.text
    for words in ("the key is unknown", "a bad item", "there is no address of a server"):
        assert words in said
    assert "sy_secret" not in said


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ((422, {}, {"error": {"message": "'trace' must be", "details": []}}), InputError, "'trace' must be"),
        ((403, {}, {"error": {"message": "lacks the scope", "details": []}}), UsageError, "lacks the scope"),
        ((503, {}, {"error": {"message": "too much is waiting", "details": []}}), TargetError, "too much"),
        ((302, {"location": "http://127.0.0.1:9/"}, {}), UsageError, "the server answers 302"),
        ((500, {}, {"other": 1}), TargetError, "the server answers 500"),
        ((503, {"retry-after": "\u00b2"}, {"error": {"message": "later"}}), TargetError, "later"),
        ((200, {}, ["another server"]), TargetError, "this is no Steelyard server"),
        ((200, {}, {"rejected": [1]}), TargetError, "this is no Steelyard server"),
    ],
    ids=str,
)
def test_with_wait_it_is_raised(heard: Heard, answer: Any, error: type[Exception], words: str) -> None:
    heard.answers = [answer]
    with pytest.raises(error, match=words):
        steelyard.send_feedback(trace=TRACE, value="up", wait=True)
    assert len(heard.keys) == 1


@pytest.mark.parametrize("key", ["sy_a\nsy_hidden", "sy_a sy_hidden", "sy_hidden\u2026"])
def test_a_key_that_is_none_is_said_and_not_shown(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("STEELYARD_KEY", key)
    with pytest.raises(ConfigError, match="the key of the server cannot be used") as caught:
        steelyard.send_feedback(trace=TRACE, value="up", wait=True)
    assert "hidden" not in str(caught.value)
    assert heard.keys == []


def test_an_address_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEELYARD_ENDPOINT", raising=False)
    with pytest.raises(ConfigError, match="no address of a server"):
        steelyard.send_feedback(trace=TRACE, value="up", wait=True)
    monkeypatch.setenv("STEELYARD_ENDPOINT", "file:///etc/passwd")
    with pytest.raises(ConfigError, match="cannot be used"):
        steelyard.send_feedback(trace=TRACE, value="up", wait=True)
    monkeypatch.setenv("STEELYARD_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(TargetError, match="cannot be reached"):
        steelyard.send_feedback(trace=TRACE, value="up", wait=True)


def test_what_waits_is_sent_when_the_program_ends_and_a_child_sends_its_own(heard: Heard) -> None:
    program = (
        "import os, steelyard\n"
        f"steelyard.send_feedback(id='parent', trace='{TRACE}', value='up')\n"
        "if os.fork() == 0:\n"
        f"    steelyard.send_feedback(id='child', trace='{TRACE}', value='up')\n"
        "else:\n"
        "    os.wait()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert sorted(item["id"] for item in heard.items) == ["child", "parent"]


def test_a_server_that_is_away_holds_up_the_exit_for_the_stated_time_only() -> None:
    program = (
        "import atexit, steelyard, time\n"
        "atexit.register(lambda: print(time.monotonic() - begun))\n"
        f"steelyard.send_feedback(trace='{TRACE}', value='up')\n"
        "begun = time.monotonic()\n"
    )
    environ = {"STEELYARD_ENDPOINT": "http://127.0.0.1:9", "STEELYARD_EXIT_SECONDS": "0.3"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert 0.2 <= float(done.stdout) < 4
    assert "feedback is not sent: the server did not take it within 0.3 s" in done.stderr


def test_the_call_loads_little() -> None:
    program = (
        "import sys, steelyard; steelyard.send_feedback\n"
        "heavy = {'numpy', 'sqlalchemy', 'aiohttp', 'google.protobuf', 'opentelemetry'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
