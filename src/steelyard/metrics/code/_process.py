"""One child process: fed, read and ended within its time and its share of output."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Stop = Literal["", "time", "output"]
_CHUNK = 65_536
_TAIL = 2_000
_CLOSING_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a child process ended."""

    status: int
    """Exit status; negative for the signal that ended it."""
    report: bytes
    """Everything on standard output."""
    tail: bytes
    """The end of standard error."""
    stop: Stop
    """Why we killed it; empty when it ended by itself."""
    seconds: float
    """From start to end."""


def run_process(
    words: Sequence[str], request: bytes, *, wall_s: float, output_bytes: int, inherit: Sequence[int] = ()
) -> Ended:
    """Run a command with `request` on its standard input, and an empty environment.

    It is killed with its process group after `wall_s`, or once it wrote more than `output_bytes`. Returns
    once every process that held its output is gone. The calling thread must live as long as the child:
    its end would be taken for the death of the parent.
    """
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603  the caller's fixed words, never through a shell
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
        cwd="/",
        start_new_session=True,
        pass_fds=tuple(inherit),
    ) as child:
        try:
            talk = _Talk(child, request, output_bytes=output_bytes)
            stop = talk.until(began + wall_s)
        finally:
            _kill(child)
        talk.until(time.monotonic() + _CLOSING_S, limited=False)
        talk.close()
        status = child.wait()
    return Ended(
        status=status,
        report=bytes(talk.report),
        tail=bytes(talk.noise[-_TAIL:]),
        stop=stop,
        seconds=time.monotonic() - began,
    )


class _Talk:
    """The three pipes of a child."""

    def __init__(self, child: subprocess.Popen[bytes], request: bytes, *, output_bytes: int) -> None:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise ValueError("the child has no pipes")
        self.report = bytearray()
        self.noise = bytearray()
        self._left = output_bytes
        self._rest = memoryview(request)
        self._child = child
        self._selector = selectors.DefaultSelector()
        self._input = child.stdin.fileno()
        self._buffers = {child.stdout.fileno(): self.report, child.stderr.fileno(): self.noise}
        os.set_blocking(self._input, False)
        self._selector.register(self._input, selectors.EVENT_WRITE)
        for number in self._buffers:
            self._selector.register(number, selectors.EVENT_READ)

    def until(self, deadline: float, *, limited: bool = True) -> Stop:
        """Talk until both outputs are closed; says why it stopped before."""
        while self._selector.get_map():
            wait = deadline - time.monotonic()
            if wait <= 0:
                return "time"
            for key, _ in self._selector.select(wait):
                if key.fd == self._input:
                    self._feed()
                else:
                    self._read(key.fd)
            if limited and self._left < 0:
                return "output"
        return ""

    def close(self) -> None:
        """Forget the pipes, so that they can be closed."""
        self._selector.close()

    def _feed(self) -> None:
        try:
            sent = os.write(self._input, self._rest[:_CHUNK])
        except BlockingIOError:
            return
        except BrokenPipeError:
            sent = len(self._rest)
        self._rest = self._rest[sent:]
        if not self._rest and self._child.stdin is not None:
            self._selector.unregister(self._input)
            self._child.stdin.close()

    def _read(self, number: int) -> None:
        data = os.read(number, _CHUNK)
        if not data:
            self._selector.unregister(number)
            return
        self._left -= len(data)
        if self._left >= 0:
            self._buffers[number].extend(data)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the whole group; the namespace inside dies with it."""
    if child.returncode is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
