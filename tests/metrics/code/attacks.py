"""Programs that try to get out, to stay, to eat the machine, or to pass without being right."""

from __future__ import annotations

KERNEL_CALLS = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print(libc.unshare(0x10000000))
print(libc.unshare(0x00020000))
print(libc.ptrace(16, os.getppid(), 0, 0))
print(libc.process_vm_readv(os.getppid(), None, 0, None, 0, 0))
print(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None))
print(libc.setns(0, 0))
print(libc.chroot(b"/tmp"))
"""
"""Namespaces, tracing, memory, mounts: each answers -1 when it is refused."""

ESCAPES = {
    "writes outside of its folder": """
        for path in ("/escape", "/dev/escape", "/dev/shm/escape", "/usr/lib/escape", "/etc/escape"):
            try:
                open(path, "w")
                raise AssertionError(path)
            except OSError:
                pass
    """,
    "writes into the interpreter": """
        import os
        folder = os.path.dirname(os.__file__)
        for action in (lambda: open(folder + "/escape.py", "w"), lambda: os.remove(os.__file__),
                       lambda: os.chmod(folder, 0o777), lambda: os.mkdir(folder + "/site-packages/escape")):
            try:
                action()
                raise AssertionError("written")
            except OSError:
                pass
    """,
    "reads what is not its own": """
        import os
        for path in ("/etc/passwd", "/etc/shadow", "/home", "/proc/1/environ", "/proc/self/mem",
                     "/sys/kernel", "/var", "/root/.ssh", "/run", PROJECT, SECRET_FILE):
            assert not os.path.exists(path), path
    """,
    "looks for secrets in its environment": """
        import os, sys
        assert "SECRET" not in " ".join([*os.environ, *os.environ.values(), *sys.orig_argv])
        for number in range(3, 64):
            try:
                os.fstat(number)
            except OSError:
                continue
            assert number == 63, number
    """,
    "follows a link out": """
        import os
        for target in ("/etc/shadow", PROJECT, "/proc/1/root/etc/shadow", "../" * 20 + "etc/shadow"):
            link = "/tmp/link" + str(len(os.listdir("/tmp")))
            os.symlink(target, link)
            assert not os.path.exists(link), target
    """,
    "connects to a network": """
        import socket
        for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_INET, ("192.0.2.1", 80)),
                                (socket.AF_INET6, ("::1", PORT)), (socket.AF_UNIX, "\\0steelyard-test")):
            try:
                with socket.socket(family, socket.SOCK_STREAM) as wire:
                    wire.settimeout(1)
                    wire.connect(address)
                raise AssertionError(address)
            except OSError:
                pass
    """,
    "kills what is not its own": """
        import os, signal
        for pid in (PARENT, os.getppid(), 1):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        assert os.getpid() < 100
    """,
    "becomes root": """
        import os
        for action in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]),
                       lambda: os.chroot("/tmp"), lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(8, 0))):
            try:
                action()
                raise AssertionError("it is root")
            except OSError:
                pass
        assert 0 not in os.getresuid()
    """,
    "calls the kernel from a program of its own": """
        import subprocess, sys
        done = subprocess.run([sys.executable, "-S", "-c", KERNEL_CALLS], capture_output=True, text=True)
        assert done.stdout.split() == ["-1"] * 7, done
    """,
    "raises its own limits": """
        import resource
        for kind in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
            try:
                resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                raise AssertionError(kind)
            except (OSError, ValueError):
                pass
    """,
    "writes huge files": """
        import os
        total = 0
        try:
            for number in range(100):
                with open(f"/tmp/{number}", "wb", buffering=0) as file:
                    while True:
                        written = file.write(b"x" * 1_000_000)
                        total += written
                        if total > 100_000_000:
                            raise AssertionError("written")
        except OSError:
            pass
    """,
}
"""Bodies of `solve`, each of which ends well when the sandbox held; then the tests pass."""

GREEDY = {
    "an endless loop": ("while True: pass", "timed out"),
    "a long sleep": ("import time; time.sleep(3600)", "timed out"),
    "ten gigabytes": ("return len(bytearray(10_000_000_000))", "memory"),
    "memory by and by": ("held = []\nwhile True: held.append(bytearray(1_000_000))", "memory"),
    "output without end": ("while True: print('x' * 1000)", "too much output"),
    "output past the interpreter": (
        "import os\nwhile True: os.write(2, b'x' * 4096)", "too much output"
    ),
    "output into the verdict": ("import os\nwhile True: os.write(63, b'x' * 4096)", "too much output"),
    "its own death": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "killed"),
    "endless recursion": ("return solve()", "failed"),
}  # fmt: skip
"""Body of `solve`, and the outcome it must have."""

FORKS = {
    "a fork bomb": """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
    """,
    "a fork bomb of new sessions": """
        import os
        while True:
            try:
                if os.fork() == 0:
                    os.setsid()
            except OSError:
                pass
    """,
    "a bomb of threads": """
        import threading, time
        while True:
            try:
                threading.Thread(target=time.sleep, args=(3600,)).start()
            except RuntimeError:
                pass
    """,
}
"""Bodies of `solve` that never end by themselves."""

DAEMON = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(64):
                try:
                    os.close(number)
                except OSError:
                    pass
            while True:
                time.sleep(0.1)
        os._exit(0)
    return 42
"""
"""Leaves a grandchild behind that holds nothing of ours, and answers right."""

