# ruff: noqa: E501  tables of phrases are read line by line
"""A document, indexed once: which sentence holds which term, and what it states exactly."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from itertools import pairwise

from steelyard.metrics.grounding._facts import Fact, facts_of
from steelyard.metrics.grounding._index import Index
from steelyard.metrics.grounding._polarity import negations
from steelyard.metrics.grounding._terms import clean, raw_words, read_words, terms_of
from steelyard.text import Sentence, sentences

MOST_CHARACTERS = 4_000_000
_CLAUSE = re.compile(
    r"\s*(?:[,;:，；、—–]|\b(?:and|but|while|whereas|although|und|aber|et|mais|y|pero|và|nhưng|còn)\b|而|但)\s*"
)
_NOUNS_TOO = 0.17
_PRONOUNS_TEXT = (
    "it its he his she her they their this these nó họ anh chị ông bà er sie es ihr sein dieser diese il elle ils elles "
    "él ella ellos он она оно они его её их"
)
_PRONOUNS = frozenset(_PRONOUNS_TEXT.split())
_PRONOUNS_UNSPACED = ("它", "他", "她", "其", "该", "這", "这", "それ", "これ", "彼", "同社", "มัน", "เขา")
_SUBJECT = 4
_CAPITAL = re.compile(r"[^\W\d_a-z](?<!\w.)\w")
_STOPS = " .!?…。！？"
_SAMPLE = 20_000
_ENOUGH = 8


class Document:
    """One document's sentences and an index over their terms. Made by `document`, which remembers.

    A sentence that begins with a pronoun is indexed with the first terms of the sentence it refers to.
    `whole` has the number of each sentence by its text; `pairs` the neighbouring terms.
    """

    def __init__(self, content: str) -> None:
        self.text = content[:MOST_CHARACTERS]
        self.sentences: list[Sentence] = sentences(self.text)
        self.pairs: set[tuple[str, str]] = set()
        self._cleaned: dict[int, str] = {}
        self._facts: dict[int, tuple[Fact, ...]] = {}
        self._negations: dict[int, int] = {}
        postings: dict[str, list[int]] = {}
        subject: list[str] = []
        self.whole: dict[str, int] = {}
        for number, sentence in enumerate(self.sentences):
            text = self.text[sentence.start : sentence.end]
            self.whole.setdefault(comparable(text), number)
            words, lowered = read_words(clean(text))
            terms = terms_of(words)
            refers = _refers(lowered)
            for term in dict.fromkeys([*terms, *subject] if refers else terms):
                postings.setdefault(term, []).append(number)
            if not refers:
                subject = terms[:_SUBJECT]
            self.pairs.update(pairwise(terms))
        self.index = Index(postings, len(self.sentences)) if postings else None

    def holds(self, term: str) -> bool:
        """Whether a term stands anywhere in the document."""
        return self.index is not None and term in self.index

    def cleaned(self, number: int) -> str:
        """The text of a sentence as it is compared."""
        found = self._cleaned.get(number)
        if found is None:
            sentence = self.sentences[number]
            found = self._cleaned[number] = clean(self.text[sentence.start : sentence.end])
        return found

    def facts(self, number: int) -> tuple[Fact, ...]:
        """The facts of a sentence."""
        found = self._facts.get(number)
        if found is None:
            found = self._facts[number] = self._read_facts(number)
        return found

    def _read_facts(self, number: int) -> tuple[Fact, ...]:
        text = self.cleaned(number)
        return facts_of(text, read_words(text)[1])

    def near_facts(self, number: int) -> tuple[Fact, ...]:
        """The facts of a sentence and of the ones around it."""
        last = len(self.sentences) - 1
        around = (other for other in (number, number - 1, number + 1) if 0 <= other <= last)
        return tuple(fact for other in around for fact in self.facts(other))

    def clause(self, number: int, wanted: frozenset[str]) -> str:
        """The clause of a sentence that holds most of the wanted terms, the first of equals."""
        pieces = [piece for piece in _CLAUSE.split(self.cleaned(number)) if piece.strip()]
        if len(pieces) < 2:
            return self.cleaned(number)
        return max(pieces, key=lambda piece: len(wanted.intersection(terms_of(read_words(piece)[0]))))

    def negations(self, number: int) -> int:
        """How many negations a sentence holds."""
        found = self._negations.get(number)
        if found is None:
            text = self.cleaned(number)
            found = self._negations[number] = negations(text, read_words(text)[1])
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
        """Whether capitals say little here: German, titles."""
        sample = self.text[:_SAMPLE]
        words = sample.count(" ") + 1
        if words < _ENOUGH:
            return False
        begins = sum(place.start < _SAMPLE for place in self.sentences)
        return (len(_CAPITAL.findall(sample)) - begins) / words > _NOUNS_TOO


def comparable(sentence: str) -> str:
    """A sentence or claim as `Document.whole` holds it: word for word, but for what ends it."""
    return sentence.rstrip(_STOPS)


def _refers(words: list[str]) -> bool:
    """Whether a sentence of these lower-case words begins with a pronoun."""
    return bool(words) and (words[0] in _PRONOUNS or words[0].startswith(_PRONOUNS_UNSPACED))


@lru_cache(maxsize=512)
def document(text: str) -> Document:
    """The indexed document; asked again for the same text, the same one."""
    return Document(text)
