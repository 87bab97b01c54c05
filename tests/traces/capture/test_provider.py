"""Whose tracer makes the spans: each case in a program of its own, because a provider is set once."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from steelyard.core import ConfigError, UsageError
from steelyard.traces.capture import configure_trace
from steelyard.traces.capture._settings import read_settings

ROOT = Path(__file__).resolve().parents[3]
TRACED = """
import steelyard

@steelyard.trace
def ask(question):
    with steelyard.trace("inner") as span:
        return [question, span.recording, span.trace_id]
"""


class Receiver(BaseHTTPRequestHandler):
    """Takes OTLP and keeps it."""

    taken: list[tuple[str, dict[str, str], bytes]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append((self.path, {key.lower(): value for key, value in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[Receiver]]]:
    handler = type("Handler", (Receiver,), {"taken": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def program(text: str, folder: Path, **environ: str) -> tuple[Any, str]:
    """What a program prints last, as JSON, and what it says on stderr."""
    path = folder / "shop_bot.py"
    path.write_text(TRACED + text, encoding="utf-8")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "STEELYARD_"))}
    done = subprocess.run(
        [sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**clean, "PYTHONPATH": str(ROOT / "src"), **environ},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def sent(handler: type[Receiver]) -> list[Span]:
    """Every span that came."""
    requests = [ExportTraceServiceRequest.FromString(gzip.decompress(body)) for _, _, body in handler.taken]
    groups = [
        group for request in requests for found in request.resource_spans for group in found.scope_spans
    ]
    return [span for group in groups for span in group.spans]


def texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {item.key: item.value.string_value for item in attributes}


def test_without_an_address_nothing_is_recorded_and_no_sdk_is_loaded(tmp_path: Path) -> None:
    text = """
import json, sys
print(json.dumps([ask("a"), *(name in sys.modules for name in ("opentelemetry.sdk", "google", "numpy"))]))
"""
    said, errors = program(text, tmp_path)
    assert said == [["a", False, ""], False, False, False]
    assert errors == ""


def test_a_provider_that_comes_later_is_found(tmp_path: Path) -> None:
    text = """
import json
first = ask("a")
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
print(json.dumps([first[1], ask("b")[1]]))
"""
    assert program(text, tmp_path)[0] == [False, True]


def test_an_address_is_sent_to_in_batches_and_the_rest_at_exit(
    tmp_path: Path, receiver: tuple[str, type[Receiver]]
) -> None:
    address, handler = receiver
    text = """
import json
from opentelemetry import trace
with steelyard.trace_context(user="u-17"):
    found = ask("a")
    trace.get_tracer("foreign").start_span("of another").end()
print(json.dumps(found))
"""
    said, errors = program(text, tmp_path, STEELYARD_ENDPOINT=address + "/", STEELYARD_KEY="sy-k3y")
    assert said[1] is True
    ((path, headers, body),) = handler.taken
    assert path == "/v1/traces"
    assert headers["authorization"] == "Bearer sy-k3y"
    assert headers["content-encoding"] == "gzip"
    (of_resource,) = ExportTraceServiceRequest.FromString(gzip.decompress(body)).resource_spans
    assert texts(of_resource.resource.attributes)["service.name"] == "shop_bot"
    spans = {span.name: span for span in sent(handler)}
    assert set(spans) == {"ask", "inner", "of another"}
    assert spans["inner"].trace_id.hex() == said[2]
    assert [texts(span.attributes)["user.id"] for span in spans.values()] == ["u-17"] * 3
    assert "sy-k3y" not in errors + body.decode("latin-1")


def test_a_refused_key_is_not_logged_and_breaks_nothing(
    tmp_path: Path, receiver: tuple[str, type[Receiver]]
) -> None:
    address, handler = receiver
    handler.status = 401
    said, errors = program(
        'import json\nprint(json.dumps(ask("a")))',
        tmp_path,
        STEELYARD_ENDPOINT=address,
        STEELYARD_KEY="sy-k3y",
    )
    assert said[0] == "a"
    assert "401" in errors
    assert "sy-k3y" not in errors


def test_opentelemetrys_own_address_is_sent_to_without_our_key(
    tmp_path: Path, receiver: tuple[str, type[Receiver]]
) -> None:
    address, handler = receiver
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_HEADERS": "x-team=shop"}
    text = 'import json\nprint(json.dumps(ask("a")))'
    program(text, tmp_path, STEELYARD_KEY="sy-k3y", OTEL_SERVICE_NAME="named", **environ)
    ((path, headers, body),) = handler.taken
    assert (path, headers["x-team"]) == ("/v1/traces", "shop")
    assert "authorization" not in headers
    assert b"named" in body
    program(text, tmp_path, OTEL_TRACES_EXPORTER="none", **environ)
    assert len(handler.taken) == 1


def test_settings_come_too_late_once_spans_were_made(
    tmp_path: Path, receiver: tuple[str, type[Receiver]]
) -> None:
    text = """
