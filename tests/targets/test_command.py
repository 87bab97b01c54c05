from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import uvloop

from steelyard.core import ConfigError, TargetError, UsageError

ENVIRON = {"PATH": os.environ.get("PATH", os.defpath), "SERVICE_TOKEN": "planted-secret-value"}

ECHO = """
import json, os, sys, time
for line in sys.stdin:
    row = json.loads(line)
    text = row["input"]
    if text == "crash":
        print("about to fall, token", os.environ["SERVICE_TOKEN"], file=sys.stderr, flush=True)
        os._exit(7)
    if text == "garbage":
        print("Loading model...", flush=True)
        continue
    if text == "hang":
        time.sleep(60)
    if text == "other":
        print(json.dumps({"id": "someone else", "output": 1}), flush=True)
        continue
    if text == "error":
        print(json.dumps({"error": "no such customer"}), flush=True)
        continue
    print(json.dumps({"id": row["id"], "output": f"{text} {os.getpid()}", "cost_usd": 0.5}), flush=True)
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    (tmp_path / "echo.py").write_text(ECHO)
    return f"command:{sys.executable} echo.py"


async def test_one_process_answers_line_by_line(resolve: Any, ask: Any, program: str) -> None:
    target = resolve(program, environ=ENVIRON)
    await target.open()
    first, second = [await target.answer(ask(text)) for text in ("one", "two")]
    await target.close()
    assert first.value.startswith("one ")
    assert first.value.split()[1] == second.value.split()[1]
    assert first.cost_usd == 0.5
    assert first.latency_s is not None
    assert not target.info.reusable
    assert target.max_concurrency == 1


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("crash", "crash", "ended with exit code 7 without an answer: about to fall"),
        ("garbage", "invalid", "not JSON: Loading model..."),
        ("other", "invalid", "answered another request: id someone else"),
        ("error", "exception", "no such customer"),
    ],
)
async def test_faults_are_the_targets_and_the_next_request_works(
    resolve: Any, ask: Any, program: str, text: str, kind: str, message: str
) -> None:
    target = resolve(program, environ=ENVIRON)
    await target.open()
    fault = (await target.answer(ask(text))).fault
    after = await target.answer(ask("again"))
    await target.close()
    assert (fault.owner, fault.kind) == ("target", kind)
    assert message in fault.message
    assert "planted" not in fault.message
    assert after.value.startswith("again ")


async def test_a_timeout_kills_the_program_and_what_it_started(
    resolve: Any, ask: Any, caller_of: Any, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "sys.stdin.readline(); child.wait()\n"
    )
    target = resolve(f"command:{sys.executable} slow.py", environ=ENVIRON)
    started = time.perf_counter()
    async with caller_of(target, timeout_s=1.0) as caller:
        output = await caller.call(ask())
    assert time.perf_counter() - started < 6
    assert output.fault.kind == "timeout"
    grandchild = int((tmp_path / "pid").read_text())
    for _ in range(50):
        state = Path(f"/proc/{grandchild}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        await asyncio.sleep(0.05)
    else:
        pytest.fail("the grandchild is still alive")


async def test_once_starts_a_process_for_each_case(resolve: Any, ask: Any, tmp_path: Path) -> None:
    (tmp_path / "once.py").write_text(
        "import json, sys\nrow = json.load(sys.stdin)\n"
        "if row['input'] == 'fail': sys.exit('no luck')\n"
        "print('said', row['input'])\n"
    )
    settings = {"command_mode": "once", "processes": 2}
    target = resolve(f"command:{sys.executable} once.py", settings=settings, environ=ENVIRON)
    await target.open()
    good, bad = await target.answer(ask("hi")), await target.answer(ask("fail"))
    await target.close()
    assert good.value == "said hi"
    assert bad.fault.kind == "crash"
    assert "exit code 1" in bad.fault.message
    assert "no luck" in bad.fault.message


async def test_processes_run_side_by_side(resolve: Any, ask: Any, caller_of: Any, program: str) -> None:
    target = resolve(program, environ=ENVIRON, settings={"processes": 2})
    async with caller_of(target) as caller:
        outputs = await asyncio.gather(*(caller.call(ask(f"n{i}", id=f"c{i}")) for i in range(8)))
    assert len({output.value.split()[1] for output in outputs}) == 2
    assert [output.value.split()[0] for output in outputs] == [f"n{i}" for i in range(8)]


async def test_a_program_that_never_answers_ends_the_run(resolve: Any, ask: Any) -> None:
    target = resolve(f"command:{sys.executable} missing.py", environ=ENVIRON)
    await target.open()
    faults = [(await target.answer(ask())).fault for _ in range(2)]
    with pytest.raises(TargetError, match="No such file"):
        await target.answer(ask())
    await target.close()
    assert [fault.kind for fault in faults if fault] == ["crash", "crash"]


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("command:no-such-program-here --flag", "no such program: no-such-program-here"),
        ("command:", "needs a program"),
        ("command:echo 'open", "No closing quotation"),
    ],
)
def test_what_cannot_be_started_is_said_at_once(resolve: Any, uri: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(uri, environ=ENVIRON)


def test_an_unknown_mode_is_refused(resolve: Any) -> None:
    with pytest.raises(ConfigError, match="command_mode must be lines or once, not twice"):
        resolve("command:cat", environ=ENVIRON, settings={"command_mode": "twice"})


def test_no_shell_and_no_secret_in_the_record(resolve: Any) -> None:
    target = resolve("command:cat --api-key=planted-secret-value ; rm -rf x", environ=ENVIRON)
    assert "planted" not in str(target.info)
    assert "***" in target.info.uri


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not run there")
def test_a_program_that_ends_at_once_is_a_fault_under_uvloop_too(resolve: Any, ask: Any) -> None:
    async def many() -> None:
        for _ in range(20):
            target = resolve("command:false", environ=ENVIRON)
            await target.open()
            await asyncio.sleep(0.01)
            output = await target.answer(ask("one"))
            await target.close()
            assert output.fault.kind == "crash"

    uvloop.run(many())
