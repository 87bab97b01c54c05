"""The program inside the sandbox: it takes a request, drops its rights, runs the tests, and reports.

It is started from its own source text by a bare interpreter, and so imports nothing of Steelyard. The
secret that makes a verdict count stays in the main thread, whose frames are out of the answer's reach;
the answer and its tests run in another. After the answer has begun, the main thread calls nothing that
the answer could have replaced.
"""

from __future__ import annotations

import _thread
import builtins
import json
import os
import resource
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

READY = b"ready\n"
_STACK_BYTES = 32 << 20
_DETAIL_LENGTH = 400
_HIDDEN = frozenset(
    {
        "gc.get_objects", "gc.get_referents", "gc.get_referrers", "sys._current_exceptions",
        "sys._current_frames", "sys.monitoring.register_callback", "sys.setprofile", "sys.settrace",
    }
)  # fmt: skip
_CLOSED = frozenset({"_ctypes", "_interpreters", "_testcapi", "_testinternalcapi", "_xxsubinterpreters"})


class _BrokenCaseError(Exception):
    """The tests, not the answer, cannot be used."""


def main() -> None:
    """Read the request from standard input, run it, write the verdict behind the secret, and end."""
    with open(0, "rb") as source:
        request = json.loads(source.read())
    secret = bytes.fromhex(request.pop("secret"))
    channel = _channel(request["files"])
    _confine(request)
    write, leave = os.write, os._exit
    outcome: list[bytes] = []
    done = _thread.allocate_lock()
    done.acquire()
    _thread.stack_size(_STACK_BYTES)
    write(channel, READY)
    sys.modules["__main__"] = ModuleType("__main__")
    sys.addaudithook(_refuse)
    _thread.start_new_thread(_attempt, (request, outcome, done.release))
    del request
    try:
        done.acquire()
        write(channel, secret + b" " + outcome[0] + b"\n")
    except BaseException:  # noqa: BLE001  whatever the answer throws at this thread must not show its frames
        leave(3)
    leave(0)


def _channel(files: int) -> int:
    """Keep the way out for the verdict under another number; give the answer null and standard error."""
    channel = os.dup2(1, files - 1)
    os.dup2(2, 1)
    null = os.open("/dev/null", os.O_RDONLY)
    if null != 0:
        os.dup2(null, 0)
        os.close(null)
    return channel


def _confine(request: dict[str, Any]) -> None:
    """Drop to the given user where there is one, then lower every limit for good."""
    uid = request.pop("uid")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    limits = (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, request.pop("files")),
        (resource.RLIMIT_FSIZE, request.pop("file_bytes")),
        (resource.RLIMIT_AS, request.pop("memory_bytes")),
        (resource.RLIMIT_CPU, request.pop("cpu_s")),
        (resource.RLIMIT_NPROC, request.pop("processes")),
    )
    for kind, value in limits:
        resource.setrlimit(kind, (value, value))
    if 0 in os.getresuid():
        raise SystemExit("the harness is still privileged")
    os.chdir("/tmp")  # noqa: S108  the sandbox's own


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _HIDDEN:
        raise RuntimeError(f"{event} is not available here")
    if event == "import" and arguments[0] in _CLOSED:
        raise ImportError(f"{arguments[0]} is not available here")


def _attempt(request: dict[str, Any], outcome: list[bytes], finished: Callable[[], None]) -> None:
    try:
        word, detail = _run(request)
    except MemoryError:
        word, detail = "memory", "MemoryError"
    except _BrokenCaseError as error:
        word, detail = "case", str(error)
    except BaseException as error:  # noqa: BLE001  SystemExit and KeyboardInterrupt are the answer's failures too
        word, detail = "failed", _told(error, request["test"])
    outcome.append(f"{word} {detail}"[:_DETAIL_LENGTH].encode("utf-8", "replace"))
    finished()


def _run(request: dict[str, Any]) -> tuple[str, str]:
    entry = request["entry_point"]
    try:
        tests = compile(request["test"], "<tests>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise _BrokenCaseError(f"its tests do not compile: {error}") from error
    rule, program, problem = _choose(request["programs"])
    if program is None:
        return "syntax", problem
    module = ModuleType("answer")
    sys.modules["answer"] = module
    names = vars(module)
    clean = dict(vars(builtins))
    exec(program, names)  # noqa: S102  this is what the sandbox is for
    vars(builtins).update(clean)
    if entry not in names:
        return "failed", f"no function {entry!r} is defined"
    candidate = names[entry]
    names.pop("check", None)
    exec(tests, names)  # noqa: S102
    check = names.get("check")
    if check is None:
        raise _BrokenCaseError("its tests define no function check(candidate)")
    check(candidate)
    return "passed", rule


def _choose(programs: list[list[str]]) -> tuple[str, CodeType | None, str]:
    """The first program that compiles, with the rule that gave it; else what is wrong with the first."""
    problem = ""
    for rule, text in programs:
        try:
            return rule, compile(text, "<answer>", "exec", dont_inherit=True), ""
        except (SyntaxError, ValueError, RecursionError) as error:
            problem = problem or f"{type(error).__name__}: {error}"
    return "", None, problem


def _told(error: BaseException, tests: str) -> str:
    """The exception in one line, with the line of the tests that it came from."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    lines = tests.splitlines()
    step, number = error.__traceback__, 0
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<tests>":
            number = step.tb_lineno
        step = step.tb_next
    if 0 < number <= len(lines):
        text += f" at {lines[number - 1].strip()}"
    return text


if __name__ == "__main__":
    main()
