"""Fine-tuning files of OpenAI: conversations whose last answer is the expectation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench._options import ImportOptions
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._tool_rows import head_fields, load_export, numbered, top_fields
from steelyard.bench.importers._values import as_items, as_object, parsed_cell, text_at
from steelyard.core import Json

_SETTINGS = ("tools", "functions", "parallel_tool_calls", "function_call", "tool_choice", "response_format")
_FIELDS = frozenset({"messages", *_SETTINGS})
_PREFERENCE = frozenset({"input", "preferred_output", "non_preferred_output"})


@dataclass(frozen=True, slots=True)
class OpenAIFineTuningImporter:
    """`{"messages": […], "tools": […]}` lines, and the preference lines of DPO."""

    title: str = "OpenAI fine-tuning file"

    def sniff(self, path: Path, head: bytes) -> float:
        """Sure when a line holds messages and nothing that this format does not know."""
        if path.is_dir() or not head.lstrip().startswith(b"{"):
            return 0.0
        fields, top = head_fields(head), top_fields(head)
        if top >= _PREFERENCE:
            return 0.95
        chat = {"messages.role", "messages.content"} <= fields and b'"assistant"' in head
        return 0.7 if chat and top <= _FIELDS else 0.0

    def read(self, path: Path, options: ImportOptions) -> Imported:  # noqa: ARG002  the fields are fixed
        """Each conversation up to its last answer as a case."""
        gathered = Gathering(path, "openai-finetuning")
        called = False
        for line, row in numbered(load_export(path, gathered), gathered):
            case = _preference(row, gathered) if "preferred_output" in row else _conversation(row, gathered)
            if case is None:
                gathered.report(line, "messages", "holds no answer of the assistant to expect")
                continue
            asked = case["input"]
            case["id"] = gathered.fresh_id(gathered.derived_id(asked))
            called = called or isinstance(case["expected"], Mapping)
            gathered.take_case(line, case)
        return gathered.imported(metrics=("tool_calls",) if called else ())


def _conversation(row: Row, gathered: Gathering) -> Row | None:
    messages = as_items(row.get("messages"))
    spoken = [index for index, item in enumerate(messages) if as_object(item).get("role") == "assistant"]
    if not spoken or not spoken[-1]:
        return None
    last = spoken[-1]
    gathered.count("messages after the last answer, left out", len(messages) - last - 1)
    if len(spoken) > 1:
        gathered.count("conversations with earlier answers, which stay part of the input")
    asked = [_plain(item) for item in messages[:last]]
    return _case(asked, as_object(messages[last]), row, gathered)


def _preference(row: Row, gathered: Gathering) -> Row | None:
    given = as_object(row.get("input"))
    answers = [as_object(item) for item in as_items(row.get("preferred_output"))]
    answers = [item for item in answers if item.get("role") == "assistant"]
    if not answers:
        return None
    gathered.count("answers that were not preferred, left out")
    return _case(list(as_items(given.get("messages"))), answers[-1], given, gathered)


def _case(asked: list[Json], answer: Mapping[str, Json], row: Mapping[str, Json], gathered: Gathering) -> Row:
    kept = {name: row[name] for name in _SETTINGS if row.get(name) not in (None, [], {})}
    if "tools" in kept or "functions" in kept:
        gathered.count("cases with tools, kept as metadata: give them to the target")
    return {"input": asked, "expected": _expected(answer), "metadata": kept}


def _expected(answer: Mapping[str, Json]) -> Json:
    """The text, or the calls as `{"tool_calls": [{"name", "arguments"}]}` with the text beside them."""
    calls = [as_object(as_object(call).get("function")) for call in as_items(answer.get("tool_calls"))]
    if isinstance(answer.get("function_call"), Mapping):
        calls.append(as_object(answer["function_call"]))
    content = answer.get("content")
    if isinstance(content, list):
        content = "".join(text_at(as_object(part), "text") for part in content)
    if not calls:
        return content
    listed: list[Json] = [
        {"name": call.get("name"), "arguments": parsed_cell(call.get("arguments"))} for call in calls
    ]
    return {"tool_calls": listed, **({"text": content} if content else {})}


def _plain(message: Json) -> Json:
    """A message without the weight that only training reads."""
    if not isinstance(message, Mapping):
        return message
    return {name: value for name, value in message.items() if name != "weight"}


IMPORTER = OpenAIFineTuningImporter()
