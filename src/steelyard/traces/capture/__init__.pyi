from ._context import trace_context, with_context
from ._kind import StepKind
from ._live import LiveSpan
from ._provider import capture_settings, configure_trace, flush_traces
from ._settings import CaptureSettings, Redact
from ._trace import Trace, current_span, trace

__all__ = [
    "CaptureSettings",
    "LiveSpan",
    "Redact",
    "StepKind",
    "Trace",
    "capture_settings",
    "configure_trace",
    "current_span",
    "flush_traces",
    "trace",
    "trace_context",
    "with_context",
]
