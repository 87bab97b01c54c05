"""Recorded outputs, as the benchmark importers read them: every answer is a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from steelyard.bench import ImportedRun, read_cases
from steelyard.core import Case, Json, Output
from steelyard.core import Span as RecordedSpan
from steelyard.traces._decoded import Decoded
from steelyard.traces.importers._conversation import conversation_drafts, is_conversation
from steelyard.traces.importers._draft import Draft, as_request, derived_id

_TRACES = 200
_OPERATIONS = {"llm": "chat", "tool": "execute_tool", "agent": "invoke_agent", "retriever": "retrieval"}


def recorded_requests(path: Path, file_format: str) -> Iterator[Decoded]:
    """The recorded outputs of τ-bench trajectories, Inspect logs and every other file with answers."""
    imported = read_cases(path, format=file_format)
    cases = {case.id: case for case in imported.cases}
    for run in imported.runs:
        drafts: dict[str, list[Draft]] = {}
        for (case_id, epoch), output in run.outputs.items():
            identity: Json = [run.label, case_id, epoch, output.as_json()]
            drafts[derived_id(imported.format, identity)] = list(
                _drafts(run, cases[case_id], output, epoch=epoch)
            )
            if len(drafts) >= _TRACES:
                yield as_request(drafts, service=run.label, source=imported.format)
                drafts = {}
        if drafts:
            yield as_request(drafts, service=run.label, source=imported.format)


def _drafts(run: ImportedRun, case: Case, output: Output, *, epoch: int) -> Iterator[Draft]:
    model = str(output.detail.get("model") or run.target.get("model") or "")
    start = _seconds(run.started)
    asked = case.input if isinstance(case.input, str) else case.as_json().get("input")
    messages = output.detail.get("messages")
    spoken = isinstance(messages, list | tuple) and is_conversation(messages)
    usage = output.usage
    yield Draft(
        id="root",
        name=f"{case.id}, epoch {epoch}" if epoch > 1 else case.id,
        start_s=start,
        duration_s=output.latency_s,
        error=output.fault.message if output.fault else "",
        attributes={
            "gen_ai.operation.name": "invoke_agent" if output.trace or spoken else "chat",
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": usage.input_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
            "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
            "gen_ai.usage.cost": output.cost_usd,
            "gen_ai.response.time_to_first_chunk": output.first_token_s,
            "input.value": asked,
            "output.value": output.value,
            "steelyard.case": case.id,
            "steelyard.epoch": epoch,
        },
        scores=output.scores,
        reasons=_reasons(output),
    )
    if isinstance(messages, list | tuple) and spoken:
        steps = conversation_drafts(messages, parent="root", model=model, start_s=start)
        yield from _timed(list(steps), output.trace)
    else:
        for place, span in enumerate(output.trace):
            yield _step(span, place)


def _timed(drafts: list[Draft], spans: Sequence[RecordedSpan]) -> Iterator[Draft]:
    """Steps of a conversation, with times, errors and tokens where the trace holds the same steps.

    Tool calls are known by their id, model calls by their order when there are as many.
    """
    tools = {span.span_id: span for span in spans if span.kind == "tool" and span.span_id}
    models = [span for span in spans if span.kind == "llm"]
    said = [draft for draft in drafts if draft.attributes["gen_ai.operation.name"] == "chat"]
    calls = iter(models if len(models) == len(said) else ())
    for draft in drafts:
        if draft.attributes["gen_ai.operation.name"] == "chat":
            found = next(calls, None)
        else:
            found = tools.get(str(draft.attributes["gen_ai.tool.call.id"]))
        yield draft if found is None else _as_recorded(draft, found)


def _as_recorded(draft: Draft, span: RecordedSpan) -> Draft:
    usage = span.attributes.get("usage")
    told: dict[str, Json] = {}
    if isinstance(usage, Mapping):
        told = {f"gen_ai.usage.{name}": usage.get(name) for name in ("input_tokens", "output_tokens")}
        told["gen_ai.usage.cache_read.input_tokens"] = usage.get("input_tokens_cache_read")
    if span.kind == "llm" and span.name:
        told["gen_ai.request.model"] = span.name
    return replace(
        draft,
        start_s=span.start_s if span.start_s is not None else draft.start_s,
        duration_s=span.duration_s,
        error=span.error or draft.error,
        attributes={**draft.attributes, **told},
    )


def _reasons(output: Output) -> dict[str, str]:
    """Why each score was given, where the scorer said so."""
    said = output.detail.get("scores")
    found: dict[str, str] = {}
    for name, mark in said.items() if isinstance(said, Mapping) else ():
        why = mark.get("explanation") or mark.get("reason") if isinstance(mark, Mapping) else None
        if isinstance(why, str):
            found[name] = why
    return found


def _step(span: RecordedSpan, place: int) -> Draft:
    told = {key: value for key, value in span.attributes.items() if key not in ("input", "output")}
    own: dict[str, Json] = {"gen_ai.tool.name": span.name} if span.kind == "tool" else {}
    if span.kind == "llm":
        own["gen_ai.request.model"] = span.name
    return Draft(
        id=span.span_id or f"step {place}",
        name=span.name or span.kind,
        parent=span.parent_id or "root",
        start_s=span.start_s,
        duration_s=span.duration_s,
        error=span.error,
        attributes={
            **told,
            **own,
            "gen_ai.operation.name": _OPERATIONS.get(span.kind, "step"),
            "input.value": span.input,
            "output.value": span.output,
        },
    )


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None
