"""Tests kept in files: CSV with promptfoo's special columns, JSON, JSON lines, YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from steelyard.bench._json_rows import Row, json_line_rows
from steelyard.bench._problems import Problems
from steelyard.bench.importers._csv import csv_rows
from steelyard.bench.importers._values import as_items, number_of
from steelyard.bench.importers.promptfoo._folder import ConfigFolder, FileReferenceError
from steelyard.core import Json

_ASSERTION = re.compile(r"(not-)?([a-z][a-z0-9-]*)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?")
_TYPES = frozenset(
    {
        "answer-relevance",
        "bleu",
        "classifier",
        "contains",
        "contains-all",
        "contains-any",
        "contains-html",
        "contains-json",
        "contains-sql",
        "contains-xml",
        "context-faithfulness",
        "context-recall",
        "context-relevance",
        "conversation-relevance",
        "cost",
        "equals",
        "factuality",
        "finish-reason",
        "g-eval",
        "gleu",
        "guardrails",
        "icontains",
        "icontains-all",
        "icontains-any",
        "is-html",
        "is-json",
        "is-refusal",
        "is-sql",
        "is-valid-function-call",
        "is-valid-openai-function-call",
        "is-valid-openai-tools-call",
        "is-xml",
        "javascript",
        "latency",
        "levenshtein",
        "llm-rubric",
        "meteor",
        "model-graded-closedqa",
        "model-graded-factuality",
        "moderation",
        "perplexity",
        "perplexity-score",
        "pi",
        "python",
        "regex",
        "rouge-n",
        "ruby",
        "search-rubric",
        "similar",
        "starts-with",
        "tool-call-f1",
        "trajectory",
        "webhook",
        "word-count",
    }
)
_LISTS = frozenset({"contains-all", "contains-any", "icontains-all", "icontains-any"})
_PROGRAMS = {"javascript:": "javascript", "fn:": "javascript", "eval:": "javascript", "python:": "python"}
_GRADES = ("grade:", "llm-rubric:")
_UNSPLIT_COMMA = re.compile(r"(?<!\\),")


def read_test_file(path: Path, folder: ConfigFolder) -> list[Mapping[str, Json]]:
    """The tests of one file, as promptfoo would write them in a configuration.

    Raises FileReferenceError for a format that is not taken and for what is not a test, InputError for
    broken rows.
    """
    ending = path.suffix.lower()
    if ending in (".csv", ".tsv"):
        return csv_tests(path)
    if ending in (".jsonl", ".ndjson"):
        problems = Problems(path)
        rows: list[Mapping[str, Json]] = [row for _, row in json_line_rows(path, problems)]
        problems.raise_if_any()
        return rows
    if ending not in (".json", ".yaml", ".yml"):
        raise FileReferenceError(
            f"'{path.name}' is no file of tests: write them as CSV, YAML, JSON or JSON lines"
        )
    value = folder.data(path)
    items = as_items(value) if isinstance(value, list) else [value]
    if not all(isinstance(item, Mapping) for item in items):
        raise FileReferenceError(f"'{path.name}' holds something that is not a test")
    return [item for item in items if isinstance(item, Mapping)]


def csv_tests(path: Path) -> list[Mapping[str, Json]]:
    """The tests of a CSV file: a column is a variable, unless its name begins with two underscores."""
    problems = Problems(path)
    tests: list[Mapping[str, Json]] = [test_from_row(row) for _, row in csv_rows(path, problems)]
    problems.raise_if_any()
    return tests


def test_from_row(row: Mapping[str, Json]) -> Row:
    """A test from one row of a table."""
    variables: Row = {}
    asserts: list[Row] = []
    options: Row = {}
    metadata: Row = {}
    test: Row = {"vars": variables, "options": options, "metadata": metadata}
    thresholds: dict[int, float] = {}
    metric = None
    for name, cell in row.items():
        text = cell if isinstance(cell, str) else "" if cell is None else str(cell)
        if not name.startswith("__"):
            variables[name] = cell
        elif name.startswith("__expected"):
            if text.strip():
                asserts.append(assertion(text.strip()))
        elif name in ("__prefix", "__suffix"):
            options[name[2:]] = text
        elif name == "__description":
            test["description"] = text
        elif name == "__metric":
            metric = text
        elif name == "__threshold":
            test["threshold"] = number_of(text) if text.strip() else None
        elif name.startswith("__metadata:") and text.strip():
            _put_metadata(metadata, name.removeprefix("__metadata:"), text)
        elif name.startswith("__config:") and name.endswith(":threshold"):
            number = re.sub(r"\D", "", name.split(":")[1]) or "1"
            thresholds[int(number[:4]) - 1] = number_of(text) or 0.0
    for index, item in enumerate(asserts):
        item.update({"metric": metric} if metric else {})
        item.update({"threshold": thresholds[index]} if index in thresholds else {})
    test["assert"] = list(asserts)
    return test


def assertion(text: str) -> Row:
    """The assert in a cell: `contains: x`, `similar(0.8): x`; anything else is the answer wanted."""
    for beginning, kind in _PROGRAMS.items():
        if text.startswith(beginning):
            return {"type": kind, "value": text.removeprefix(beginning).strip()}
    for beginning in _GRADES:
        if text.startswith(beginning):
            return {"type": "llm-rubric", "value": text.removeprefix(beginning)}
    match = _ASSERTION.fullmatch(text)
    if match is None or match.group(2) not in _TYPES:
        return {"type": "equals", "value": text}
    negation, kind, threshold, value = match.groups()
    found: Row = {"type": f"{negation or ''}{kind}"}
    if kind in _LISTS and value:
        found["value"] = [part.strip().strip('"') for part in value.split(",")]
    elif value is not None:
        found["value"] = value.strip()
    if threshold is not None:
        found["threshold"] = float(threshold)
    return found


def has_test_columns(header: Sequence[str]) -> bool:
    """Whether a table's header has columns that only promptfoo's files of tests have."""
    return any(
        re.fullmatch(r"__expected\d*|__metadata:.+|__description|__metric|__threshold", name.strip())
        for name in header
    )


def _put_metadata(metadata: Row, name: str, text: str) -> None:
    if name.endswith("[]"):
        parts = [part.strip().replace("\\,", ",") for part in _UNSPLIT_COMMA.split(text)]
        metadata[name.removesuffix("[]")] = list(parts)
    else:
        metadata[name] = text
