"""A look through payloads for an attribute that no column holds: bounded, and told how far it got."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from sqlalchemy import Connection, Select, select

from steelyard.core import Clock
from steelyard.store._span_schema import span_blocks
from steelyard.traces import has_attribute, unpack

_TOGETHER = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for, and how long."""

    attribute: str
    """The attribute's name."""
    value: str
    """Its value as text."""
    project_no: int | None
    """Whose spans; None for all."""
    limit: int
    """At most this many matches."""
    budget: int
    """At most about this many spans."""
    seconds: float
    """At most about this long."""


@dataclass(slots=True)
class Progress:
    """How far it got."""

    matches: list[int]
    """Numbers of matching spans, newest first."""
    before: int | None
    """The oldest number that was looked at."""
    scanned: int = 0
    """Spans looked at."""
    complete: bool = False
    """Whether nothing is left."""


def look(
    connect: Callable[[], Any],
    sought: Sought,
    before: int | None,
    *,
    unpacked: Callable[[Any], bytes],
    clock: Clock,
) -> Progress:
    """Look through blocks, newest first, from before a number on."""
    progress = Progress([], before)
    may_hold = _filter(sought.attribute, sought.value)
    until = clock.monotonic() + sought.seconds
    while True:
        with connect() as connection:
            blocks = connection.execute(_blocks(progress.before, sought.project_no)).all()
        if not blocks:
            progress.complete = True
            return progress
        for block in blocks:
            _look_into(block, sought, progress, unpacked(block), may_hold)
            is_over = progress.scanned >= sought.budget or clock.monotonic() >= until
            if is_over or len(progress.matches) >= sought.limit:
                with connect() as connection:
                    progress.complete = not _any_left(connection, progress.before, sought.project_no)
                return progress


def _blocks(before: int | None, project_no: int | None) -> Select[Any]:
    query = select(span_blocks).order_by(span_blocks.c.no.desc()).limit(_TOGETHER)
    if before is not None:
        query = query.where(span_blocks.c.no < before)
    return query if project_no is None else query.where(span_blocks.c.project_no == project_no)


def _any_left(connection: Connection, before: int | None, project_no: int | None) -> bool:
    numbers = _blocks(before, project_no).with_only_columns(span_blocks.c.no).limit(1)
    return connection.scalar(numbers) is not None


def _look_into(
    block: Any, sought: Sought, progress: Progress, data: bytes, may_hold: Callable[[bytes], bool]
) -> None:
    """Look at the spans of a block below the number that was reached."""
    end = block.no + block.spans if progress.before is None else min(block.no + block.spans, progress.before)
    reached = block.no
    if may_hold(data):
        for place, (group, span) in reversed(list(enumerate(unpack(data)))):
            number = block.no + place
            if number < end and span.span_id and has_attribute(group, span, sought.attribute, sought.value):
                progress.matches.append(number)
                if len(progress.matches) >= sought.limit:
                    reached = number
                    break
    progress.scanned += max(0, end - reached)
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
