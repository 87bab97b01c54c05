"""Answers kept for later runs, under a key that is everything that can change them."""

from __future__ import annotations

import hashlib
from typing import Protocol, runtime_checkable

from steelyard.core import Json, Output, canonical_json, output_from_json, parse_json
from steelyard.targets._protocol import Request, Target

KEY_VERSION = 1
"""Part of every key: raised when what an answer holds changes, so that old entries are left alone."""

_NO_INFLUENCE = frozenset({"price", "timeout"})


class AnswerCache(Protocol):
    """Where answers are kept; implemented by the store."""

    def get(self, key: str) -> str | None:
        """The text under a key, or None."""
        ...

    def put(self, key: str, value: str) -> None:
        """Keep a text under a key; an entry that exists is replaced."""
        ...


@runtime_checkable
class Rendering(Protocol):
    """A target that can show the very bytes it would send."""

    @property
    def cache_scope(self) -> str:
        """SHA-256 of what else can change an answer: address and headers, without credentials."""
        ...

    def rendered(self, request: Request) -> bytes:
        """The request as it would be sent."""
        ...


def cache_key(target: Target, request: Request) -> str:
    """The key of an answer: SHA-256 over everything that can change it.

    That is: the pinned configuration with the prompts' hashes (its name, price and timeout aside), the
    request as sent (for targets that can show it; otherwise the whole case and conversation), the
    hashes of the attachments, epoch and seed. Two repetitions of a case therefore never share an answer.
    """
    if isinstance(target, Rendering):
        asked: Json = [target.cache_scope, hashlib.sha256(target.rendered(request)).hexdigest()]
    else:
        asked = [request.case.as_json(), list(request.messages)]
    info = target.info
    settings = {key: value for key, value in info.settings.items() if key not in _NO_INFLUENCE}
    parts: list[Json] = [
        KEY_VERSION,
        [info.uri, settings, dict(info.prompts)],
        asked,
        [[item.sha256, item.media_type] for item in request.case.attachments],
        request.epoch,
        request.seed,
    ]
    return hashlib.sha256(canonical_json(parts).encode("utf-8")).hexdigest()


def cached_output(text: str) -> Output | None:
    """The answer of a cache entry: flagged, free of charge, its latency that of the original call.

    None for an entry that cannot be read: it is then asked for and written again.
    """
    try:
        row = parse_json(text)
        if not isinstance(row, dict):
            return None
        detail = dict(row.get("detail") or {})
        if row.get("cost_usd"):
            detail["original_cost_usd"] = row["cost_usd"]
        return output_from_json({**row, "cached": True, "cost_usd": 0.0, "attempts": 1, "detail": detail})
    except (ValueError, TypeError, RecursionError):
        return None


def cache_text(output: Output) -> str:
    """What is kept of an answer."""
    return canonical_json(output.as_json())
