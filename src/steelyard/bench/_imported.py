"""What an importer hands over: cases, the runs recorded with them, and what was left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from steelyard.bench._mapping import ColumnMapping
from steelyard.core import Case, Json, Output, Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRun:
    """Outputs that came with the cases: a run that needs no call."""

    label: str
    """What people call it: the model, the prompt, the experiment."""
    outputs: Mapping[tuple[str, int], Output]
    """Case id and epoch (from 1) to the recorded output."""
    target: Mapping[str, Json] = field(default_factory=dict)
    """What the source says about the system: model, prompt, settings; no secrets."""
    started: str = ""
    """When the source says it ran, ISO 8601; empty when it does not say."""
    notes: tuple[str, ...] = ()
    """What did not carry over from this run."""

    @property
    def epochs(self) -> int:
        """The most repetitions of any case."""
        return max((epoch for _, epoch in self.outputs), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One file, read whole and validated. Nothing has been stored yet."""

    cases: tuple[Case, ...]
    """The cases in file order; ids are unique."""
    runs: tuple[ImportedRun, ...] = ()
    """Recorded outputs, one run for each system."""
    metrics: tuple[str, ...] = ()
    """Metrics that suit the data, as typed on the command line."""
    notes: tuple[str, ...] = ()
    """What was decided and what did not carry over, one sentence each."""
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
    """How columns were read; empty for formats with fixed fields."""
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    """SHA-256 to bytes of every attachment the cases name."""
    format: str = ""
    """The importer's name."""
    provenance: Provenance = field(default_factory=lambda: Provenance(source="file"))
    """Which file, and what the source says about itself."""
