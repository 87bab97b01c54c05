"""System calls that no tested program needs, refused by the kernel: a seccomp filter.

Source: seccomp(2), bpf(4), and the system-call tables of Linux for both processors.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_NEW_NAMESPACES = 0x7E020080
"""The CLONE_NEW… flags of clone(2)."""
_X32 = 0x40000000
_SAME_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442)
"""io_uring, the new mount calls, pidfd_getfd, process_madvise: numbered alike on every processor."""
_CLONE3 = 435


@dataclass(frozen=True, slots=True, kw_only=True)
class _Processor:
    architecture: int
    """AUDIT_ARCH_… of linux/audit.h."""
    clone: int
    """The number of clone."""
    refused: tuple[int, ...]
    """Tracing, other processes' memory, namespaces, mounts, keys, BPF, modules, handles, counters."""


_PROCESSORS = {
    "x86_64": _Processor(
        architecture=0xC000003E,
        clone=56,
        refused=(
            101, 310, 311, 312, 272, 308, 165, 166, 155, 161, 248, 249, 250, 321, 298, 323, 246, 320, 175,
            176, 313, 303, 304, 153, 163, 167, 168, 169, 172, 173,
        ),
    ),
    "aarch64": _Processor(
        architecture=0xC00000B7,
        clone=220,
        refused=(
            117, 270, 271, 272, 97, 268, 40, 39, 41, 51, 217, 218, 219, 280, 241, 282, 104, 294, 105, 106,
            273, 264, 265, 58, 89, 224, 225, 142,
        ),
    ),
}  # fmt: skip


@cache
def program() -> bytes | None:
    """The filter as classic BPF for this processor; None where its table is not known."""
    known = _PROCESSORS.get(platform.machine())
    if known is None:
        return None
    refuse = _step(_RETURN, _ERRNO | errno.EPERM)
    lines = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_EQUAL, known.architecture, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER_AT),
        _step(_AT_LEAST, _X32, no=1),
        refuse,
        _step(_EQUAL, _CLONE3, no=1),
        _step(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for number in (*known.refused, *_SAME_EVERYWHERE):
        lines += [_step(_EQUAL, number, no=1), refuse]
    lines += [
        _step(_EQUAL, known.clone, no=3),
        _step(_LOAD, _FIRST_ARGUMENT_AT),
        _step(_ANY_BIT, _NEW_NAMESPACES, no=1),
        refuse,
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(lines)


@contextmanager
def filter_file() -> Iterator[int | None]:
    """A descriptor from which bubblewrap reads the filter once; None where there is none."""
    rules = program()
    if rules is None:
        yield None
        return
    number = os.memfd_create("filter", os.MFD_CLOEXEC)
    try:
        os.write(number, rules)
        os.lseek(number, 0, os.SEEK_SET)
        yield number
    finally:
        os.close(number)


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One `struct sock_filter`: code, jumps when true and when false, value."""
    return struct.pack("=HBBI", code, yes, no, value)
