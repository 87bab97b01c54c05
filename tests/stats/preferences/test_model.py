from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize

from steelyard.core import StatisticsError
from steelyard.stats import Comparisons, fit_preferences, win_rates

TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
# American League East 1987, home wins and losses by home team and visitor: Agresti, Categorical Data Analysis
# (2002) table 10.11, also `baseball` of the R package BradleyTerry2.
HOME = (
    (None, (4, 3), (4, 2), (4, 3), (6, 1), (4, 2), (6, 0)),
    ((3, 3), None, (4, 2), (4, 3), (6, 0), (6, 1), (4, 3)),
    ((2, 5), (4, 3), None, (2, 4), (4, 3), (4, 2), (6, 0)),
    ((3, 3), (5, 1), (2, 5), None, (4, 3), (4, 2), (6, 1)),
    ((5, 1), (2, 5), (3, 3), (4, 2), None, (5, 2), (6, 0)),
    ((2, 5), (3, 3), (3, 4), (4, 3), (4, 2), None, (2, 4)),
    ((2, 5), (1, 5), (1, 6), (2, 4), (1, 6), (3, 4), None),
)
DATA = Path(__file__).resolve().parents[3] / "../shared/data/arena_hard"


def baseball() -> Comparisons:
    first: list[str] = []
    second: list[str] = []
    outcome: list[float] = []
    for home, row in zip(TEAMS, HOME, strict=True):
        for visitor, counts in zip(TEAMS, row, strict=True):
            if counts is not None:
                first += [home] * sum(counts)
                second += [visitor] * sum(counts)
                outcome += [1.0] * counts[0] + [0.0] * counts[1]
    return Comparisons(first=first, second=second, outcome=outcome)


# Printed by the vignette of BradleyTerry2 (H. Turner, D. Firth, J. Stat. Software 48, 2012), Baltimore = 0.
@pytest.mark.parametrize(
    ("position", "abilities", "home"),
    [
        (False, (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0), None),
        (True, (1.6196, 1.4754, 1.3271, 1.2813, 1.1438, 0.7047, 0.0), 0.3023),
    ],
)
def test_baseball(position: bool, abilities: tuple[float, ...], home: float | None) -> None:
    found = fit_preferences(baseball(), position=position)
    by_name = {standing.name: standing.strength.value for standing in found.standings}
    assert [by_name[team] - by_name["Baltimore"] for team in TEAMS] == pytest.approx(abilities, abs=6e-5)
    if home is not None:
        assert found.position is not None
        assert found.position.value == pytest.approx(home, abs=6e-5)
    assert found.tie is None
    assert sum(by_name.values()) == pytest.approx(0.0, abs=1e-9)


