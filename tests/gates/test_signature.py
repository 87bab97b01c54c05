"""Signatures: whoever reads a figure can find what it was computed from."""

from __future__ import annotations

from tests.gates.conftest import Recorder

from steelyard.gates import compare_runs
from steelyard.store import Store


def test_a_difference_names_all_that_it_depends_on(store: Store, record: Recorder) -> None:
    slices = {row: {"topic": "refunds"} for row in range(20)}
    base = record("a", [True] * 60, slices=slices)
    candidate = record("b", [row % 4 > 0 for row in range(60)], slices=slices)
    comparison = compare_runs(base, candidate, samples=store).comparison
    benchmark = f"quiz@v1#{base.benchmark.hash[:8]}"
    for figure in (comparison.metrics[0], comparison.metrics[0].base):
        assert figure.signature.startswith(f"{benchmark} · exact_match v1 ")
        assert " · n=60 · epochs=1 · seed=0 · " in figure.signature
    assert " · topic=refunds n=20 · " in comparison.slices[0].signature


def test_other_versions_and_epochs_are_both_named(store: Store, record: Recorder) -> None:
    base = record("a", [True] * 20)
    candidate = record("b", [True] * 90, epochs=3)
    signature = compare_runs(base, candidate, samples=store).comparison.metrics[0].signature
    assert signature.startswith(f"quiz@v1#{base.benchmark.hash[:8]} and quiz@v2#")
    assert " · epochs=1 and 3 · " in signature
