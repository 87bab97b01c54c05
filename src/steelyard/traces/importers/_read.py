"""A trace file by its content: OTLP in JSON, JSON lines or protobuf, or another tool's export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal

from steelyard.bench import detect_format
from steelyard.core import InputError, Json, UsageError, parse_json
from steelyard.text import ReadLimits, open_text_bytes, read_lines
from steelyard.traces._decoded import Decoded
from steelyard.traces._limits import IngestLimits
from steelyard.traces._otlp_json import decode_document
from steelyard.traces._protobuf import decode_protobuf
from steelyard.traces.importers._chat import chat_drafts, is_chat
from steelyard.traces.importers._draft import as_request
from steelyard.traces.importers._langfuse import is_langfuse, langfuse_drafts
from steelyard.traces.importers._recorded import recorded_requests
from steelyard.traces.importers._tables import table_rows

FORMATS = ("auto", "otlp-json", "otlp-protobuf", "langfuse", "chat", "tau-bench", "inspect")
"""What `--format` may say; any other format of recorded outputs is found by itself."""

_HEAD = 1 << 16
_LARGEST = 2**30
_LIMITS = ReadLimits(total=_LARGEST)
_TRACES = 200
_FILE_SPANS = 5_000_000


def read_trace_file(path: Path, file_format: str = "auto") -> Iterator[Decoded]:
    """The spans of a file, as requests of a bounded size.

    Raises InputError for a file that is of no known format or broken, and UsageError for an unknown format.
    """
    if file_format not in FORMATS:
        raise UsageError(
            f"'{file_format}' is no format of traces", where="--format", hint=f"Known: {', '.join(FORMATS)}"
        )
    chosen = _detect(path) if file_format == "auto" else file_format
    limits = IngestLimits(body_bytes=_LARGEST, spans=_FILE_SPANS)
    if chosen == "otlp-protobuf":
        yield _protobuf(_whole(path), limits, str(path))
    elif chosen == "otlp-json":
        yield from _otlp(path, limits)
    elif chosen == "langfuse":
        drafts = langfuse_drafts(_rows(path) if _is_json(path) else table_rows(path, limits=_LIMITS))
        for names in _chunks([name for name in drafts if drafts[name]]):
            yield as_request({name: drafts[name] for name in names}, service="", source="langfuse")
    elif chosen == "chat":
        calls = chat_drafts(row for row in _rows(path) if is_chat(row))
        while part := dict(islice(calls, _TRACES)):
            yield as_request(part, service="", source="chat")
    else:
        yield from recorded_requests(path, chosen)


def _detect(path: Path) -> str:
    with open_text_bytes(path, limits=_LIMITS) as file:
        head = file.read(_HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise InputError("the file is empty", where=str(path), hint="Name a file of traces")
    if head[:1] == b"\n" and start[:1] not in (b"{", b"["):
        return "otlp-protobuf"
    if start[:1] == b"{" and (b'"resourceSpans"' in head or b'"resourceLogs"' in head):
        return "otlp-json"
    if path.suffix in (".pb", ".bin", ".binpb"):
        return "otlp-protobuf"
    if start[:1] in (b"{", b"["):
        found = _by_first_row(path)
        if found:
            return found
    return detect_format(path)


def _is_json(path: Path) -> bool:
    with open_text_bytes(path, limits=_LIMITS) as file:
        return file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _by_first_row(path: Path) -> str:
    try:
        row = next(_rows(path), None)
    except InputError:
        return ""
    if row is None:
        return ""
    return "langfuse" if is_langfuse(row) else "chat" if is_chat(row) and "traj" not in row else ""


def _whole(path: Path) -> bytes:
    with open_text_bytes(path, limits=_LIMITS) as file:
        return file.read()


def _protobuf(data: bytes, limits: IngestLimits, where: str) -> Decoded:
    """Traces or logs: a request does not say which it is, but only one reading gives ids."""
    signals: tuple[Literal["traces", "logs"], ...] = ("traces", "logs")
    try:
        readings = [decode_protobuf(data, signal, limits=limits) for signal in signals]
    except InputError as error:
        raise InputError(error.message, where=where, hint=error.hint) from None
    traces, logs = readings
    usable = sum(len(span.trace_id) == 16 for group in traces.spans for span in group.spans)
    return traces if usable or not logs.logs else logs


def _otlp(path: Path, limits: IngestLimits) -> Iterator[Decoded]:
    for document in _documents(path):
        rows = document if isinstance(document, list) else [document]
        for row in rows:
            for key, signal in (("resourceSpans", "traces"), ("resourceLogs", "logs")):
                if isinstance(row, Mapping) and key in row:
                    yield decode_document(row, "traces" if signal == "traces" else "logs", limits=limits)


def _rows(path: Path) -> Iterator[Mapping[str, Json]]:
    """Rows of a list, of a page (`data`, or `traces` alone), or of JSON lines."""
    for document in _documents(path):
        found: Json = document
        if isinstance(found, Mapping):
            lists = [value for value in found.values() if isinstance(value, list)]
            page = found.get("data", found.get("traces") if len(lists) == 1 else None)
            found = page if isinstance(page, list) else [found]
        for row in found if isinstance(found, list) else ():
            if isinstance(row, Mapping):
                yield row


def _documents(path: Path) -> Iterator[Json]:
    """One JSON document, or one a line."""
    first_line = True
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            document = parse_json(line)
        except ValueError:
            if first_line:
                break
            raise InputError("a line is no JSON", where=f"{path}:{number}", hint="Mend the file") from None
        first_line = False
        yield document
    else:
        return
    try:
        yield parse_json(_whole(path))
    except ValueError as error:
        raise InputError(f"is no JSON: {error}", where=str(path), hint="Mend the file") from None


def _chunks(names: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(names), _TRACES):
        yield names[first : first + _TRACES]
