"""What the stored verdicts of a run say about its judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from steelyard.core import Json, MetricSpec
from steelyard.metrics.judge._chance import Chance, chance
from steelyard.metrics.judge._pairwise import FIRST, SECOND
from steelyard.stats import Agreement, estimate_mean, krippendorff_alpha, percent_agreement, ratings_rows

_MOST_TOLD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictSummary:
    """Cost and reliability of a judge over one run."""

    cost_usd: float | None
    """What its calls cost; None where no price is known."""
    samples: int
    """Samples it was asked about."""
    unusable: int
    """Samples without a usable verdict."""
    problem: str
    """The most common reason for that."""
    cached: int
    """Samples whose verdict came from the answer cache."""
    repaired: int
    """Votes that needed a second request."""
    votes: int
    """Votes in all."""
    inconsistent: Chance | None = None
    """Pairwise: pairs whose verdict changed with the order."""
    first_wins: Chance | None = None
    """Pairwise: decided verdicts in which the answer shown first won; fair is one half."""
    agreement: Mapping[str, tuple[Agreement, Agreement]] = field(default_factory=dict)
    """Panels: by criterion, percent agreement of its judges and Krippendorff's α of their points."""

    def notes(self, key: str) -> tuple[str, ...]:
        """The same in sentences, for the reader of a run."""
        notes = []
        if self.unusable:
            notes.append(
                f"{key}: {self.unusable:,} of {self.samples:,} verdicts could not be had, most often: "
                f"{self.problem}. Ask again: steelyard score RUN --metric {key} --missing"
            )
        if self.inconsistent is not None and self.inconsistent.n:
            decided = self.first_wins is not None and self.first_wins.n > 0
            won = f"the answer shown first won {self.first_wins} of the decided verdicts, where 50 % is fair"
            notes.append(
                f"{key}: {self.inconsistent} of {self.inconsistent.n:,} pairs changed their verdict with the "
                f"order; {won if decided else 'every verdict was a tie'}."
            )
        for name, (share, alpha) in list(self.agreement.items())[:_MOST_TOLD]:
            if share.value is not None:
                notes.append(
                    f"{key}: two of its judges give the same points on {name!r} in "
                    f"{_said(share, 100.0)} % of {share.n_items:,} samples; Krippendorff's α "
                    + (f"is {_said(alpha)}." if alpha.value is not None else f"has no value: {alpha.status}.")
                )
        return tuple(notes)

    def as_json(self) -> dict[str, Json]:
        """The JSON form."""
        row: dict[str, Json] = {
            "cost_usd": self.cost_usd,
            "samples": self.samples,
            "unusable": self.unusable,
            "cached": self.cached,
            "repaired": self.repaired,
            "votes": self.votes,
        }
        if self.agreement:
            row["agreement"] = {
                name: {item.name: item.as_json() for item in pair} for name, pair in self.agreement.items()
            }
        found = {"inconsistent": self.inconsistent, "first_wins": self.first_wins}
        return row | {name: item.as_json() for name, item in found.items() if item is not None}


def summarise_verdicts(spec: MetricSpec, details: Sequence[Mapping[str, Json]]) -> VerdictSummary:
    """The summary of what a judge stored with its scores, one row a sample; empty rows were not asked."""
    rows = [row for row in details if row.get("votes")]
    votes = [vote for row in rows for vote in votes_of(row)]
    costs = [cost for row in rows if (cost := _real(row.get("cost_usd"))) is not None]
    failed = [row for row in rows if "points" not in row]
    problems = Counter(str(vote["problem"]) for row in failed for vote in votes_of(row) if "problem" in vote)
    pairwise = spec.settings.get("mode") == "pairwise"
    judges = spec.settings.get("judges")
    panel = isinstance(judges, Sequence) and len(judges) > 1
    inconsistent, first = _positions(rows) if pairwise else (None, None)
    return VerdictSummary(
        cost_usd=sum(costs) if costs else None,
        samples=len(rows),
        unusable=len(failed),
        problem=problems.most_common(1)[0][0][:160] if problems else "",
        cached=sum(row.get("cached") is True for row in rows),
        repaired=sum(vote.get("repaired") is True for vote in votes),
        votes=len(votes),
        inconsistent=inconsistent,
        first_wins=first,
        agreement=_agreement(rows) if panel else {},
    )


def votes_of(detail: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The votes stored with a score."""
    rows = detail.get("votes")
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return []
    return [row for row in rows if isinstance(row, Mapping)]


def points_of(vote: Mapping[str, Json]) -> dict[str, float]:
    """The points of a vote; empty for one that could not be used."""
    rows = vote.get("points")
    if "problem" in vote or not isinstance(rows, Mapping):
        return {}
    return {key: value for key, item in rows.items() if (value := _real(item)) is not None}


def _positions(rows: Sequence[Mapping[str, Json]]) -> tuple[Chance, Chance]:
    """Share of pairs that change with the order, and how often the answer shown first wins.

    A pair is the unit: the wins of its two orders are averaged before an interval is made. Zheng et al.
    (2023, NeurIPS, Judging LLM-as-a-Judge) measure position bias by the same swap.
    """
    changed = pairs = 0
    first: list[float] = []
    for row in rows:
        for vote in votes_of(row):
            points = points_of(vote)
            if len(points) != 2 or FIRST not in points or SECOND not in points:
                continue
            pairs += 1
            changed += points[FIRST] != points[SECOND]
            decided = [won for won in (points[FIRST], 1.0 - points[SECOND]) if won in (0.0, 1.0)]
            if decided:
                first.append(sum(decided) / len(decided))
    return chance(changed, pairs), _mean(first)


def _agreement(rows: Sequence[Mapping[str, Json]]) -> dict[str, tuple[Agreement, Agreement]]:
    """Agreement of a panel's judges by criterion, each judge by its first verdict on a sample or claim."""
    given: dict[str, list[tuple[str, str, float]]] = {}
    for number, row in enumerate(rows):
        for vote in votes_of(row):
            if vote.get("sample") == 1:
                for key, value in points_of(vote).items():
                    item = f"{number}/{vote.get('claim', 0)}"
                    given.setdefault(key, []).append((item, str(vote.get("model")), value))
    found = {}
    for key, ratings in given.items():
        matrix = ratings_rows(ratings, measurement="ordinal")
        found[key] = (percent_agreement(matrix), krippendorff_alpha(matrix))
    return found


def _said(found: Agreement, scale: float = 1.0) -> str:
    digits = 0 if scale > 1 else 2
    value = f"{scale * (found.value or 0.0):.{digits}f}"
    if found.interval is None:
        return value
    low, high = found.interval
    return f"{value} ({scale * low:.{digits}f} to {scale * high:.{digits}f})"


def _mean(values: Sequence[float]) -> Chance:
    found = estimate_mean(np.array(values, np.float64), scale="bounded")
    return Chance(
        value=found.value,
        hits=float(sum(values)),
        n=len(values),
        interval=found.interval,
        method=found.method,
    )


def _real(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)
