"""DeepEval's fields, whichever of its spellings a file uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from steelyard.bench._json_rows import Row
from steelyard.bench.importers._values import as_items, as_object, parsed_cell, shown_text
from steelyard.core import Json

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_RENAMED = MappingProxyType({"additional_metadata": "metadata", "classification_data": "metrics_data"})
OWN = frozenset(
    {
        "actual_output",
        "expected_output",
        "retrieval_context",
        "expected_tools",
        "tools_called",
        "source_file",
        "custom_column_key_values",
        "metrics_data",
        "expected_outcome",
        "user_description",
        "chatbot_role",
        "completion_time",
        "token_cost",
    }
)
"""Fields that tell DeepEval's files from other question-and-answer tables, where several are there."""

KNOWN = OWN | frozenset(
    {
        "input",
        "name",
        "context",
        "metadata",
        "comments",
        "tags",
        "turns",
        "scenario",
        "persona",
        "expectations",
        "expectations_data",
        "input_token_count",
        "output_token_count",
        "flaky",
        "success",
        "run_duration",
        "evaluation_cost",
        "order",
        "trace",
        "images_mapping",
        "multimodal",
        "mcp_servers",
        "mcp_tools_called",
        "mcp_resources_called",
        "mcp_prompts_called",
        "id",
    }
)
"""All fields that are read or that say nothing about a case; others are columns of the author's."""


def snake(name: str) -> str:
    """A field's name in lower case with underscores: `actualOutput` is `actual_output`."""
    plain = _HUMP.sub(r"_\1", name.strip()).lower()
    return _RENAMED.get(plain, plain)


def fields(row: Mapping[str, Json]) -> Row:
    """A row with its own fields in one spelling; empty ones are left out."""
    found = {snake(name): value for name, value in row.items()}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def texts(value: Json) -> list[str]:
    """A list of texts, also from a CSV cell where `|` stands between them."""
    found = parsed_cell(value)
    if isinstance(found, str):
        return [part for part in found.split("|") if part]
    return [_passage(item) for item in as_items(found)]


def tool_calls(value: Json) -> list[Row]:
    """Tool calls in the form that metrics read: name, arguments and what came back."""
    calls: list[Row] = []
    for item in as_items(parsed_cell(value)):
        call = fields(as_object(item)) if isinstance(item, Mapping) else {"name": item}
        name = call.get("name")
        if not isinstance(name, str):
            continue
        arguments = call.get("input_parameters", call.get("input"))
        found: Row = {"name": name, "arguments": {} if arguments is None else arguments}
        if "output" in call:
            found["output"] = call["output"]
        calls.append(found)
    return calls


def _passage(item: Json) -> str:
    """A text of a context, which newer versions write as an object with its source."""
    context = as_object(item).get("context")
    return context if isinstance(context, str) else shown_text(item)
