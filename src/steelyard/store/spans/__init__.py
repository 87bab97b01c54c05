"""Spans in the store: apart from the rest, so that commands without traces start without protobuf."""

from steelyard.store.spans._open import open_spans, spans_of
from steelyard.store.spans._spans import Spans
from steelyard.store.spans._views import Views

__all__ = ["Spans", "Views", "open_spans", "spans_of"]
