"""Cases and recorded outputs, gathered from a foreign file one by one and validated on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from steelyard.bench._attachments import AttachmentFolder
from steelyard.bench._imported import Imported, ImportedRun
from steelyard.bench._problems import Problems
from steelyard.bench._row import ID_LIMIT, as_text, read_case
from steelyard.bench._suggestion import suggest_metrics
from steelyard.bench.importers._values import check_plain, printable, shown_text
from steelyard.core import Case, InputError, Json, Output, Provenance, content_hash, output_from_json

_SLICE_VALUES = range(2, 13)
_SLICE_LENGTH = 60
_LARGEST = 1e300


@dataclass(slots=True)
class _Run:
    outputs: dict[tuple[str, int], Output] = field(default_factory=dict)
    target: Mapping[str, Json] = field(default_factory=dict)
    started: str = ""
    notes: tuple[str, ...] = ()


class Gathering:
    """What an importer of fixed fields collects. Broken places go to `problems`, never into a case."""

    def __init__(self, path: Path, form: str) -> None:
        self.path = path
        self.form = form
        self.problems = Problems(path)
        self.notes: list[str] = []
        self.counts: Counter[str] = Counter()
        self._cases: dict[str, Case] = {}
        self._places: dict[str, str] = {}
        self._runs: dict[str, _Run] = {}
        self._folder = AttachmentFolder(path if path.is_dir() else path.parent)

    def __len__(self) -> int:
        return len(self._cases)

    def report(self, line: int, name: str, reason: str) -> None:
        """Note a broken place."""
        self.problems.add(line, printable(name), reason)

    def count(self, sentence: str, by: int = 1) -> None:
        """Count something that deserves a note; the number comes after the sentence."""
        if by:
            self.counts[sentence] += by

    def take_case(self, line: int, row: Mapping[str, Json], *, place: str = "") -> str | None:
        """Validate and keep a case; its id, or None once a problem was reported.

        A case that is there already is kept once when it asks and expects the same.
        """
        prefix = f"{printable(place)}: " if place else ""

        def report(name: str, reason: str) -> None:
            self.problems.add(line, f"{prefix}{name}".strip(": "), reason)

        row = {**row, "id": self._clean_id(row.get("id"))}
        try:
            check_plain(row)
        except ValueError as error:
            report("", str(error))
            return None
        case = read_case(row, folder=self._folder, report=report)
        if case is None:
            return None
        known = self._cases.setdefault(case.id, case)
        where = self._places.setdefault(case.id, printable(place) or f"line {line}")
        if known is not case and known.hash != case.hash:
            report("id", f"'{case.id}' is taken by {where}, which asks or expects something else")
            return None
        if known is not case and known.content_hash != case.content_hash:
            self.count("repeated cases whose metadata differ from the first occurrence, which was kept")
        return case.id

    def derived_id(self, *asked: Json) -> str:
        """An id made from what is asked, for formats without one; the same question gets the same id."""
        return f"case-{content_hash(list(asked))[:12]}"

    def fresh_id(self, wanted: str) -> str:
        """The wanted id, with a number when it is taken."""
        found, number = wanted, 1
        while found in self._cases:
            number += 1
            found = f"{wanted}-{number}"
        return found

    def take_output(
        self,
        line: int,
        case_id: str,
        row: Mapping[str, Json],
        *,
        label: str,
        epoch: int | None = None,
        place: str = "",
    ) -> None:
        """Validate and keep a recorded output; without an epoch it is the next one of its case."""
        run = self._run(label)
        number = epoch or 1
        while epoch is None and (case_id, number) in run.outputs:
            number += 1
        name = f"{printable(place)}: output" if place else "output"
        if (case_id, number) in run.outputs:
            self.problems.add(line, name, f"case '{case_id}' has two answers of '{label}' for epoch {number}")
            return
        try:
            check_plain(row)
            output = output_from_json(row)
            if any(abs(score) > _LARGEST for score in output.scores.values()):
                raise ValueError("holds a score that is too large")
        except (TypeError, KeyError, ValueError, OverflowError) as error:
            self.problems.add(line, name, str(error))
            return
        run.outputs[case_id, number] = output

    def order(self, ids: Sequence[str]) -> None:
        """Put the cases in the order of these ids, the others behind them by the order they came in."""
        places = {name: number for number, name in enumerate(ids)}
        last = len(places)
        ordered = sorted(self._cases.items(), key=lambda item: places.get(item[0], last))
        self._cases = dict(ordered)

    def describe_run(
        self, label: str, *, target: Mapping[str, Json], started: str = "", notes: Sequence[str] = ()
    ) -> None:
        """What the source says about a run."""
        run = self._run(label)
        run.target, run.started, run.notes = target, started, tuple(notes)

    def imported(
        self,
        *,
        metrics: Sequence[str] = (),
        detail: Mapping[str, Json] | None = None,
        slices: bool = True,
    ) -> Imported:
        """All of it; raises InputError with every problem, or when there is no case.

        `metrics` replaces what would be suggested beside recorded scores.
        """
        self.problems.raise_if_any()
        if not self._cases:
            raise InputError("the file holds no cases", where=str(self.path), hint="Check the export")
        cases = tuple(_sliced(list(self._cases.values())) if slices else self._cases.values())
        runs = tuple(
            ImportedRun(
                label=label, outputs=run.outputs, target=run.target, started=run.started, notes=run.notes
            )
            for label, run in self._runs.items()
            if run.outputs
        )
        suggested = suggest_metrics(() if metrics else cases, runs)
        if runs and not (suggested or metrics):
            timed = any(output.latency_s is not None for run in runs for output in run.outputs.values())
            suggested = ("latency",) if timed else ("length",)
        return Imported(
            cases=cases,
            runs=runs,
            metrics=(*suggested, *(name for name in metrics if name not in suggested)),
            notes=(*self.notes, *self._counted(), *self._missing(runs)),
            attachments=self._folder.taken,
            format=self.form,
            provenance=Provenance(
                source="file", reference=self.path.name, detail={"format": self.form, **(detail or {})}
            ),
        )

    def _run(self, label: str) -> _Run:
        return self._runs.setdefault(label, _Run())

    def _counted(self) -> list[str]:
        return [f"{sentence}: {number:,}" for sentence, number in self.counts.items()]

    def _missing(self, runs: Sequence[ImportedRun]) -> list[str]:
        notes = []
        for run in runs:
            missing = len(self._cases) - len({case_id for case_id, _ in run.outputs})
            if missing:
                notes.append(f"run '{run.label}' has no answer to {missing:,} of {len(self._cases):,} cases")
        return notes

    def _clean_id(self, value: Json) -> Json:
        """An id within the limits of the case format; what had to change is counted."""
        if isinstance(value, bool | Mapping | list) or value is None:
            return value
        text = as_text(value)
        clean = text.strip()
        if clean and len(clean) <= ID_LIMIT and clean.isprintable():
            if clean != text:
                self.count("ids without the spaces that were around them")
            return clean
        if not clean:
            return value
        readable = "".join(letter if letter.isprintable() else "_" for letter in clean)[: ID_LIMIT - 13]
        self.count("ids that were too long or held control characters, and were rewritten with a hash")
        return f"{readable.strip()}-{content_hash(text)[:12]}"


def label_of(*candidates: Json, default: str) -> str:
    """The first text that can name a run, on one line and not too long; `...` names nothing."""
    for candidate in candidates:
        if isinstance(candidate, str) and candidate.strip():
            text = " ".join("".join(c if c.isprintable() else " " for c in candidate).split())
            if any(c.isalnum() for c in text):
                return text[:200]
    return default


def file_label(path: Path) -> str:
    """What a run is called when the file does not say: the file's name without its endings."""
    return label_of(path.name.split(".")[0], default="recorded")


def _sliced(cases: list[Case]) -> list[Case]:
    """Cases with those metadata as slices that group them: a few short values, each of several cases."""
    dimensions = []
    for name in dict.fromkeys(name for case in cases for name in case.metadata):
        values = [case.metadata[name] for case in cases if name in case.metadata]
        if not name.isprintable() or "=" in name or not name.strip() or name in ("id", "name"):
            continue
        if not all(isinstance(value, str | bool) for value in values):
            continue
        texts = [shown_text(value) for value in values]
        short = all(0 < len(text) <= _SLICE_LENGTH and text.isprintable() for text in texts)
        if short and len(set(texts)) in _SLICE_VALUES and len(set(texts)) * 2 <= len(texts):
            dimensions.append(name)
    if not dimensions:
        return cases
    return [
        replace(
            case,
            slices={
                **{name: shown_text(case.metadata[name]) for name in dimensions if name in case.metadata},
                **case.slices,
            },
        )
        for case in cases
    ]
