"""A child process that is spoken to over its standard streams, and never outlives its welcome."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from steelyard.core import TargetError

LARGEST = 16 * 2**20
"""Bytes of the longest line, or whole output, that is read."""
_TAIL = 2000
_GONE = (ConnectionError, RuntimeError)
"""What writing to a process that has ended raises: RuntimeError where uvloop closed the pipe before."""
_GRACE_S = 2.0


class Child:
    """One process in a session of its own, so that whatever it starts can be ended with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._tail = b""
        self._errors = asyncio.create_task(self._drain())
        self.answered = False

    @classmethod
    async def start(
        cls, argv: Sequence[str], *, folder: Path, environ: Mapping[str, str], where: str
    ) -> Child:
        """Start the program, without a shell; raises TargetError when it cannot be started."""
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=folder,
                env=dict(environ),
                start_new_session=True,
                limit=LARGEST,
            )
        except OSError as error:
            raise TargetError(
                f"cannot start {argv[0]}: {error.strerror or error}",
                where=where,
                hint="Check the path and that the file may be executed",
            ) from error
        return cls(process)

    async def ask(self, line: bytes) -> bytes:
        """Send a line and read one; empty when the process ended. Raises ValueError for too long a line."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return b""
        with suppress(*_GONE):
            stdin.write(line)
            await stdin.drain()
        answer = await stdout.readline()
        if not answer.endswith(b"\n") and not answer.strip():
            return b""
        self.answered = True
        return answer

    async def talk(self, data: bytes) -> bytes:
        """Send everything, read everything to the end; raises ValueError for too long an output."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return b""
        with suppress(*_GONE):
            stdin.write(data)
            await stdin.drain()
        stdin.close()
        chunks: list[bytes] = []
        size = 0
        while chunk := await stdout.read(2**16):
            size += len(chunk)
            if size > LARGEST:
                raise ValueError(f"more than {LARGEST} bytes on standard output")
            chunks.append(chunk)
        await self._process.wait()
        return b"".join(chunks)

    async def last_words(self) -> tuple[int | None, str]:
        """Exit code (None if it goes on after a moment) and the end of standard error."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await self._process.wait()
                await asyncio.shield(self._errors)
        return self._process.returncode, self._tail.decode("utf-8", "replace").strip()

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """End the process: politely by closing its input, and after two seconds by force."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await self._process.wait()
        self.kill()
        await self._process.wait()
        self._errors.cancel()
        await asyncio.gather(self._errors, return_exceptions=True)

    async def _drain(self) -> None:
        stderr = self._process.stderr
        while stderr is not None and (chunk := await stderr.read(2**14)):
            self._tail = (self._tail + chunk)[-_TAIL:]
