"""Origins."""

from __future__ import annotations

from steelyard.core import Provenance, canonical_json


def test_an_origin_is_written_whole() -> None:
    origin = Provenance(source="promptfoo", reference="results.json", detail={"version": "0.1", "row": 3})
    assert canonical_json(origin.as_json()) == (
        '{"detail":{"row":3,"version":"0.1"},"reference":"results.json","source":"promptfoo"}'
    )
    assert Provenance(source="file").as_json() == {"source": "file", "reference": "", "detail": {}}
