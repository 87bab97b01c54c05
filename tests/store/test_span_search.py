from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.store.test_spans import body

from steelyard.store.spans import Spans, open_spans
from steelyard.traces import Ingest


@pytest.fixture
def spans(store_url: str) -> Iterator[Spans]:
    with open_spans(store_url) as opened:
        yield opened


def test_a_user_deleted_while_the_index_comes_is_not_indexed(
    spans: Spans, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = Ingest(spans)
    for trace, user in ((1, "ann"), (2, "bob")):
        data = body(trace, range(1, 4), user=user, text=f"{user}secret")
        ingest.request(data, "traces", "protobuf", project="p")
    search = spans._search
    read = search.entries
    gone: list[int] = []
    deleting = threading.Thread(target=lambda: gone.append(spans.delete_user("p", "ann")))

    def entries_slowly(block: Any) -> Any:
        """Between reading a block and indexing it, somebody asks to be deleted."""
        found = read(block)
        if deleting.ident is None:
            deleting.start()
            deleting.join(0.5)
        return found

    monkeypatch.setattr(search, "entries", entries_slowly)
    assert spans.index_spans() == 6
    deleting.join(20)
    assert gone == [3]
    assert search.find("annsecret", project_no=None, limit=9) == []
    assert len(search.find("bobsecret", project_no=None, limit=9)) == 3


def test_a_user_deleted_before_the_index_came_is_never_indexed(spans: Spans) -> None:
    ingest = Ingest(spans)
    data = body(1, range(1, 4), user="ann", text="annsecret")
    ingest.request(data, "traces", "protobuf", project="p")
    with spans._search.hold():
        deleting = threading.Thread(target=spans.delete_user, args=("p", "ann"))
        deleting.start()
        deleting.join(0.3)
        assert deleting.is_alive()
        assert spans.count_spans("p") == (3, 1)
    deleting.join(20)
    assert spans.count_spans("p") == (0, 0)
    assert spans.index_spans() == 0
    assert search_of(spans, "annsecret") == []


def search_of(spans: Spans, word: str) -> list[int]:
    return spans._search.find(word, project_no=None, limit=9)
