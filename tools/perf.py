"""Measure speed and memory, and print each figure beside its target and a reference of the same run.

Nothing here passes or fails: a figure is read, not asserted. Beside the clock stands the processor time,
which a busy machine changes less. Ratios are medians of pairs measured back to back. Programs start with
their bytecode written, as an installed package does. The endpoint is a small mock server in C that lies
beside the checkout in `../shared/perf`; without it, or without gcc, those rows are left out and said so.
Names of sections measure these alone: `python tools/perf.py serve_start pages`. `ingest_peers` runs only when
it is named, because it installs two other projects into environments of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from perf_server import pages as pages_of
from perf_server import serve_start as start_of_server
from perf_spans import span_queries as queries_of_spans

ROOT = Path(__file__).resolve().parents[1]
MOCK_SOURCE = ROOT.parent / "shared" / "perf" / "mock_openai_server.c"
PYTHON = sys.executable
PAIRS = 3


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    target: str


@dataclass(frozen=True)
class Took:
    """What a child process took."""

    seconds: float
    processor: float
    megabytes: float
    output: str

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.processor:.2f} s of processor)"


def main() -> None:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="steelyard-perf-") as name:
        folder = Path(name)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
        print(_machine())
        parts = (
            start_up,
            serve_start,
            endpoint,
            replay_and_compare,
            statistics_speed,
            agreement_speed,
            rouge,
            groundedness,
            contamination,
            near_copies,
            spans,
            ingest_http,
            span_queries,
            capture,
            pages,
        )
        named = [part for part in (*parts, ingest_peers) if part.__name__ in sys.argv[1:]]
        for part in named if sys.argv[1:] else parts:
            print(f"measuring: {part.__name__.replace('_', ' ')}", file=sys.stderr)
            for row in part(folder):
                rows.append(row)
                print(f"  {row.what}: {row.measured}", file=sys.stderr)
        print(f"load at the end: {os.getloadavg()[0]:.1f}")
    widths = [max(len(getattr(row, key)) for row in rows) for key in ("what", "measured", "target")]
    for row in rows:
        print(f"{row.what:<{widths[0]}}  {row.measured:<{widths[1]}}  {row.target}")


def _machine() -> str:
    bare = _median([PYTHON, "-c", "pass"], 9)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; "
        f"load {load}; bare Python starts in {bare.seconds:.3f} s"
    )


def span_queries(folder: Path) -> Iterator[Row]:
    for what, measured, target in queries_of_spans(folder):
        yield Row(what, measured, target)


def spans(folder: Path) -> Iterator[Row]:
    from datetime import UTC, datetime, timedelta

    from steelyard.store.spans import open_spans
    from steelyard.traces import Ingest, SeriesQuery, TraceQuery, assemble

    path = folder / "spans.db"
    bodies = [_spans_of_requests(number) for number in range(40)]
    with open_spans(f"sqlite:///{path}") as store:
        ingest = Ingest(store)
        for body in bodies[:4]:
            ingest.request(body, "traces", "protobuf", project="p")
        took = []
        for body in bodies[4:]:
            start = time.thread_time()
            ingest.request(body, "traces", "protobuf", project="p")
            took.append((time.thread_time() - start) / 200)
        per_span = statistics.median(took)
        yield Row(
            "spans into SQLite, one thread, batches of 200 of 1.8 kB",
            f"{1 / per_span:,.0f}/s ({1 / min(took):,.0f}/s at best) by processor time",
            "at least 15,000/s",
        )
        held, _ = store.count_spans()
        with sqlite3.connect(path) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield Row("SQLite bytes a span, search apart", f"{path.stat().st_size / held:,.0f}", "at most 1,000")
        big = _one_trace(50_000)
        for body in big:
            ingest.request(body, "traces", "protobuf", project="p")
        now = datetime.now(UTC)
        hour = SeriesQuery(project="p", since=now - timedelta(hours=1), until=now + timedelta(hours=1))
        for what, target, act in (
            ("50 newest traces", "under 0.3 s", lambda: store.list_traces(TraceQuery(project="p"))),
            ("by user", "under 0.3 s", lambda: store.list_traces(TraceQuery(terms={"user": "user-7"}))),
            ("percentiles by model", "under 0.3 s", lambda: store.series(hour)),
            (
                "a trace of 50,000 spans, read and assembled",
                "under 2 s",
                lambda: assemble([span.row for span in store.trace_spans("ff" * 16)]),
            ),
        ):
            times = []
            for _ in range(5):
                start = time.process_time()
                act()
                times.append(time.process_time() - start)
            yield Row(what, f"{statistics.median(times):.3f} s of processor", target)


CAPTURE = """
import time, sys, steelyard
from opentelemetry import trace

