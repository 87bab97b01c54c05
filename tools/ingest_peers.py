"""Steelyard beside two other servers that take OTLP/HTTP: the same requests, each into a SQLite of its own.

A span counts once it is a row of the server's database: not every server acknowledges only what it stored.
The server has one core and the sender the other; all get the same bytes over as many connections, once each,
after one request to warm up. The other servers are installed into environments of their own below the user's
cache, with their defaults and their telemetry off.
"""

from __future__ import annotations

import http.client
import multiprocessing
import os
import random
import secrets
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ingest_load import BATCH, FREE_MS, fresh, make_body, pin, yardstick

_ORDER = (
    ("steelyard", 4),
    ("arize-phoenix", 4),
    ("mlflow", 4),
    ("mlflow", 1),
    ("steelyard", 1),
    ("steelyard", 4),
)
"""Who is measured, and over how many connections."""
_REQUESTS = 25
_STARTED_S = 90.0
_LIMIT_S = 120.0
_READY_S = 240.0
_INSTALL_S = 1200
_POLL_S = 0.1
_SETTLE_S = 5.0
_AGAIN = (429, 502, 503, 504)
_APART = {"PYTHONPATH": "", "PYTHONPYCACHEPREFIX": ""}
"""What another project's Python takes from its own environment alone."""
_TICK = os.sysconf("SC_CLK_TCK")
_MARK = "STEELYARD_LOAD"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that can be started, asked and looked into."""

    name: str
    command: Sequence[str]
    port: int
    ready: str
    """The path that answers with 200 once the server takes spans."""
    database: Path
    table: str
    """Where a row is a span."""
    environ: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    connections: int = 1


@dataclass(frozen=True, kw_only=True)
class Found:
    """One server under the load."""

    name: str
    ready_s: float
    acknowledged: int
    acknowledged_s: float
    """From the first request to the last acknowledgement."""
    refused: int
    stored: int
    stored_s: float
    """From the first request to the last new row that was seen."""
    processor_s: float
    """Of the server's processes, over the same time."""
    bytes_a_span: float
    yardstick_ms: float
    load: float

    def __str__(self) -> str:
        rate = self.stored / self.processor_s
        free = rate * self.yardstick_ms / FREE_MS
        missing = BATCH * _REQUESTS - self.stored
        return (
            f"acknowledged {self.acknowledged / self.acknowledged_s:,.0f}/s, "
            f"stored {self.stored / self.stored_s:,.0f}/s; "
            f"{self.processor_s / self.stored * 1e6:,.0f} µs of processor a stored span at a yardstick of "
            f"{self.yardstick_ms:.0f} ms ({free:,.0f}/s at {FREE_MS:.0f} ms); "
            f"{self.bytes_a_span:,.0f} bytes a span; ready after {self.ready_s:.1f} s; "
            f"{self.refused} requests refused; load {self.load:.0f}"
            + (f"; {missing:,} spans not stored after {_LIMIT_S:.0f} s" if missing else "")
        )


