"""The model behind a local port, in a process of its own."""

from __future__ import annotations

import http
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from steelyard.core import TargetError

HOST = "127.0.0.1"
_SCRIPT = Path(__file__).with_name("_server_process.py")
_READY_S = 60.0
_POLL_S = 0.1
_LEAVE_S = 3.0


@contextmanager
def model_server(packages: Path) -> Iterator[str]:
    """Serve the model while the context lasts; gives the base address of its OpenAI-compatible door.

    The process leaves when this one ends, however it ends: its standard input closes then. Raises
    TargetError when it does not get ready, with what the system said about its end.
    """
    port = _free_port()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        process = subprocess.Popen(  # noqa: S603 - this Python and our own script
            [sys.executable, "-I", str(_SCRIPT), str(packages), str(port), str(_threads())],
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        try:
            _wait_until_ready(process, port, said=said)
            yield f"http://{HOST}:{port}/v1"
        finally:
            _end(process)


def answer_seconds(address: str, *, system: str, users: Sequence[str], tokens: int) -> float:
    """Mean seconds an answer, one after the other; the first question warms the model up and counts not.

    The questions must differ, since the server need not read again what it has just read. Raises
    TargetError when an answer does not come.
    """
    seconds = []
    for user in users:
        body = {
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "max_tokens": tokens,
            "temperature": 0,
        }
        started = time.monotonic()
        _ask(address, body)
        seconds.append(time.monotonic() - started)
    counted = seconds[1:] or seconds
    return sum(counted) / len(counted)


def _ask(address: str, body: Mapping[str, object]) -> None:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(HOST, parts.port, timeout=_READY_S)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{parts.path}/chat/completions", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise TargetError(f"the model's server gave no answer: {error}") from None
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise TargetError(f"the model's server refused a question with status {answer.status}")


def _threads() -> int:
    """Half the processors: waiting threads of this library spin, and a shared machine then crawls."""
    return max(1, (os.cpu_count() or 1) // 2)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, *, said: IO[str]) -> None:
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise TargetError(f"the model's server ended at once ({_why(process.returncode, said)})")
        if _healthy(port):
            return
        time.sleep(_POLL_S)
    raise TargetError(f"the model's server was not ready within {_READY_S:.0f} seconds")


def _healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why(code: int, said: IO[str]) -> str:
    """A crash by its signal, an exception by its last line."""
    if code < 0:
        return f"signal {-code}: this processor may lack what the library needs"
    said.seek(0)
    lines = [line.strip() for line in said.read().splitlines() if line.strip()]
    return lines[-1] if lines else f"exit code {code}"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(timeout=_LEAVE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
