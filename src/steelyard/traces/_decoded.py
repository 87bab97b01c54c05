"""A request as it was read: spans by resource and scope, and what was rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OtlpSpan


@dataclass(slots=True)
class SpanGroup:
    """The spans of one instrumentation scope of one resource."""

    resource: Resource
    """Who sent them."""
    scope: InstrumentationScope
    """Which instrumentation made them."""
    spans: Sequence[OtlpSpan]
    """In the order of the request."""


@dataclass(slots=True)
class LogGroup:
    """The log records of one instrumentation scope of one resource."""

    resource: Resource
    """Who sent them."""
    scope: InstrumentationScope
    """Which instrumentation made them."""
    records: Sequence[LogRecord]
    """In the order of the request."""


@dataclass(slots=True)
class Decoded:
    """A request, read and not yet believed."""

    spans: list[SpanGroup] = field(default_factory=list)
    """Spans by resource and scope."""
    logs: list[LogGroup] = field(default_factory=list)
    """Log records by resource and scope."""
    rejected: Counter[str] = field(default_factory=Counter)
    """Reason to how many spans or log records could not be read for it."""
    body: bytes = b""
    """The protobuf bytes that hold exactly `spans`; empty when there are none such."""

    @property
    def received(self) -> int:
        """Spans and log records that were sent, readable or not."""
        spans = sum(len(group.spans) for group in self.spans)
        records = sum(len(group.records) for group in self.logs)
        return spans + records + sum(self.rejected.values())
