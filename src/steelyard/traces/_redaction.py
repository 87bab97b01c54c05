"""What a project does not want to store: known patterns, patterns of its own, whole attributes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache

import regex

from steelyard.core import ConfigError
from steelyard.traces._redact import redact_cards, redact_emails, redact_keys, redact_phones

REDACTIONS: Mapping[str, Callable[[str], str]] = {
    "email": redact_emails,
    "key": redact_keys,
    "card": redact_cards,
    "phone": redact_phones,
}
"""Name of a built-in pattern to what replaces its matches."""
_TEXT_S = 0.05
_REQUEST_S = 2.0
_LONGEST_PATTERN = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRules:
    """What is taken out before a span is stored."""

    known: tuple[str, ...] = ()
    """Built-in patterns: names of `REDACTIONS`."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """Name to regular expression; what matches becomes `[name]`."""
    drop: tuple[str, ...] = ()
    """Attributes that are not stored at all; `*` stands for anything."""
    keep: tuple[str, ...] = ()
    """Attributes whose values are stored as they came, such as a user's id; `*` stands for anything."""

    @property
    def is_empty(self) -> bool:
        """Whether everything is stored as it came."""
        return not (self.known or self.patterns or self.drop)


class SpanRedaction:
    """Rules, ready to be applied; threads may share it."""

    def __init__(self, rules: RedactionRules) -> None:
        """Raise ConfigError for a pattern that is unknown or cannot be read."""
        for name in rules.known:
            if name not in REDACTIONS:
                raise ConfigError(f"no pattern is called '{name}'", hint=f"Known: {', '.join(REDACTIONS)}")
        self._rules = rules
        self._known = [REDACTIONS[name] for name in REDACTIONS if name in rules.known]
        self._own = [(name, _compiled(name, text)) for name, text in rules.patterns.items()]
        self._named = lru_cache(maxsize=10_000)(self._named_in)

    def drops(self, attribute: str) -> bool:
        """Whether an attribute of this name is not stored."""
        return bool(self._rules.drop) and self._named(attribute)[0]

    def keeps(self, attribute: str) -> bool:
        """Whether an attribute of this name is stored as it came."""
        return bool(self._rules.keep) and self._named(attribute)[1]

    def texts(self) -> Callable[[str], str]:
        """What to do with the texts of one request: it has a time limit for all of them."""
        if not self._own:
            return self._by_known
        return _Limited(self._own, self._by_known)

    def _by_known(self, text: str) -> str:
        for replace in self._known:
            text = replace(text)
        return text

    def _named_in(self, attribute: str) -> tuple[bool, bool]:
        rules = self._rules
        return (
            any(fnmatchcase(attribute, pattern) for pattern in rules.drop),
            any(fnmatchcase(attribute, pattern) for pattern in rules.keep),
        )


class _Limited:
    """Applies patterns that somebody wrote: one that takes too long costs the text, not the server.

    A text that was not looked through to its end is not stored.
    """

    def __init__(self, own: list[tuple[str, regex.Pattern[str]]], first: Callable[[str], str]) -> None:
        self._own = own
        self._first = first
        self._left = _REQUEST_S

    def __call__(self, text: str) -> str:
        text = self._first(text)
        for name, pattern in self._own:
            began = time.perf_counter()
            try:
                if self._left <= 0:
                    raise TimeoutError
                text = pattern.sub(f"[{name}]", text, timeout=_TEXT_S, concurrent=True)
            except TimeoutError:
                text = f"[not stored: looking for '{name}' took too long]"
            self._left -= max(0.0, time.perf_counter() - began - 0.001)
        return text


def _compiled(name: str, text: str) -> regex.Pattern[str]:
    if len(text) > _LONGEST_PATTERN:
        raise ConfigError(
            f"the pattern '{name}' is too long", hint=f"Write at most {_LONGEST_PATTERN:,} characters"
        )
    try:
        pattern: regex.Pattern[str] = regex.compile(text, regex.VERSION0)
    except regex.error as error:
        raise ConfigError(
            f"the pattern '{name}' cannot be read: {error}", hint="Write a regular expression"
        ) from None
    if pattern.fullmatch("") is not None:
        raise ConfigError(
            f"the pattern '{name}' matches the empty text, so it matches everywhere",
            hint="Let it need at least one character",
        )
    return pattern
