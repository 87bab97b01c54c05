from __future__ import annotations

from pathlib import Path

import pytest

from steelyard.bench import read_cases
from steelyard.core import InputError

SAMPLES = Path(__file__).parent / "samples"


def test_the_last_answer_is_the_expectation_and_tools_are_kept() -> None:
    imported = read_cases(SAMPLES / "train.jsonl")
    text, call = imported.cases
    assert isinstance(text.input, list)
    assert [message["role"] for message in text.input] == ["system", "user"]
    assert text.expected == "Paris"
    assert call.expected == {"tool_calls": [{"name": "weather", "arguments": {"city": "Huế"}}]}
    tools = call.metadata["tools"]
    assert isinstance(tools, list)
    assert tools[0]["function"]["name"] == "weather"
    assert imported.metrics == ("tool_calls",)
    assert any("cases with tools" in note for note in imported.notes)


def test_earlier_answers_stay_and_later_messages_go(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text(
        '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", "weight": 0},'
        ' {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"},'
        ' {"role": "user", "content": "bye"}]}\n',
        encoding="utf-8",
    )
    imported = read_cases(path)
    assert imported.cases[0].input == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    assert imported.cases[0].expected == "d"
    assert "messages after the last answer, left out: 1" in imported.notes


def test_preferred_answers_are_expected() -> None:
    imported = read_cases(SAMPLES / "dpo.jsonl")
    assert imported.cases[0].expected == "Paris"
    assert "answers that were not preferred, left out: 1" in imported.notes


def test_a_conversation_without_an_answer_is_named(tmp_path: Path) -> None:
    good = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
    path = tmp_path / "train.jsonl"
    path.write_text(good + '{"messages": [{"role": "user", "content": "a"}]}\n{"messages": 4}\n', "utf-8")
    with pytest.raises(InputError, match="holds no answer of the assistant") as caught:
        read_cases(path)
    assert [detail.split(",")[0] for detail in caught.value.details] == ["line 2", "line 3"]
