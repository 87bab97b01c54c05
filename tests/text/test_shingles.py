from __future__ import annotations

import random

import numpy as np
import pytest

from steelyard.text import NearDuplicate, Shingles, jaccard, minhash, near_duplicates


def _shingle_set(text: str, size: int = 5) -> set[str]:
    """A slow twin: the sets themselves."""
    plain = " ".join(text.casefold().split())
    return {plain[at : at + size] for at in range(max(len(plain) - size + 1, 1))}


def _texts(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    words = [
        "refund",
        "order",
        "late",
        "parcel",
        "please",
        "账户",
        "密码",
        "重置",
        "¿dónde?",
        "está",
        "when",
        "open",
    ]
    return [" ".join(rng.choices(words, k=rng.randint(1, 30))) for _ in range(count)]


def test_similarity_equals_that_of_the_sets() -> None:
    texts = [*_texts(40, seed=1), "", "a", "A  b"]
    for first, second in zip(texts, reversed(texts), strict=True):
        a, b = _shingle_set(first), _shingle_set(second)
        assert Shingles().similarity(first, second) == pytest.approx(len(a & b) / len(a | b))


def test_normalisation_ignores_case_spaces_and_width() -> None:
    assert Shingles().similarity("Reset   my PASSWORD", "reset my password") == 1.0
    assert Shingles().similarity("ＡＢＣＤＥＦ", "abcdef") == 1.0


def test_word_shingles() -> None:
    cut = Shingles(unit="word", size=2)
    # {a b, b c, c d} and {a b, b c, c e}: 2 shared of 4
    assert cut.similarity("a b c d", "a b c e") == pytest.approx(0.5)
    assert cut.similarity("重置密码", "重置密码") == 1.0


def test_lone_surrogates_and_nul_are_texts_like_any_other() -> None:
    assert Shingles().similarity("\ud800 hello", "\ud800 hello") == 1.0
    assert near_duplicates(["\x00", "\ud800"]) == []


def test_minhash_estimates_jaccard_within_its_error() -> None:
    texts = _texts(60, seed=2)
    signatures = minhash(texts, Shingles(), permutations=512, seed=3)
    errors = []
    for first in range(0, 60, 2):
        a, b = _shingle_set(texts[first]), _shingle_set(texts[first + 1])
        estimate = float(np.mean(signatures[first] == signatures[first + 1]))
        errors.append(estimate - len(a & b) / len(a | b))
    # standard error at most 1 / (2 √512) = .022; 30 independent pairs
    assert max(map(abs, errors)) < 5 * 0.0221
    assert abs(float(np.mean(errors))) < 4 * 0.0221 / np.sqrt(30)


def test_minhash_does_not_depend_on_the_batch_a_text_falls_into() -> None:
    texts = [text * 40 for text in _texts(300, seed=4)]
    together = minhash(texts, Shingles(), permutations=8)
    alone = np.concatenate([minhash([text], Shingles(), permutations=8) for text in texts])
    assert np.array_equal(together, alone)


def test_finds_near_copies_and_only_them() -> None:
    base = "How do I reset the password of my account when I no longer have the phone?"
    texts = [base, "Where is my parcel?", base.replace("phone", "tablet"), "When do you open?", base.upper()]
    found = near_duplicates(texts)
    assert [(pair.first, pair.second) for pair in found] == [(0, 2), (0, 4)] or [
        (pair.first, pair.second) for pair in found
    ] == [(0, 4), (2, 4)]
    for pair in found:
        assert pair.similarity == pytest.approx(Shingles().similarity(texts[pair.first], texts[pair.second]))
        assert pair.similarity >= 0.8


def test_agrees_with_the_slow_twin_on_connected_clusters() -> None:
    rng = random.Random(5)
    base = _texts(60, seed=6)
    texts = base + [text + " " + rng.choice(["ok", "thanks", "now"]) for text in base if len(text) > 60]
    linked = {frozenset((pair.first, pair.second)) for pair in near_duplicates(texts)}
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for pair in linked:
        first, second = sorted(pair)
        parent[root(second)] = root(first)
    missed = [
        (i, j)
        for i in range(len(texts))
        for j in range(i)
        if Shingles().similarity(texts[i], texts[j]) >= 0.8 and root(i) != root(j)
    ]
    assert missed == []


def test_a_hundred_copies_give_ninety_nine_pairs() -> None:
    texts = [f"the very same long question about refunds and parcels, number {i % 2}" for i in range(100)]
    found = near_duplicates(texts)
    assert len(found) == 99
    assert {index for pair in found for index in (pair.first, pair.second)} == set(range(100))
    assert all(pair.first < pair.second for pair in found)
    assert found[0] == NearDuplicate(first=0, second=found[0].second, similarity=found[0].similarity)


@pytest.mark.parametrize("texts", [[], ["one"], ["", ""]])
def test_small_inputs(texts: list[str]) -> None:
    assert len(near_duplicates(texts)) == (1 if len(texts) == 2 else 0)


@pytest.mark.parametrize("threshold", [0.4, 1.1, float("nan")])
def test_refuses_thresholds_out_of_range(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.5 to 1"):
        near_duplicates(["a"], threshold=threshold)


def test_jaccard_of_empty_sets_is_one() -> None:
    assert jaccard(np.empty(0, np.uint64), np.empty(0, np.uint64)) == 1.0
