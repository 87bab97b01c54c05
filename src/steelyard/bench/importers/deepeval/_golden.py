"""Goldens and test cases of DeepEval to cases."""

from __future__ import annotations

import re
from collections.abc import Mapping

from steelyard.bench._json_rows import Row
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._values import as_items, as_object, parsed_cell
from steelyard.bench.importers.deepeval._fields import KNOWN, fields, texts, tool_calls
from steelyard.core import Json, content_hash

_NUMBERED = re.compile(r"(conversational_)?test_case_\d+")
_ROLES = ("user", "assistant", "system", "tool")
_SOME_USER = "A user of the system."


class GoldenReader:
    """Keeps a case for each golden, and knows which id it got."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._known: dict[str, str] = {}

    def take(self, line: int, row: Row) -> str | None:
        """The case of a row in one spelling; None once a problem was reported.

        Rows that ask and expect the same are one case, so that repeats become epochs.
        """
        asked = self._conversation(line, row) if is_conversation(row) else self._question(line, row)
        if asked is None:
            return None
        case: Row = {**asked, "metadata": _metadata(row)}
        context = texts(row.get("context"))
        case["context"] = list(context) or None
        key = content_hash([case.get(name) for name in ("input", "turns", "scenario", "expected", "context")])
        if key not in self._known:
            wanted = self._wanted(row, case)
            found = self._gathering.take_case(line, {**case, "id": self._gathering.fresh_id(wanted)})
            if found is None:
                return None
            self._known[key] = found
        return self._known[key]

    def _wanted(self, row: Row, case: Row) -> str:
        name = row.get("name")
        if isinstance(name, str) and name.strip() and not _NUMBERED.fullmatch(name.strip()):
            return name.strip()
        return self._gathering.derived_id(case.get("input"), case.get("turns"), case.get("scenario"))

    def _question(self, line: int, row: Row) -> Row | None:
        question = row.get("input")
        if not isinstance(question, str | list | Mapping) or not question:
            self._gathering.report(line, "input", "is missing: a golden needs an input, a scenario or turns")
            return None
        return {"input": question, "expected": _expected(row)}

    def _conversation(self, line: int, row: Row) -> Row | None:
        """A scripted or simulated conversation: the user's side of it is what is asked."""
        said = [
            {"role": "user", "content": str(turn.get("content") or "")}
            for turn in turns(row)
            if turn.get("role") == "user"
        ]
        scenario = row.get("scenario")
        persona = as_object(row.get("persona"))
        if isinstance(scenario, str):
            user = row.get("user_description") or persona.get("characteristics") or persona.get("name")
            asked: Row = {
                "scenario": {"persona": user if isinstance(user, str) else _SOME_USER, "goal": scenario}
            }
        elif said:
            asked = {"turns": list(said)}
        else:
            self._gathering.report(line, "turns", "holds nothing that a user says, and there is no scenario")
            return None
        outcome = row.get("expected_outcome")
        return {**asked, "expected": outcome if isinstance(outcome, str) else None}


def is_conversation(row: Row) -> bool:
    """Whether a row is a conversation: it has a scenario or turns, and no input."""
    return "input" not in row and bool({"scenario", "turns"} & row.keys())


def turns(row: Row) -> list[Row]:
    """The turns of a conversation in their order, in one spelling."""
    found = [fields(as_object(item)) for item in as_items(parsed_cell(row.get("turns")))]
    return [turn for turn in found if turn.get("role") in _ROLES]


def _expected(row: Row) -> Json:
    """The expected text, the expected tool calls, or an object of both that either metric reads."""
    text = row.get("expected_output")
    calls: list[Json] = [
        {"name": call["name"], "arguments": call["arguments"]}
        for call in tool_calls(row.get("expected_tools"))
    ]
    if not calls:
        return text
    return {"tool_calls": calls, **({"text": text} if text is not None else {})}


def _metadata(row: Row) -> Row:
    """The author's metadata and columns, tags, comments, and columns that DeepEval does not know."""
    author = as_object(parsed_cell(row.get("metadata")))
    columns = as_object(parsed_cell(row.get("custom_column_key_values")))
    own: Row = {
        name: row[name] for name in ("comments", "source_file", "expectations", "chatbot_role") if name in row
    }
    tags = [tag for tag in as_items(row.get("tags")) if isinstance(tag, str)]
    if tags:
        own["tag" if len(tags) == 1 else "tags"] = tags[0] if len(tags) == 1 else list(tags)
    if "actual_output" not in row and "retrieval_context" in row:
        own["retrieval_context"] = list(texts(row["retrieval_context"]))
    said = turns(row)
    if "scenario" in row and said and not any(turn["role"] == "assistant" for turn in said):
        own["turns"] = list(said)
    foreign = {name: value for name, value in row.items() if name not in KNOWN}
    return {**foreign, **own, **columns, **author}