def ask(question):
    return question

traced = steelyard.trace(ask)
quiet = steelyard.trace("ask", inputs=False, outputs=False)(ask)

def block():
    with steelyard.trace("ask"):
        pass

def best(call, *given):
    took = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(4000):
            call(*given)
        took.append((time.process_time() - start) / 4000 * 1e6)
    return min(took)

bare = best(ask, "where?")
unseen = best(traced, "where?") - bare, best(block)
from opentelemetry.sdk.trace import TracerProvider
provider = TracerProvider()
trace.set_tracer_provider(provider)
tracer = provider.get_tracer("bare")

def sdk():
    with tracer.start_as_current_span("ask"):
        pass

messages = [{"role": "user", "content": "x" * 500}] * 10
print(*unseen, best(sdk), best(block), best(quiet, "where?"), best(traced, "where?"), best(traced, messages))
"""


def capture(folder: Path) -> Iterator[Row]:
    took = [float(word) for word in _child([PYTHON, "-c", CAPTURE]).output.split()]
    unseen, unseen_block, sdk, block, quiet, traced, messages = (f"{each:.1f} µs" for each in took)
    yield Row("a traced function that nobody records", unseen, "a few µs")
    yield Row("a traced block that nobody records", unseen_block, "a few µs")
    yield Row("a block of the SDK of OpenTelemetry alone", sdk, "the reference")
    yield Row("a traced block", block, "the SDK's and a few µs")
    yield Row("a traced function without input and output", quiet, "the SDK's and a few µs")
    yield Row("a traced function with a short text in and out", traced, "under 100 µs")
    yield Row("with ten messages of 500 characters in and out", messages, "under 300 µs")


def ingest_http(folder: Path) -> Iterator[Row]:
    from ingest_load import FREE_MS, Figure, measure, percentile, postgresql

    def rows(name: str, found: Figure) -> Iterator[Row]:
        yield Row(
            f"spans over HTTP into {name}, server on one core",
            f"{found.rate:,.0f}/s by the clock; {found.by_processor:,.0f}/s by the server's processor",
            "at least 15,000/s",
        )
        free = found.by_processor * found.yardstick_ms / FREE_MS
        beside = f"{found.yardstick_ms:.1f} ms on the server's core meanwhile"
        yield Row(
            "  for comparison: sum(range(1_000_000))", f"{beside}: {free:,.0f}/s at {FREE_MS:.0f} ms", ""
        )
        waits, seen = found.loaded.waits, found.loaded.seen
        yield Row(
            "  from sending to acknowledged, and to seen in the API",
            f"p50 {percentile(waits, 0.5):.2f} s, p99 {percentile(waits, 0.99):.2f} s;"
            f" p50 {percentile(seen, 0.5):.2f} s, p99 of {len(seen)} {percentile(seen, 0.99):.2f} s",
            "p99 under 1 s",
        )
        target = "at most 1,000" if name == "SQLite" else ""
        measured = f"{found.bytes_a_span:,.0f}; {found.loaded.refused} requests refused"
        yield Row("  bytes a span, search apart", measured, target)

    yield from rows("SQLite", measure(f"sqlite:///{folder / 'load.db'}", folder / "sqlite", seconds=20))
    with postgresql(folder) as url:
        if not url:
            yield Row("spans over HTTP into PostgreSQL", "left out: no server is installed", "")
            return
        yield from rows("PostgreSQL", measure(url, folder / "postgresql", seconds=20))


def ingest_peers(folder: Path) -> Iterator[Row]:
    from ingest_peers import compare

    yield from (Row(*each) for each in compare(folder))


def _spans_of_requests(seed: int) -> bytes:
    """200 spans in traces of six: an agent with three model calls and two tool calls."""
    import random

    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    rng = random.Random(seed)
    words = [f"{a}{b}" for a in ("re", "con", "de", "per", "tra") for b in ("port", "form", "mit", "ject")]
    words += [f"w{number}" for number in range(1500)]
    data = TracesData()
    scope = data.resource_spans.add().scope_spans.add()
    trace, root = b"", b""
    for number in range(200):
        if number % 6 == 0:
            trace, root = rng.randbytes(16), rng.randbytes(8)
        last = number % 6 == 5
        span = scope.spans.add(trace_id=trace, span_id=root if last else rng.randbytes(8), name="chat gpt-4o")
        span.parent_span_id = b"" if last else root
        span.start_time_unix_nano = 1_770_000_000_000_000_000 + number * 10**6
        span.end_time_unix_nano = span.start_time_unix_nano + rng.randrange(10**7, 10**10)
        told = {
            "gen_ai.operation.name": "invoke_agent" if last else "execute_tool" if number % 2 else "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": rng.choice(("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5")),
            "session.id": trace.hex()[:12],
            "user.id": f"user-{trace[0] * 16 % 5000}",
            "gen_ai.input.messages": json.dumps([{"role": "user", "content": _words(rng, words, 160)}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "content": _words(rng, words, 80)}]),
        }
        for key, value in told.items():
            span.attributes.add(key=key).value.string_value = value
        span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = rng.randrange(1000)
        span.attributes.add(key="gen_ai.usage.output_tokens").value.int_value = rng.randrange(500)
    return data.SerializeToString()


def _words(rng: object, words: list[str], count: int) -> str:
    return " ".join(rng.choice(words) for _ in range(count))  # type: ignore[attr-defined]


def _one_trace(count: int) -> list[bytes]:
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    bodies = []
    for first in range(1, count, 5000):
        data = TracesData()
        scope = data.resource_spans.add().scope_spans.add()
        for number in range(first, first + 5000):
            span = scope.spans.add(trace_id=b"\xff" * 16, span_id=number.to_bytes(8, "big"), name="step")
            span.parent_span_id = (number // 3).to_bytes(8, "big") if number // 3 else b""
            span.start_time_unix_nano = 1_770_000_000_000_000_000 + number * 1000
            span.end_time_unix_nano = span.start_time_unix_nano + 10**6
        bodies.append(data.SerializeToString())
    return bodies


def start_up(folder: Path) -> Iterator[Row]:
    for what, command, target in (
        ("steelyard --help", [PYTHON, "-m", "steelyard", "--help"], "under 0.15 s"),
        ("import steelyard", [PYTHON, "-c", "import steelyard"], "under 0.10 s"),
    ):
        _child(command)
        took = _median(command, 7)
        yield Row(what, f"{took.seconds:.3f} s ({took.processor:.3f} s of processor)", target)


def serve_start(folder: Path) -> Iterator[Row]:
    project = folder / "serve"
    project.mkdir()
    yield from (Row(*each) for each in start_of_server(project))


def pages(folder: Path) -> Iterator[Row]:
    project = folder / "pages"
    project.mkdir()
    yield from (Row(*each) for each in pages_of(project, traces=_spans_of_requests))


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
    with _mock(binary, 0) as port:
        _endpoint_run(project, "c2000", port, 64)
        runs = sorted(
            (_endpoint_run(project, "c2000", port, 64) for _ in range(5)), key=lambda took: took.seconds
        )
        yield Row("2,000 samples at 0 ms, whole process", str(runs[2]), "at most 1.5 s")
        pairs = [_pair(project, port, 64) for _ in range(PAIRS)]
        yield Row("20,000 at 0 ms, sustained", _ratio(pairs), "at least 75 % of bare aiohttp+uvloop")
    with _mock(binary, 50) as port:
        pairs = [_pair(project, port, 256) for _ in range(PAIRS)]
        yield Row("20,000 at 50 ms, 256 connections", _ratio(pairs), "at least 85 % of bare")


def replay_and_compare(folder: Path) -> Iterator[Row]:
    project = folder / "replay"
    project.mkdir()
    _cases(project / "cases.jsonl", 100_000)
    for label, wrong in (("a", 7), ("b", 9)):
        with (project / f"{label}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(100_000):
                answer = "no" if number % wrong == 0 else "42"
                file.write(json.dumps({"id": f"case-{number}", "output": f"The answer is {answer}"}) + "\n")
    took = _steelyard(project, "bench", "add", "big", "cases.jsonl")
    yield Row("bench add, 100,000 cases", f"{took}, {took.megabytes:.0f} MB", "")
    before = _stored_bytes(project)
    for label in ("a", "b"):
        took = _steelyard(
            project, "run", "big", "--target", f"replay:{label}.jsonl", "--label", label,
            "--metric", "numeric_match", "--metric", "contains", "--json",
        )  # fmt: skip
        if label == "a":
            yield Row(
                "100,000 replayed, two metrics", f"{took}, {took.megabytes:.0f} MB", "under 30 s, 400 MB"
            )
            yield Row(
                "stored for a sample, two scores", f"{(_stored_bytes(project) - before) / 1e5:.0f} bytes", ""
            )
    compare = ("compare", "a", "b", "--metric", "numeric_match", "--json")
    runs = sorted((_steelyard(project, *compare) for _ in range(3)), key=lambda took: took.seconds)
    yield Row("compare two runs of 100,000", f"{runs[1]}, {runs[1].megabytes:.0f} MB", "under 3 s")


def statistics_speed(folder: Path) -> Iterator[Row]:
    import numpy as np
    from numpy.typing import NDArray

    from steelyard.stats import bootstrap_mean, estimate_corpus

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
    hits, sizes = rng.integers(0, 5, 100_000).astype(float), rng.integers(5, 9, 100_000).astype(float)

    def share(weights: NDArray[np.float64]) -> float:
        return float(weights @ hits) / float(weights @ sizes)

    seconds = _timed(lambda: estimate_corpus(share, 100_000))
    yield Row("corpus-level value of 100,000 samples", f"{seconds:.2f} s", "a few seconds")


def agreement_speed(folder: Path) -> Iterator[Row]:
    import numpy as np

    from steelyard.stats import krippendorff_alpha, ratings_matrix

    rng = np.random.default_rng(3)
    matrix = rng.integers(1, 6, (100_000, 10)).astype(float)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    read = statistics.median(
        _processor(lambda: ratings_matrix(matrix, measurement="nominal")) for _ in range(5)
    )
    rated = ratings_matrix(matrix, measurement="nominal")
    ours = statistics.median(_processor(lambda: krippendorff_alpha(rated)) for _ in range(5))
    measured = f"{ours:.3f} s of processor with its interval, {read:.3f} s to read the matrix"
    try:
        import krippendorff
    except ImportError:
        beside = "; krippendorff is not installed"
    else:
        units = matrix.T.copy()
        theirs = _timed(lambda: krippendorff.alpha(units, level_of_measurement="nominal"))
        beside = f"; krippendorff: {theirs:.3f} s"
    yield Row("nominal α, 10 raters × 100,000 items, 20 % missing", measured + beside, "under 0.05 s")


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


def groundedness(folder: Path) -> Iterator[Row]:
    import random

    from steelyard.core import Case, Output
    from steelyard.metrics import Metric, make_metric, score_output

    rng = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(rng.choices(letters, k=rng.randint(3, 10))) for _ in range(4_000)]
    small = [
        "the",
        "of",
        "and",
        "to",
        "in",
        "is",
        "was",
        "for",
        "that",
        "with",
        "on",
        "by",
        "are",
        "as",
        "at",
        "from",
    ]

    def sentence() -> str:
        made = [rng.choice(words if rng.random() < 0.55 else small) for _ in range(rng.randint(9, 22))]
        if rng.random() < 0.3:
            made[rng.randint(1, len(made) - 1)] = str(rng.randint(2, 5_000))
        return " ".join(made).capitalize() + "."

    def text(size: int, known: list[str]) -> list[str]:
        """Sentences of about `size` characters: a third repeated, a third reworded, a third made up."""
        made: list[str] = []
        while sum(map(len, made)) < size:
            kind = rng.randrange(3) if known else 2
            if kind < 2:
                picked = rng.choice(known)
                made.append(picked if kind == 0 else "Here " + " ".join(picked.lower().split()[1:]))
            else:
                made.append(sentence())
        return made

    def sample(number: int) -> tuple[Case, Output]:
        documents = [text(700, []) for _ in range(3)]
        known = [item for document in documents for item in document]
        case = Case(id=str(number), input="q", context=tuple(map(" ".join, documents)))
        return case, Output(value=" ".join(text(2_000, known)))

    samples = [sample(number) for number in range(150)]
    lexical, both = make_metric("groundedness:embeddings=off"), make_metric("groundedness")

    def rate(metric: Metric) -> str:
        took = _processor(lambda: [score_output(metric, case, output) for case, output in samples])
        return f"{len(samples) / took:,.0f} answers a second of processor"

    score_output(lexical, Case(id="w", input="q", context=("A cat sat.",)), Output(value="A cat sat here."))
    loop = min(_processor(lambda: sum(range(1_000_000))) for _ in range(5))
    what = "groundedness, 2 kB answers on 2 kB of documents"
    yield Row(f"{what}, lexical, new documents", rate(lexical), "")
    yield Row(f"{what}, lexical, documents seen before", rate(lexical), "1,000")
    score_output(both, *samples[0])
    yield Row(f"{what}, with embeddings where installed", rate(both), "")
    yield Row("for comparison: sum(range(1_000_000))", f"{loop * 1000:.0f} ms of processor", "")


def contamination(folder: Path) -> Iterator[Row]:
    import numpy as np

    sys.path.insert(0, str(ROOT))
    from tests.bench.contamination.corpora import GSM8K, gsm8k_questions, write_corpus

    if not GSM8K.is_file():
        yield Row("benchmark against a corpus", "left out: the questions of gsm8k are not here", "")
        return
    project = folder / "contamination"
    project.mkdir()
    questions = gsm8k_questions()
    with (project / "cases.jsonl").open("w", encoding="utf-8") as file:
        for number, question in enumerate(questions):
            file.write(json.dumps({"id": str(number), "input": question}) + "\n")
    _steelyard(project, "bench", "add", "gsm8k", "cases.jsonl")
    corpus = project / "corpus.txt"
    write_corpus(corpus, questions, size=500_000_000, planted=130, rng=np.random.default_rng(1))
    without = _steelyard(project, "bench", "check", "gsm8k", "--json")
    took = _steelyard(project, "bench", "check", "gsm8k", "--corpus", "corpus.txt", "--json")
    found = json.loads(took.output)["contamination"]["counts"]
    size = corpus.stat().st_size / 1e6
    rate, busy = size / (took.seconds - without.seconds), size / (took.processor - without.processor)
    yield Row(
        "1,319 questions against 500 MB, 130 planted",
        f"{rate:.0f} MB/s ({busy:.0f} MB a second of processor), {took.megabytes:.0f} MB, "
        f"{found['contaminated']} found",
        "at least 40 MB/s (goal 80), under 500 MB",
    )
    corpus.unlink()


def near_copies(folder: Path) -> Iterator[Row]:
    import numpy as np

    from steelyard.text import near_duplicates

    rng = np.random.default_rng(1)
    often = 1.0 / np.arange(1, 3_001)
    drawn = rng.choice(3_000, (100_000, 35), p=often / often.sum())
    texts = [" ".join(f"w{word}" for word in row) for row in drawn.tolist()]
    texts[-5_000:] = [f"{text} indeed" for text in texts[:5_000]]
    began = time.perf_counter()
    pairs = near_duplicates(texts)
    seconds = time.perf_counter() - began
    yield Row("near-duplicates among 100,000 texts", f"{seconds:.1f} s, {len(pairs):,} pairs", "under 60 s")


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


def _pair(project: Path, port: int, connections: int) -> tuple[float, float]:
    """(our rate, the bare rate), one right after the other; ours as the run itself measured its sitting."""
    bare = _bare_rate(port, 20_000, connections)
    document = json.loads(_endpoint_run(project, "c20000", port, connections).output)
    counts = document["counts"]
    return float(counts["scored"] + counts["failed"]) / float(document["seconds"]), bare


def _ratio(pairs: list[tuple[float, float]]) -> str:
    shares = sorted(ours / bare for ours, bare in pairs)
    best = max(ours for ours, _ in pairs)
    return f"{statistics.median(shares):.0%} ({shares[0]:.0%} to {shares[-1]:.0%}), best {best:,.0f}/s"


def _endpoint_run(project: Path, benchmark: str, port: int, connections: int) -> Took:
    return _steelyard(
        project, "run", benchmark, "--target", f"openai:mock?base_url=http://127.0.0.1:{port}/v1",
        "--max-connections", str(connections), "--json",
    )  # fmt: skip


def _steelyard(project: Path, *arguments: str) -> Took:
    return _child([PYTHON, "-m", "steelyard", *arguments, "--project", str(project)], folder=project)


def _child(command: list[str], *, folder: Path | None = None) -> Took:
    """Run a program to its end; leaves with its words when it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            err.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{err.read().decode()}")
        out.seek(0)
        return Took(
            seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read().decode("utf-8")
        )


def _stored_bytes(project: Path) -> int:
    return sum(file.stat().st_size for file in (project / ".steelyard").iterdir())


def _cases(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            case = {"id": f"case-{number}", "input": f"What is 6*7? Case {number}.", "expected": "42"}
            file.write(json.dumps(case) + "\n")


@contextmanager
def _mock(binary: Path, latency_ms: int) -> Iterator[int]:
    """The mock server on a free port, which is yielded."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([str(binary), str(port), str(latency_ms)])
    try:
        time.sleep(0.3)
        yield port
    finally:
        process.kill()
        process.wait()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _processor(work: Callable[[], object]) -> float:
    """Seconds of processor, which other work on the machine changes less than the clock."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _median(command: list[str], times: int) -> Took:
    return sorted((_child(command) for _ in range(times)), key=lambda took: took.seconds)[times // 2]


if __name__ == "__main__":
    main()
