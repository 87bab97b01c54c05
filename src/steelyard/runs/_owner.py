"""Who works on a run: told apart from a process that died.

An owner is written as `HOST:PID:START:SEEN`: host name, process id, the process's start time in kernel
ticks since boot (0 where `/proc` does not tell), and the second since 1970 in which it was last seen.

- On the same host an owner lives as long as a process of that id *and* start time does: a dead one never
  blocks, not even when its id was given to another process.
- On another host nothing can be asked, so the owner is believed for `LEASE_S` seconds after it was
  last seen; it renews every `RENEW_S`.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

LEASE_S = 300.0
RENEW_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that works, or worked, on a run."""

    host: str
    """Host name."""
    pid: int
    """Process id on that host."""
    start: int
    """Start of the process in ticks since boot; 0 when unknown."""
    seen: int
    """Last sign of life, seconds since 1970."""

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.start}:{self.seen}"

    def is_alive(self, *, at: datetime) -> bool:
        """Whether it may still be working: certain on this host, by lease elsewhere."""
        if self.host != _host():
            return at.timestamp() - self.seen < LEASE_S
        return _process_exists(self.pid) and start_ticks(self.pid) == self.start

    def renewed(self, *, at: datetime) -> Owner:
        """The same owner, seen now."""
        return replace(self, seen=int(at.timestamp()))


def this_process(*, at: datetime) -> Owner:
    """The owner that this process is."""
    pid = os.getpid()
    return Owner(host=_host(), pid=pid, start=start_ticks(pid), seen=int(at.timestamp()))


def parse_owner(text: str) -> Owner | None:
    """The owner of a run row; None when nobody owns it or the text is not one of ours."""
    parts = text.rsplit(":", 3)
    if len(parts) != 4 or not all(part.isdigit() for part in parts[1:]):
        return None
    host, pid, start, seen = parts
    return Owner(host=host, pid=int(pid), start=int(start), seen=int(seen))


def start_ticks(pid: int) -> int:
    """Field 22 of `/proc/PID/stat` (proc(5)): the start in ticks since boot; 0 when it cannot be read."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and parentheses
    return int(fields[19]) if len(fields) > 19 and fields[0] not in ("Z", "X") else 0


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _host() -> str:
    return socket.gethostname()
