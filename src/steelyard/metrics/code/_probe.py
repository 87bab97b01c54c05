"""Whether the sandbox holds on this machine: a program that tries to get out, and must not."""

from __future__ import annotations

from functools import cache

from steelyard.core import ConfigError
from steelyard.metrics.code._limits import Limits
from steelyard.metrics.code._sandbox import INSTALL, run_tests
from steelyard.metrics.code._view import ENVIRONMENT

_KNOWN = [*sorted(ENVIRONMENT), "LC_CTYPE", "PWD"]
_ANSWER = "def probe():\n    return None\n"
_TESTS = f"""
import os, signal, socket

def refused(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        return True
    return False

def check(candidate):
    assert 0 not in os.getresuid(), "it keeps the rights of root"
    assert set(os.environ) <= set({_KNOWN!r}), "it sees our environment"
    assert refused(socket.create_connection, ("127.0.0.1", 9), 1), "it reaches the network of this machine"
    assert refused(socket.create_connection, ("192.0.2.1", 9), 1), "it reaches other networks"
    for path in ("/escape", "/dev/escape", "/usr/lib/escape", os.path.dirname(os.__file__) + "/escape"):
        assert refused(open, path, "w"), "it writes to " + path
    for path in ("/etc/passwd", "/etc/shadow", "/home", "/proc/1", "/sys/kernel"):
        assert refused(os.stat, path), "it sees " + path
    open("/tmp/allowed", "w").close()
    assert refused(many), "it makes processes without limit"

def many():
    made = []
    try:
        for _ in range(4 * {Limits().processes}):
            pid = os.fork()
            if pid == 0:
                signal.pause()
                os._exit(0)
            made.append(pid)
    finally:
        for pid in made:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
"""


@cache
def check_sandbox() -> float:
    """Seconds that one empty sandbox takes, after it was seen to hold; looked at once in a process.

    Raises ConfigError where bubblewrap is absent, cannot make a sandbox here, or makes one that leaks.
    """
    outcome = run_tests([("probe", _ANSWER)], test=_TESTS, entry_point="probe")
    if outcome.word == "passed":
        return outcome.seconds
    if outcome.word == "sandbox":
        told = f"{outcome.detail}: {outcome.printed}" if outcome.printed else outcome.detail
        raise ConfigError(
            f"bubblewrap cannot make a sandbox here ({told})",
            where="bwrap",
            hint="Let this user make namespaces (kernel.unprivileged_userns_clone, AppArmor), or run as root "
            f"outside of a container that forbids it. {INSTALL}, 0.8 or later",
        )
    raise ConfigError(
        f"the sandbox does not hold on this machine: {outcome.detail or outcome.word}",
        where="bwrap",
        hint="Code is not run here. It needs bubblewrap 0.8 or later and Linux 5.14 or later",
    )
