"""Spans over HTTP: a real server on one core, a loader on the other, protobuf requests of 200 spans of 2 kB.

What is counted is what was acknowledged, and it is counted again in the store afterwards. Any server that
takes OTLP/HTTP can stand where ours does: `load` knows an address and a path, and nothing else of it.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

ROOT = Path(__file__).resolve().parents[1]
FREE_MS = 14.0
"""`sum(range(1_000_000))` on a free core of the machine that the targets were set on."""
BATCH = 200
OF_A_TRACE = 6
CONNECTIONS = 12
BODIES = 24
_MARK = b"\xfe\xed\xbe\xefMARK"
_WORD = "sessmark"
_PROBE_S = 0.25
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(kw_only=True)
class Loaded:
    """What a load did."""

    seconds: float
    spans: int
    refused: int
    waits: list[float] = field(repr=False)
    """Seconds from sending a request to its acknowledgement."""
    seen: list[float] = field(repr=False)
    """Seconds from sending a request to reading its trace through the API."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One server under load."""

    rate: float
    by_processor: float
    loaded: Loaded
    bytes_a_span: float
    yardstick_ms: float
    stored: int


def measure(url: str, folder: Path, *, seconds: float) -> Figure:
    """Serve a new project on a store, load it, and count what it holds afterwards."""
    folder.mkdir()
    project = f'[project]\nname = "load"\nstore = "{url}"\n'
    (folder / "steelyard.toml").write_text(project, encoding="utf-8")
    with _served(folder) as (process, port):
        load("127.0.0.1", port, seconds=2.0)
        time.sleep(1)
        before = _processor_s(process)
        with yardstick() as yards:
            loaded = load("127.0.0.1", port, seconds=seconds, path_of_trace="/api/v1/traces/{}")
        busy = _processor_s(process) - before
        time.sleep(0.5)
        stored = _get(port, "/api/v1/spans/ledger")["total_spans"]
    return Figure(
        rate=loaded.spans / loaded.seconds,
        by_processor=loaded.spans / busy,
        loaded=loaded,
        bytes_a_span=_stored_bytes(url) / stored,
        yardstick_ms=statistics.fmean(yards) * 1000,
        stored=stored,
    )


def load(
    host: str, port: int, *, seconds: float, path: str = "/v1/traces", path_of_trace: str = ""
) -> Loaded:
    """Send requests over a dozen connections from a process on the other core, for so long."""
    queue: multiprocessing.Queue[Loaded] = multiprocessing.Queue()
    sender = multiprocessing.Process(target=_send, args=(queue, host, port, seconds, path, path_of_trace))
    sender.start()
    loaded = queue.get(timeout=seconds + 120)
    sender.join()
    return loaded


def percentile(values: Sequence[float], level: float) -> float:
    """By rank, without interpolation."""
    return sorted(values)[min(len(values) - 1, int(level * len(values)))]


def _send(
    queue: multiprocessing.Queue[Loaded], host: str, port: int, seconds: float, path: str, path_of_trace: str
) -> None:
    pin(1)
    bodies = [make_body(number) for number in range(BODIES)]
    loaded = Loaded(seconds=0, spans=0, refused=0, waits=[], seen=[])
    lock = threading.Lock()
    start = time.perf_counter()

    def work(number: int) -> None:
        connection = http.client.HTTPConnection(host, port, timeout=60)
        rng = random.Random(f"{number} {time.time_ns()}")
        while time.perf_counter() - start < seconds:
            body, _ = fresh(rng.choice(bodies), rng)
            took, status = _post(connection, path, body)
            with lock:
                loaded.waits.append(took)
                loaded.spans += BATCH * (status == 200)
                loaded.refused += status != 200

    def probe() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=60)
        rng = random.Random(time.time_ns())
        while time.perf_counter() - start < seconds:
            body, trace = fresh(rng.choice(bodies), rng)
            began = time.perf_counter()
            _, status = _post(connection, path, body)
            loaded.spans += BATCH * (status == 200)
            while status == 200:
                connection.request("GET", path_of_trace.format(trace))
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    loaded.seen.append(time.perf_counter() - began)
                    break
            time.sleep(_PROBE_S)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CONNECTIONS)]
    threads += [threading.Thread(target=probe)] if path_of_trace else []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded.seconds = time.perf_counter() - start
    queue.put(loaded)


