"""The engine's reference server, written in C: many calls over few connections, and what a call costs."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "../shared/perf/mock_openai_server.c"


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    compiler = shutil.which("gcc")
    if compiler is None or not SOURCE.is_file():
        pytest.skip("needs gcc and the mock server's source")
    program = tmp_path_factory.mktemp("mock") / "server"
    subprocess.run([compiler, "-O2", "-w", "-o", program, SOURCE], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([program, str(port), "1"])
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


async def test_connections_are_reused(mock: str, resolve: Any, ask: Any, caller_of: Any) -> None:
    with urllib.request.urlopen(f"{mock}/reset"):
        pass
    target = resolve(f"openai:mock?base_url={mock}/v1")
    pending = iter(range(1000))
    values: list[Any] = []

    async def work(caller: Any) -> None:
        for index in pending:
            values.append((await caller.call(ask(id=str(index)))).value)

    async with caller_of(target, max_connections=32) as caller:
        await asyncio.gather(*(work(caller) for _ in range(32)))
    with urllib.request.urlopen(f"{mock}/stats") as answer:
        stats = json.load(answer)
    assert values == ["42"] * 1000
    assert stats["requests"] == 1000
    assert stats["max_inflight"] <= 32
    # One for each of 32 workers, one that looked whether anybody listens, two for reset and statistics.
    assert stats["connections"] <= 40
