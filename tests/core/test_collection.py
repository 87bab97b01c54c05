from __future__ import annotations

import contextvars
import threading

from steelyard.core import Span, SpanCollection, before_collecting, collecting_spans, open_collection


def test_spans_come_in_the_order_of_their_start_and_none_after_the_end() -> None:
    assert open_collection() is None
    with collecting_spans() as outer:
        assert open_collection() is outer
        outer.add(lambda: [Span(name="later", start_s=2.0), Span(name="unknown")])
        outer.add(lambda: [Span(name="first", start_s=1.0)])
        with collecting_spans() as inner:
            assert open_collection() is inner
    assert open_collection() is None
    outer.add(lambda: [Span(name="too late")])
    assert [span.name for span in outer.spans()] == ["unknown", "first", "later"]
    assert inner.spans() == ()


def test_threads_collect_where_the_context_went_along() -> None:
    found: list[SpanCollection | None] = []
    with collecting_spans() as collection:
        context = contextvars.copy_context()
        for target in (
            lambda: context.run(lambda: found.append(open_collection())),
            lambda: found.append(open_collection()),
        ):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert found == [collection, None]


def test_recorders_are_told_in_time() -> None:
    told: list[SpanCollection | None] = []
    before_collecting(lambda: told.append(open_collection()))
    with collecting_spans() as collection:
        assert told == [collection]
