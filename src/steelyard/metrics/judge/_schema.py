"""JSON schemas of verdicts, in the strict form that servers hold models to."""

from __future__ import annotations

from collections.abc import Mapping

from steelyard.core import Json

TEXT: Json = {"type": "string"}


def closed(properties: Mapping[str, Json]) -> Json:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def verdict_schema(properties: Mapping[str, Json]) -> Json:
    """A verdict: its code first, then these properties, in this order."""
    return closed({"code": TEXT, **properties})


def response_format(schema: Json) -> dict[str, Json]:
    """The setting that makes a server of chat completions hold answers to a schema."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "verdict", "strict": True, "schema": schema},
    }
