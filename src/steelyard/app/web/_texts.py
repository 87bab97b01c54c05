"""What models and people wrote, as pages show it: data, never markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, Span
from steelyard.reports import one_line, say_seconds, say_usd, say_value

SHOWN = 20_000
PEEK = 160
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]{1,4000000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One text, with its exact characters."""

    title: str
    """Whose words these are."""
    text: str
    """The text, perhaps cut."""
    raw: str
    """The same as a JSON string in ASCII: what is invisible becomes visible."""
    cut: int = 0
    """Characters that are left out here."""
    picture: str = ""
    """A picture as a data address."""
    name: str = ""
    """What else marks it: `expected`, `given`, `base`, `candidate`."""
    open: bool = True
    """Whether it is unfolded at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreView:
    """One score of a sample."""

    metric: str
    """The metric's key."""
    text: str
    """What it says."""
    tone: str
    """Pass, fail, unsure or nothing."""
    facts: tuple[tuple[str, str], ...]
    """What stands behind it."""
    reason: str
    """Why, as the evaluator said."""
    detail: Payload | None
    """What else the evaluator left: verdicts, labels, counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step of a trace."""

    name: str
    """What was called."""
    kind: str
    """`llm`, `tool`, …"""
    depth: int
    """How deep it is nested; at most 6 are drawn."""
    took: str
    """Its duration in words; empty when unknown."""
    error: str
    """What went wrong."""
    payloads: tuple[Payload, ...]
    """What went in and came out."""


