"""A control group for one sandbox, where this process may make one: memory and processes of all together."""

from __future__ import annotations

import os
import time
import uuid
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from steelyard.metrics.code._limits import Limits

_ROOT = Path("/sys/fs/cgroup")
_CONTROLLERS = ("memory", "pids")
_JOIN = """
n=$1; shift
while [ "$n" -gt 0 ]; do echo $$ >"$1/cgroup.procs" || exit 125; shift; n=$((n-1)); done
exec "$@"
"""
_REMOVE_S = 2.0
_OVERHEAD = 64 << 20
_EXTRA_PROCESSES = 4
"""Bubblewrap's own processes, and the harness."""


class ControlGroup:
    """Folders of the control-group file system; none where they cannot be made.

    A limit here holds for all processes together, beside the limits that the kernel keeps for each.
    """

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    @classmethod
    def make(cls, limits: Limits) -> ControlGroup:
        """A new group with these limits; an empty one where this process may not make any."""
        name = f"steelyard-{os.getpid()}-{uuid.uuid4().hex[:12]}"
        made: list[Path] = []
        try:
            for parent in _parents():
                folder = parent / name
                folder.mkdir()
                made.append(folder)
            _limit(made, limits)
        except OSError:
            cls(tuple(made)).remove()
            return cls(())
        return cls(tuple(made))

    def wrap(self, words: list[str]) -> list[str]:
        """The command that joins the group before it becomes `words`."""
        if not self._folders:
            return words
        return [
            "/bin/sh", "-c", _JOIN, "sh", str(len(self._folders)), *map(str, self._folders), *words
        ]  # fmt: skip

    def starved(self) -> bool:
        """Whether the kernel killed something in the group for its memory."""
        for folder in self._folders:
            for name in ("memory.events", "memory.oom_control"):
                if (folder / name).exists():
                    counts = dict(
                        line.split(maxsplit=1) for line in (folder / name).read_text("ascii").splitlines()
                    )
                    if int(counts.get("oom_kill", "0")) > 0:
                        return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folders; a dying process may hold one for a moment."""
        deadline = time.monotonic() + _REMOVE_S
        for folder in self._folders:
            while folder.exists():
                try:
                    folder.rmdir()
                except OSError:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.01)


@cache
def _parents() -> tuple[Path, ...]:
    """Where groups can be made: one folder (version 2), one for each controller (version 1), or none."""
    if os.geteuid() != 0:
        return ()
    switched_on = _ROOT / "cgroup.subtree_control"
    if switched_on.exists():
        words = switched_on.read_text("ascii").split()
        return (_ROOT,) if set(_CONTROLLERS) <= set(words) else ()
    folders = tuple(_ROOT / name for name in _CONTROLLERS)
    return folders if all(folder.is_dir() for folder in folders) else ()


def _limit(folders: list[Path], limits: Limits) -> None:
    memory = limits.memory_bytes + _OVERHEAD
    values = {
        "memory.max": memory,
        "memory.swap.max": 0,
        "memory.limit_in_bytes": memory,
        "pids.max": limits.processes + _EXTRA_PROCESSES,
    }
    for folder in folders:
        for name, value in values.items():
            if (folder / name).exists():
                (folder / name).write_text(str(value), "ascii")
