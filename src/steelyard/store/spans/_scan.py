"""A look through payloads for an attribute that no column holds: bounded, and told how far it got."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from sqlalchemy import Connection, Select, select

from steelyard.core import Clock
from steelyard.store._span_schema import span_blocks
from steelyard.traces import BLOCK_SPANS, ScanQuery, has_attribute, unpack

_TOGETHER = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Which numbers."""

    project_no: int | None
    """Whose spans; None for all."""
    low: int
    """The first number."""
    before: int
    """The first number after it."""


@dataclass(slots=True)
class Progress:
    """How far it got."""

    before: int
    """The oldest number that was looked at."""
    matches: list[int] = field(default_factory=list)
    """Numbers of matching spans, newest first."""
    scanned: int = 0
    """Spans looked at."""
    complete: bool = False
    """Whether nothing is left."""


def look(
    connect: Callable[[], AbstractContextManager[Connection]],
    query: ScanQuery,
    bounds: Bounds,
    *,
    unpacked: Callable[[Any], bytes],
    clock: Clock,
) -> Progress:
    """Look through blocks, newest first; `unpacked` gives the bytes of a block."""
    progress = Progress(bounds.before)
    may_hold = _filter(query.attribute, query.value)
    until = clock.monotonic() + query.seconds
    while True:
        with connect() as connection:
            blocks = connection.execute(_blocks(progress.before, bounds)).all()
        if not blocks:
            progress.complete = True
            return progress
        for block in blocks:
            _look_into(block, query, progress, bounds.low, data=unpacked(block), may_hold=may_hold)
            is_over = progress.scanned >= query.budget or clock.monotonic() >= until
            if is_over or len(progress.matches) >= query.limit:
                with connect() as connection:
                    progress.complete = not _any_left(connection, progress.before, bounds)
                return progress


def _blocks(before: int, bounds: Bounds) -> Select[Any]:
    c = span_blocks.c
    query = select(span_blocks).where(c.no > bounds.low - BLOCK_SPANS, c.no < before)
    if bounds.project_no is not None:
        query = query.where(c.project_no == bounds.project_no)
    return query.order_by(c.no.desc()).limit(_TOGETHER)


def _any_left(connection: Connection, before: int, bounds: Bounds) -> bool:
    if before <= bounds.low:
        return False
    return connection.scalar(_blocks(before, bounds).with_only_columns(span_blocks.c.no).limit(1)) is not None


def _look_into(
    block: Any,
    query: ScanQuery,
    progress: Progress,
    low: int,
    *,
    data: bytes,
    may_hold: Callable[[bytes], bool],
) -> None:
    """Look at the spans of a block below the number that was reached."""
    first, end = max(block.no, low), min(block.no + block.spans, progress.before)
    reached = block.no
    if may_hold(data):
        for place, (group, span) in reversed(list(enumerate(unpack(data)))):
            number = block.no + place
            if not (first <= number < end and span.span_id):
                continue
            if has_attribute(group, span, query.attribute, query.value):
                progress.matches.append(number)
                if len(progress.matches) >= query.limit:
                    reached = first = number
                    break
    progress.scanned += max(0, end - first)
    progress.before = reached


def _filter(attribute: str, value: str) -> Callable[[bytes], bool]:
    """Whether a block may hold the attribute: tells most blocks that do not, without parsing them."""
    key = attribute.encode("utf-8", "replace")
    forms = _forms(value)
    return lambda data: key in data and (not forms or any(form in data for form in forms))


def _forms(value: str) -> Sequence[bytes]:
    """How a value may be written in protobuf; none where it may be written in too many ways."""
    if value[:1] in ("[", "{", "") or "\ufffd" in value:
        return ()
    forms = [value.encode("utf-8", "replace")]
    try:
        plain = json.loads(value)
    except ValueError:
        plain = None
    if isinstance(plain, bool):
        forms.append(AnyValue(bool_value=plain).SerializeToString())
    elif isinstance(plain, int) and -(2**63) <= plain < 2**63:
        forms += [AnyValue(int_value=plain).SerializeToString(), struct.pack("<d", plain)]
    elif isinstance(plain, float):
        forms.append(struct.pack("<d", plain))
    return () if value.lower().lstrip("-") in ("nan", "inf") else forms
