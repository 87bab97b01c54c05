from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from steelyard.bench import (
    ColumnChoice,
    ColumnMapping,
    Imported,
    mapping_from_json,
    parse_override,
    read_cases,
)
from steelyard.core import ConfigError, InputError, Json, UsageError

Rows = Sequence[Mapping[str, Json]]


def _read(folder: Path, rows: Rows, *overrides: str, name: str = "data.jsonl") -> Imported:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_cases(path, mapping=overrides)


def _fields(imported: Imported) -> dict[str, str]:
    return {
        choice.column: ":".join(part for part in (choice.field, choice.key, choice.run) if part)
        for choice in imported.mapping.choices
    }


def test_gsm8k_with_four_recorded_models_needs_no_option(shared_data: Path) -> None:
    imported = read_cases(shared_data / "gsm8k/example_model_solutions.jsonl.gz")
    assert len(imported.cases) == 1319
    shares = {
        run.label: sum(output.scores["is_correct"] for output in run.outputs.values()) / len(run.outputs)
        for run in imported.runs
    }
    # the shares of `is_correct` in the published file, counted with jq
    assert {label: round(share, 4) for label, share in shares.items()} == {
        "6b_finetuning": 0.2168,
        "6b_verification": 0.3904,
        "175b_finetuning": 0.3472,
        "175b_verification": 0.5625,
    }
    assert imported.metrics == ("recorded:is_correct", "numeric_match")
    assert imported.cases[0].expected is not None
    plain = read_cases(shared_data / "gsm8k/test.jsonl")
    assert plain.metrics == ("numeric_match",)
    same_questions = {case.id for case in plain.cases} & {case.id for case in imported.cases}
    assert len(same_questions) == 1319


def test_tau_bench_trials_become_epochs(shared_data: Path) -> None:
    imported = read_cases(shared_data / "tau_bench/gpt-4o-airline.json.gz")
    (run,) = imported.runs
    assert (len(imported.cases), len(run.outputs), run.epochs) == (50, 200, 4)
    assert sum(output.scores["reward"] for output in run.outputs.values()) / 200 == 0.42
    first = run.outputs["0", 1]
    assert first.trace[0].name == "get_user_details"
    assert first.detail["messages"]


def test_mt_bench_humaneval_and_arena_hard(shared_data: Path) -> None:
    turns = read_cases(shared_data / "mt_bench/question.jsonl")
    assert (len(turns.cases), turns.cases[0].id) == (80, "81")
    assert all(len(case.turns) == 2 for case in turns.cases)
    assert turns.cases[0].slices == {"category": "writing"}
    code = read_cases(shared_data / "humaneval/HumanEval.jsonl.gz")
    expected = code.cases[0].expected
    assert isinstance(expected, Mapping)
    assert set(expected) == {"test", "entry_point"}
    assert code.metrics == ()  # running programs is no metric yet
    arena = read_cases(shared_data / "arena_hard/question.jsonl.gz")
    assert arena.cases[0].group == "ABC Sequence Puzzles & Groups"
    with pytest.raises(InputError, match="no column looks like a question") as caught:
        read_cases(shared_data / "arena_hard/gpt-4-0314.jsonl.gz")
    assert "--map input=COLUMN" in caught.value.hint


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"question": "q r", "answer": "a"}, {"question": "input", "answer": "expected"}),
        ({"Question": "q r", "Expected Output": "a"}, {"Question": "input", "Expected Output": "expected"}),
        (
            {"question": "q r", "answer": "a", "ground_truth": "g", "contexts": ["c"]},
            {"question": "input", "answer": "output", "ground_truth": "expected", "contexts": "context"},
        ),
        ({"prompt": "p q", "completion": "c"}, {"prompt": "input", "completion": "expected"}),
        (
            {"prompt": "p q", "completion": "c", "score": 1},
            {"prompt": "input", "completion": "output", "score": "score:score"},
        ),
        (
            {"instruction": "do it", "input": "x", "output": "y"},
            {"instruction": "input", "input": "context", "output": "expected"},
        ),
        ({"text": "some text", "label": 1}, {"text": "input", "label": "expected"}),
        (
            {"input": "a b", "actualOutput": "x", "expectedOutput": "y", "latencyMs": 12},
            {
                "input": "input",
                "actualOutput": "output",
                "expectedOutput": "expected",
                "latencyMs": "latency_ms",
            },
        ),
        (
            {"query": "a b", "gpt4_answer": "x", "claude_answer": "y", "gpt4_score": 1, "claude_score": 0},
            {
                "query": "input",
                "gpt4_answer": "output:gpt4",
                "claude_answer": "output:claude",
                "gpt4_score": "score:score:gpt4",
                "claude_score": "score:score:claude",
            },
        ),
        (
            {"input": "a b", "gpt": {"output": "x", "pass": True, "cost_usd": 0.1, "seed": 3}},
            {
                "input": "input",
                "gpt.output": "output:gpt",
                "gpt.pass": "score:pass:gpt",
                "gpt.cost_usd": "cost_usd:gpt",
                "gpt.seed": "detail:seed:gpt",
            },
        ),
        (
            {"question": "q r", "choices": ["a", "b"], "answer": 1, "subject": "law"},
            {
                "question": "input:question",
                "choices": "input:choices",
                "answer": "expected",
                "subject": "slices:subject",
            },
        ),
        (
            {"bemerkung": "Wann kommt mein Paket?", "nr": "x-1"},
            {"bemerkung": "input", "nr": "metadata:nr"},
        ),
        (
            {"question": "q r", "answers": {"text": ["a"], "answer_start": [3]}},
            {
                "question": "input",
                "answers.text": "expected",
                "answers.answer_start": "metadata:answers.answer_start",
            },
        ),
        (
            {"prompt": "p q", "response": "r", "response_time": 2.5, "response_tokens": 7},
            {
                "prompt": "input",
                "response": "output",
                "response_time": "latency_s",
                "response_tokens": "metadata:response_tokens",
            },
        ),
    ],
)
def test_proposals(tmp_path: Path, row: dict[str, Json], fields: dict[str, str]) -> None:
    imported = _read(tmp_path, [row])
    assert _fields(imported) == fields
    assert all(choice.why for choice in imported.mapping.choices)


