"""Measure speed and memory, and print each figure beside its target and a reference of the same run.

Nothing here passes or fails: a figure is read, not asserted. The endpoint is a small mock server in C that
lies beside the checkout in `../shared/perf`; without it, or without gcc, those rows are left out and said so.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOCK_SOURCE = ROOT.parent / "shared" / "perf" / "mock_openai_server.c"
PYTHON = sys.executable
PORT = 18_765


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    target: str


def main() -> None:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="steelyard-perf-") as name:
        folder = Path(name)
        for part in (start_up, endpoint, replay_and_compare, statistics_speed, rouge):
            print(f"measuring: {part.__name__.replace('_', ' ')}", file=sys.stderr)
            for row in part(folder):
                rows.append(row)
                print(f"  {row.what}: {row.measured}", file=sys.stderr)
    widths = [max(len(getattr(row, key)) for row in rows) for key in ("what", "measured", "target")]
    for row in rows:
        print(f"{row.what:<{widths[0]}}  {row.measured:<{widths[1]}}  {row.target}")


def start_up(folder: Path) -> Iterator[Row]:
    bare = _median(lambda: _run([PYTHON, "-c", "pass"]), 7)
    for what, command, target in (
        ("steelyard --help", [PYTHON, "-m", "steelyard", "--help"], "under 0.15 s"),
        ("import steelyard", [PYTHON, "-c", "import steelyard"], "under 0.10 s"),
    ):
        seconds = _median(lambda command=command: _run(command), 7)
        yield Row(what, f"{seconds:.3f} s (bare Python {bare:.3f} s)", target)


def endpoint(folder: Path) -> Iterator[Row]:
    if not MOCK_SOURCE.is_file() or shutil.which("gcc") is None:
        yield Row("runs against an endpoint", "left out: no mock server source or no gcc here", "")
        return
    binary = folder / "mock"
    subprocess.run(["gcc", "-O2", "-w", "-o", str(binary), str(MOCK_SOURCE)], check=True)
    project = folder / "endpoint"
    project.mkdir()
    for count in (2_000, 20_000):
        _cases(project / f"c{count}.jsonl", count)
        _steelyard(project, "bench", "add", f"c{count}", f"c{count}.jsonl")
    with _mock(binary, PORT, 0):
        seconds = _median(lambda: _endpoint_run(project, "c2000", PORT, 64), 3)
        yield Row("2,000 samples at 0 ms, whole process", f"{seconds:.2f} s", "at most 1.5 s")
        bare = max(_bare_rate(PORT, 20_000, 64) for _ in range(2))
        rate = max(_sustained(project, "c20000", PORT, 64) for _ in range(2))
        yield Row("20,000 at 0 ms, sustained", _ratio(rate, bare), "at least 75 % of bare aiohttp+uvloop")
    with _mock(binary, PORT + 1, 50):
        bare = _bare_rate(PORT + 1, 20_000, 256)
        rate = _sustained(project, "c20000", PORT + 1, 256)
        yield Row("20,000 at 50 ms, 256 connections", _ratio(rate, bare), "at least 85 % of bare")


def replay_and_compare(folder: Path) -> Iterator[Row]:
    project = folder / "replay"
    project.mkdir()
    _cases(project / "cases.jsonl", 100_000)
    for label, wrong in (("a", 7), ("b", 9)):
        with (project / f"{label}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(100_000):
                answer = "no" if number % wrong == 0 else "42"
                file.write(json.dumps({"id": f"case-{number}", "output": f"The answer is {answer}"}) + "\n")
    _steelyard(project, "bench", "add", "big", "cases.jsonl")
    for label in ("a", "b"):
        seconds, peak = _with_memory(
            [
                PYTHON, "-m", "steelyard", "run", "big", "--target", f"replay:{label}.jsonl",
                "--label", label,
                "--metric", "numeric_match", "--metric", "contains", "--json", "--project", str(project),
            ]
        )  # fmt: skip
        if label == "a":
            yield Row(
                "100,000 replayed, two metrics", f"{seconds:.1f} s, {peak:.0f} MB", "under 30 s, 400 MB"
            )
    compare = [
        PYTHON,
        "-m",
        "steelyard",
        "compare",
        "a",
        "b",
        "--metric",
        "numeric_match",
        "--json",
        "--project",
        str(project),
    ]
    yield Row("compare two runs of 100,000", f"{_median(lambda: _run(compare), 3):.2f} s", "under 3 s")


def statistics_speed(folder: Path) -> Iterator[Row]:
    import numpy as np

    from steelyard.stats import bootstrap_mean

    rng = np.random.default_rng(1)
    values = rng.normal(size=100_000)
    began = time.perf_counter()
    bootstrap_mean(values, resamples=9_999, rng=np.random.default_rng(2))
    continuous = time.perf_counter() - began
    began = time.perf_counter()
    bootstrap_mean(rng.integers(-1, 2, 100_000).astype(float), resamples=9_999, rng=np.random.default_rng(2))
    few = time.perf_counter() - began
    yield Row(
        "bootstrap 9,999 over 100,000 differences", f"{continuous:.2f} s (−1/0/1: {few:.3f} s)", "under 4 s"
    )


def rouge(folder: Path) -> Iterator[Row]:
    from rouge_score.rouge_scorer import RougeScorer

    from steelyard.core import Case, Output
    from steelyard.metrics import make_metric, score_output

    words = [f"word{number % 97}" for number in range(60)]
    texts = [
        (" ".join(words[i % 30 :] + words[: i % 17]), " ".join(words[: 60 - i % 20])) for i in range(1_000)
    ]
    foreign = RougeScorer(["rougeL"])
    metric = make_metric("rouge_l")
    cases = [(Case(id=str(i), input="", expected=a), Output(value=b)) for i, (a, b) in enumerate(texts)]
    theirs = _timed(lambda: [foreign.score(a, b) for a, b in texts])
    ours = _timed(lambda: [score_output(metric, case, output) for case, output in cases])
    yield Row(
        "ROUGE-L, 1,000 pairs of 60 words", f"{theirs / ours:.1f} times rouge-score", "at least 5 times"
    )


async def _bare(port: int, count: int, connections: int) -> float:
    import aiohttp

    body = json.dumps(
        {
            "model": "mock",
            "messages": [{"role": "user", "content": "What is 6*7? Case 17."}],
            "temperature": 0,
        }
    ).encode()
    left = iter(range(count))
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for _ in left:
                async with session.post(
                    f"http://127.0.0.1:{port}/v1/chat/completions",
                    data=body,
                    headers={"content-type": "application/json"},
                ) as answer:
                    await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(connections)))
        return count / (time.perf_counter() - began)


def _bare_rate(port: int, count: int, connections: int) -> float:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_bare(port, count, connections))


def _sustained(project: Path, benchmark: str, port: int, connections: int) -> float:
    """Samples a second between the first and the last, as the run itself measured its sitting."""
    document = json.loads(_endpoint_json(project, benchmark, port, connections))
    return float(document["counts"]["scored"] + document["counts"]["failed"]) / float(document["seconds"])


def _endpoint_run(project: Path, benchmark: str, port: int, connections: int) -> None:
    _endpoint_json(project, benchmark, port, connections)


def _endpoint_json(project: Path, benchmark: str, port: int, connections: int) -> str:
    return _steelyard(
        project, "run", benchmark, "--target", f"openai:mock?base_url=http://127.0.0.1:{port}/v1",
        "--max-connections", str(connections), "--json",
    )  # fmt: skip


def _steelyard(project: Path, *arguments: str) -> str:
    command = [PYTHON, "-m", "steelyard", *arguments, "--project", str(project)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def _cases(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            case = {"id": f"case-{number}", "input": f"What is 6*7? Case {number}.", "expected": "42"}
            file.write(json.dumps(case) + "\n")


@contextmanager
def _mock(binary: Path, port: int, latency_ms: int) -> Iterator[None]:
    process = subprocess.Popen([str(binary), str(port), str(latency_ms)])
    try:
        time.sleep(0.3)
        yield
    finally:
        process.kill()
        process.wait()


def _with_memory(command: list[str]) -> tuple[float, float]:
    """(seconds, peak resident megabytes) of a child process."""
    reader, writer = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.close(reader)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        os.write(writer, f"{peak}".encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    seconds = time.perf_counter() - began
    return seconds, float(os.read(reader, 64) or b"nan")


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(work: Callable[[], object], times: int) -> float:
    return statistics.median(_timed(work) for _ in range(times))


def _ratio(rate: float, bare: float) -> str:
    return f"{rate:,.0f}/s, {rate / bare:.0%} of {bare:,.0f}/s"


if __name__ == "__main__":
    main()
