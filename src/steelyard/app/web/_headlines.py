"""Single figures of many runs, worked out one at a time behind the pages, and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar, cast

from steelyard.app._experts import summary_of
from steelyard.app.web._figures import Figures
from steelyard.app.web._site import Site
from steelyard.core import Comparison, Difference, Estimate, Json, RunSummary
from steelyard.reports import comparison_headline, shorten_comparisons
from steelyard.reports.html import CellView, change_cell
from steelyard.runs import RunRecord

T = TypeVar("T")
Tone = Literal["", "pass", "fail", "unsure"]
_TONES: Mapping[str, Tone] = {"better": "pass", "worse": "fail", "inconclusive": "unsure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one run against another, in a sentence around a number."""

    lead: str
    """The sentence up to the number; all of it where there is none."""
    cell: CellView | None
    """The number with all that stands behind it."""
    tail: str
    """The sentence after the number."""
    tone: Tone
    """What it means for the candidate."""
    difference: Json
    """The same as the API gives it; None when the runs share no metric."""

    @property
    def text(self) -> str:
        """The whole sentence."""
        return f"{self.lead}{self.cell.text if self.cell else ''}{self.tail}"


@dataclass(frozen=True, slots=True)
class Headlines:
    """Figures of complete runs: one that takes long holds up no other page."""

    site: Site
    wait: bool = True
    """False: take what is known already, and begin nothing, so that the page at hand comes at once."""

    def get(self, key: Hashable, make: Callable[[], T]) -> T | None:
        """A figure, worked out behind what other pages wait for; None where nobody waits for it."""
        if self.wait:
            return self.site.headlines.get(key, make, slow=True)
        return cast("T | None", self.site.headlines.known(key))

    def estimates(self, runs: Sequence[RunRecord]) -> dict[str, tuple[Estimate, ...] | None]:
        """Run id to the run's estimates."""
        revisions = self.site.store.score_revisions([run.id for run in runs])
        return {
            run.id: self.get(
                ("estimates", run.id, revisions.get(run.id)), partial(_estimates, self.site, run)
            )
            for run in runs
        }

    def begin(self, runs: Sequence[RunRecord]) -> None:
        """Start working estimates out, for somebody who will ask again."""
        revisions = self.site.store.score_revisions([run.id for run in runs])
        for run in runs:
            key = ("estimates", run.id, revisions.get(run.id))
            self.site.headlines.begin(key, partial(_estimates, self.site, run), slow=True)

    def change(self, base: RunRecord, candidate: RunRecord) -> Change | None:
        """The candidate against the baseline on its first metric, by the project's allowed drop."""
        drop = self.site.project.gate.allowed_drop
        revisions = self.site.store.score_revisions([base.id, candidate.id])

        def make() -> Change:
            found = Figures(self.site).comparison_of((base, candidate), allowed_drop=drop)
            return change_of(found.comparisons[0])

        key = ("change", base.id, candidate.id, tuple(revisions.items()), drop)
        return self.get(key, make)


def change_of(comparison: Comparison) -> Change:
    """A comparison in one sentence."""
    (shown,) = shorten_comparisons([comparison])
    sentence = comparison_headline(shown)
    if not comparison.metrics:
        return Change(lead=sentence, cell=None, tail="", tone="", difference=None)
    first: Difference = comparison.metrics[0]
    cell = change_cell(shown.metrics[0], shown)
    lead, found, tail = sentence.partition(cell.text)
    return Change(
        lead=lead,
        cell=cell if found else None,
        tail=tail,
        tone=_TONES.get(first.verdict, ""),
        difference=first.as_json(),
    )


def _estimates(site: Site, run: RunRecord) -> tuple[Estimate, ...]:
    known = site.answers.known(Figures(site).summary_key(run))
    return (known if isinstance(known, RunSummary) else summary_of(run, site.store)).metrics
