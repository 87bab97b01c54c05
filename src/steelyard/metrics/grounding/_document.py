# ruff: noqa: E501  tables of phrases are read line by line
"""A document, indexed once: which sentence holds which term, and what it states exactly."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, lru_cache
from itertools import pairwise

from steelyard.metrics.grounding._facts import Fact, facts_of
from steelyard.metrics.grounding._index import Index
from steelyard.metrics.grounding._polarity import negations, sides
from steelyard.metrics.grounding._terms import Words, clean, raw_words, read_words, terms_of
from steelyard.text import Sentence, sentences

MOST_CHARACTERS = 4_000_000
_CLAUSE = re.compile(
    r"[,;:，；、—–]|\b(?:and|but|while|whereas|although|und|aber|et|mais|y|pero|và|nhưng|còn)\b|而|但"
)
_NOUNS_TOO = 0.17
_ALL_WORDS = 0.5
# Words that German has and its neighbours have not, and that are no part of names.
_GERMAN_TEXT = (
    "und ist das nicht mit für ein eine einen einem einer eines dem im auf zu sich wird werden wurde wurden "
    "sind haben auch oder bei nach aus zum zur vom über unter durch gegen seit kann können gilt gelten"
)
_GERMAN = frozenset(_GERMAN_TEXT.split())
_PRONOUNS_TEXT = (
    "it its he his she her they their this these nó họ anh chị ông bà er sie es ihr sein dieser diese il elle ils elles "
    "él ella ellos он она оно они его её их"
)
_PRONOUNS = frozenset(_PRONOUNS_TEXT.split())
_PRONOUNS_UNSPACED = ("它", "他", "她", "其", "该", "這", "这", "それ", "これ", "彼", "同社", "มัน", "เขา")
_SUBJECT = 4
_CAPITAL = re.compile(r"[^\W\d_a-z](?<!\w.)\w")
_ASCII_CAPITAL = re.compile(r"[A-Z](?<!\w.)\w", re.ASCII)
_STOPS = " .!?…。！？"
_SAMPLE = 20_000
_ENOUGH = 8


class Clause:
    """A part of a sentence, read when it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        words, self._lowered = read_words(self.text)
        terms = terms_of(words)
        self.terms = frozenset(terms)
        self.first = frozenset(terms[:1])

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """What it states exactly."""
        return facts_of(self.text, self._lowered)

    @cached_property
    def negations(self) -> int:
        """How many negations it holds."""
        return negations(self.text, self._lowered)


