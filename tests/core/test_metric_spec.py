"""What a metric declares about itself."""

from __future__ import annotations

import json

from steelyard.core import Direction, MetricSpec, canonical_json
from steelyard.metrics import spec_from_json


def test_a_declaration_survives_json() -> None:
    spec = MetricSpec(
        name="latency",
        version="2",
        label="latency:at=0.95",
        settings={"at": 0.95, "names": ["a"]},
        direction="lower",
        scale="unbounded",
        range=(0.0, None),
        measure="s",
        corpus=True,
        failure=None,
    )
    assert spec_from_json(json.loads(canonical_json(spec.as_json()))) == spec


def test_the_key_is_what_was_typed() -> None:
    assert MetricSpec(name="contains", version="1").key == "contains"
    assert MetricSpec(name="contains", version="1", label="contains:any=true").key == "contains:any=true"


def test_worst_and_best_follow_the_direction() -> None:
    limits = {"higher": (0.0, 10.0), "lower": (10.0, 0.0), "neither": (None, None)}
    directions: tuple[Direction, ...] = ("higher", "lower", "neither")
    for direction in directions:
        spec = MetricSpec(name="m", version="1", direction=direction, range=(0.0, 10.0))
        assert (spec.worst, spec.best) == limits[direction]
    assert MetricSpec(name="m", version="1", direction="lower", range=(0.0, None)).worst is None