import json
from steelyard.core import UsageError
from steelyard.traces.capture import configure_trace, flush_traces
configure_trace(endpoint=ENDPOINT, service="configured")
ask("a")
try:
    configure_trace(endpoint="http://h")
except UsageError as error:
    print(json.dumps([str(error), flush_traces()]))
"""
    address, handler = receiver
    said, _ = program(text.replace("ENDPOINT", repr(address)), tmp_path)
    assert said == [
        "configure_trace: tracing has begun. Give the endpoint before the first traced function is called",
        True,
    ]
    assert b"configured" in gzip.decompress(handler.taken[0][2])


def test_without_the_extra_an_address_says_what_to_install(tmp_path: Path) -> None:
    for name in ("opentelemetry.sdk", "opentelemetry.exporter"):
        text = f"""
import json, sys
sys.modules[{name!r}] = None
try:
    print(json.dumps(ask("a")))
except Exception as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""
        said, _ = program(text, tmp_path, STEELYARD_ENDPOINT="http://127.0.0.1:9")
        assert said[0] == "MissingExtraError"
        assert said[1].endswith("pip install 'steelyard[trace]'")
        assert program(text, tmp_path)[0] == ["a", False, ""]


def test_what_an_evaluation_collects_is_not_sent(
    tmp_path: Path, receiver: tuple[str, type[Receiver]]
) -> None:
    address, handler = receiver
    text = """
import json
from steelyard.core import collecting_spans
ask("traffic")
with collecting_spans() as collection:
    ask("evaluation")
ask("more traffic")
print(json.dumps([[span.name, span.input] for span in collection.spans()]))
"""
    said, _ = program(text, tmp_path, STEELYARD_ENDPOINT=address)
    assert said == [["ask", "evaluation"], ["inner", None]]
    asked = [texts(span.attributes)["input.value"] for span in sent(handler) if span.name == "ask"]
    assert asked == ["traffic", "more traffic"]


def test_a_provider_that_samples_nothing_or_is_disabled_costs_nothing(tmp_path: Path) -> None:
    text = """
import json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
trace.set_tracer_provider(TracerProvider(sampler=ALWAYS_OFF))
print(json.dumps(ask("a")))
"""
    found, errors = program(text, tmp_path)
    assert (found[1], len(found[2]), errors) == (False, 32, "")
    found, errors = program(text, tmp_path, OTEL_SDK_DISABLED="true")
    assert (found, errors) == (["a", False, ""], "")


def test_a_fork_sends_its_own_spans(tmp_path: Path, receiver: tuple[str, type[Receiver]]) -> None:
    address, handler = receiver
    text = """
import json, os
from steelyard.traces.capture import flush_traces
ask("parent")
child = os.fork()
if child == 0:
    ask("child")
    flush_traces()
    os._exit(0)
os.waitpid(child, 0)
print(json.dumps("done"))
"""
    program(text, tmp_path, STEELYARD_ENDPOINT=address)
    asked = [texts(span.attributes)["input.value"] for span in sent(handler) if span.name == "ask"]
    assert sorted(asked) == ["child", "parent"]


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


