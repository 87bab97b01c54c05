"""Forbidden words and claims, and glossaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from steelyard.core import Case, Failed, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics._expectation import shorten
from steelyard.metrics.grounding._check import check_texts, says_something
from steelyard.metrics.grounding._matching import Searchable

_MOST_CHARACTERS = 200_000
_MOST_HITS = 100
_MOST_TERMS = 5_000


@dataclass(frozen=True, kw_only=True)
class Forbidden(BaseMetric):
    """Whether the answer keeps clear of words and claims that it must not contain.

    What it measures
        1 when the answer holds none of the forbidden terms and makes none of the forbidden claims, else 0.
        They come from the setting `terms` (a list, or `file:PATH`) and from `forbidden` in the case's
        expectation, when that is an object. An entry is a term, or `{"claim": "…"}`, which is hit when the
        answer states it, as `groundedness` judges with the answer as the document. Terms are found whatever
        their case, width and ending (`guarantee`, `guarantees`, `guaranteed`), in any script, also with
        invisible characters between.

    When it misleads
        A term is found also where the answer warns of it. Endings are those of common inflections, not of
        every language. A forbidden claim in quite other words is missed.

    Example
        `forbidden:terms=file:forbidden.json` with `["risk-free", {"claim": "Returns are guaranteed."}]`.

    Reference
        Exact matching with inflection; claims as in Min et al. 2023, FActScore.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="forbidden", version="1", scale="binary")

    terms: Json = None
    """Terms and claims that no answer may hold; none: those of the case only."""
    inflected: bool = True
    """Whether other endings of a word count."""

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an empty answer holds nothing to measure."""
        own = case.expected.get("forbidden") if isinstance(case.expected, Mapping) else None
        entries = [*_entries(self.terms), *_entries(own)]
        if not entries:
            return NOTHING_EXPECTED
        if any(_unreadable(entry) for entry in entries):
            return Failed(error="a forbidden entry is neither text nor an object with `term` or `claim`")
        text = output.text
        if not text.strip():
            return self._miss("the answer is empty")
        hits = list(self._hits(text[:_MOST_CHARACTERS], entries[:_MOST_TERMS]))[:_MOST_HITS]
        if not hits:
            return Scored(value=1.0, detail={"hits": []})
        return Scored(value=0.0, reason=f"says {shorten(str(hits[0]['text']))!r}", detail={"hits": hits})

    def _hits(self, text: str, entries: Sequence[Json]) -> Iterator[dict[str, Json]]:
        searched = Searchable(text)
        claims: list[str] = []
        for entry in entries:
            if isinstance(entry, Mapping) and isinstance(claim := entry.get("claim"), str):
                claims.append(claim)
                continue
            term = _term(entry)
            for start, end in searched.find(term, inflected=self.inflected):
                yield {"term": term, "start": start, "end": end, "text": text[start:end]}
        for claim, verdict in zip(claims, check_texts(claims, [text]), strict=True):
            if verdict.verdict == "supported" and verdict.evidence is not None:
                place = verdict.evidence
                yield {"claim": claim, "start": place.start, "end": place.end, "text": place.text}


@dataclass(frozen=True, kw_only=True)
class Glossary(BaseMetric):
    """Share of the glossary's entries that the answer keeps to: the right term, not the wrong ones.

    What it measures
        Entries come from the setting `terms` (an object of preferred term to the terms to avoid, a list of
        terms that must be used, or `file:PATH`) and from `glossary` in the case's expectation, when that is
        an object. An entry of an object applies when the answer uses the preferred term or one to avoid,
        and is kept when it uses none to avoid; a listed term always applies and is kept when it is used.
        Terms are found whatever their case, width and ending, in any script. Each break is listed with its
        place.

    When it misleads
        A term that is right in one sense and to be avoided in another cannot be told apart.

    Example
        `glossary:terms=file:glossary.json` with `{"sign in": ["log in", "login"], "khách hàng": ["người
        mua"]}`.

    Reference
        Terminology adherence as in machine translation: Alam et al. 2021, "On the Evaluation of Machine
        Translation for Terminology Consistency" (exact-match accuracy of terms).
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="glossary", version="1")

    terms: Json = None
    """Preferred terms to those to avoid, or a list of terms that must be used; none: those of the case
    only."""
    inflected: bool = True
    """Whether other endings of a word count."""

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an empty answer holds nothing to measure."""
        own = case.expected.get("glossary") if isinstance(case.expected, Mapping) else None
        rows = [*_rows(self.terms), *_rows(own)][:_MOST_TERMS]
        if not rows:
            return NOTHING_EXPECTED
        text = output.text
        if not text.strip():
            return self._miss("the answer is empty")
        searched = Searchable(text[:_MOST_CHARACTERS])
        applicable = kept = 0
        hits: list[Json] = []
        for wanted, avoided in rows:
            breaks = list(self._breaks(searched, wanted, avoided))
            used = any(True for _ in searched.find(wanted, inflected=self.inflected))
            if avoided is None:
                applicable, kept = applicable + 1, kept + used
                if not used:
                    hits.append({"missing": wanted})
            elif used or breaks:
                applicable, kept = applicable + 1, kept + (not breaks)
            hits += breaks
        if not applicable:
            return Skipped(reason="the answer uses no term of the glossary")
        detail: dict[str, Json] = {"applicable": applicable, "kept": kept, "breaks": hits[:_MOST_HITS]}
        return Scored(value=kept / applicable, reason=_reason(hits), detail=detail)

    def _breaks(
        self, text: Searchable, wanted: str, avoided: Sequence[str] | None
    ) -> Iterator[dict[str, Json]]:
        good = set(text.find(wanted, inflected=self.inflected))
        for term in avoided or ():
            for start, end in text.find(term, inflected=self.inflected):
                if not any(low <= start and end <= high for low, high in good):
                    yield {"term": term, "prefer": wanted, "start": start, "end": end}


def _reason(hits: Sequence[Json]) -> str:
    if not hits or not isinstance(first := hits[0], Mapping):
        return ""
    if "missing" in first:
        return f"does not use {first['missing']!r}"
    return f"says {first['term']!r} where {first['prefer']!r} is preferred"


def _entries(value: Json) -> Sequence[Json]:
    if value is None:
        return ()
    return [value] if isinstance(value, str | Mapping) or not isinstance(value, Sequence) else value


def _unreadable(entry: Json) -> bool:
    if isinstance(entry, Mapping) and isinstance(claim := entry.get("claim"), str):
        return not says_something(claim)
    return not _term(entry).strip()


def _term(entry: Json) -> str:
    said = entry.get("term") if isinstance(entry, Mapping) else entry
    return said if isinstance(said, str) else ""


def _rows(value: Json) -> list[tuple[str, list[str] | None]]:
    if isinstance(value, Mapping):
        return [
            (wanted, [term for term in _entries(avoided) if isinstance(term, str) and term.strip()])
            for wanted, avoided in value.items()
            if wanted.strip()
        ]
    return [(term, None) for term in _entries(value) if isinstance(term, str) and term.strip()]
