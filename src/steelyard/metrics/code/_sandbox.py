"""The sandbox: bubblewrap around a harness, with a verdict that the program inside cannot simply print."""

from __future__ import annotations

import itertools
import json
import os
import secrets
import shutil
import signal
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from steelyard.core import ConfigError
from steelyard.metrics.code._cgroup import ControlGroup
from steelyard.metrics.code._filter import filter_file
from steelyard.metrics.code._harness import READY
from steelyard.metrics.code._limits import Limits
from steelyard.metrics.code._outcome import Outcome, OutcomeWord
from steelyard.metrics.code._process import Ended, run_process
from steelyard.metrics.code._view import arguments, interpreter

INSTALL = "Install bubblewrap, for instance with: apt-get install bubblewrap"
_FIRST_UID = 61_184
_UIDS = 4_336
"""Unprivileged users that no account has: systemd.exec(5) keeps 61184 to 65519 for transient services."""
_TURNS = itertools.count()
_AT_ONCE = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
_SHELL_SIGNAL = 128
_PRINTED = 300
_TOLD = 1_000
_WORDS: dict[bytes, OutcomeWord] = {
    b"passed": "passed", b"failed": "failed", b"syntax": "syntax error", b"memory": "memory", b"case": "case"
}  # fmt: skip


def find_bwrap() -> str:
    """The path of bubblewrap's program; raises ConfigError where it is not installed."""
    found = shutil.which("bwrap")
    if found is None:
        raise ConfigError("there is no sandbox to run code in", where="bwrap", hint=INSTALL)
    return os.path.realpath(found)


def run_tests(
    programs: Sequence[tuple[str, str]], *, test: str, entry_point: str, limits: Limits | None = None
) -> Outcome:
    """Run the first of `programs` (rule, source) that compiles, then `check(entry_point)` from `test`.

    At most one sandbox for each processor runs at a time, so that time limits measure programs and not
    each other. Raises ConfigError where bubblewrap is absent; it is never run without.
    """
    limits = limits or Limits()
    secret = secrets.token_hex(16)
    request = {
        "secret": secret,
        "uid": _own_uid(),
        "programs": [list(pair) for pair in programs],
        "test": test,
        "entry_point": entry_point,
        "files": limits.files,
        "file_bytes": limits.file_bytes,
        "memory_bytes": limits.memory_bytes,
        "cpu_s": limits.cpu_s,
        "processes": limits.processes,
    }
    bwrap = find_bwrap()
    with _AT_ONCE, ControlGroup.make(limits) as group, filter_file() as rules:
        words = [*arguments(bwrap, limits, rules=rules), interpreter(), "-s", "-S", "-P", "-c", _harness()]
        ended = run_process(
            group.wrap(words),
            json.dumps(request).encode("ascii"),
            wall_s=limits.wall_s,
            output_bytes=limits.output_bytes,
            inherit=() if rules is None else (rules,),
        )
        return _outcome(ended, bytes.fromhex(secret), limits=limits, starved=group.starved())


def _own_uid() -> int | None:
    """For root, an unprivileged user that hardly anything else runs as at this moment."""
    if os.geteuid() != 0:
        return None
    return _FIRST_UID + (os.getpid() * 61 + next(_TURNS)) % _UIDS


@cache
def _harness() -> str:
    return Path(__file__).with_name("_harness.py").read_text(encoding="utf-8")


def _outcome(ended: Ended, secret: bytes, *, limits: Limits, starved: bool) -> Outcome:
    printed = _printable(ended.tail)
    head, ready, rest = ended.report.partition(READY)
    if not ready or head:
        why = "it did not start in time" if ended.stop else _ended_by(ended.status)
        return Outcome(word="sandbox", detail=why, printed=printed, seconds=ended.seconds)
    word, detail = _judge(ended, rest.partition(secret + b" ")[2], limits=limits, starved=starved)
    return Outcome(word=word, detail=detail, printed=printed, seconds=ended.seconds)


def _judge(ended: Ended, verdict: bytes, *, limits: Limits, starved: bool) -> tuple[OutcomeWord, str]:
    if ended.stop == "output":
        return "too much output", f"more than {limits.output_bytes:,} bytes"
    if ended.stop == "time":
        return "timed out", f"after {limits.wall_s:g} s"
    if verdict.endswith(b"\n"):
        word, _, detail = verdict.partition(b" ")
        return _WORDS[word], _printable(detail, _TOLD)
    if starved:
        return "memory", f"more than {limits.memory_bytes >> 20:,} MB"
    return _unfinished(ended.status, limits)


def _unfinished(status: int, limits: Limits) -> tuple[OutcomeWord, str]:
    """What a program that left without a verdict died of; bubblewrap reports signal n as 128 + n."""
    if status == _SHELL_SIGNAL + signal.SIGXCPU:
        return "timed out", f"after {limits.cpu_s} s of processor time"
    how = _ended_by(status)
    if how.startswith("signal"):
        return "killed", how
    return "failed", f"the program ended before its tests did ({how})"


def _ended_by(status: int) -> str:
    number = -status if status < 0 else status - _SHELL_SIGNAL
    if 0 < number < signal.NSIG:
        try:
            return f"signal {signal.Signals(number).name}"
        except ValueError:
            return f"signal {number}"
    return f"exit status {status}"


def _printable(data: bytes, most: int = _PRINTED) -> str:
    """A text from outside in one line, control characters and broken bytes escaped."""
    line = " ".join(data.decode("utf-8", "backslashreplace").split())
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line[-most:])