def test_a_model_column_makes_a_run_of_each_model(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [
        {
            "question": f"What is {n}?",
            "model": model,
            "response": f"{model}{n}",
            "correct": n % 2,
            "uid": f"{model}{n}",
        }
        for n in range(10)
        for model in ("small", "large")
    ]
    imported = _read(tmp_path, rows)
    assert len(imported.cases) == 10
    assert {run.label: len(run.outputs) for run in imported.runs} == {"small": 10, "large": 10}
    case = imported.cases[3]
    assert imported.runs[1].outputs[case.id, 1].text == "large3"
    assert imported.runs[1].outputs[case.id, 1].scores == {"correct": 1.0}
    assert imported.metrics == ("recorded:correct",)


def test_ids_come_from_content_and_are_stable(tmp_path: Path) -> None:
    rows = [{"question": "one thing"}, {"question": "another"}, {"question": "one thing"}]
    first = _read(tmp_path, rows)
    ids = [case.id for case in first.cases]
    assert ids[2] == f"{ids[0]}-2"
    assert ids[0].startswith("case-")
    assert [case.id for case in _read(tmp_path, rows[::-1]).cases] == [ids[0], ids[1], ids[2]]
    assert any("no column holds a unique id" in note for note in first.notes)
    assert any("1 inputs occur more than once" in note for note in first.notes)


def test_a_nearly_unique_id_is_an_id_with_mistakes(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [{"id": n, "question": f"question {n}"} for n in range(40)]
    rows[7]["id"] = 3
    with pytest.raises(InputError, match=r"data\.jsonl:8: id: '3' is taken by line 4"):
        _read(tmp_path, rows)


def test_an_id_that_some_rows_lack_is_an_id_with_mistakes(tmp_path: Path) -> None:
    rows: Rows = [
        {"id": "a", "input": "1"},
        {"input": "2"},
        {"id": None, "input": "3"},
        {"id": "d", "input": "4"},
    ]
    with pytest.raises(InputError, match="every case needs a unique id") as caught:
        _read(tmp_path, rows)
    assert [line.partition(",")[0] for line in caught.value.details] == ["line 2", "line 3"]


def test_missing_answers_are_counted_not_hidden(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [
        {"question": "a b", "output": "x"},
        {"question": "c d", "output": None},
        {"question": "e f", "output": ""},
    ]
    imported = _read(tmp_path, rows)
    (run,) = imported.runs
    assert len(run.outputs) == 2  # an empty answer is an answer
    assert any("run 'data' has no answer to 1 of 3 cases" in note for note in imported.notes)


def test_scores_in_words_and_scores_that_are_none(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [
        {"question": "a b", "output": "x", "passed": "yes"},
        {"question": "c d", "output": "y", "passed": "no"},
        {"question": "e f", "output": "y", "passed": ""},
    ]
    outputs = list(_read(tmp_path, rows).runs[0].outputs.values())
    assert [dict(output.scores) for output in outputs] == [{"passed": 1.0}, {"passed": 0.0}, {}]
    with pytest.raises(InputError, match="passed: must be a number, not 'perhaps'"):
        _read(tmp_path, [{**rows[0], "passed": "perhaps"}], "score=passed")


def test_overrides_replace_and_add(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [
        {
            "q": {"title": "T1", "body": "B1 x"},
            "a": {"gpt": "x", "own": "y"},
            "good": 1,
            "kind": "k",
            "junk": 0,
        }
    ]
    imported = _read(
        tmp_path,
        rows,
        "input=q.body",
        "output:GPT=a.gpt",
        "output:mine=a.own",
        "score:quality@mine=good",
        "slices:sort=kind",
        "ignore=junk",
        "expected:title=q.title",
    )
    case = imported.cases[0]
    assert case.input == "B1 x"
    assert case.expected == {"title": "T1"}
    assert case.slices == {"sort": "k"}
    assert case.metadata == {}
    assert [(run.label, next(iter(run.outputs.values())).text) for run in imported.runs] == [
        ("GPT", "x"),
        ("mine", "y"),
    ]
    assert next(iter(imported.runs[1].outputs.values())).scores == {"quality": 1.0}


def test_one_chosen_output_replaces_all_proposed(shared_data: Path) -> None:
    imported = read_cases(
        shared_data / "gsm8k/example_model_solutions.jsonl.gz", mapping=["output=6b_finetuning.solution"]
    )
    (run,) = imported.runs
    assert run.label == "6b_finetuning"
    assert next(iter(run.outputs.values())).scores == {"is_correct": 0.0}


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("question", "is not FIELD=COLUMN"),
        ("=question", "is not FIELD=COLUMN"),
        ("inptu=question", "'inptu' is not a field"),
        ("input=qestion", "no column 'qestion'"),
        ("score=good", "could score any of gpt, own"),
    ],
)
def test_bad_overrides(tmp_path: Path, override: str, problem: str) -> None:
    row: dict[str, Json] = {"question": "q r", "gpt": {"output": "x"}, "own": {"output": "y"}, "good": 1}
    with pytest.raises(UsageError, match=problem):
        _read(tmp_path, [row], override)


def test_an_override_with_a_typo_suggests_the_column(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column") as caught:
        _read(tmp_path, [{"question": "q r"}], "input=qestion")
    assert caught.value.hint == "Did you mean 'question'?"


def test_a_mapping_can_be_saved_and_used_again(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [{"question": "a b", "gpt": {"output": "x", "pass": 1}}]
    first = _read(tmp_path, rows)
    saved = json.dumps(first.mapping.as_json())
    again = mapping_from_json(json.loads(saved))
    assert again == first.mapping
    repeated = read_cases(tmp_path / "data.jsonl", mapping=again)
    assert (repeated.cases, repeated.runs) == (first.cases, first.runs)
    picked = ColumnMapping(choices=(ColumnChoice(column="gpt.output", field="input", why="mine"),))
    assert read_cases(tmp_path / "data.jsonl", mapping=picked).cases[0].input == "x"


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"columns": "x"},
        {"columns": [7]},
        {"columns": [{"column": "a", "field": "nope"}]},
        {"columns": [{"field": "input"}]},
    ],
)
def test_broken_saved_mappings(saved: dict[str, Json]) -> None:
    with pytest.raises(ConfigError, match="mapping"):
        mapping_from_json(saved)


def test_override_forms() -> None:
    score = parse_override("score:quality@gpt-4.1=judge.value")
    assert (score.field, score.key, score.run, score.column) == ("score", "quality", "gpt-4.1", "judge.value")
    output = parse_override("output:gpt 4=a=b")
    assert (output.field, output.run, output.column) == ("output", "gpt 4", "a=b")


def test_rows_with_endless_columns_are_refused(tmp_path: Path) -> None:
    rows: list[dict[str, Json]] = [{"question": "q r", "tags": {f"t{n}": 1}} for n in range(2100)]
    with pytest.raises(InputError, match="more than 2,000 different columns"):
        _read(tmp_path, rows)


def test_columns_of_unknown_names_that_hold_the_expectation_are_answers(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text(
        "question,expected,model_a,old\n"
        "Capital of France?,Paris,Paris,Lyon\nCapital of Italy?,Rome,rome,Rome\n"
        "Capital of Peru?,Lima,Lima,Lima\n",
        encoding="utf-8",
    )
    imported = read_cases(path)
    assert [run.label for run in imported.runs] == ["model_a", "old"]
    assert imported.metrics == ("exact_match",)


def test_labels_that_repeat_the_expectation_are_not_answers(tmp_path: Path) -> None:
    path = tmp_path / "intents.csv"
    path.write_text(
        "question,expected,category,copy\nmoney back?,refund,refund,refund\n"
        "where is it?,delivery,delivery,delivery\n",
        encoding="utf-8",
    )
    assert read_cases(path).runs == ()
