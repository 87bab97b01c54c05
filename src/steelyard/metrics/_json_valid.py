"""JSON validity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, MetricSpec, Output, Score, Scored
from steelyard.metrics._answer import read_json
from steelyard.metrics._base import BaseMetric


@dataclass(frozen=True, kw_only=True)
class JsonValid(BaseMetric):
    """Whether the answer is JSON.

    What it measures
        1 when the whole answer is one JSON value, else 0. An output that is an object already counts 1.
        Nothing needs to be expected.

    When it misleads
        `42` and `"sorry"` are JSON too: use `json_schema` to ask for a shape,
        `root_object=true` for an object.

    Example
        `json_valid:fenced=true` forgives a Markdown fence around the JSON.

    Reference
        RFC 8259; NaN and Infinity, which it does not know, are refused.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="json_valid", version="1", scale="binary")

    fenced: bool = False
    """Accept JSON inside one Markdown code fence."""
    root_object: bool = False
    """Accept only an object."""

    def score(self, case: Case, output: Output) -> Score:  # noqa: ARG002  validity needs no expectation
        """1.0 or 0.0 with the place of the first mistake."""
        value = output.value
        if isinstance(value, str):
            if not value.strip():
                return self._miss("the answer is empty")
            try:
                value = read_json(value, fenced=self.fenced)
            except ValueError as error:
                return self._miss(f"not JSON: {error}")
        elif value is None:
            return self._miss("the answer is empty")
        if self.root_object and not isinstance(value, Mapping):
            return Scored(value=0.0, reason="JSON, but not an object")
        return Scored(value=1.0)
