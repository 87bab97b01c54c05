from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from steelyard.bench import detect_format, importer_names, load_importer, read_cases
from steelyard.bench.importers._registry import file_head

SAMPLES = Path(__file__).parent / "samples"
FORMATS = {
    "evals.jsonl": "openai-evals",
    "evals_log.jsonl": "openai-evals",
    "train.jsonl": "openai-finetuning",
    "dpo.jsonl": "openai-finetuning",
    "langfuse_items.jsonl": "langfuse",
    "langfuse_page.json": "langfuse",
    "langfuse_traces.json": "langfuse",
    "langfuse_trace.json": "langfuse",
    "langfuse_observations.jsonl": "langfuse",
    "langfuse_runs.json": "langfuse",
    "langsmith_examples.jsonl": "langsmith",
    "langsmith_experiment.json": "langsmith",
    "langsmith_table.csv": "langsmith",
    "langsmith_runs.jsonl": "langsmith",
    "braintrust_events.jsonl": "braintrust",
    "braintrust_events.json": "braintrust",
    "braintrust_table.csv": "braintrust",
    "braintrust_dataset.json": "braintrust",
    "tau.json": "tau-bench",
    "inspect_rows.jsonl": "inspect",
    "inspect_rows.json": "inspect",
}
GENERIC = {
    "cases.jsonl": ('{"id": "1", "input": "q", "expected": "a"}\n' * 1, "jsonl"),
    "recorded.jsonl": (
        '{"id": "1", "input": "q", "expected": "a", "output": "b", "scores": {"s": 1}, "metadata": {}}\n',
        "jsonl",
    ),
    "questions.jsonl": ('{"question": "q", "answer": "a"}\n', "jsonl"),
    "target.jsonl": ('{"input": "q", "target": "a"}\n', "jsonl"),
    "pairs.jsonl": ('{"input": "q", "output": "a"}\n', "jsonl"),
    "chat.jsonl": (
        '{"id": 1, "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}\n',
        "jsonl",
    ),
    "traces.json": ('[{"id": 1, "input": "q", "output": "a", "user": "u"}]', "json"),
    "inputs.csv": ("input,output,expected\nq,a,a\n", "csv"),
    "runs.csv": ("id,input,gpt_output,gpt_score\n1,q,a,1\n", "csv"),
    "sheet.csv": ("inputs,outputs\nq,a\n", "csv"),
    "metrics.csv": ("name,scores,metrics\nx,1,2\n", "csv"),
}


def test_the_table_is_whole() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == set(FORMATS)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_is_recognised_as_its_own_format(name: str) -> None:
    path = SAMPLES / name
    assert detect_format(path) == FORMATS[name]
    head = file_head(path)
    claims = {other for other in importer_names() if load_importer(other).sniff(path, head) > 0.5}
    assert claims == {FORMATS[name]}
    assert read_cases(path).cases


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_name_that_says_nothing_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"download{Path(name).suffix}"
    shutil.copyfile(SAMPLES / name, path)
    assert detect_format(path) == FORMATS[name]


@pytest.mark.parametrize("name", sorted(GENERIC))
def test_generic_tables_are_not_claimed(tmp_path: Path, name: str) -> None:
    text, form = GENERIC[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert detect_format(path) == form


@pytest.mark.parametrize("name", ["langfuse_traces.json", "tau.json", "braintrust_events.json"])
def test_a_first_record_longer_than_the_head_is_recognised(tmp_path: Path, name: str) -> None:
    value = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    rows = value if isinstance(value, list) else value["events"]
    row = rows[0]
    last = "traj" if "traj" in row else "output"
    row[last] = [{"role": "assistant", "content": "long " * 40_000}] if last == "traj" else "long " * 40_000
    rows[0] = {**{key: item for key, item in row.items() if key != last}, last: row[last]}
    path = tmp_path / "long.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    assert detect_format(path) == FORMATS[name]
