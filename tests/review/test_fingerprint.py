from __future__ import annotations

import random

import pytest

from steelyard.core import Case, Output, parse_json
from steelyard.core import canonical_json as written
from steelyard.review._fingerprint import Shapes, fingerprint_from_json, shape_changes, shapes_of
from steelyard.runs import Sample

WORDS = [
    "refund",
    "order",
    "late",
    "parcel",
    "invoice",
    "please",
    "help",
    "broken",
    "screen",
    "battery",
    "charge",
    "account",
]
OTHERS = [
    "enzyme",
    "protein",
    "kinase",
    "receptor",
    "ligand",
    "membrane",
    "cell",
    "tissue",
    "assay",
    "dose",
    "trial",
    "cohort",
]


def run(
    seed: int,
    *,
    count: int = 300,
    words: list[str] = WORDS,
    size: int = 8,
    mix: float = 0.5,
    answer: int = 50,
) -> Shapes:
    rng = random.Random(seed)
    return shapes_of(
        Sample(
            case=Case(
                id=str(n),
                input=" ".join(rng.choices(words, k=rng.randint(size // 2, size * 2))),
                slices={"topic": "a" if rng.random() < mix else "b"},
            ),
            epoch=1,
            output=Output(value="x" * rng.randint(answer // 2, answer * 2)),
            scores={},
        )
        for n in range(count)
    )


def changes(first: Shapes, second: Shapes) -> list[str]:
    stored = parse_json(written(first.fingerprint.as_json()))
    assert isinstance(stored, dict)
    return shape_changes(fingerprint_from_json(stored), second)


def test_runs_of_one_kind_hardly_ever_look_changed() -> None:
    assert [found for seed in range(40) for found in changes(run(seed), run(seed + 1000))] == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (run(9, mix=0.1), "the mix of slice 'topic'"),
        (run(9, words=OTHERS), "the words of the inputs"),
        (run(9, size=40), "the length of the inputs"),
        (run(9, answer=150), "the length of the answers"),
    ],
    ids=["slices", "words", "inputs", "answers"],
)
def test_what_changed_is_named(other: Shapes, words: str) -> None:
    assert words in changes(run(1), other)


def test_a_trifle_in_large_runs_is_no_change() -> None:
    assert changes(run(1, count=4_000), run(2, count=4_000, mix=0.55)) == []


def test_the_same_run_never_looks_changed() -> None:
    assert changes(run(1, count=5), run(1, count=5)) == []
