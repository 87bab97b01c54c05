"""When a call made is the call expected: name, and arguments by value, by part, or by schema."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from steelyard.core import Json, canonical_json
from steelyard.metrics._answer import is_list
from steelyard.metrics._json_schema import first_violation
from steelyard.metrics.agent._call import Call
from steelyard.text import Normaliser

Arguments = Literal["exact", "subset", "ignore"]
TextMatch = Literal["exact", "normalised"]

_PLAIN = Normaliser(unicode="nfkc", ignore_case=True, ignore_punctuation=True, space="collapse")


@dataclass(frozen=True)
class Fit:
    """How calls are compared."""

    arguments: Arguments = "exact"
    """All arguments, the expected ones, or none. An expected call's schema stands before this."""
    text: TextMatch = "exact"
    """Whether case, width, white space and punctuation of texts count."""
    tolerance: float = 0.0
    """Numbers are equal within this difference, or this share of the larger one."""
    ignored: frozenset[str] = frozenset()
    """Keys that are not compared, at any depth."""

    def fits(self, call: Call, wanted: Call) -> bool:
        """Whether one call is the other."""
        return call.name == wanted.name and not self.difference(call, wanted)

    def difference(self, call: Call, wanted: Call) -> str:
        """The first argument that differs, in words; empty when the arguments fit. Names are not compared.

        Raises ValueError for an expected schema that cannot be used.
        """
        if wanted.schema is not None and self.arguments != "ignore":
            return first_violation(wanted.schema, call.arguments)
        if self.arguments == "ignore":
            return ""
        try:
            return self._by_value(call, wanted)
        except RecursionError:
            return "the arguments are nested too deeply"

    def _by_value(self, call: Call, wanted: Call) -> str:
        found, needed = self._kept(call.arguments), self._kept(wanted.arguments)
        if not (isinstance(found, Mapping) and isinstance(needed, Mapping)):
            return "" if self._same(found, needed) else f"{_brief(found)} instead of {_brief(needed)}"
        for key in sorted(needed):
            if key not in found:
                return f"{key} is missing, expected {_brief(needed[key])}"
            if not self._same(found[key], needed[key]):
                return f"{key} is {_brief(found[key])} instead of {_brief(needed[key])}"
        extra = sorted(key for key in found if key not in needed)
        return f"{extra[0]} was not expected" if extra and self.arguments == "exact" else ""

    def _kept(self, value: Json) -> Json:
        if not self.ignored:
            return value
        if isinstance(value, Mapping):
            return {key: self._kept(item) for key, item in value.items() if key not in self.ignored}
        if is_list(value) and isinstance(value, Sequence):
            return [self._kept(item) for item in value]
        return value

    def _same(self, left: Json, right: Json) -> bool:
        """Equality of JSON values: 1 equals 1.0, true does not equal 1."""
        if isinstance(left, bool) or isinstance(right, bool):
            return left is right
        if isinstance(left, int | float) and isinstance(right, int | float):
            return left == right or _close(left, right, self.tolerance)
        if isinstance(left, str) and isinstance(right, str):
            return left == right or (self.text == "normalised" and _PLAIN(left) == _PLAIN(right))
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            return left.keys() == right.keys() and all(self._same(left[key], right[key]) for key in left)
        if isinstance(left, Sequence) and isinstance(right, Sequence) and is_list(left) and is_list(right):
            return len(left) == len(right) and all(map(self._same, left, right))
        return left is None and right is None


def _close(left: float, right: float, tolerance: float) -> bool:
    if not tolerance:
        return False
    try:
        return math.isclose(left, right, rel_tol=min(tolerance, 1.0), abs_tol=tolerance)
    except OverflowError:
        return False


def _brief(value: Json) -> str:
    text = canonical_json(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
