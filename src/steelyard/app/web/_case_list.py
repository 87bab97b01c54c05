"""A version's cases as a list: found by words and slices, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steelyard.app.web._figures import Figures
from steelyard.app.web._render import link
from steelyard.app.web._runs import slices_words
from steelyard.app.web._site import Site
from steelyard.app.web._texts import case_peek, peek
from steelyard.core import Case, parse_json
from steelyard.runs import is_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.datastructures import QueryParams

    from steelyard.bench import BenchmarkVersion

ROWS = 50
_LONGEST = 500
_MOST_SLICES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases are asked for."""

    text: str = ""
    """Words in a case, or part of its id."""
    slices: tuple[str, ...] = ()
    """`dimension=value`, all of which a case must have."""
    first: int = 0
    """Cases of the result that came on pages before."""

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.text or self.slices)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One case in a list."""

    id: str
    """Case id."""
    url: str
    """Its page."""
    sealed: bool
    """Whether its texts are kept from readers."""
    question: str
    """How it begins."""
    expected: str
    """How the expectation begins."""
    slices: str
    """Its slices."""
    split: str
    """Its split."""


def filter_of(query: QueryParams) -> CaseFilter:
    """The filter in an address."""
    first = query.get("from", "")
    return CaseFilter(
        text=query.get("q", "").strip()[:_LONGEST],
        slices=tuple(dict.fromkeys(text for text in query.getlist("slice") if text))[:_MOST_SLICES],
        first=int(first) if first.isascii() and first.isdecimal() and len(first) < 10 else 0,
    )


def list_address(base: str, wanted: CaseFilter, *, first: int = 0) -> str:
    """The address of a page of the list."""
    return link(base, q=wanted.text, slice=wanted.slices or None, **{"from": first or ""})


def find_cases(
    site: Site, version: BenchmarkVersion, wanted: CaseFilter
) -> tuple[Sequence[Case], int | None]:
    """A page of cases, and how many fit; None when nothing was asked for."""
    window = range(wanted.first, wanted.first + ROWS)
    if not wanted.is_set:
        return site.store.cases_at(version, window), None
    asked = [text.partition("=") for text in wanted.slices]
    part = wanted.text.casefold()
    held = _holding(site, version, wanted.text) if wanted.text else frozenset[int]()
    fits: dict[str, bool] = {}
    hits = []
    for place, (case_id, slices) in enumerate(Figures(site).places(version) or []):
        if asked and slices not in fits:
            fits[slices] = all(_has(slices, dimension, value) for dimension, _, value in asked)
        if (not asked or fits[slices]) and (not part or place in held or part in case_id.casefold()):
            hits.append(place)
    return site.store.cases_at(version, hits[window.start : window.stop]), len(hits)


def _holding(site: Site, version: BenchmarkVersion, words: str) -> frozenset[int]:
    """Places of the cases that hold some words, kept for the next page of the list."""
    found = Figures(site).derived(
        ("words", version.ref, words), lambda: frozenset(site.store.search_cases(version, words))
    )
    return found or frozenset()


def case_line(base: str, case: Case) -> CaseLine:
    """A case as the list shows it; of a sealed one, no text."""
    sealed = is_sealed(case)
    return CaseLine(
        id=case.id,
        url=link(f"{base}/case", id=case.id),
        sealed=sealed,
        question="" if sealed else case_peek(case),
        expected="" if sealed else peek(case.expected),
        slices=slices_words(case),
        split=case.split,
    )


def _has(slices: str, dimension: str, value: str) -> bool:
    parsed = parse_json(slices)
    return isinstance(parsed, dict) and str(parsed.get(dimension)) == value