def payload(title: str, value: Json, *, name: str = "", shown: int = SHOWN, unfolded: bool = True) -> Payload:
    """A value as text; what is no text as indented JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    kept = text[:shown]
    return Payload(
        title=title,
        text=kept,
        raw=json.dumps(kept, ensure_ascii=True),
        cut=len(text) - len(kept),
        name=name,
        open=unfolded,
    )


def asked(case: Case, *, shown: int = SHOWN) -> list[Payload]:
    """What a case asks, message by message."""
    found: list[Payload] = []
    if case.input is not None:
        found += conversation(case.input, "Input", shown=shown)
    for number, turn in enumerate(case.turns, start=1):
        found += conversation([turn], f"Turn {number}", shown=shown)
    if case.scenario is not None:
        found.append(payload("Simulated user", case.scenario.as_json(), shown=shown))
    found += [
        payload(f"Document {number}", text, shown=shown, unfolded=False)
        for number, text in enumerate(case.context, start=1)
    ]
    return found


def answered(
    output: Output, *, shown: int = SHOWN, title: str = "Answer", name: str = "given"
) -> list[Payload]:
    """What the target answered, or why there is nothing."""
    if output.fault is not None:
        said = payload(f"{title}: none, {output.fault.kind}", output.fault.message, name="fault", shown=shown)
        return (
            [said] if output.value is None else [said, payload(title, output.value, name=name, shown=shown)]
        )
    return [payload(title, "" if output.value is None else output.value, name=name, shown=shown)]


def peek(value: Json) -> str:
    """The beginning of a text, on one line."""
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        last = value[-1] if value else None
        if isinstance(last, Mapping) and "content" in last:
            return peek(last["content"])
    text = one_line((value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[: 4 * PEEK])
    return text if len(text) <= PEEK else text[: PEEK - 1] + "…"


def case_peek(case: Case) -> str:
    """The beginning of what a case asks."""
    if case.input is not None:
        return peek(case.input)
    if case.turns:
        return peek(case.turns[0].get("content"))
    return peek(case.scenario.goal) if case.scenario else ""


def score_view(spec: MetricSpec, score: Score | None) -> ScoreView:
    """A score with everything behind it."""
    facts = [("Metric", f"{spec.key}, version {spec.version}")]
    facts += [(name, json.dumps(value, ensure_ascii=False)) for name, value in sorted(spec.settings.items())]
    reason, detail, text, tone = "", None, "no score", "unsure"
    if isinstance(score, Scored):
        text, tone = score_words(spec, score.value), _tone(spec, score.value)
        reason = score.reason
        facts.insert(0, ("Value", f"{score.value:g}"))
        if not score.extracted:
            facts.append(("Extracted", "nothing: the answer held nothing to measure"))
        detail = payload("Detail", dict(score.detail), unfolded=False) if score.detail else None
    elif isinstance(score, Failed):
        text, reason = "failed", score.error
        detail = payload("Detail", dict(score.detail), unfolded=False) if score.detail else None
    elif score is not None:
        text, tone, reason = "skipped", "quiet", score.reason
    shown = tuple((one_line(name), one_line(value)[:400]) for name, value in facts)
    return ScoreView(metric=spec.key, text=text, tone=tone, facts=shown, reason=reason, detail=detail)


def score_words(spec: MetricSpec, value: float) -> str:
    """`✓ 1`, `✗ 0`, or the value with its unit."""
    if spec.scale == "binary" and spec.direction != "neither":
        return f"{'✓' if value == spec.best else '✗'} {value:g}"
    return say_value(value, spec.measure)


def steps(trace: Sequence[Span]) -> list[StepView]:
    """The steps of a trace, each under the step that called it."""
    depths: dict[str, int] = {}
    found = []
    for span in trace:
        depth = depths.get(span.parent_id, -1) + 1 if span.parent_id else 0
        if span.span_id:
            depths[span.span_id] = depth
        parts = [("In", span.input), ("Out", span.output), ("Attributes", dict(span.attributes) or None)]
        found.append(
            StepView(
                name=one_line(span.name),
                kind=one_line(span.kind),
                depth=min(depth, 6),
                took="" if span.duration_s is None else say_seconds(span.duration_s),
                error=one_line(span.error),
                payloads=tuple(
                    payload(title, value, unfolded=False) for title, value in parts if value is not None
                ),
            )
        )
    return found


def output_facts(output: Output) -> tuple[tuple[str, str], ...]:
    """What an answer took, where it is known."""
    usage = output.usage
    facts = (
        ("Took", "" if output.latency_s is None else say_seconds(output.latency_s)),
        ("First token", "" if output.first_token_s is None else say_seconds(output.first_token_s)),
        ("Cost", "" if output.cost_usd is None else say_usd(output.cost_usd)),
        ("Tokens in", "" if usage.input_tokens is None else f"{usage.input_tokens:,}"),
        ("Tokens out", "" if usage.output_tokens is None else f"{usage.output_tokens:,}"),
        ("Calls", "" if output.attempts == 1 else str(output.attempts)),
        ("From the cache", "yes" if output.cached else ""),
        ("Hash", output.hash[:12]),
    )
    return tuple((name, text) for name, text in facts if text)


def _tone(spec: MetricSpec, value: float) -> str:
    if spec.scale != "binary" or spec.direction == "neither":
        return ""
    return "pass" if value == spec.best else "fail"


def conversation(value: Json, title: str, *, shown: int) -> Iterator[Payload]:
    """Messages one by one; anything else as it is."""
    if isinstance(value, Sequence) and not isinstance(value, str) and all(map(_is_message, value)):
        for message in value:
            if isinstance(message, Mapping):
                yield from _message(message, title, shown=shown)
        return
    yield payload(title, value, shown=shown)


def _is_message(value: Json) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("role"), str)


def _message(message: Mapping[str, Json], title: str, *, shown: int) -> Iterator[Payload]:
    whose = f"{title}: {one_line(str(message['role']))}"
    content = message.get("content")
    parts: Sequence[Json] = content if isinstance(content, list | tuple) else [content]
    rest = {key: value for key, value in message.items() if key not in ("role", "content", "tool_calls")}
    calls = message.get("tool_calls")
    for part in parts:
        if part is not None and not (part == "" and (rest or calls)):
            yield _part(part, whose, shown=shown)
    for call in calls if isinstance(calls, list | tuple) else [calls] if calls else []:
        yield _call(call, whose, shown=shown)
    if rest:
        yield payload(f"{whose}, besides", rest, shown=shown, unfolded=content in (None, "") and not calls)


def _call(call: Json, whose: str, *, shown: int) -> Payload:
    """A tool call in our form or in that of a chat API; what is neither, as it is."""
    inner = call.get("function", call) if isinstance(call, Mapping) else None
    name = inner.get("name") if isinstance(inner, Mapping) else None
    if not isinstance(inner, Mapping) or not isinstance(name, str):
        return payload(f"{whose}, call", call, shown=shown)
    return payload(f"{whose} calls {one_line(name, 120)}", inner.get("arguments"), shown=shown)


def _part(part: Json, whose: str, *, shown: int) -> Payload:
    if isinstance(part, Mapping):
        if isinstance(part.get("text"), str):
            return payload(whose, part["text"], shown=shown)
        url = part.get("image_url")
        address = url.get("url") if isinstance(url, Mapping) else url
        if isinstance(address, str) and _PICTURE.fullmatch(address):
            return Payload(title=f"{whose}, picture", text="", raw="", picture=address)
    return payload(whose, part, shown=shown)