def compare(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Each server under the same load, ours first and last; says which could not be had."""
    rng = random.Random(time.time_ns())
    requests = [fresh(make_body(number), rng)[0] for number in range(_REQUESTS + 1)]
    size = sum(map(len, requests)) / len(requests) / BATCH
    yield "spans over HTTP beside others", f"{BATCH * _REQUESTS:,} spans of {size:,.0f} bytes each", ""
    for name, connections in _ORDER:
        place = folder / f"peer-{secrets.token_hex(4)}"
        place.mkdir()
        try:
            server = _steelyard(place) if name == "steelyard" else _MAKERS[name](place, installed(name))
            found = measure(replace(server, connections=connections), place, requests)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            yield name, f"left out: {error}", ""
            continue
        yield f"{found.name}, {connections} at once", str(found), ""


def installed(package: str) -> Path:
    """The environment that holds the newest version of a package; installs it once.

    Raises RuntimeError, in words, where it cannot be had.
    """
    home = os.environ.get("XDG_CACHE_HOME", "")
    folder = (Path(home) if home else Path.home() / ".cache") / "steelyard" / "peers" / package
    done = folder / ".installed"
    if done.exists():
        return folder
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--no-input", "--upgrade", package]
    for command in ([sys.executable, "-m", "venv", str(folder)], install):
        said = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
        if said.returncode:
            lines = said.stderr.strip().splitlines() or ["no reason given"]
            raise RuntimeError(f"{package} cannot be installed: {lines[-1][:200]}")
    done.touch()
    return folder


def measure(server: Server, folder: Path, requests: Sequence[bytes]) -> Found:
    """Start a server, warm it up with the first request, send the others, and look into its database."""
    with _started(server, folder) as (mark, ready_s):
        empty = _size(server.database)
        _warm_up(server, requests[0])
        _wait_for_rest(mark)
        before = _processor_s(mark)
        load = os.getloadavg()[0]
        with yardstick() as yards:
            sent, rows = _watched(server, requests[1:])
        busy = _processor_s(mark) - before
        time.sleep(_SETTLE_S)
    held = _count(server)
    acknowledged = [moment for moment, status in sent.answers if status == 200]
    if not rows or not acknowledged:
        said = sorted({status for _, status in sent.answers})
        raise RuntimeError(f"{server.name} stored nothing; it answered {said}")
    return Found(
        name=server.name,
        ready_s=ready_s,
        acknowledged=BATCH * len(acknowledged),
        acknowledged_s=max(acknowledged) - sent.began,
        refused=len(sent.answers) - len(acknowledged),
        stored=rows[-1][1] - BATCH,
        stored_s=rows[-1][0] - sent.began,
        processor_s=busy,
        bytes_a_span=(_size(server.database) - empty) / held,
        yardstick_ms=statistics.fmean(yards) * 1000,
        load=(load + os.getloadavg()[0]) / 2,
    )


@dataclass(frozen=True)
class _Sent:
    began: float
    answers: list[tuple[float, int]]
    """When each answer came, and its status."""


def _watched(server: Server, requests: Sequence[bytes]) -> tuple[_Sent, list[tuple[float, int]]]:
    """Send from a process on the other core, and note when the table grew and to how many rows."""
    queue: multiprocessing.Queue[_Sent] = multiprocessing.Queue()
    sender = multiprocessing.Process(target=_send, args=(queue, server, requests))
    began = time.monotonic()
    sender.start()
    rows: list[tuple[float, int]] = []
    wanted, last = BATCH * (len(requests) + 1), BATCH
    while last < wanted and time.monotonic() - began < _LIMIT_S:
        time.sleep(_POLL_S)
        count = _count(server)
        if count > last:
            rows.append((time.monotonic(), count))
            last = count
    if last < wanted:
        rows.append((time.monotonic(), last))
    sent = queue.get(timeout=3 * _LIMIT_S)
    sender.join()
    return sent, rows


def _send(queue: multiprocessing.Queue[_Sent], server: Server, requests: Sequence[bytes]) -> None:
    """Each request once; one that is to be sent again is, a second later, as the protocol asks."""
    pin(1)
    left, lock = list(requests), threading.Lock()
    sent = _Sent(time.monotonic(), [])

    def work() -> None:
        while time.monotonic() - sent.began < _LIMIT_S:
            with lock:
                if not left:
                    return
                body = left.pop()
            status = _post(server, body)
            sent.answers.append((time.monotonic(), status))
            if status in _AGAIN:
                with lock:
                    left.append(body)
                time.sleep(1)

    threads = [threading.Thread(target=work) for _ in range(server.connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(sent)


def _post(server: Server, body: bytes) -> int:
    """The status of the answer; 0 where none came."""
    headers = {"content-type": "application/x-protobuf", **server.headers}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_LIMIT_S)
    with closing(connection):
        try:
            connection.request("POST", "/v1/traces", body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
    return answer.status


def _warm_up(server: Server, body: bytes) -> None:
    status = _post(server, body)
    until = time.monotonic() + _LIMIT_S
    while _count(server) < BATCH:
        if time.monotonic() > until:
            raise RuntimeError(f"{server.name} answered {status} and stored nothing")
        time.sleep(_POLL_S)


def _wait_for_rest(mark: str) -> None:
    """Until the server takes less than a tenth of a core: some start helpers after they answer."""
    until = time.monotonic() + _STARTED_S
    while time.monotonic() < until:
        before = _processor_s(mark)
        time.sleep(2)
        if _processor_s(mark) - before < 0.2:
            return


def _count(server: Server) -> int:
    """Rows that another connection sees; 0 while the server keeps the file to itself."""
    address = f"file:{server.database}?mode=ro"
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(address, uri=True, timeout=1)) as file:
        return int(file.execute(f"SELECT count(*) FROM {server.table}").fetchone()[0])
    return 0


def _size(database: Path) -> int:
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(database, timeout=5)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(
        Path(f"{database}{end}").stat().st_size for end in ("", "-wal") if Path(f"{database}{end}").exists()
    )


@contextmanager
def _started(server: Server, folder: Path) -> Iterator[tuple[str, float]]:
    """Run a server on the first core; yields the mark of its processes and its seconds to start."""
    mark = secrets.token_hex(16)
    allowed = os.sched_getaffinity(0)
    began = time.monotonic()
    with (folder / "log").open("wb") as log:
        pin(0)
        try:
            process = subprocess.Popen(
                list(server.command),
                cwd=folder,
                env={**os.environ, **server.environ, _MARK: mark},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        finally:
            os.sched_setaffinity(0, allowed)
        try:
            while not _answers(server):
                if process.poll() is not None or time.monotonic() - began > _READY_S:
                    said = (folder / "log").read_text(encoding="utf-8", errors="replace").strip()
                    last = said.rpartition("\n")[2][:200]
                    raise RuntimeError(f"{server.name} did not start: {last}")
                time.sleep(_POLL_S)
            yield mark, time.monotonic() - began
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            for number in _members(mark):
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            process.wait()


def _answers(server: Server) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)) as connection:
        try:
            connection.request("GET", server.ready)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def _members(mark: str) -> list[int]:
    """The processes that inherited a mark: a server may start others, in sessions of their own too."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{_MARK}={mark}".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found


def _processor_s(mark: str) -> float:
    """Seconds of processor of the marked processes and of those of their children that have ended."""
    ticks = 0
    for number in _members(mark):
        with suppress(OSError):
            fields = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICK


def _steelyard(folder: Path) -> Server:
    from steelyard import __version__

    text = f'[project]\nname = "load"\nstore = "sqlite:///{folder / "load.db"}"\n'
    (folder / "steelyard.toml").write_text(text, encoding="utf-8")
    port = _free_port()
    return Server(
        name=f"Steelyard {__version__}",
        command=[sys.executable, "-m", "steelyard", "serve", "--port", str(port), "--project", str(folder)],
        port=port,
        ready="/healthz",
        database=folder / "load.db",
        table="spans",
    )


def _phoenix(folder: Path, environment: Path) -> Server:
    port = _free_port()
    return Server(
        name=f"Phoenix {_version(environment, 'arize-phoenix')}",
        command=[str(environment / "bin" / "phoenix"), "serve"],
        port=port,
        ready="/healthz",
        database=folder / "phoenix.db",
        table="spans",
        environ=_APART
        | {
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(_free_port()),
            "PHOENIX_WORKING_DIR": str(folder),
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        },
    )


def _mlflow(folder: Path, environment: Path) -> Server:
    port = _free_port()
    store = ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    files = ["--default-artifact-root", str(folder / "files")]
    address = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return Server(
        name=f"MLflow {_version(environment, 'mlflow')}",
        command=[str(environment / "bin" / "mlflow"), "server", *address, *store, *files],
        port=port,
        ready="/health",
        database=folder / "mlflow.db",
        table="spans",
        environ=_APART
        | {
            "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        headers={"x-mlflow-experiment-id": "0"},
    )


_MAKERS = {"arize-phoenix": _phoenix, "mlflow": _mlflow}


def _version(environment: Path, package: str) -> str:
    command = [str(environment / "bin" / "python"), "-c", _VERSION, package]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


_VERSION = "import sys, importlib.metadata as held; print(held.version(sys.argv[1]))"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
