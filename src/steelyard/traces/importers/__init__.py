"""Trace files: OTLP as files, and what other tools export, as OTLP spans."""

from steelyard.traces.importers._read import FORMATS, read_trace_file

__all__ = ["FORMATS", "read_trace_file"]
