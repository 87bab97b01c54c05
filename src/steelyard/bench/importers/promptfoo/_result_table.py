"""Results of promptfoo as CSV: variables, then a group of columns for each prompt at each provider."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from steelyard.bench._imported import Imported
from steelyard.bench._json_rows import Row
from steelyard.bench.importers.promptfoo._results import ResultsFile, import_results
from steelyard.core import InputError, Json
from steelyard.text import read_lines

_PROMPT = re.compile(r"\[(.+?)\] (.*)", re.DOTALL)
_STATES = ("PASS", "FAIL", "ERROR")
_OLD_CELL = re.compile(r"\[(PASS|FAIL|ERROR)\]\s?(?:(.*?)\n---\n)?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Group:
    """The columns of one prompt at one provider."""

    provider: str
    prompt: str
    start: int
    columns: dict[str, int]


def is_table_of_results(head: bytes) -> bool:
    """Whether a file begins as a table of results: `[provider] prompt` columns, a state in each."""
    text = head.decode("utf-8", "replace")
    rows = csv.reader(io.StringIO(text))
    try:
        header, first = next(rows, []), next(rows, [])
    except csv.Error:
        return False
    groups = _groups(header)
    return any(_state(group, first) for group in groups)


def import_result_table(path: Path) -> Imported:
    """Cases and runs of a table of results."""
    rows = _read(path)
    (_, header), body = rows[0], rows[1:]
    groups = _groups(header)
    first = min(group.start for group in groups)
    names = [(index, name) for index, name in enumerate(header[:first]) if name != "Description"]
    about = header.index("Description") if "Description" in header[:first] else None
    results: list[tuple[int, Row]] = []
    for number, (line, cells) in enumerate(body):
        padded = [*cells, *[""] * (len(header) - len(cells))]
        variables: Row = {name: padded[index] for index, name in names if padded[index]}
        test: Row = {"vars": variables, "description": padded[about] if about is not None else ""}
        for column, group in enumerate(groups):
            row = {**_result(group, padded), "vars": variables, "testCase": test}
            results.append((line, {**row, "testIdx": number, "promptIdx": column}))
    lost = "asserts, times, costs and errors of graders are not in CSV: import the JSON results to keep them"
    return import_results(ResultsFile(rows=results, notes=(lost,)), path)


def _read(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader((text for _, text in read_lines(path, keep_ends=True)), strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise InputError(
            f"is not CSV: {error}", where=f"{path}:{reader.line_num}", hint="Export it again"
        ) from error


def _groups(header: Sequence[str]) -> list[_Group]:
    groups: list[_Group] = []
    for index, name in enumerate(header):
        match = _PROMPT.fullmatch(name)
        if match:
            groups.append(_Group(match.group(1), match.group(2), index, {}))
        elif groups:
            groups[-1].columns[name] = index
    return groups


def _state(group: _Group, cells: Sequence[str]) -> str:
    index = group.columns.get("Status")
    if index is not None:
        return cells[index] if index < len(cells) and cells[index] in _STATES else ""
    match = _OLD_CELL.fullmatch(cells[group.start]) if group.start < len(cells) else None
    return match.group(1) if match else ""


def _result(group: _Group, cells: Sequence[str]) -> Row:
    state, answer, reason = _state(group, cells), cells[group.start], _cell(group, cells, "Grader Reason")
    match = _OLD_CELL.fullmatch(answer) if "Status" not in group.columns else None
    if match:
        answer, reason = match.group(3), match.group(2) or ""
    score = _cell(group, cells, "Score")
    named: Row = {
        name.removeprefix("Metric: "): float(cells[index])
        for name, index in group.columns.items()
        if name.startswith("Metric: ") and re.fullmatch(r"-?\d+(\.\d+)?", cells[index])
    }
    failed = state == "ERROR"
    response: Json = {"output": None if failed else answer}
    return {
        "prompt": {"raw": group.prompt, "label": group.prompt},
        "provider": {"id": group.provider},
        "response": response,
        "success": state == "PASS" if state else None,
        "score": float(score) if re.fullmatch(r"-?\d+(\.\d+)?", score) else None,
        "failureReason": 2 if failed else 0,
        "error": (reason or answer or "error") if failed else None,
        "namedScores": named,
        "gradingResult": {"reason": reason, "comment": _cell(group, cells, "Comment")},
    }


def _cell(group: _Group, cells: Sequence[str], name: str) -> str:
    index = group.columns.get(name)
    return "" if index is None or index >= len(cells) else cells[index]
