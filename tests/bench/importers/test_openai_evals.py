from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import detect_format, read_cases
from steelyard.core import InputError

SAMPLES = Path(__file__).parent / "samples"
REGISTRY = """
geo:
  id: geo.dev.v0
  metrics: [accuracy]
geo.dev.v0:
  class: evals.elsuite.basic.match:Match
  args:
    samples_jsonl: geo/samples.jsonl
"""


def test_rows() -> None:
    imported = read_cases(SAMPLES / "evals.jsonl")
    first, second = imported.cases
    assert isinstance(first.input, list)
    assert (first.expected, second.expected) == ("Paris", ["4", "four"])
    assert second.metadata == {"topic": "sums"}
    assert imported.metrics == ("exact_match",)
    assert not imported.runs


def test_the_same_question_twice_stays_two_cases(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"input": "q", "ideal": "a"}\n{"input": "q", "ideal": "b"}\n', encoding="utf-8")
    first, second = read_cases(path).cases
    assert second.id == f"{first.id}-2"


def test_broken_rows_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"input": "q", "ideal": "a"}\n{"input": \n7\n{"ideal": "b"}\n'
        '{"input": [{"text": 1}], "ideal": "c"}\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="the first of 4 problems in 4 rows") as caught:
        read_cases(path)
    assert [detail.split(":")[0] for detail in caught.value.details] == [
        "line 2",
        "line 3",
        "line 4, input",
        "line 5, input",
    ]


def test_a_log_becomes_a_run() -> None:
    imported = read_cases(SAMPLES / "evals_log.jsonl")
    (run,) = imported.runs
    assert [case.id for case in imported.cases] == ["geo.dev.0", "geo.dev.1"]
    assert (run.label, run.started) == ("gpt-4o", "2024-01-01 10:00:00.000000")
    assert "sk-do-not-keep" not in json.dumps(dict(run.target))
    good, bad = run.outputs["geo.dev.0", 1], run.outputs["geo.dev.1", 1]
    assert (good.text, good.scores, good.usage.input_tokens) == ("Paris", {"match": 1.0}, 9)
    assert (bad.text, bad.scores, bad.detail["choice"]) == ("Milan", {"match": 0.0, "score": 0.25}, "B")
    assert imported.metrics == ("recorded:match", "exact_match")  # only one answer has the score "score"


def test_errors_graders_and_unfinished_logs(tmp_path: Path) -> None:
    events = [
        {"spec": {"completion_fns": ["a"], "run_id": "r", "eval_name": "e"}},
        {"sample_id": "1", "type": "sampling", "data": {"prompt": "q", "sampled": "x"}},
        {"sample_id": "1", "type": "sampling", "data": {"prompt": "grade it", "sampled": "Y"}},
        {"sample_id": "2", "type": "error", "data": {"type": "Timeout", "message": "request timed out"}},
        {"sample_id": "2", "type": "embedding", "data": {}},
    ]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events), encoding="utf-8")
    imported = read_cases(path)
    (run,) = imported.runs
    assert run.outputs["1", 1].text == "x"
    fault = run.outputs["2", 1].fault
    assert fault is not None
    assert fault.owner == "target"
    notes = "\n".join(imported.notes)
    assert "a grader's for the most part, left out: 1" in notes
    assert "events of type 'embedding', which did not carry over: 1" in notes
    assert "no final report" in notes


def test_a_registry_brings_the_samples_that_lie_beside_it(tmp_path: Path) -> None:
    for folder in ("evals", "data/geo"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data/geo/samples.jsonl").write_text('{"input": "q", "ideal": "a"}\n', encoding="utf-8")
    path = tmp_path / "evals/geo.yaml"
    path.write_text(REGISTRY, encoding="utf-8")
    assert detect_format(path) == "openai-evals"
    imported = read_cases(path)
    assert imported.cases[0].slices == {"eval": "geo.dev.v0"}
    assert imported.metrics == ("contains",)


@pytest.mark.parametrize("samples", ["/etc/passwd", "../../../../etc/passwd", "none.jsonl", "a\0b"])
def test_a_registry_reads_nothing_elsewhere(tmp_path: Path, samples: str) -> None:
    (tmp_path / "evals").mkdir()
    path = tmp_path / "evals/geo.yaml"
    path.write_text(REGISTRY.replace("geo/samples.jsonl", json.dumps(samples)), encoding="utf-8")
    with pytest.raises(InputError, match="which are not beside the registry"):
        read_cases(path)