TIMED = """
import atexit, json, time
begun = time.monotonic()
atexit.register(lambda: print(json.dumps(time.monotonic() - begun)))
ask("a")
begun = time.monotonic()
"""


def test_a_silent_server_holds_up_the_exit_for_the_stated_time_only(tmp_path: Path, silent: str) -> None:
    took, errors = program(TIMED, tmp_path, STEELYARD_ENDPOINT=silent, STEELYARD_EXIT_SECONDS="0.3")
    assert 0.2 <= took < 5
    assert "2 spans are not sent: the server did not take them within 0.3 s" in errors


def test_a_refused_connection_holds_up_the_exit_for_the_stated_time_only(tmp_path: Path) -> None:
    text = (
        "from steelyard.traces.capture import configure_trace\n"
        "configure_trace(endpoint='http://127.0.0.1:9', exit_s=0.3)\n" + TIMED
    )
    took, errors = program(text, tmp_path)
    assert 0.2 <= took < 5
    assert "2 spans are not sent" in errors


def test_a_slow_server_gets_everything(tmp_path: Path, receiver: tuple[str, type[Receiver]]) -> None:
    address, handler = receiver
    plain = handler.do_POST

    def slow(self: Receiver) -> None:
        time.sleep(0.25)
        plain(self)

    handler.do_POST = slow  # type: ignore[method-assign] # a class of this test alone
    text = 'import json\nfor _ in range(40): ask("a")\nprint(json.dumps("done"))'
    environ = {"STEELYARD_EXIT_SECONDS": "1.5", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8"}
    program(text, tmp_path, STEELYARD_ENDPOINT=address, **environ)
    assert len(handler.taken) == 10
    assert len(sent(handler)) == 80


def test_a_flush_ends_in_time_and_says_what_was_not_taken(tmp_path: Path, silent: str) -> None:
    text = """
import json, time
from steelyard.traces.capture import flush_traces
ask("a")
begun = time.monotonic()
print(json.dumps([flush_traces(0.2), time.monotonic() - begun]))
"""
    (flushed, took), _ = program(text, tmp_path, STEELYARD_ENDPOINT=silent, STEELYARD_EXIT_SECONDS="0")
    assert flushed is False
    assert 0.1 <= took < 5


def test_the_oldest_spans_make_room_which_is_said_once(
    tmp_path: Path, receiver: tuple[str, type[Receiver]]
) -> None:
    address, _ = receiver
    environ = {"OTEL_BSP_MAX_QUEUE_SIZE": "4", "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    text = """
import json
from steelyard.traces.capture import _batches
_batches.SpanBatches._run = lambda self: None
for number in range(10): ask(str(number))
print(json.dumps("done"))
"""
    _, errors = program(text, tmp_path, STEELYARD_ENDPOINT=address, STEELYARD_EXIT_SECONDS="0", **environ)
    assert errors.count("spans are dropped") == 1
    assert "4 spans are not sent" in errors


@pytest.mark.parametrize("key", ["sy_a\nsy_hidden", "sy_a sy_hidden", "sy_hidden\u2026"])
def test_a_key_that_is_none_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError, match=r"STEELYARD_KEY.*the key of the server cannot be used") as caught:
        read_settings({"STEELYARD_KEY": key})
    assert "hidden" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"key.*the key of the server cannot be used"):
        configure_trace(key=key)


@pytest.mark.parametrize("said", ["soon", "-1", "nan", "1e9"])
def test_a_time_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ConfigError, match=r"STEELYARD_EXIT_SECONDS.*is no number of seconds"):
        read_settings({"STEELYARD_EXIT_SECONDS": said})
    with pytest.raises(UsageError, match="exit_s must be at least 0"):
        configure_trace(exit_s=-1)