CHEATS = {
    "leaves with 0": "import os; os._exit(0)",
    "exits with 0": "import sys; sys.exit(0)",
    "raises SystemExit": "raise SystemExit",
    "raises KeyboardInterrupt": "raise KeyboardInterrupt",
    "prints that it passed": "print('passed'); import os; os.write(1, b'passed\\n'); os._exit(0)",
    "writes that it passed into the verdict": """
        import os
        for number in range(64):
            try:
                os.write(number, b'\\nready\\n' + b'0' * 16 + b' "passed completion"\\n')
            except OSError:
                pass
        os._exit(0)
    """,
    "becomes another program": "import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])",
    "ends its thread": "import _thread; _thread.exit()",
    "interrupts the main thread": """
        import _thread, sys, time
        sys.excepthook = lambda *told: print(told)
        _thread.interrupt_main()
        time.sleep(1)
    """,
    "replaces what ends and encodes": """
        import json, os, sys
        os._exit = sys.exit = os.write = lambda *told: None
        json.dumps = json.JSONEncoder.encode = lambda *told: '"passed completion"'
        return 41
    """,
    "replaces the harness": """
        import __main__, builtins
        for name in ("_told", "_run", "_attempt", "_BrokenCaseError", "type", "str", "len"):
            setattr(__main__, name, lambda *told: "passed completion")
            setattr(builtins, name, lambda *told: "passed completion")
        return 41
    """,
    "looks for the secret in frames": """
        import sys
        frame = sys._getframe()
        while frame is not None:
            if "secret" in frame.f_locals:
                print("the secret:", frame.f_locals["secret"])
                return 42
            frame = frame.f_back
        for frame in sys._current_frames().values():
            while frame is not None:
                if isinstance(frame.f_locals.get("secret"), bytes):
                    return 42
                frame = frame.f_back
    """,
    "looks for the secret in memory": """
        import gc
        for item in gc.get_objects():
            if isinstance(item, dict) and "secret" in item:
                return 42
    """,
    "calls into C": "import ctypes; return 42",
    "traces": "import sys; sys.settrace(lambda *told: None); return 42",
    "replaces the assertion": """
        import builtins
        builtins.AssertionError = type('Fine', (BaseException,), {})
        return 41
    """,
    "replaces the tests": """
        import sys
        vars(sys.modules['answer'])['check'] = lambda candidate: None
        return 41
    """,
    "forks and leaves the parent hanging": """
        import os
        if os.fork():
            os._exit(0)
        return 42
    """,
}
"""Bodies of `solve` that must not pass; the right answer would be 42."""