def simulated(
    n_prompts: int, *, seed: int, position: float = 0.0, length: float = 0.0, tie: float = -0.5
) -> tuple[Comparisons, NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    strengths = np.array([1.0, 0.3, 0.2, -1.5])
    first, second, prompts, gaps, outcome = [], [], [], [], []
    for prompt in range(n_prompts):
        for a in range(4):
            for b in range(4):
                if a != b:
                    gap = rng.normal()
                    half = (strengths[a] - strengths[b] + position + length * gap) / 2
                    weights = np.exp([half, tie, -half])
                    outcome.append(float(rng.choice([1.0, 0.5, 0.0], p=weights / weights.sum())))
                    first.append("abcd"[a])
                    second.append("abcd"[b])
                    prompts.append(prompt)
                    gaps.append(gap)
    return (
        Comparisons(first=first, second=second, outcome=outcome, prompts=prompts, covariate=gaps),
        strengths,
    )


def test_the_maximum_is_scipys() -> None:
    given, _ = simulated(20, seed=1, position=0.4, length=0.3)
    found = fit_preferences(given, position=True)
    outcome, gaps = np.asarray(given.outcome), np.asarray(given.covariate)
    one = np.array(["abcd".index(name) for name in given.first])
    two = np.array(["abcd".index(name) for name in given.second])

    def against(x: NDArray[np.float64]) -> float:
        strengths = np.append(x[:3], -x[:3].sum())
        half = (strengths[one] - strengths[two] + x[3] + x[4] * gaps) / 2
        total = np.exp(half) + np.exp(-half) + np.exp(x[5])
        chosen = np.where(outcome == 0.5, x[5], half * (2 * outcome - 1))
        return -float((chosen - np.log(total)).sum())

    fit = optimize.minimize(against, np.zeros(6), method="BFGS", options={"gtol": 1e-8})
    by_name = {standing.name: standing.strength.value for standing in found.standings}
    assert [by_name[name] for name in "abc"] == pytest.approx(fit.x[:3], abs=1e-4)
    assert found.position is not None
    assert found.covariate is not None
    assert found.tie is not None
    fitted = (found.position.value, found.covariate.value, found.tie.value)
    assert fitted == pytest.approx(fit.x[3:], abs=1e-4)
    assert found.log_likelihood == pytest.approx(-fit.fun, abs=1e-6)


def test_rank_sets_hold_for_all_at_once() -> None:
    held = 0
    for seed in range(20):
        given, _ = simulated(25, seed=seed)
        found = fit_preferences(given, seed=seed)
        ranks = {standing.name: standing.ranks for standing in found.standings}
        held += all(
            ranks[name].rank_low <= 1 + place <= ranks[name].rank_high for place, name in enumerate("abcd")
        )
        assert ranks["d"].rank_low == 4
    # 95 % less three standard errors
    assert held / 20 >= 0.8


def test_repeats_of_a_prompt_are_not_new_evidence() -> None:
    given, _ = simulated(20, seed=3)
    six = [*range(6)]
    repeated = Comparisons(
        first=[name for _ in six for name in given.first],
        second=[name for _ in six for name in given.second],
        outcome=np.tile(np.asarray(given.outcome), 6),
        prompts=[prompt for _ in six for prompt in given.prompts or ()],
    )
    plain = Comparisons(first=given.first, second=given.second, outcome=given.outcome, prompts=given.prompts)
    once, often = (fit_preferences(these).standings[0].strength.interval for these in (plain, repeated))
    assert once is not None
    assert often == pytest.approx(once, abs=1e-6)


def test_raters_as_a_second_cluster_widen() -> None:
    given, _ = simulated(30, seed=5)
    n = len(given.first)
    swayed = np.arange(n) % 9
    outcome = np.where(
        swayed < 4, np.asarray(given.outcome), np.where(np.array(given.first) == "a", 1.0, 0.5)
    )
    both = Comparisons(
        first=given.first, second=given.second, outcome=outcome, prompts=given.prompts, raters=swayed.tolist()
    )
    one = Comparisons(first=given.first, second=given.second, outcome=outcome, prompts=given.prompts)
    wide, narrow = (fit_preferences(these).standings[0].strength.interval for these in (both, one))
    assert wide is not None
    assert narrow is not None
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


def test_unconnected_options_are_named() -> None:
    given = Comparisons(first=["a", "b", "c", "d"], second=["b", "a", "d", "c"], outcome=[1, 1, 1, 1])
    with pytest.raises(StatisticsError, match=r"nothing compares \{a, b\}, \{c, d\} with each other"):
        fit_preferences(given)


def test_separated_options_are_penalised_and_said() -> None:
    given = Comparisons(first=["a"] * 20, second=["b"] * 20, outcome=[1.0] * 20, prompts=list(range(20)))
    found = fit_preferences(given)
    assert "strengths would be infinite and are held back by a ridge penalty" in found.note
    assert "ridge 0.25" in found.method
    assert not found.gateable
    assert 0 < found.standings[0].strength.value < 10


def test_a_position_that_decides_everything_is_said() -> None:
    given = Comparisons(first=["a", "b"] * 10, second=["b", "a"] * 10, outcome=[1.0] * 20)
    with pytest.raises(StatisticsError, match="do not tell some effects apart"):
        fit_preferences(given, position=True)


def test_win_rates_count_ties_half() -> None:
    given = Comparisons(first=["a", "a", "b"], second=["b", "b", "a"], outcome=[1.0, 0.5, 0.0])
    found = win_rates(given)
    assert found["a", "b"].value == pytest.approx(2.5 / 3)
    assert found["b", "a"].value == pytest.approx(0.5 / 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Comparisons(first=["a"], second=["a"], outcome=[1]), "compared with itself"),
        (Comparisons(first=["a"], second=["b"], outcome=[0.7]), "outcomes must be 1"),
        (Comparisons(first=["a"], second=["b"], outcome=[1], prompts=[1, 2]), "2 prompts"),
        (Comparisons(first=["a", "b"], second=["b"], outcome=[1]), "came with 2 and 1 options"),
    ],
)
def test_comparisons_that_cannot_be_used(given: Comparisons, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        fit_preferences(given)


@pytest.mark.skipif(not DATA.is_dir(), reason="the arena_hard answers are not on this machine")
def test_known_biases_of_a_judge_on_real_answers_are_recovered() -> None:
    """200 questions, three models' real answers, a stub judge that likes the first and the longer answer."""
    models = ("gpt-3.5-turbo-0125", "gpt-4-0314", "gpt-4-0613")
    worth = dict(zip(models, (-0.6, 0.4, 0.2), strict=True))
    lengths: dict[str, dict[str, float]] = {}
    for model in models:
        with gzip.open(DATA / f"{model}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        lengths[model] = {
            row["question_id"]: float(np.log2(1 + len(row["choices"][0]["turns"][0]["content"])))
            for row in rows
        }
    questions = sorted(lengths[models[0]])[:200]
    rng = np.random.default_rng(20)
    first, second, outcome, prompts, gaps = [], [], [], [], []
    for question in questions:
        for one in models:
            for two in models:
                if one == two:
                    continue
                gap = lengths[one][question] - lengths[two][question]
                half = (worth[one] - worth[two] + 0.5 + 0.35 * gap) / 2
                weights = np.exp([half, -0.7, -half])
                outcome.append(float(rng.choice([1.0, 0.5, 0.0], p=weights / weights.sum())))
                first.append(one)
                second.append(two)
                prompts.append(question)
                gaps.append(gap)
    found = fit_preferences(
        Comparisons(first=first, second=second, outcome=outcome, prompts=prompts, covariate=gaps),
        position=True,
    )
    for effect, truth in ((found.position, 0.5), (found.covariate, 0.35), (found.tie, -0.7)):
        assert effect is not None
        assert effect.interval is not None
        assert effect.interval[0] <= truth <= effect.interval[1]
        assert not effect.interval[0] <= 0.0 <= effect.interval[1]
    ranks = {standing.name: standing.ranks for standing in found.standings}
    assert (ranks["gpt-3.5-turbo-0125"].rank_low, ranks["gpt-3.5-turbo-0125"].rank_high) == (3, 3)
    assert ranks["gpt-4-0314"].rank_low == 1
    assert found.n_units == 200
