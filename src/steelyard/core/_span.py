"""A span: one step of a system's work, in canonical shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.core._json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One step of a trace: a model call, a tool call, a retrieval, an agent's turn."""

    name: str
    """What was called: the model, the tool, the function."""
    kind: str = "step"
    """`agent`, `llm`, `tool`, `retriever`, `step`."""
    span_id: str = ""
    """Identifier within the trace; empty where the recorder gave none."""
    parent_id: str = ""
    """The enclosing span; empty at the root."""
    start_s: float | None = None
    """Start, in seconds since 1970."""
    duration_s: float | None = None
    """Duration in seconds."""
    input: Json = None
    """What went in; for a tool call, its arguments."""
    output: Json = None
    """What came out."""
    error: str = ""
    """The error text, empty when the step succeeded."""
    attributes: Mapping[str, Json] = field(default_factory=dict)
    """Everything else the recorder said."""

    def as_json(self) -> dict[str, Json]:
        """The JSON form, without fields that hold their default."""
        optional: dict[str, Json] = {
            "span_id": self.span_id,
            "parent_id": self.parent_id,
            "start_s": self.start_s,
            "duration_s": self.duration_s,
            "input": self.input,
            "output": self.output,
            "error": self.error,
            "attributes": dict(self.attributes),
        }
        kept = {
            key: value
            for key, value in optional.items()
            if value is not None and (value not in ("", {}) or key in ("input", "output"))
        }
        return {"name": self.name, "kind": self.kind, **kept}


def span_from_json(row: Mapping[str, Json]) -> Span:
    """A span from its JSON form; missing fields take their defaults, foreign ones go to `attributes`."""
    known = {"name", "kind", "span_id", "parent_id", "start_s", "duration_s", "input", "output", "error"}
    extra = {key: value for key, value in row.items() if key not in known and key != "attributes"}
    attributes = row.get("attributes")
    return Span(
        name=str(row.get("name") or ""),
        kind=str(row.get("kind") or "step"),
        span_id=str(row.get("span_id") or ""),
        parent_id=str(row.get("parent_id") or ""),
        start_s=_seconds(row.get("start_s")),
        duration_s=_seconds(row.get("duration_s")),
        input=row.get("input"),
        output=row.get("output"),
        error=str(row.get("error") or ""),
        attributes={**(attributes if isinstance(attributes, Mapping) else {}), **extra},
    )


def _seconds(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
