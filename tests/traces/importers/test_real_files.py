"""Files as other projects wrote them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.traces.importers.conftest import Import

from steelyard.core import InputError, UsageError
from steelyard.traces import assemble


def test_tau_bench_trajectories(take: Import, shared: Path) -> None:
    found = take(shared / "tau_bench" / "gpt-4o-airline.json.gz")
    # Counted in the file: 200 trajectories, 2,454 messages of the assistant with 1,164 tool calls, 73 of
    # which were answered by a text that begins with "Error:".
    assert found.traces() == 200
    assert Counter(row.kind for row in found.rows) == {"agent": 200, "llm": 2454, "tool": 1164}
    assert sum(row.failed for row in found.rows) == 73
    assert not found.rejected
    rewards = [score.value for score in found.scores if score.name == "reward"]
    assert len(rewards) == 200
    assert set(rewards) == {0.0, 1.0}
    tool = next(row for row in found.rows if row.tool == "get_reservation_details")
    assert tool.input_preview.startswith('{"reservation_id":')
    first = [row for row in found.rows if row.trace_id == found.rows[0].trace_id]
    assert all(not node.note for node in assemble(first).nodes)


def test_inspect_logs(take: Import, shared: Path) -> None:
    found = take(shared / "inspect_logs" / "2025-05-12T20-28-13-04-00_popularity.json")
    first = found.rows[0]
    assert (first.kind, first.model) == ("llm", "gpt-4o-mini-2024-07-18")
    assert (first.input_tokens, first.output_tokens) == (64, 2)
    assert found.scores[0].name == "match"
    for name in ("log_streaming.eval", "log_tool_call_error.json"):
        assert not take(shared / "inspect_logs" / name).rejected
    (zipped,) = (shared / "inspect_logs").glob("2025-02-11*.eval")
    assert take(zipped).traces() == 10


def test_the_protocols_examples(take: Import, shared: Path) -> None:
    found = take(shared / "otlp" / "trace.json")
    assert found.tree() == [("step", "I'm a server span", "")]


def test_every_import_of_a_file_is_the_same(take: Import, shared: Path) -> None:
    path = shared / "inspect_logs" / "log_streaming.eval"
    assert take(path) == take(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("{", "is no JSON"),
        ('{"a": 1}\n{', "is no JSON"),
        ("[1, 2]", "is 1, not an object"),
    ],
)
def test_what_is_no_trace_file_is_said(take: Import, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        take(text, "langfuse" if "JSON" in words else "auto")


def test_an_unknown_format_is_said(take: Import) -> None:
    with pytest.raises(UsageError, match="'shoe' is no format of traces"):
        take("{}", "shoe")
