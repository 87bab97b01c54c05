"""What takes longer than a page may: summaries, comparisons, score columns, worked out once and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from steelyard import bench, gates
from steelyard.app._experts import judges_of, summary_of
from steelyard.app.web._sample_list import SampleFacts, sample_facts
from steelyard.app.web._site import Site
from steelyard.core import Comparison, RunSummary
from steelyard.runs import RunRecord
from steelyard.store import Store

if TYPE_CHECKING:
    from steelyard.app._comparing import Ranking
    from steelyard.bench import BenchmarkVersion, CheckReport, VersionDescription, VersionDiff

PATIENCE_S = 0.06
"""How long a page waits for figures before it comes without them and fetches them behind."""
_WARMED = 4

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Several runs against the first of them."""

    runs: tuple[RunRecord, ...]
    """The runs, the baseline first."""
    comparisons: tuple[Comparison, ...]
    """Each other run against the baseline."""
    rankings: tuple[Ranking, ...]
    """Three or more runs on each metric they share."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is kept, for one site."""

    site: Site

    def summary(self, run: RunRecord, *, patience: float | None = None) -> RunSummary | None:
        """A run's headline numbers; None when they take longer than one is patient."""
        store = self.site.store
        return self._get(self.summary_key(run), lambda: summary_of(run, store), patience)

    def summary_key(self, run: RunRecord) -> Hashable:
        """What a run's summary is kept under."""
        return "summary", run.id, run.status, self.site.store.revision(run.id)

    def facts(self, run: RunRecord, metric: str, *, patience: float | None = None) -> SampleFacts | None:
        """The samples of a run as columns of small facts, with their scores of one metric."""
        store = self.site.store
        key = ("facts", run.id, metric, store.revision(run.id))
        return self._get(key, partial(_facts, store, run.id, metric), patience)

    def compared(
        self,
        runs: Sequence[RunRecord],
        *,
        dimension: str | None = None,
        allowed_drop: float | None = None,
        patience: float | None = None,
    ) -> Compared | None:
        """Runs against the first of them."""
        return self._get(
            ("compared", *self.revisions(runs), dimension, allowed_drop),
            lambda: self.comparison_of(runs, dimension=dimension, allowed_drop=allowed_drop),
            patience,
        )

    def comparison_of(
        self, runs: Sequence[RunRecord], *, dimension: str | None = None, allowed_drop: float | None = None
    ) -> Compared:
        """The same, worked out now and not kept."""
        from steelyard.app._comparing import compare_many  # noqa: PLC0415 # loaded when first needed: start-up

        store = self.site.store
        options = gates.CompareOptions(
            dimension=dimension, allowed_drop=allowed_drop, judges=judges_of(runs, store)
        )
        comparisons, rankings = compare_many(runs, store=store, options=options)
        return Compared(runs=tuple(runs), comparisons=tuple(comparisons), rankings=tuple(rankings))

    def revisions(self, runs: Sequence[RunRecord]) -> tuple[tuple[str, str], ...]:
        """What tells whether anything about some runs has changed."""
        return tuple((run.id, self.site.store.revision(run.id)) for run in runs)

    def derived(self, key: Hashable, make: Callable[[], T], *, patience: float | None = None) -> T | None:
        """What a page makes of figures, kept like them; the key names all it depends on."""
        return self._get(key, make, patience)

    def description(
        self, version: BenchmarkVersion, *, patience: float | None = None
    ) -> VersionDescription | None:
        """What a version holds."""
        store = self.site.store

        def make() -> VersionDescription:
            return bench.describe_version(version, store.cases(version), history=store.versions(version.name))

        return self._get(("description", version.ref, version.tags), make, patience)

    def places(
        self, version: BenchmarkVersion, *, patience: float | None = None
    ) -> list[tuple[str, str]] | None:
        """Id and slices (as JSON text) of every case of a version, in order."""
        return self._get(("places", version.ref), lambda: self.site.store.case_places(version), patience)

    def check(self, version: BenchmarkVersion, *, patience: float | None = None) -> CheckReport | None:
        """What would spoil a measurement on a version."""
        store = self.site.store
        return self._get(
            ("check", version.ref), lambda: bench.check_cases(list(store.cases(version))), patience, slow=True
        )

    def diff(
        self, before: BenchmarkVersion, after: BenchmarkVersion, *, patience: float | None = None
    ) -> VersionDiff | None:
        """What changed from one version to another."""
        store = self.site.store
        return self._get(
            ("diff", before.ref, after.ref),
            lambda: bench.diff_versions(store.cases(before), store.cases(after)),
            patience,
            slow=True,
        )

    def warm(self) -> None:
        """Begin with the figures of the newest runs, before anybody asks."""
        store = self.site.store
        for run in store.list_runs(limit=_WARMED):
            if run.status == "complete" and run.metrics:
                revision = store.revision(run.id)
                key = run.metrics[0].key
                self.site.answers.begin(self.summary_key(run), partial(summary_of, run, store))
                self.site.answers.begin(
                    ("facts", run.id, key, revision),
                    partial(_facts, store, run.id, key),
                )

    def _get(
        self, key: Hashable, make: Callable[[], T], patience: float | None, *, slow: bool = False
    ) -> T | None:
        return self.site.answers.get(key, make, seconds=patience, slow=slow)


def _facts(store: Store, run: str, metric: str) -> SampleFacts:
    return sample_facts(store.score_table(run, metric))
