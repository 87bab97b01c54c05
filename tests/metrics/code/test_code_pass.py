from __future__ import annotations

import gzip
import json
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from steelyard.core import Case, ConfigError, Failed, Json, Output, Score, Scored, Skipped, UsageError
from steelyard.metrics import BlockingMetric, make_metric
from steelyard.metrics.code import check_sandbox

HUMANEVAL = Path(__file__).resolve().parents[3] / "../shared/data/humaneval/HumanEval.jsonl.gz"
needs_bwrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap (bwrap) is not installed")
needs_data = pytest.mark.skipif(not HUMANEVAL.exists(), reason="the HumanEval file is not beside the project")

PROMPT = 'def double(x: int) -> int:\n    """Twice x."""\n'
TESTS = "def check(candidate):\n    assert candidate(4) == 8\n    assert candidate(0) == 0\n"
EXPECTED: Json = {"test": TESTS, "entry_point": "double"}


def _score(
    answer: Json, *, text: str = "code_pass", prompt: Json = PROMPT, expected: Json = EXPECTED
) -> Score:
    return make_metric(text).score(Case(id="1", input=prompt, expected=expected), Output(value=answer))


@needs_bwrap
@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("    return 2 * x\n", "completion"),
        ("def double(x):\n    return 2 * x", "completion"),
        ("return 2 * x", "indented completion"),
        ("y = x\n    return x + y", "indented completion"),
        ("```python\n    return 2 * x\n```", "fenced completion"),
        (
            "Here you are:\n\n```python\ndef double(x):\n    return 2 * x\n```\nIt doubles.",
            "fenced completion",
        ),
        ("~~~\ndef double(x):\n    return 2 * x\n~~~", "fenced completion"),
        ("Cut off:\n```py\ndef double(x):\n    return 2 * x", "fenced completion"),
        (
            "An example:\n```\nprint(double(2))\n```\nthen\n```python\ndef double(x):\n    return 2*x\n```",
            "fenced completion",
        ),
    ],
)
def test_the_program_is_found_in_the_answer(answer: str, rule: str) -> None:
    assert _score(answer) == Scored(value=1.0, reason=f"passed, as {rule}", detail={"outcome": "passed"})


@needs_bwrap
@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("def double(x):\n    return 2 * x", "program"),
        ("Sure!\n```python\ndef double(x):\n    return 2 * x\n```", "fenced program"),
    ],
)
def test_a_prompt_in_words_takes_a_whole_program(answer: str, rule: str) -> None:
    score = _score(answer, prompt="Write a function double(x) that gives twice x.")
    assert score == Scored(value=1.0, reason=f"passed, as {rule}", detail={"outcome": "passed"})


@needs_bwrap
def test_chat_messages_count_as_an_empty_prompt() -> None:
    prompt: Json = [{"role": "user", "content": "Write double(x)."}]
    assert isinstance(found := _score("def double(x):\n    return x + x", prompt=prompt), Scored)
    assert found.value == 1.0


@needs_bwrap
def test_only_the_completion_on_request() -> None:
    score = _score("```python\n    return 2 * x\n```", text="code_pass:extract=completion")
    assert isinstance(score, Scored)
    assert (score.value, score.extracted) == (0.0, False)
    assert score.reason.startswith("syntax error: ")


@needs_bwrap
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("    return x", "failed: AssertionError at assert candidate(4) == 8"),
        ("    while True: pass", "timed out: after 0.5 s"),
        ("    raise MemoryError", "memory: MemoryError"),
        ("    print('so\\nfar', flush=True); exit(0)", "; it printed at the end: so far"),
        ("    return undefined", "NameError: name 'undefined' is not defined"),
    ],
)
def test_a_failure_is_0_with_its_reason(answer: str, reason: str) -> None:
    score = _score(answer, text="code_pass:timeout_s=0.5")
    assert isinstance(score, Scored)
    assert (score.value, score.extracted) == (0.0, True)
    assert reason in score.reason


@needs_bwrap
def test_tests_that_cannot_be_used_are_no_zero() -> None:
    score = _score("    return 8", expected={"test": "def check(:", "entry_point": "double"})
    assert isinstance(score, Failed)
    assert score.error.startswith("the case cannot be used: its tests do not compile")


@pytest.mark.parametrize(
    "expected", [None, "8", {"test": TESTS}, {"test": TESTS, "entry_point": "a; b"}, {"entry_point": "f"}]
)
def test_other_expectations_are_skipped(expected: Json) -> None:
    assert isinstance(_score("    return 8", expected=expected), Skipped)


def test_an_empty_answer_holds_nothing_to_run() -> None:
    score = _score(" \n")
    assert isinstance(score, Scored)
    assert (score.value, score.extracted) == (0.0, False)


@pytest.mark.parametrize(
    "text", ["code_pass:timeout_s=0", "code_pass:memory_mb=1", "code_pass:timeout_s=1e9"]
)
def test_limits_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="must be"):
        make_metric(text)


def test_without_bubblewrap_nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    check_sandbox.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    metric = make_metric("code_pass")
    assert isinstance(metric, BlockingMetric)
    with pytest.raises(ConfigError, match="no sandbox"):
        metric.ready()
    score = _score("    return 2 * x\n")
    assert isinstance(score, Failed)
    assert "Install bubblewrap" in score.error


@needs_bwrap
@needs_data
def test_humaneval_passes_with_its_solutions_and_with_nothing_else() -> None:
    with gzip.open(HUMANEVAL, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == 164
    metric = make_metric("code_pass:extract=completion")

    def passes(answer: Callable[[dict[str, str]], str]) -> float:
        def one(row: dict[str, str]) -> float:
            expected: Json = {"test": row["test"], "entry_point": row["entry_point"]}
            score = metric.score(
                Case(id=row["task_id"], input=row["prompt"], expected=expected), Output(value=answer(row))
            )
            assert isinstance(score, Scored), (row["task_id"], score)
            return score.value

        with ThreadPoolExecutor(4) as pool:
            return sum(pool.map(one, rows))

    began = time.monotonic()
    assert passes(lambda row: row["canonical_solution"]) == 164
    assert passes(lambda row: "    pass\n") == 0
    assert time.monotonic() - began < 120
