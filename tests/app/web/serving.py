"""The server in a process of its own, as it is in real life."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on a project; it is ended by SIGTERM and leaves with 0."""
    program = [sys.executable, "-m", "steelyard", "serve", "--port", "0", "--project", str(folder)]
    server = subprocess.Popen(
        [*program, "--log-format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        yield found.group(0)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        if server.stdout is not None:
            server.stdout.close()
