"""A tool's arguments as JSON."""

from __future__ import annotations

from steelyard.core import Json
from steelyard.metrics._answer import read_json


def parsed(arguments: Json) -> Json:
    """Arguments that came as JSON text, as providers send them, parsed; other text stays text; none is {}."""
    if arguments is None:
        return {}
    if not isinstance(arguments, str):
        return arguments
    try:
        return read_json(arguments)
    except ValueError:
        return arguments
