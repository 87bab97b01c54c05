"""Exports of tools as rows, whatever they are written in, and a look at their fields beforehand."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from steelyard.bench._json_rows import Row
from steelyard.bench._problems import shown
from steelyard.bench.importers._csv import csv_rows
from steelyard.bench.importers._gathering import Gathering
from steelyard.bench.importers._values import as_items, check_plain, parse_tool_json, parsed_cell
from steelyard.core import InputError, Json
from steelyard.text import ReadLimits, open_text_bytes, read_lines, read_text

_LARGEST = ReadLimits(line=2 * 2**30)
_DEEPEST_KEY = 3
_TOKEN = re.compile(r'"(?P<key>(?:[^"\\]|\\.)*)"(?=\s*:)|"(?:[^"\\]|\\.)*"|[{}"]', re.DOTALL)
_MOST_KEYS = 2000


def load_export(path: Path, gathered: Gathering) -> Json:
    """A JSON file's value, or the list of rows of JSON lines or CSV; broken rows go to the problems.

    Numbers that JSON does not know are counted. Raises InputError when a JSON file is broken as a whole.
    """
    lost: Counter[str] = Counter()
    with open_text_bytes(path) as stream:
        head = stream.read(65_536).removeprefix(b"\xef\xbb\xbf")
    kind = written_as(path, head)
    if kind == "json":
        try:
            value = parse_tool_json(read_text(path, limits=_LARGEST), lost)
            if isinstance(value, dict):
                check_plain(value)
        except ValueError as error:
            raise InputError(f"the file {error}", where=str(path), hint="Export it again") from error
    elif kind == "csv":
        rows = csv_rows(path, gathered.problems)
        value = [{"": line, **{name: parsed_cell(cell) for name, cell in row.items()}} for line, row in rows]
    else:
        value = list(_json_lines(path, gathered, lost))
    if lost:
        names = ", ".join(sorted(lost))
        gathered.count(f"numbers that JSON does not know ({names}), left out", lost.total())
    return value


def numbered(rows: Json, gathered: Gathering, *, place: str = "") -> Iterator[tuple[int, Row]]:
    """Line or position and object of each row; what is no object goes to the problems."""
    for number, item in enumerate(as_items(rows), start=1):
        if not isinstance(item, dict):
            gathered.report(number, place, f"is {shown(item, 30)}, not an object")
            continue
        line = item.get("", number)
        row = {name: value for name, value in item.items() if name}
        try:
            check_plain(row)
        except ValueError as error:
            gathered.report(line if isinstance(line, int) else number, place, str(error))
            continue
        yield line if isinstance(line, int) else number, row


def written_as(path: Path, head: bytes) -> str:
    """`json`, `jsonl` or `csv`, by the first characters and the name."""
    text = head.lstrip()
    if text.startswith(b"["):
        return "json"
    if not text.startswith(b"{"):
        return "csv"
    if any(suffix.lower() in (".jsonl", ".ndjson") for suffix in path.suffixes):
        return "jsonl"
    first, _, rest = text.partition(b"\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return "json"
    return "jsonl" if rest.lstrip().startswith(b"{") else "json"


@lru_cache(maxsize=4)
def head_fields(head: bytes) -> frozenset[str]:
    """Names of the fields in the first record that a file's head shows, dotted, three levels deep.

    Lists are looked through: `[{"run": {"id": 1}}]` has `run` and `run.id`. For text that is not JSON:
    the columns of the first line. An API's page (`{"data": […], "meta": …}`) is read as its data.
    """
    text = head.decode("utf-8", "replace").lstrip()
    if not text.startswith(("{", "[")):
        return _columns(text)
    found = _json_fields(text)
    top = {name for name in found if "." not in name}
    if "data" in top and top <= {"data", "meta", "next", "cursor"}:
        return frozenset(name.removeprefix("data.") for name in found)
    return frozenset(found)


def top_fields(head: bytes) -> frozenset[str]:
    """The names of `head_fields` that stand at the top."""
    return frozenset(name for name in head_fields(head) if "." not in name)


def _json_lines(path: Path, gathered: Gathering, lost: Counter[str]) -> Iterator[Json]:
    for line, text in read_lines(path):
        if not text or text.isspace():
            continue
        try:
            value = parse_tool_json(text, lost)
        except ValueError as error:
            gathered.report(line, "", str(error))
            continue
        if isinstance(value, dict):
            yield {"": line, **value}
        else:
            gathered.report(line, "", f"is {shown(value, 30)}, not an object")


def _columns(text: str) -> frozenset[str]:
    line = text.split("\n", 1)[0].strip()
    best = max((line.count(mark), mark) for mark in ",\t;")[1]
    try:
        return frozenset(name.strip() for row in csv.reader([line], delimiter=best) for name in row if name)
    except csv.Error:
        return frozenset()


def _json_fields(text: str) -> set[str]:
    """Field names by a scan that does not need the text to be whole."""
    found: set[str] = set()
    path: list[str] = []
    for match in _TOKEN.finditer(text):
        met = match.group()
        if met == '"' or len(found) >= _MOST_KEYS:
            break
        if met == "{":
            path.append("")
        elif met == "}":
            if len(path) < 2:
                break
            path.pop()
        elif path and match["key"] is not None:
            path[-1] = match["key"]
            if len(path) <= _DEEPEST_KEY:
                found.add(".".join(path))
    return found