class Document:
    """One document's sentences and an index over their terms. Made by `document`, which remembers.

    A sentence that begins with a pronoun is indexed with the first terms of the sentence it refers to.
    `whole` has the number of each sentence by its text; `pairs` the neighbouring terms.
    """

    def __init__(self, content: str) -> None:
        self.text = content[:MOST_CHARACTERS]
        self.sentences: list[Sentence] = sentences(self.text)
        self.pairs: set[tuple[str, str]] = set()
        self.whole: dict[str, int] = {}
        self._words = Words(self.text)
        self._facts: dict[int, tuple[Fact, ...]] = {}
        self._clauses: dict[int, tuple[Clause, ...]] = {}
        self._negations: dict[int, int] = {}
        self._sides: dict[int, Mapping[int, tuple[int, str]]] = {}
        postings: defaultdict[str, list[int]] = defaultdict(list)
        subject: list[str] = []
        places = [(start, end) for start, end, _ in self.sentences]
        for number, (terms, lowered) in enumerate(self._words.read(places)):
            refers = _refers(lowered)
            for term in {*terms, *subject} if refers else set(terms):
                postings[term].append(number)
            if not refers:
                subject = terms[:_SUBJECT]
            self.pairs.update(pairwise(terms))
        for number in range(len(places) - 1, -1, -1):
            start, end = places[number]
            self.whole[self.text[start:end].rstrip(_STOPS)] = number
        self.index = Index(dict(postings), len(places))

    def holds(self, term: str) -> bool:
        """Whether a term stands anywhere in the document."""
        return term in self.index

    def cleaned(self, number: int) -> str:
        """The text of a sentence as it is compared."""
        start, end, _ = self.sentences[number]
        return self._words.cleaned(start, end)

    def facts(self, number: int) -> tuple[Fact, ...]:
        """The facts of a sentence."""
        found = self._facts.get(number)
        if found is None:
            found = self._facts[number] = self._read_facts(number)
        return found

    def _read_facts(self, number: int) -> tuple[Fact, ...]:
        return facts_of(self.cleaned(number), self._lowered(number))

    def _lowered(self, number: int) -> list[str]:
        start, end, _ = self.sentences[number]
        return self._words.lowered(start, end)

    def near_facts(self, number: int) -> tuple[Fact, ...]:
        """The facts of a sentence and of the ones around it."""
        last = len(self.sentences) - 1
        around = (other for other in (number, number - 1, number + 1) if 0 <= other <= last)
        return tuple(fact for other in around for fact in self.facts(other))

    def clause(self, number: int, wanted: frozenset[str]) -> Clause:
        """The clause of a sentence that holds most of the wanted terms, the first of equals.

        Later clauses share the first term of the first: in "the shop opens at 9 and closes at 5" the shop
        does both.
        """
        found = self._clauses.get(number)
        if found is None:
            found = self._clauses[number] = self._read_clauses(number)
        if len(found) == 1:
            return found[0]
        shared = found[0].first
        return max(found, key=lambda clause: len(wanted.intersection(clause.terms | shared)))

    def _read_clauses(self, number: int) -> tuple[Clause, ...]:
        text = self.cleaned(number)
        pieces = [piece for piece in _CLAUSE.split(text) if piece and not piece.isspace()]
        return tuple(map(Clause, pieces)) if len(pieces) > 1 else (Clause(text),)

    def negations(self, number: int) -> int:
        """How many negations a sentence holds."""
        found = self._negations.get(number)
        if found is None:
            found = self._negations[number] = negations(self.cleaned(number), self._lowered(number))
        return found

    def sides(self, number: int) -> Mapping[int, tuple[int, str]]:
        """The sides of pairs of opposites that a sentence holds."""
        found = self._sides.get(number)
        if found is None:
            found = self._sides[number] = sides(self._lowered(number))
        return found

    @cached_property
    def folded(self) -> str:
        """The whole document, cleaned and without case."""
        return clean(self.text).casefold()

    @cached_property
    def initials(self) -> str:
        """First letters of its capitalised words in order, so that acronyms can be found."""
        return "".join(word[0] for word in raw_words(clean(self.text)) if word[0].isupper())

    @cached_property
    def capitalises_nouns(self) -> bool:
        """Whether capitals say little here: German, titles. Many names in a text of others do not count."""
        sample = self.text[:_SAMPLE]
        words = sample.count(" ") + 1
        if words < _ENOUGH:
            return False
        begins = sum(place.start < _SAMPLE for place in self.sentences)
        capital = _ASCII_CAPITAL if sample.isascii() else _CAPITAL
        share = (len(capital.findall(sample)) - begins) / words
        return share > _ALL_WORDS or (share > _NOUNS_TOO and not _GERMAN.isdisjoint(sample.split()))


def comparable(sentence: str) -> str:
    """A sentence or claim as `Document.whole` holds it: word for word, but for what ends it."""
    return sentence.rstrip(_STOPS)


def _refers(words: list[str]) -> bool:
    """Whether a sentence of these lower-case words begins with a pronoun."""
    if not words:
        return False
    first = words[0]
    return first in _PRONOUNS or (not first.isascii() and first.startswith(_PRONOUNS_UNSPACED))


@lru_cache(maxsize=512)
def document(text: str) -> Document:
    """The indexed document; asked again for the same text, the same one."""
    return Document(text)
