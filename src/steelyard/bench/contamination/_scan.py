"""One pass over a corpus: which cases stand in it, and the canary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from steelyard.bench.contamination._blocks import Block, blocks
from steelyard.bench.contamination._files import corpus_files
from steelyard.bench.contamination._index import GramIndex
from steelyard.bench.contamination._match import Match, Matcher
from steelyard.bench.contamination._rule import OverlapRule
from steelyard.bench.contamination._streams import Stream, ascii_letters, streams
from steelyard.bench.contamination._subjects import Subject, subjects_of
from steelyard.core import MOST_SIGHTINGS, CanarySighting, Case, CorpusFacts, Evidence, InputError, UserError

EXCERPT = 240
_LISTED = 3
_MOST_UNREAD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusProgress:
    """How far a pass over a corpus is."""

    done: int
    """Bytes read, after unpacking."""
    files: int
    """Files finished."""
    share: float
    """Share of the files' sizes that is done, 0 to 1; a packed file counts when it is finished."""


OnProgress = Callable[[CorpusProgress], None]


@dataclass(slots=True)
class CorpusFindings:
    """What a pass has found so far."""

    evidence: dict[int, list[tuple[Match, Evidence]]] = field(default_factory=dict)
    """Case index to its strongest places."""
    places: dict[int, int] = field(default_factory=dict)
    """Case index to the number of its places."""
    unchecked: set[int] = field(default_factory=set)
    """Indices of the cases that could not be looked for."""
    sightings: list[CanarySighting] = field(default_factory=list)
    """Places of the canary."""
    facts: CorpusFacts = field(default_factory=CorpusFacts)
    """How much was read."""


def scan_corpus(
    cases: Sequence[Case],
    corpus: Sequence[Path],
    *,
    rule: OverlapRule,
    canaries: Sequence[str] = (),
    on_progress: OnProgress | None = None,
) -> CorpusFindings:
    """Look for the cases and canaries in files and folders, block by block.

    Raises InputError for a path that is not there, a file named that cannot be read, or folders without
    any file; what cannot be read in a folder is noted, and the pass goes on.
    """
    scan = _Scan(cases, rule=rule, canaries=canaries)
    files = list(corpus_files(corpus))
    if corpus and not files:
        raise InputError("holds no file", where=str(corpus[0]), hint="Check --corpus")
    sizes = [_size(file) for file, _ in files]
    finished, total = 0, max(sum(sizes), 1)
    unread: list[str] = []
    for number, ((file, is_named), size) in enumerate(zip(files, sizes, strict=True)):
        here = 0
        try:
            for block in blocks(file):
                scan.take(file, block)
                here += block.fresh
                if on_progress is not None:
                    share = min((finished + min(here, size)) / total, 1.0)
                    on_progress(CorpusProgress(done=scan.read, files=number, share=share))
        except UserError as error:
            if is_named:
                raise
            unread.append(str(error))
        finished += size
    scan.found.facts = CorpusFacts(
        files=len(files) - len(unread), size=scan.read, unread=tuple(unread[:_MOST_UNREAD])
    )
    return scan.found


class _Scan:
    def __init__(self, cases: Sequence[Case], *, rule: OverlapRule, canaries: Sequence[str]) -> None:
        self._subjects: list[Subject] = subjects_of(cases, rule)
        numbers: dict[str, int] = {}
        clusters = [numbers.setdefault(case.cluster, len(numbers)) for case in cases]
        self._index = GramIndex(self._subjects, [clusters[item.case] for item in self._subjects])
        self._matcher = Matcher(self._subjects, self._index.shared, rule)
        self._is_wide = any(item.is_wide for item in self._subjects)
        self._canaries = [ascii_letters(canary.encode()) for canary in canaries]
        self._latest: dict[int, tuple[Path, int]] = {}
        self.read = 0
        self.found = CorpusFindings()
        checkable = {
            item.case for number, item in enumerate(self._subjects) if self._matcher.is_checkable(number)
        }
        self.found.unchecked = set(range(len(cases))) - checkable

    def take(self, file: Path, block: Block) -> None:
        self.read += block.fresh
        for stream in streams(block.text, wide=self._is_wide):
            if not stream.is_wide:
                self._look_for_canaries(file, block, stream)
            if not len(self._index):
                continue
            matches = self._matcher.matches(self._index.hits(stream.letters), stream.letters)
            if matches:
                ends = np.array([[match.first, match.last - 1] for match in matches], np.int64)
                for match, (first, last) in zip(matches, stream.locate(ends).tolist(), strict=True):
                    self._keep(file, block, match, span=(first, last + 1))

    def _keep(self, file: Path, block: Block, match: Match, *, span: tuple[int, int]) -> None:
        """Count a place once, though two blocks may hold it, and list the strongest."""
        case, line = self._subjects[match.subject].case, block.line_at(span[0])
        known = self.found.evidence.setdefault(case, [])
        if self._latest.get(case) != (file, line):
            self._latest[case] = file, line
            self.found.places[case] = self.found.places.get(case, 0) + 1
        same = next((item for item in known if (item[1].file, item[1].line) == (str(file), line)), None)
        weakest = same or (known[-1] if len(known) == _LISTED else None)
        if weakest is not None and _strength(weakest[0]) >= _strength(match):
            return
        if same is not None:
            known.remove(same)
        known.append((match, _evidence(file, block, match, line=line, span=span)))
        known.sort(key=lambda item: _strength(item[0]), reverse=True)
        del known[_LISTED:]

    def _look_for_canaries(self, file: Path, block: Block, stream: Stream) -> None:
        for canary in self._canaries:
            at = stream.letters.find(canary)
            while at >= 0 and len(self.found.sightings) < MOST_SIGHTINGS:
                place = int(stream.locate(np.array([at], np.int64))[0])
                sighting = CanarySighting(where=str(file), line=block.line_at(place))
                if sighting not in self.found.sightings:
                    self.found.sightings.append(sighting)
                at = stream.letters.find(canary, at + len(canary))


def _evidence(file: Path, block: Block, match: Match, *, line: int, span: tuple[int, int]) -> Evidence:
    first, last = span
    while last < len(block.text) and block.text[last] & 0xC0 == 0x80:
        last += 1
    piece = block.text[first:last][: 8 * EXCERPT].decode("utf-8", "replace")
    return Evidence(
        kind="corpus",
        file=str(file),
        line=line,
        offset=block.offset_at(first),
        excerpt=excerpt(piece),
        share=match.share,
        longest_run=match.longest,
    )


def excerpt(text: str) -> str:
    """A text on one line, cut to 240 characters."""
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"


def _strength(match: Match) -> tuple[bool, float, int]:
    return match.state == "contaminated", match.share, match.longest


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
