"""A request that is sent again gets the answer of the first: nothing is done twice."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.requests import Request

from steelyard.core import Json, UsageError, canonical_json, parse_json

HEADER = "idempotency-key"
_LONGEST = 200
_locks: dict[str, tuple[threading.Lock, int]] = {}
_guard = threading.Lock()


def once(request: Request, body: Json, *, act: Callable[[], Json]) -> Json:
    """Do something once for an `Idempotency-Key`, and give its answer again when the key comes again.

    Without the header it is simply done. Raises UsageError when a key comes with another request.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not key or len(key) > _LONGEST or not key.isprintable():
        raise UsageError("the key cannot be used", where=HEADER, hint=f"Send 1 to {_LONGEST} characters")
    store = request.app.state.site.store
    name = f"request:{_hash([request.method, request.url.path, key])}"
    asked = _hash(body)
    with _alone(name):
        kept = store.get(name)
        if kept is not None:
            earlier = parse_json(kept)
            if not isinstance(earlier, dict) or earlier.get("asked") != asked:
                raise UsageError(
                    "this key came with another request before", where=HEADER, hint="Make a new key"
                )
            known: Json = earlier["answer"]
            return known
        answer = act()
        store.put(name, canonical_json({"asked": asked, "answer": answer}))
        store.flush()
        return answer


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Two requests of one key wait for each other; a lock is kept while somebody wants it."""
    with _guard:
        lock, waiting = _locks.get(name, (threading.Lock(), 0))
        _locks[name] = (lock, waiting + 1)
    try:
        with lock:
            yield
    finally:
        with _guard:
            lock, waiting = _locks[name]
            if waiting == 1:
                del _locks[name]
            else:
                _locks[name] = (lock, waiting - 1)


def _hash(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()
