"""A server that is killed, and a disk that fills: what was acknowledged is there, once."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTracePartialSuccess
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from sqlalchemy import text

from steelyard.store.spans import Spans, open_spans
from steelyard.traces import unpack

PROJECT = "faults"
PROTOBUF = {"content-type": "application/x-protobuf"}
SENDERS = 4
OF_A_BATCH = 40


def project(folder: Path, store: str) -> Path:
    folder.joinpath("steelyard.toml").write_text(
        f'[project]\nname = "{PROJECT}"\nstore = "{store}"\n', encoding="utf-8"
    )
    return folder


class Server:
    """A server on a project, each time in a new process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> None:
        program = [sys.executable, "-m", "steelyard", "serve", "--port", "0"]
        self._process = subprocess.Popen(
            [*program, "--project", str(self._folder), "--log-format", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found is not None
        self.url = found.group(0)

    def end(self, number: signal.Signals) -> int:
        """Send a signal and wait; the exit status."""
        process, self._process = self._process, None
        self.url = ""
        if process is None:
            return 0
        process.send_signal(number)
        status = process.wait(30)
        if process.stdout is not None:
            process.stdout.close()
        return status


def batch(number: int) -> bytes:
    """Spans of two traces; every second batch adds to the traces of the one before it."""
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    for place in range(OF_A_BATCH):
        trace = 1 + (number - number % 2) * 2 + place % 2
        span = scope.spans.add(
            trace_id=trace.to_bytes(16, "big"),
            span_id=(number * OF_A_BATCH + place + 1).to_bytes(8, "big"),
            name=f"span {number}",
            start_time_unix_nano=1_772_366_400 * 10**9 + place,
            end_time_unix_nano=1_772_366_400 * 10**9 + 10**6,
        )
        span.attributes.add(key="input.value").value.string_value = f"text {number} " * 20
        span.attributes.add(key="gen_ai.request.model").value.string_value = f"model-{number % 3}"
    return data.SerializeToString()


def ids(number: int) -> set[tuple[bytes, bytes]]:
    return {
        (span.trace_id, span.span_id)
        for group in TracesData.FromString(batch(number)).resource_spans
        for span in group.scope_spans[0].spans
    }


class Senders:
    """Clients that send a batch until it is acknowledged, as an exporter does, and remember which were."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._next = 0
        self._stop = threading.Event()
        self.acknowledged: set[int] = set()
        self.sent: set[int] = set()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                number = self._next
                self._next += 1
                self.sent.add(number)
            body = batch(number)
            while not self._stop.is_set() and not self._take(body):
                time.sleep(0.02)
            with self._lock:
                if not self._stop.is_set():
                    self.acknowledged.add(number)

    def _take(self, body: bytes) -> bool:
        url = self._server.url
        if not url:
            return False
        try:
            answer = httpx.post(f"{url}/v1/traces", content=body, headers=PROTOBUF, timeout=10)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and not answer.content


def check(store: Spans, *, acknowledged: set[int], sent: set[int]) -> None:
    """Nothing acknowledged is lost, nothing is there twice, and every count agrees."""
    with store._db.read() as connection:
        rows = connection.execute(
            text("SELECT traces.trace_id, spans.span_id FROM spans JOIN traces ON traces.no = spans.trace_no")
        ).all()
        counted = connection.scalar(text("SELECT sum(count) FROM span_minutes"))
        by_trace = connection.scalar(text("SELECT sum(spans) FROM traces"))
        blocks = connection.execute(text("SELECT no, spans, dictionary, data FROM span_blocks")).all()
        numbers = set(connection.scalars(text("SELECT no FROM spans")))
    held = [(bytes(trace_id), int(span_id).to_bytes(8, "big", signed=True)) for trace_id, span_id in rows]
    assert len(held) == len(set(held)), "a span is there twice"
    assert set().union(*(ids(number) for number in acknowledged)) <= set(held), "an acknowledged span is gone"
    assert set(held) <= set().union(*(ids(number) for number in sent))
    assert counted == by_trace == len(held) == store.count_spans(PROJECT)[0]
    assert sum(store.span_ledger(PROJECT)["accepted"].values()) == len(held)
    readable: set[int] = set()
    for block in blocks:
        members = unpack(store._codec.decompress(block.dictionary, bytes(block.data)))
        assert len(members) == block.spans
        readable |= {block.no + place for place in range(block.spans)}
    assert numbers <= readable


def kill_at_random(folder: Path, store: str, *, moments: int, seed: int) -> None:
    rng = random.Random(seed)
    server = Server(project(folder, store))
    try:
        with Senders(server) as senders:
            for _ in range(moments):
                before = len(senders.acknowledged)
                server.start()
                while len(senders.acknowledged) < before + 2:
                    time.sleep(0.002)
                time.sleep(rng.random() * 0.5)
                assert server.end(signal.SIGKILL) == -signal.SIGKILL
                time.sleep(rng.random() * 0.05)
    finally:
        server.end(signal.SIGKILL)
    assert len(senders.acknowledged) >= 2 * moments
    with open_spans(store) as opened:
        check(opened, acknowledged=senders.acknowledged, sent=senders.sent)


def test_a_killed_server_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kill_at_random(tmp_path, f"sqlite:///{tmp_path / 'spans.db'}", moments=2, seed=1)


@pytest.mark.slow
def test_a_server_killed_thirty_times_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kill_at_random(tmp_path, f"sqlite:///{tmp_path / 'spans.db'}", moments=30, seed=2)


@pytest.mark.slow
def test_a_server_killed_over_postgresql_loses_nothing_acknowledged(
    tmp_path: Path, postgresql_database: str
) -> None:
    kill_at_random(tmp_path, postgresql_database, moments=8, seed=3)


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="steelyard-full-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
            pytest.skip("NOT TESTED ON A FULL DISK: mounting a small one needs root")
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
    finally:
        shutil.rmtree(folder)


def random_batch(number: int) -> bytes:
    """A batch that does not compress."""
    data = TracesData.FromString(batch(number))
    for span in data.resource_spans[0].scope_spans[0].spans:
        span.attributes[0].value.string_value = random.Random(number).randbytes(4_000).hex()
    return data.SerializeToString()


def post(url: str, number: int) -> httpx.Response:
    return httpx.post(f"{url}/v1/traces", content=random_batch(number), headers=PROTOBUF, timeout=30)


def ready(url: str) -> dict[str, Any]:
    answer = httpx.get(f"{url}/readyz", timeout=30)
    return {**answer.json(), "status": answer.status_code}


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(tmp_path: Path) -> None:
    with small_disk(40) as disk:
        server = Server(project(tmp_path, f"sqlite:///{disk / 'spans.db'}"))
        filler = disk / "filler"
        filler.write_bytes(bytes(30 * 2**20))
        server.start()
        try:
            url = server.url
            assert ready(url)["status"] == 200
            acknowledged: set[int] = set()
            for number in range(1_000):
                answer = post(url, number)
                if answer.status_code != 200:
                    break
                acknowledged.add(number)
            assert len(acknowledged) > 5
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "the disk is full" in ExportTracePartialSuccess.FromString(answer.content).error_message
            assert httpx.get(f"{url}/healthz").status_code == 200
            said = ready(url)
            assert (said["status"], said["error"]["message"]) == (503, "the disk is full")
            assert httpx.get(f"{url}/api/v1/traces?limit=5").json()["traces"]
            filler.unlink()
            assert ready(url)["status"] == 200
            for again in range(number, number + 3):
                assert post(url, again).status_code == 200
                acknowledged.add(again)
            assert post(url, number).status_code == 200
            assert ready(url)["status"] == 200
        finally:
            assert server.end(signal.SIGTERM) == 0
        with open_spans(f"sqlite:///{disk / 'spans.db'}") as store:
            check(store, acknowledged=acknowledged, sent=acknowledged)
