"""What a sandboxed program may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one program; the kernel holds all but the wall clock and the output, which we watch."""

    wall_s: float = 10.0
    """Seconds from start to end; then everything inside is killed."""
    memory_bytes: int = 1 << 30
    """Address space of each process, and memory of all together where control groups can be made."""
    processes: int = 32
    """Processes and threads together."""
    files: int = 64
    """Open files of each process."""
    file_bytes: int = 16 << 20
    """Size of one file, and of the private temporary folder."""
    output_bytes: int = 1 << 20
    """Bytes written to standard output and error before the program is killed."""

    @property
    def cpu_s(self) -> int:
        """Processor seconds of each process: what fits into the wall time, and one to spare."""
        return int(self.wall_s) + 2
