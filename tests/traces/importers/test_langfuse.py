"""Exports of Langfuse, in the shapes of its API, its tables and its scheduled export."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from tests.traces.importers.conftest import Import

SAMPLES = Path(__file__).resolve().parents[2] / "bench" / "importers" / "samples"
TRACE: dict[str, Any] = {
    "id": "8f3e2a10-0000-4000-8000-00000000000a",
    "timestamp": "2024-05-01T10:00:00.000Z",
    "name": "chat",
    "input": {"question": "Weather?"},
    "output": "Sunny",
    "sessionId": "s1",
    "userId": "u1",
    "release": "v7",
    "environment": "production",
    "tags": ["beta"],
    "latency": 2.0,
    "totalCost": 0.001,
    "htmlPath": "/project/p/traces/t1",
}
ROOT = {
    "id": "o1", "traceId": TRACE["id"], "type": "AGENT", "name": "agent", "parentObservationId": None,
    "startTime": "2024-05-01T10:00:00.000Z", "endTime": "2024-05-01T10:00:02.000Z", "level": "DEFAULT",
}  # fmt: skip
TOOL = {
    "id": "o2", "traceId": TRACE["id"], "type": "TOOL", "name": "weather", "parentObservationId": "o1",
    "startTime": "2024-05-01T10:00:00.500Z", "endTime": "2024-05-01T10:00:01.000Z",
    "input": {"city": "Huế"}, "output": None, "level": "ERROR", "statusMessage": "no such city",
}  # fmt: skip
CALL = {
    "id": "o3", "traceId": TRACE["id"], "type": "GENERATION", "name": "llm", "parentObservationId": "o1",
    "startTime": "2024-05-01T10:00:01.000Z", "endTime": "2024-05-01T10:00:02.000Z",
    "completionStartTime": "2024-05-01T10:00:01.250Z", "model": "gpt-4o",
    "usageDetails": {"input": 12, "output": 3, "cache_read_input_tokens": 4, "total": 15},
    "costDetails": {"input": 0.0006, "output": 0.0004, "total": 0.001},
    "input": [{"role": "user", "content": "Weather?"}], "output": {"role": "assistant", "content": "Sunny"},
}  # fmt: skip
SCORES = [
    {
        "id": "x",
        "traceId": TRACE["id"],
        "name": "helpful",
        "value": 1,
        "dataType": "NUMERIC",
        "comment": "yes",
    },
    {"traceId": TRACE["id"], "observationId": "o3", "name": "tone", "value": 0, "stringValue": "kind"},
    {"traceId": TRACE["id"], "name": "solved", "value": 1, "stringValue": "True", "dataType": "BOOLEAN"},
]
OBSERVATIONS = [ROOT, TOOL, CALL]


def snake(value: Any) -> Any:
    """The names with underscores, as the scheduled export has them."""
    if not isinstance(value, dict):
        return value
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): item for key, item in value.items()}


@pytest.mark.parametrize(
    "document",
    [
        [{**TRACE, "observations": OBSERVATIONS, "scores": SCORES}],
        {**TRACE, "observations": OBSERVATIONS, "scores": SCORES},
        {"data": [{**TRACE, "observations": OBSERVATIONS, "scores": SCORES}], "meta": {"page": 1}},
        {"trace": TRACE, "observations": OBSERVATIONS, "scores": SCORES},
        {"traces": [TRACE], "observations": OBSERVATIONS, "scores": SCORES},
        [*OBSERVATIONS, TRACE, *SCORES],
        [snake(row) for row in (*OBSERVATIONS, TRACE, *SCORES)],
    ],
    ids=["list", "one", "page", "download", "parts", "rows", "underscores"],
)
@pytest.mark.parametrize("name", ["export.json", "export.jsonl"])
def test_one_trace_in_every_shape(take: Import, document: Any, name: str) -> None:
    if name.endswith("l") and not isinstance(document, list):
        document = [document]
    found = take(copy.deepcopy(document), name=name)
    assert found.tree() == [("agent", "agent", ""), ("tool", "weather", "agent"), ("llm", "llm", "agent")]
    agent, tool, model = found.rows
    assert {row.trace_id.hex() for row in found.rows} == {str(TRACE["id"]).replace("-", "")}
    assert {(row.user, row.session, row.slice) for row in found.rows} == {("u1", "s1", "production")}
    assert (agent.input_preview, agent.output_preview) == ('{"question":"Weather?"}', "Sunny")
    assert (agent.duration_us, model.duration_us, model.first_token_us) == (2_000_000, 1_000_000, 250_000)
    assert (tool.tool, tool.failed, tool.error) == ("weather", True, "no such city")
    assert (model.model, model.input_tokens, model.output_tokens, model.cached_tokens) == ("gpt-4o", 12, 3, 4)
    assert (model.cost_usd, model.priced) == (0.001, "producer")
    assert found.marks() == {"helpful": 1.0, "tone": "kind", "solved": 1.0}
    judged = {score.name: score.span_id for score in found.scores}
    assert judged == {"helpful": agent.span_id, "tone": model.span_id, "solved": agent.span_id}
    assert next(score.explanation for score in found.scores if score.name == "helpful") == "yes"


def test_a_trace_without_observations_is_a_span(take: Import) -> None:
    found = take([TRACE])
    assert found.tree() == [("step", "chat", "")]
    (row,) = found.rows
    assert (row.duration_us, row.cost_usd, row.user) == (2_000_000, 0.001, "u1")


def test_a_table_in_csv(take: Import) -> None:
    text = (
        "id,timestamp,name,userId,sessionId,environment,input,output,latency,totalCost,scores.ok,scores.tone\n"
        't1,2024-05-01T10:00:00Z,chat,u,s,prod,"{""question"": ""Hi?""}",Hello,0.4,0.01,1,kind\n'
    )
    found = take("\ufeff" + text, name="traces.csv")
    (row,) = found.rows
    assert (row.name, row.user, row.session, row.slice) == ("chat", "u", "s", "prod")
    assert (row.input_preview, row.output_preview) == ('{"question":"Hi?"}', "Hello")
    assert (row.duration_us, row.cost_usd) == (400_000, 0.01)
    assert found.marks() == {"ok": 1.0, "tone": "kind"}


def test_datasets_are_no_traces(take: Import) -> None:
    assert take(SAMPLES / "langfuse_items.jsonl").rows == []
    assert take(SAMPLES / "langfuse_runs.json").traces() == 1


def test_rows_that_mean_harm(take: Import) -> None:
    rows = [
        {**TRACE, "observations": "x", "scores": {"a": {"values": None}}, "tags": 7, "latency": "long"},
        {
            **TRACE,
            "id": 7,
            "observations": [None, {"startTime": [], "id": {}, "usage": "many"}],
            "name": "a\ud800",
        },
        {**CALL, "parentObservationId": "o3", "usageDetails": [1], "costDetails": {"total": "much"}},
    ]
    found = take(rows)
    assert found.traces() == 2
    assert not found.rejected
