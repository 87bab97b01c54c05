"""From a request to the store: checked, redacted, mapped, stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from steelyard.core import InputError
from steelyard.traces._batch import SpanBatch, SpanEvent, SpanScore, Stored
from steelyard.traces._check import reject_broken
from steelyard.traces._decoded import Decoded
from steelyard.traces._evaluations import EVALUATION, evaluation, may_judge, span_scores
from steelyard.traces._human import human_feedback
from steelyard.traces._limits import IngestLimits
from steelyard.traces._mapping import Mapper
from steelyard.traces._otlp_json import decode_json
from steelyard.traces._pack import pack
from steelyard.traces._protobuf import decode_protobuf
from steelyard.traces._record import SpanRow
from steelyard.traces._redact import Redaction
from steelyard.traces._redact_walk import redact
from steelyard.traces._redaction import SpanRedaction
from steelyard.traces._store import SpanSink
from steelyard.traces._values import attributes_json

Signal = Literal["traces", "logs"]
Encoding = Literal["protobuf", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestResult:
    """What became of a request; what it accepted is durable."""

    received: int
    """Spans and log records that were sent."""
    accepted: int
    """Those that are new in the store."""
    duplicates: int
    """Those that it had already."""
    rejected: dict[str, int] = field(default_factory=dict)
    """Reason to how many were rejected for it."""

    @property
    def message(self) -> str:
        """Why something was rejected, in one line; empty when nothing was."""
        return "; ".join(f"{count} × {reason}" for reason, count in sorted(self.rejected.items()))


class Ingest:
    """The one way in: every request, file and import goes through here. Threads may share it."""

    def __init__(
        self,
        sink: SpanSink,
        *,
        mapper: Mapper | None = None,
        limits: IngestLimits | None = None,
        redaction: Redaction | SpanRedaction | None = None,
    ) -> None:
        self._sink = sink
        self._mapper = mapper or Mapper()
        self._limits = limits or IngestLimits()
        self._redaction = redaction

    @property
    def limits(self) -> IngestLimits:
        """The bounds in force."""
        return self._limits

    def texts(self) -> Redaction | None:
        """What is done to the texts of one request that are no spans; None: nothing is taken out."""
        found = self._redaction
        return found.texts() if isinstance(found, SpanRedaction) else found

    def request(self, body: bytes, signal: Signal, encoding: Encoding, *, project: str) -> IngestResult:
        """Take in the decompressed body of one OTLP request; returns when it is durable.

        Raises InputError for a body that is no such request, and StoreError when it cannot be stored.
        """
        decode = decode_protobuf if encoding == "protobuf" else decode_json
        return self.decoded(decode(body, signal, limits=self._limits), project=project)

    def decoded(self, decoded: Decoded, *, project: str) -> IngestResult:
        """Take in a request that was read already."""
        batch = self.prepare(decoded, project=project)
        stored = self._sink.add_spans(batch) if batch.received else Stored()
        return IngestResult(
            received=batch.received,
            accepted=stored.accepted,
            duplicates=stored.duplicates,
            rejected=dict(batch.rejected),
        )

    def prepare(self, decoded: Decoded, *, project: str) -> SpanBatch:
        """Check, redact and map a request, without storing it."""
        if not project or len(project) > 200:
            raise InputError("a project's name has 1 to 200 characters", where=project[:50])
        received = decoded.received
        reject_broken(decoded, self._limits)
        if self._redaction is not None:
            redact(decoded, self._redaction)
        scores: list[SpanScore] = []
        rows: list[SpanRow] = []
        judged_within = may_judge(decoded.body)
        for group in decoded.spans:
            common = self._mapper.resource(group.resource)
            rows += [self._mapper.span(span, common) for span in group.spans]
            if judged_within:
                for span in group.spans:
                    scores += span_scores(span)
        events, judged = _log_records(decoded)
        judged = scores + judged
        said = [human_feedback(score) for score in judged]
        return SpanBatch(
            project=project,
            rows=rows,
            blocks=pack(decoded),
            scores=[score for score, by_person in zip(judged, said, strict=True) if by_person is None],
            feedback=[by_person for by_person in said if by_person is not None],
            events=events,
            received=received,
            rejected=dict(decoded.rejected),
        )


def _log_records(decoded: Decoded) -> tuple[list[SpanEvent], list[SpanScore]]:
    """Log records that belong to a trace; the others are no concern of traces and are rejected."""
    events: list[SpanEvent] = []
    scores: list[SpanScore] = []
    for group in decoded.logs:
        for record in group.records:
            if not any(record.trace_id):
                decoded.rejected["the log record belongs to no trace"] += 1
                continue
            named = record.event_name or next(
                (item.value.string_value for item in record.attributes if item.key == "event.name"), ""
            )
            span_id = record.span_id if any(record.span_id) else b""
            time_ns = record.time_unix_nano or record.observed_time_unix_nano
            if named == EVALUATION:
                scores += evaluation(
                    attributes_json(record.attributes),
                    trace_id=record.trace_id,
                    span_id=span_id,
                    time_ns=time_ns,
                )
            events.append(
                SpanEvent(
                    trace_id=record.trace_id,
                    span_id=span_id,
                    name=named[:200],
                    time_us=time_ns // 1000 if 0 < time_ns < 2**62 else None,
                    data=record.SerializeToString(),
                )
            )
    return events, scores
