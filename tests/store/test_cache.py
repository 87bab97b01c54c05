from __future__ import annotations

from collections.abc import Callable

from steelyard.store import Store, open_store


def test_an_answer_is_found_again(store_url: str) -> None:
    with open_store(store_url) as store:
        assert store.get("k") is None
        store.put("k", '{"output":"a"}')
        store.put("k", '{"output":"b"}')
        assert store.get("k") == '{"output":"b"}'
    with open_store(store_url) as store:
        assert store.get("k") == '{"output":"b"}'
        store.put("k", '{"output":"c"}')
        store.flush()
        assert store.get("k") == '{"output":"c"}'


def test_many_answers_reach_other_processes_before_the_end(store: Store, reopen: Callable[[], Store]) -> None:
    for number in range(300):
        store.put(f"k{number}", str(number))
    other = reopen()
    assert sum(other.get(f"k{number}") == str(number) for number in range(300)) >= 256
