"""Files that DeepEval itself wrote, with metrics that need no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bench.importers.peer_tools import python_tool, run_tool

from steelyard.bench import read_cases

pytestmark = pytest.mark.peers

_SCRIPT = """
import json
from deepeval import evaluate
from deepeval.dataset import ConversationalGolden, EvaluationDataset, Golden
from deepeval.evaluate import AsyncConfig, DisplayConfig, ErrorConfig
from deepeval.metrics import BaseConversationalMetric, BaseMetric, ExactMatchMetric
from deepeval.test_case import ConversationalTestCase, LLMTestCase, ToolCall, Turn


class Length(BaseMetric):
    threshold = 0.5
    __name__ = "Length"

    def measure(self, case, *args, **kwargs):
        if case.actual_output == "crash":
            raise RuntimeError("the judge broke")
        self.score = min(1.0, len(case.actual_output) / 10)
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, case, *args, **kwargs):
        return self.measure(case)

    def is_successful(self):
        return self.success


class Turns(BaseConversationalMetric):
    threshold = 0.5
    __name__ = "Turns"

    def measure(self, case, *args, **kwargs):
        self.score = len(case.turns) / 4
        self.success = self.score >= self.threshold
        return self.score

    async def a_measure(self, case, *args, **kwargs):
        return self.measure(case)

    def is_successful(self):
        return self.success


def run(cases, metrics, folder, **more):
    found = evaluate(
        cases,
        metrics,
        async_config=AsyncConfig(run_async=False),
        error_config=ErrorConfig(ignore_errors=True),
        display_config=DisplayConfig(show_indicator=False, print_results=False, results_folder=folder),
        **more,
    )
    return [[r.name, r.success, {m.name: m.score for m in r.metrics_data}] for r in found.test_results]


search = ToolCall(name="search", input_parameters={"q": "a"}, output="b")
said = [
    LLMTestCase(input="2+2?", actual_output="4", expected_output="4", name="sum", token_cost=0.001,
                completion_time=0.5, metadata={"topic": "math"}),
    LLMTestCase(input="capital?", actual_output="Paris is it", expected_output="Paris",
                context=["France: Paris"], retrieval_context=["a page"]),
    LLMTestCase(input="crash", actual_output="crash", expected_output="x", tools_called=[search],
                expected_tools=[search]),
]
told = [
    ConversationalTestCase(scenario="refund", expected_outcome="refunded", user_description="angry",
                           name="c1",
                           turns=[Turn(role="user", content="hi"), Turn(role="assistant", content="hello")]),
    ConversationalTestCase(turns=[Turn(role="user", content="x"),
                                  Turn(role="assistant", content="y", tools_called=[search])] * 2),
]
printed = {
    "single": run(said, [ExactMatchMetric(), Length()], "single",
                  hyperparameters={"model": "m1"}, identifier="run A"),
    "spoken": run(told, [Turns()], "spoken"),
}
goldens = EvaluationDataset(goldens=[
    Golden(input="q1", expected_output="a1", context=["c", "d"], additional_metadata={"topic": "x"},
           name="one", expected_tools=[search]),
    Golden(input="q2", expected_output="a2"),
])
spoken = EvaluationDataset(goldens=[ConversationalGolden(scenario="wants a refund", expected_outcome="refund",
                                                         user_description="angry")])
for kind in ("json", "csv", "jsonl"):
    goldens.save_as(kind, "datasets", file_name="goldens")
    spoken.save_as(kind, "datasets", file_name="spoken")
open("printed.json", "w").write(json.dumps(printed))
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    python = python_tool("deepeval")
    folder = tmp_path_factory.mktemp("deepeval")
    (folder / "make.py").write_text(_SCRIPT, encoding="utf-8")
    quiet = {"DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "CONFIDENT_OPEN_BROWSER": "NO", "OPENAI_API_KEY": ""}
    done = run_tool([python, "make.py"], folder, quiet)
    if not (folder / "printed.json").exists():
        pytest.skip(f"NOT TESTED WITH deepeval: it does not run here ({done.stderr.strip()[-300:]})")
    return folder


def _printed(folder: Path, name: str) -> list[tuple[str, bool, dict[str, float | None]]]:
    found = json.loads((folder / "printed.json").read_text(encoding="utf-8"))[name]
    return [(row[0], row[1], row[2]) for row in found]


@pytest.mark.parametrize("name", ["single", "spoken"])
def test_test_runs_hold_the_scores_that_were_printed(written: Path, name: str) -> None:
    imported = read_cases(next((written / name).glob("test_run_*.json")))
    assert imported.format == "deepeval"
    (run,) = imported.runs
    expected = _printed(written, name)
    assert len(run.outputs) == len(imported.cases) == len(expected)
    for output, (_, success, scores) in zip(run.outputs.values(), expected, strict=True):
        worked = {metric: score for metric, score in scores.items() if score is not None}
        verdict = {"pass": float(success)} if len(worked) == len(scores) else {}
        assert output.scores == {**verdict, **worked}
        assert output.fault is None


def test_single_turn_run_carries_calls_costs_and_settings(written: Path) -> None:
    imported = read_cases(next((written / "single").glob("test_run_*.json")))
    (run,) = imported.runs
    assert run.label == "run A"
    assert run.target["hyperparameters"] == {"model": "m1"}
    first, second, third = run.outputs.values()
    assert (first.value, first.latency_s, first.cost_usd) == ("4", 0.5, 0.001)
    assert second.detail["retrieval_context"] == ["a page"]
    assert [(span.name, span.kind, span.input, span.output) for span in third.trace] == [
        ("search", "tool", {"q": "a"}, "b")
    ]
    assert imported.cases[0].id == "sum"
    assert imported.cases[1].context == ("France: Paris",)
    calls = [{"name": "search", "arguments": {"q": "a"}}]
    assert imported.cases[2].expected == {"text": "x", "tool_calls": calls}
    assert any("metrics that failed" in note for note in imported.notes)


def test_latest_run_is_the_saved_one(written: Path) -> None:
    latest = read_cases(written / ".deepeval" / ".latest_test_run.json")
    saved = read_cases(next((written / "spoken").glob("test_run_*.json")))
    assert latest.cases == saved.cases
    assert latest.runs[0].outputs == saved.runs[0].outputs
    assert latest.runs[0].label == "latest_test_run"


@pytest.mark.parametrize("kind", ["json", "csv", "jsonl"])
def test_datasets_read_the_same_from_every_format(written: Path, kind: str) -> None:
    first, second = read_cases(written / "datasets" / f"goldens.{kind}").cases
    assert (first.id, first.input, first.metadata) == ("one", "q1", {"topic": "x"})
    calls = [{"name": "search", "arguments": {"q": "a"}}]
    assert first.expected == {"text": "a1", "tool_calls": calls}
    assert first.context == ("c", "d")
    assert (second.input, second.expected) == ("q2", "a2")
    (spoken,) = read_cases(written / "datasets" / f"spoken.{kind}").cases
    assert spoken.scenario is not None
    assert (spoken.scenario.persona, spoken.scenario.goal) == ("angry", "wants a refund")
    assert spoken.expected == "refund"
