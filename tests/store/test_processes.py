from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from steelyard.core import Output
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build

BATCH = 50

APPEND = """
import sys
from steelyard.core import Output, Scored
from steelyard.runs import SampleRow
from steelyard.store import open_store

url, run, name, first, last, batch = *sys.argv[1:4], *map(int, sys.argv[4:])
store = open_store(url)
scores = {"exact_match": Scored(value=1.0)}
print("ready", flush=True)
sys.stdin.readline()
for start in range(first, last, batch):
    store.append(run, [
        SampleRow(case_id=f"c{i}", epoch=1, position=i, output=Output(value=name), scores=scores)
        for i in range(start, start + batch)
    ])
    print(start + batch, flush=True)
store.close()
"""


def appender(url: str, run: str, name: str, *numbers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPEND, url, run, name, *map(str, numbers)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()


def test_processes_append_at_once(store: Store, store_url: str, build: Build) -> None:
    """Two write other samples, a third some of both: each is kept once, whoever comes first."""
    cases = build.cases(1200)
    run = build.run(store, cases)
    processes = [
        appender(store_url, run, "low", 0, 600, BATCH),
        appender(store_url, run, "high", 600, 1200, BATCH),
        appender(store_url, run, "both", 300, 900, 60),
    ]
    for process in processes:
        go(process)
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    samples = list(store.samples(run))
    assert [sample.case for sample in samples] == cases
    writers = [sample.output.value for sample in samples]
    assert set(writers) <= {"low", "high", "both"}
    assert (set(writers[:300]), set(writers[900:])) == ({"low"}, {"high"})
    table = store.score_table(run, "exact_match")
    assert table.values.sum() == 1200
    assert table.output_hashes == [Output(value=name).hash for name in writers]


@pytest.mark.parametrize("delay", [0.0, 0.03])
def test_a_killed_process_leaves_whole_batches(
    store: Store, store_url: str, build: Build, delay: float
) -> None:
    cases = build.cases(4_000)
    run = build.run(store, cases)
    process = appender(store_url, run, "x", 0, 4_000, BATCH)
    go(process)
    assert process.stdout is not None
    acknowledged = int(process.stdout.readline())
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *(int(line) for line in process.communicate()[0].splitlines())])
    deadline = time.monotonic() + 10
    while (kept := len(store.finished(run))) < acknowledged and time.monotonic() < deadline:
        time.sleep(0.05)
    assert acknowledged <= kept <= acknowledged + BATCH
    assert kept % BATCH == 0
    assert len(list(store.samples(run))) == kept
    assert len(store.score_table(run, "exact_match")) == kept
    store.append(run, build.rows(cases[: kept + BATCH]))
    assert len(store.finished(run)) == kept + BATCH
    if store_url.startswith("sqlite"):
        with store._db.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert Path(store.where).exists()
