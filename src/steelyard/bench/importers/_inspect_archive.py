"""The members of an Inspect `.eval` archive as a header and samples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from steelyard.bench._json_rows import Row
from steelyard.bench._problems import Problems, shown
from steelyard.bench.importers._archive import Archive
from steelyard.bench.importers._values import as_items, as_object, parse_tool_json, printable
from steelyard.core import InputError, Json

_WHOLE = re.compile(r"samples/.+_epoch_\d+\.json", re.DOTALL)
_SHELL = re.compile(r"(?P<prefix>samples/.+_epoch_\d+)/sample\.json", re.DOTALL)
_CHUNK = re.compile(
    r"(?P<folder>samples/.+_epoch_\d+/(messages|events|attachments))/(?P<start>\d{1,15})\.json", re.DOTALL
)
_MOST_MESSAGES = 200_000


@dataclass(slots=True, kw_only=True)
class EvalArchive:
    """Reads members; what is broken goes to `problems`."""

    path: Path
    """The `.eval` file."""
    archive: Archive
    """Its members."""
    problems: Problems
    """Broken members."""
    lost: Counter[str] = field(default_factory=Counter)
    """Numbers that JSON does not know (NaN, Infinity), counted."""

    def header(self) -> tuple[Mapping[str, Json], bool]:
        """The log without its samples, and whether it was finished."""
        for name, finished in (("header.json", True), ("_journal/start.json", False)):
            if name in self.archive.names:
                value = self._json(name)
                self.problems.raise_if_any()
                return as_object(value), finished
        raise InputError(
            "the archive is not an Inspect log: it has neither header.json nor _journal/start.json",
            where=str(self.path),
            hint="Give the .eval file as Inspect wrote it",
        )

    def samples(self) -> Iterator[tuple[str, Mapping[str, Json]]]:
        """Member name and sample, one at a time; a chunked sample is put together."""
        chunks: dict[str, dict[int, str]] = {}
        for name in self.archive.names:
            if match := _CHUNK.fullmatch(name):
                chunks.setdefault(match["folder"], {})[int(match["start"])] = name
        for name in self.archive.names:
            if match := _SHELL.fullmatch(name):
                sample: Json = self._chunked(match["prefix"], chunks)
            elif _WHOLE.fullmatch(name):
                sample = self._json(name)
            else:
                continue
            if isinstance(sample, Mapping):
                yield name, sample
            elif sample is not None:
                self.problems.add(0, printable(name), "is not an object")

    def _chunked(self, prefix: str, chunks: Mapping[str, Mapping[int, str]]) -> Json:
        """A sample whose sequences lie in members of their own, named by the index of their first item."""
        shell = self._json(f"{prefix}/sample.json")
        if not isinstance(shell, Mapping):
            return shell
        sequences = {
            name: self._sequence(chunks.get(f"{prefix}/{name}", {}))
            for name in ("messages", "events", "attachments")
        }
        sample: Row = {**shell, "events": sequences["events"]}
        sample["attachments"] = {str(number): text for number, text in enumerate(sequences["attachments"])}
        sample["messages"] = self._referred(prefix, shell.get("message_refs"), sequences["messages"])
        if f"{prefix}/metadata.json" in self.archive.names:
            sample["metadata"] = self._json(f"{prefix}/metadata.json")
        return sample

    def _sequence(self, members: Mapping[int, str]) -> list[Json]:
        found: list[Json] = []
        for start in sorted(members):
            if start != len(found):
                self.problems.add(
                    0, printable(members[start]), f"does not follow the {len(found):,} items before it"
                )
            found.extend(as_items(self._json(members[start])))
        return found

    def _referred(self, prefix: str, references: Json, pool: Sequence[Json]) -> list[Json]:
        """The messages that ranges `[start, end)` of a pool name."""
        if references is None:
            return list(pool)
        found: list[Json] = []
        for item in as_items(references):
            ends = [end for end in as_items(item) if isinstance(end, int) and not isinstance(end, bool)]
            if len(ends) != 2 or not 0 <= ends[0] <= ends[1] <= len(pool):
                self.problems.add(
                    0, f"{prefix}/sample.json: message_refs", f"holds {shown(item)}, not a range"
                )
                break
            found.extend(pool[ends[0] : ends[1]])
            if len(found) > _MOST_MESSAGES:
                self.problems.add(
                    0, printable(f"{prefix}/sample.json: message_refs"), "refers to far too many messages"
                )
                break
        return found

    def _json(self, name: str) -> Json:
        try:
            return parse_tool_json(self.archive.read(name).decode("utf-8"), self.lost)
        except UnicodeDecodeError as error:
            self.problems.add(0, printable(name), f"is not UTF-8 at byte {error.start + 1:,}")
        except ValueError as error:
            self.problems.add(0, printable(name), str(error))
        return None
