"""What a sandboxed program sees of this machine: an interpreter, system libraries, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from steelyard.metrics.code._limits import Limits

_SYSTEM_LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64")
_LOADER_CACHE = "/etc/ld.so.cache"
_PACKAGES = ("site-packages", "dist-packages")
_NOBODY = "65534"
ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108  the sandbox's own
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}
"""Everything that a sandboxed program finds in its environment."""


@cache
def interpreter() -> str:
    """The real file of the interpreter that runs us, outside of any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def arguments(bwrap: str, limits: Limits, *, rules: int | None) -> list[str]:
    """The command line of bubblewrap up to the program; `rules` is a descriptor of a seccomp filter.

    As root, no user namespace is made: the harness drops to a real user of its own, so that the kernel
    counts its processes. Otherwise a user namespace is made, and no further one can be made inside it.
    """
    words = [bwrap, "--die-with-parent", "--new-session", "--clearenv"]
    words += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() == 0:
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user", "--disable-userns", "--uid", _NOBODY, "--gid", _NOBODY]
    if rules is not None:
        words += ["--seccomp", str(rules)]
    words += ["--hostname", "sandbox"]
    for name, value in ENVIRONMENT.items():
        words += ["--setenv", name, value]
    words += _files()
    words += ["--dev", "/dev", "--remount-ro", "/dev"]
    words += ["--perms", "1777", "--size", str(limits.file_bytes), "--tmpfs", "/tmp"]  # noqa: S108
    return [*words, "--remount-ro", "/", "--chdir", "/", "--"]


@cache
def _files() -> tuple[str, ...]:
    words: list[str] = []
    folders = list(dict.fromkeys(_libraries()))
    for parent in _parents([*folders, interpreter()]):
        words += ["--perms", "0755", "--dir", parent]
    for folder in folders:
        link = Path(folder)
        if link.is_symlink():
            words += ["--symlink", str(link.readlink()), folder]
        else:
            words += ["--ro-bind", folder, folder]
    words += ["--ro-bind", interpreter(), interpreter()]
    if Path(_LOADER_CACHE).exists():
        words += ["--ro-bind", _LOADER_CACHE, _LOADER_CACHE]
    for hidden in _installed_packages(folders):
        words += ["--perms", "0555", "--size", "4096", "--tmpfs", hidden, "--remount-ro", hidden]
    return tuple(words)


def _libraries() -> Iterator[str]:
    own = [str(Path(os.path.realpath(sys.base_prefix)) / name) for name in ("lib", "lib64")]
    return (folder for folder in (*_SYSTEM_LIBRARIES, *own) if Path(folder).is_dir())


def _parents(paths: list[str]) -> list[str]:
    """Folders above what is shown, outermost first: made open, also where the real ones are closed."""
    above = {str(parent) for path in paths for parent in Path(path).parents if parent != parent.parent}
    return sorted(above - set(paths))


def _installed_packages(folders: list[str]) -> Iterator[str]:
    """Folders of third-party packages inside what is shown."""
    for folder in folders:
        if not Path(folder).is_symlink():
            for name in _PACKAGES:
                yield from map(str, sorted(Path(folder).glob(f"python3*/{name}")))
