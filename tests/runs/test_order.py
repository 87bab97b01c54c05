from __future__ import annotations

import itertools

from steelyard.core import Case
from steelyard.runs._order import choose_cases, planned_order, sample_seed

CASES = [Case(id=f"c{number}", input="q") for number in range(200)]


def test_the_order_is_fixed_by_the_seed_and_not_by_the_file() -> None:
    order = [case.id for _, case, _ in planned_order(CASES, epochs=1, seed=7)]
    assert order == [case.id for _, case, _ in planned_order(reversed(CASES), epochs=1, seed=7)]
    assert order != [case.id for _, case, _ in planned_order(CASES, epochs=1, seed=8)]
    assert sorted(order) == sorted(case.id for case in CASES)


def test_the_order_is_the_same_on_every_machine() -> None:
    # Sorted by BLAKE2b (RFC 7693) of the id, digest of 8 bytes, key "0", with CPython's hashlib.
    order = [case.id for _, case, _ in planned_order(CASES[:6], epochs=1, seed=0)]
    assert order == ["c3", "c0", "c1", "c4", "c5", "c2"]


def test_other_cases_do_not_disturb_the_order() -> None:
    few = [case.id for _, case, _ in planned_order(CASES[:50], epochs=1, seed=3)]
    many = [case.id for _, case, _ in planned_order(CASES, epochs=1, seed=3)]
    assert [case_id for case_id in many if case_id in few] == few


def test_epochs_follow_one_another_and_positions_count_up() -> None:
    order = planned_order(CASES[:5], epochs=3, seed=1)
    assert [position for position, _, _ in order] == list(range(15))
    assert [epoch for _, _, epoch in order] == [1, 2, 3] * 5
    assert len({case.id for _, case, _ in order[:3]}) == 1


def test_a_cluster_is_called_in_one_piece() -> None:
    cases = [Case(id=f"c{number}", input="q", group=f"g{number % 10}") for number in range(60)]
    groups = [case.group for _, case, _ in planned_order(cases, epochs=2, seed=1)]
    changes = sum(left != right for left, right in itertools.pairwise(groups))
    assert changes == 9


def test_positions_carry_no_trend() -> None:
    # The mean rank of the first half of the file in a random order of 200: 99.5 ± 4.1 (standard error).
    ranks = {case.id: position for position, case, _ in planned_order(CASES, epochs=1, seed=11)}
    first_half = sum(ranks[case.id] for case in CASES[:100]) / 100
    assert abs(first_half - 99.5) < 4 * 4.1


def test_a_limit_takes_a_prefix_of_the_order() -> None:
    limited = choose_cases(CASES, slices={}, limit=20, seed=5)
    whole = planned_order(CASES, epochs=1, seed=5)
    assert [case.id for case in limited] == [case.id for _, case, _ in whole[:20]]


def test_slices_choose_cases_that_carry_all_of_them() -> None:
    cases = [
        Case(id="a", input="q", slices={"tier": "smoke", "topic": "refunds"}),
        Case(id="b", input="q", slices={"tier": "smoke"}),
        Case(id="c", input="q"),
    ]
    chosen = choose_cases(cases, slices={"tier": "smoke", "topic": "refunds"}, limit=None, seed=0)
    assert [case.id for case in chosen] == ["a"]


def test_sampling_seeds_differ_by_case_and_epoch_and_fit_31_bits() -> None:
    seeds = {
        sample_seed(seed, case, epoch) for seed in (0, 1) for case in ("a", "b", "\ud800") for epoch in (1, 2)
    }
    assert len(seeds) == 12
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert sample_seed(4, "a", 1) == sample_seed(4, "a", 1)