def _post(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[float, int]:
    began = time.perf_counter()
    connection.request("POST", path, body, {"content-type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    return time.perf_counter() - began, answer.status


def fresh(body: bytes, rng: random.Random) -> tuple[bytes, str]:
    """The same request with traces and sessions of its own, and the id of its first trace."""
    mark = rng.randbytes(8)
    word = f"{rng.randrange(16**8):08x}"
    return body.replace(_MARK, mark).replace(_WORD.encode(), word.encode()), f"{mark.hex()}{0:016x}"


def make_body(seed: int) -> bytes:
    """200 spans of about 2 kB in traces of six: an agent, three model calls, two tool calls.

    Texts are drawn from 3,000 made-up words by Zipf's law; the instructions of an agent are the same in each
    of its calls and each call repeats what was said before, as in real traffic.
    """
    rng = random.Random(seed)
    data = TracesData()
    place = data.resource_spans.add()
    for key, value in (
        ("service.name", "support-bot"),
        ("service.version", "2.3.1"),
        ("deployment.environment.name", "production"),
        ("telemetry.sdk.language", "python"),
    ):
        place.resource.attributes.add(key=key).value.string_value = value
    scope = place.scope_spans.add()
    scope.scope.name, scope.scope.version = "opentelemetry.instrumentation.openai_v2", "2.1b0"
    for trace in range(-(-BATCH // OF_A_TRACE)):
        _add_trace(scope, trace, rng, count=min(OF_A_TRACE, BATCH - trace * OF_A_TRACE))
    return data.SerializeToString()


def _add_trace(scope: Any, trace: int, rng: random.Random, *, count: int) -> None:
    trace_id = _MARK + trace.to_bytes(8, "big")
    root = rng.randbytes(8)
    said = [
        {"role": "system", "content": f"You help customers of shop {trace % 7}. {_INSTRUCTIONS[trace % 3]}"},
        {"role": "user", "content": _text(rng, 45)},
    ]
    user, session = f"user-{rng.randrange(20_000)}", f"{_WORD}-{trace:04x}"
    for number in range(count):
        is_root = number == count - 1
        operation = "invoke_agent" if is_root else ("chat", "execute_tool")[number % 2]
        span = scope.spans.add(
            trace_id=trace_id, span_id=root if is_root else rng.randbytes(8), kind=1 if is_root else 3
        )
        span.parent_span_id = b"" if is_root else root
        span.start_time_unix_nano = time.time_ns() + number * 10**8
        span.end_time_unix_nano = span.start_time_unix_nano + rng.randrange(10**7, 5 * 10**9)
        told: dict[str, str | int | float] = {
            "gen_ai.operation.name": operation,
            "session.id": session,
            "user.id": user,
        }
        if operation == "execute_tool":
            span.name = "execute_tool find_order"
            answer = json.dumps({"order": rng.randrange(10**6), "notes": _text(rng, 120)})
            told |= {"gen_ai.tool.name": "find_order", "gen_ai.tool.call.result": answer}
            told["gen_ai.tool.call.arguments"] = json.dumps({"order_id": rng.randrange(10**6)})
            said.append({"role": "tool", "content": answer[:400]})
        else:
            answer = _text(rng, 40)
            span.name = "invoke_agent support" if is_root else "chat gpt-4o"
            model = rng.choice(("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5"))
            told |= {
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": model,
                "gen_ai.response.model": model,
                "gen_ai.request.temperature": 0.2,
                "gen_ai.usage.input_tokens": rng.randrange(200, 2000),
                "gen_ai.usage.output_tokens": rng.randrange(20, 400),
                "gen_ai.response.id": f"chatcmpl-{rng.randbytes(12).hex()}",
                "server.address": "api.example.com",
                "gen_ai.input.messages": json.dumps(said),
                "gen_ai.output.messages": json.dumps([{"role": "assistant", "content": answer}]),
            }
            said.append({"role": "assistant", "content": answer})
        for key, value in told.items():
            held = span.attributes.add(key=key).value
            kind = "int_value" if type(value) is int else "double_value" if type(value) is float else ""
            setattr(held, kind or "string_value", value)


_LETTERS = random.Random(1)
_WORDS = ["".join(_LETTERS.choices("etaoinshrdlucmfwypvbgk", k=_LETTERS.randint(2, 9))) for _ in range(3000)]
_WEIGHTS = [1 / (rank + 2) for rank in range(3000)]


def _text(rng: random.Random, count: int) -> str:
    return " ".join(rng.choices(_WORDS, _WEIGHTS, k=count))


_INSTRUCTIONS = [_text(_LETTERS, 70) for _ in range(3)]


@contextmanager
def _served(folder: Path) -> Iterator[tuple[int, int]]:
    program = [sys.executable, "-m", "steelyard", "serve", "--port", "0", "--project", str(folder)]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=log, text=True)
    pin(0, process=server.pid)
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+:(\d+)", server.stdout.readline())
        if found is None:
            sys.exit(f"the server did not start:\n{(folder / 'log').read_text(encoding='utf-8')}")
        yield server.pid, int(found[1])
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(30)
        if server.poll() is None:
            server.kill()
            server.wait()
        log.close()


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """A server of its own that writes through to the disk, on the loader's core; yields a database's URL."""
    sys.path.insert(0, str(ROOT))
    from tests.conftest import _as_server, _server_programs, _server_user

    programs = _server_programs()
    if programs is None:
        yield ""
        return
    place = Path(tempfile.mkdtemp(prefix="steelyard-pg-"))
    try:
        if os.geteuid() == 0:
            os.chown(place, *_server_user())
        data = place / "data"
        made: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "steelyard",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        _as_server(place, made)
        options = f"-k {place} -c listen_addresses='' -c shared_buffers=256MB -c max_wal_size=4GB"
        start: list[str | Path] = [
            programs / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            place / "log",
            "-o",
            options,
            "start",
        ]
        allowed = os.sched_getaffinity(0)
        pin(1)
        try:
            _as_server(place, start)
        finally:
            os.sched_setaffinity(0, allowed)
        try:
            yield f"postgresql://steelyard@/postgres?host={place}"
        finally:
            _as_server(place, [programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _stored_bytes(url: str) -> int:
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        with sqlite3.connect(path) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.stat().st_size
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'm')"
            " AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'span_search%'"
        ).fetchone()
    return int(row[0]) if row else 0


def _get(port: int, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    return found


def _processor_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def yardstick() -> Iterator[list[float]]:
    """Seconds of processor for `sum(range(1_000_000))`, on the server's core and while it works.

    A fifth of it at a time; their mean, because what the host takes away is in the server's figure as well.
    """
    took: list[float] = []
    done = threading.Event()

    def sample() -> None:
        pin(0)
        while not took or not done.wait(0.2):
            began = time.thread_time()
            sum(range(200_000))
            took.append(5 * (time.thread_time() - began))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield took
    finally:
        done.set()
        thread.join()


def pin(core: int, *, process: int = 0) -> None:
    """Keep a process, or the calling thread, on one core."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) > core:
        os.sched_setaffinity(process, {allowed[core]})
