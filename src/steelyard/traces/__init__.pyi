from ._assemble import Node, Totals, TraceTree, assemble, told, totals
from ._batch import Block, SpanBatch, SpanEvent, SpanScore, Stored
from ._decoded import Decoded, LogGroup, SpanGroup
from ._detail import SpanDetail, span_detail
from ._encode import encode_json
from ._ingest import Ingest, IngestResult
from ._limits import IngestLimits
from ._mapping import Mapper, MappingSettings
from ._otlp_json import decode_document, decode_json
from ._pack import has_attribute, pack, single_span, skeleton, unpack, without_payloads
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
from ._view import LONGEST_NAME, MOST_VIEWS, SavedView, ViewStore, check_view_name
from .importers import FORMATS, read_trace_file

__all__ = [
    "FORMATS",
    "KINDS",
    "LONGEST_NAME",
    "MAPPING_VERSION",
    "MODEL_KINDS",
    "MOST_VIEWS",
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
    "SavedView",
    "Scan",
    "SeriesQuery",
    "SpanBatch",
    "SpanDetail",
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
    "ViewStore",
    "assemble",
    "bucket_of",
    "check_view_name",
    "decode_document",
    "decode_json",
    "decode_protobuf",
    "encode_json",
    "has_attribute",
    "merge_sketches",
    "pack",
    "pack_sketch",
    "read_trace_file",
    "redact_personal",
    "search_text",
    "single_span",
    "skeleton",
    "sketch_quantiles",
    "span_detail",
    "told",
    "totals",
    "unpack",
    "without_payloads",
]
