"""What a check for contamination found: case by case, with the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from steelyard.core._comparison import Difference
from steelyard.core._estimate import Estimate
from steelyard.core._json import Json

CaseState = Literal["clean", "suspicious", "contaminated", "unchecked"]
"""`unchecked`: too short to be looked for, or without any text of its own."""

EvidenceKind = Literal["corpus", "canary", "completion"]
"""Text in a corpus, the canary in an answer, or an answer that goes on as the case does."""

MOST_SIGHTINGS = 100
"""So many places of the canary are kept; there may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a case is not clean."""

    kind: EvidenceKind
    """What was found."""
    file: str
    """The file, or the run, that it was found in."""
    line: int | None = None
    """Line of the unpacked file from 1, row of a table; None in answers."""
    offset: int | None = None
    """Byte of the unpacked file where the text begins, or in JSON where its line begins; None elsewhere."""
    excerpt: str = ""
    """The text as it stands there, cut to 240 characters: written by others, to be escaped when drawn."""
    share: float = 0.0
    """Share of the case's words that stand there, 0 to 1."""
    longest_run: int = 0
    """The most words in a row."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {
            "kind": self.kind,
            "file": self.file,
            "line": self.line,
            "offset": self.offset,
            "excerpt": self.excerpt,
            "share": round(self.share, 4),
            "longest_run": self.longest_run,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFinding:
    """One case and what was found of it."""

    case_id: str
    """The case."""
    state: CaseState
    """The worst that any evidence says."""
    evidence: tuple[Evidence, ...] = ()
    """The strongest first, a few of each kind."""
    places: int = 0
    """How many places of the corpus hold enough of it to be evidence, those not listed included."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {
            "id": self.case_id,
            "state": self.state,
            "places": self.places,
            "evidence": [item.as_json() for item in self.evidence],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySighting:
    """A place that holds the benchmark's canary: an exported copy of the benchmark passed through there."""

    where: str
    """The file, or the run."""
    line: int | None = None
    """Line of the file; None in answers."""
    case_id: str = ""
    """The case that was answered with it; empty in files."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {"where": self.where, "line": self.line, "case": self.case_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class WithAndWithout:
    """A metric of a run on all cases, and on those that nothing speaks against."""

    run: str
    """The run."""
    every: Estimate
    """On all cases."""
    clean: Estimate
    """Without contaminated cases."""
    cleanest: Estimate
    """Without suspicious cases either."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {
            "run": self.run,
            "name": self.every.name,
            "all": self.every.as_json(),
            "without_contaminated": self.clean.as_json(),
            "without_suspicious": self.cleanest.as_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusFacts:
    """How much was read."""

    files: int = 0
    """Files read."""
    size: int = 0
    """Bytes read, after unpacking."""
    unread: tuple[str, ...] = ()
    """Files that could not be read, or not to their end, each with the reason."""

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`."""
        return {"files": self.files, "bytes": self.size, "unread": list(self.unread)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContaminationReport:
    """Every case with its state, and what the scores are worth."""

    cases: tuple[CaseFinding, ...]
    """All cases, in the benchmark's order."""
    corpus: CorpusFacts | None = None
    """What was read; None when no corpus was given."""
    canary: str = ""
    """The canary that was looked for."""
    sightings: tuple[CanarySighting, ...] = ()
    """Where it stands; at most `MOST_SIGHTINGS`."""
    results: tuple[WithAndWithout, ...] = ()
    """Metrics of a run with and without the cases that were found."""
    gaps: tuple[Difference, ...] = ()
    """Originals minus perturbed twins, by metric."""
    completion: Mapping[str, Json] = field(default_factory=dict)
    """Sums of the completion test; empty when there was none."""
    notes: tuple[str, ...] = ()
    """What the reader must know."""

    @property
    def counts(self) -> dict[str, int]:
        """How many cases are in each state."""
        found = Counter(item.state for item in self.cases)
        return {state: found[state] for state in ("clean", "suspicious", "contaminated", "unchecked")}

    def in_state(self, *states: CaseState) -> tuple[CaseFinding, ...]:
        """The cases in these states, in the benchmark's order."""
        return tuple(item for item in self.cases if item.state in states)

    def as_json(self) -> dict[str, Json]:
        """The JSON object of `bench check`, under `contamination`."""
        return {
            "cases": [item.as_json() for item in self.cases],
            "counts": dict(self.counts),
            "corpus": self.corpus.as_json() if self.corpus else None,
            "canary": {"guid": self.canary, "sightings": [item.as_json() for item in self.sightings]},
            "results": [item.as_json() for item in self.results],
            "twin_gaps": [item.as_json() for item in self.gaps],
            "completion": dict(self.completion) or None,
            "notes": list(self.notes),
        }
