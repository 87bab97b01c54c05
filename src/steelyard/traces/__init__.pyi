from ._assemble import Node, Totals, TraceTree, assemble, told, totals
from ._batch import Block, SpanBatch, SpanEvent, SpanScore, Stored
from ._decoded import Decoded, LogGroup, SpanGroup
from ._ingest import Ingest, IngestResult
from ._limits import IngestLimits
from ._mapping import Mapper, MappingSettings
from ._otlp_json import decode_document, decode_json
from ._pack import has_attribute, pack, single_span, unpack, without_payloads
from ._protobuf import decode_protobuf
from ._record import KINDS, MAPPING_VERSION, MODEL_KINDS, SpanKind, SpanRow
from ._redact import Redaction, redact_personal
from ._sketch import bucket_of, merge_sketches, pack_sketch, sketch_quantiles
from ._store import (
    TERMS,
    Cell,
    Retention,
    Scan,
    SeriesQuery,
    SpanKeeper,
    SpanReader,
    SpanSeries,
    SpanSink,
    StoredSpan,
    TracePage,
    TraceQuery,
    TraceRow,
)
from ._texts import search_text

__all__ = [
    "KINDS",
    "MAPPING_VERSION",
    "MODEL_KINDS",
    "TERMS",
    "Block",
    "Cell",
    "Decoded",
    "Ingest",
    "IngestLimits",
    "IngestResult",
    "LogGroup",
    "Mapper",
    "MappingSettings",
    "Node",
    "Redaction",
    "Retention",
    "Scan",
    "SeriesQuery",
    "SpanBatch",
    "SpanEvent",
    "SpanGroup",
    "SpanKeeper",
    "SpanKind",
    "SpanReader",
    "SpanRow",
    "SpanScore",
    "SpanSeries",
    "SpanSink",
    "Stored",
    "StoredSpan",
    "Totals",
    "TracePage",
    "TraceQuery",
    "TraceRow",
    "TraceTree",
    "assemble",
    "bucket_of",
    "decode_document",
    "decode_json",
    "decode_protobuf",
    "has_attribute",
    "merge_sketches",
    "pack",
    "pack_sketch",
    "redact_personal",
    "search_text",
    "single_span",
    "sketch_quantiles",
    "told",
    "totals",
    "unpack",
    "without_payloads",
]
