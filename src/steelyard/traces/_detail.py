"""One span with everything: what its payload says, in canonical form and as it came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from steelyard.core import Json
from steelyard.traces._batch import SpanEvent
from steelyard.traces._messages import input_messages, output_messages
from steelyard.traces._names import INPUT, OUTPUT
from steelyard.traces._pack import unpack
from steelyard.traces._values import attributes_json, json_of, parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanDetail:
    """A span's payload, read."""

    attributes: Mapping[str, Json]
    """As the producer wrote them."""
    resource: Mapping[str, Json]
    """The resource's attributes."""
    scope: str
    """The instrumentation, with its version."""
    input: Json
    """What went in, whatever its shape."""
    output: Json
    """What came out."""
    input_messages: Sequence[Mapping[str, Json]] = ()
    """What went in as chat messages: `role`, `content`, `tool_calls`, …"""
    output_messages: Sequence[Mapping[str, Json]] = ()
    """What came out as chat messages."""
    tools: Json = None
    """The tools that were offered."""
    events: Sequence[Mapping[str, Json]] = ()
    """Name, time and attributes of each event, log records of the span among them."""
    links: Sequence[Mapping[str, Json]] = field(default_factory=tuple)
    """Trace, span and attributes of each link."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "input": self.input,
            "output": self.output,
            "input_messages": list(self.input_messages),
            "output_messages": list(self.output_messages),
            "tools": self.tools,
            "attributes": dict(self.attributes),
            "resource": dict(self.resource),
            "scope": self.scope,
            "events": list(self.events),
            "links": list(self.links),
        }


def span_detail(payload: bytes, *, logs: Sequence[SpanEvent] = ()) -> SpanDetail:
    """Read the payload of one span, as the store gives it; `logs` are those of the trace."""
    group, span = unpack(payload)[0]
    attributes = attributes_json(span.attributes)
    events = [(event.name, event.time_unix_nano, attributes_json(event.attributes)) for event in span.events]
    mine = [log for log in logs if log.span_id == span.span_id]
    events += [(log.name, (log.time_us or 0) * 1000, _log_fields(log.data)) for log in mine]
    named = [(name, fields) for name, _, fields in events]
    whole = {**_from_events(named), **attributes}
    scope = group.scope
    return SpanDetail(
        attributes=attributes,
        resource=attributes_json(group.resource.attributes),
        scope=f"{scope.name} {scope.version}".strip(),
        input=_first(whole, INPUT),
        output=_first(whole, OUTPUT),
        input_messages=input_messages(whole, named),
        output_messages=output_messages(whole, named),
        tools=parsed(whole.get("gen_ai.tool.definitions")),
        events=[{"name": name, "time_ns": str(time), "attributes": fields} for name, time, fields in events],
        links=[
            {
                "trace_id": link.trace_id.hex(),
                "span_id": link.span_id.hex(),
                "attributes": attributes_json(link.attributes),
            }
            for link in span.links
        ],
    )


def _log_fields(data: bytes) -> dict[str, Json]:
    record = LogRecord.FromString(data)
    body = json_of(record.body)
    fields = attributes_json(record.attributes)
    return {**fields, **body} if isinstance(body, Mapping) else {**fields, "body": body}


def _from_events(events: Sequence[tuple[str, Mapping[str, Json]]]) -> dict[str, Json]:
    """Attributes that came as an event: inputs and outputs may."""
    found: dict[str, Json] = {}
    for _, fields in events:
        found.update({key: value for key, value in fields.items() if key.startswith("gen_ai.")})
    return found


def _first(attributes: Mapping[str, Json], names: Sequence[str]) -> Json:
    return next((parsed(attributes[name]) for name in names if name in attributes), None)
