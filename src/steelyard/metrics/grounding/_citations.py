"""Citations."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics.grounding._claims import Claim, split_claims
from steelyard.metrics.grounding._document import Document, document
from steelyard.metrics.grounding._grounded import EmbeddingMetric
from steelyard.metrics.grounding._groundedness import retrieved
from steelyard.metrics.grounding._terms import clean
from steelyard.metrics.grounding._verify import verify
from steelyard.text import sentences

_NUMBERED = re.compile(
    r"\[\^?(?P<square>\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20})\](?!\()|【(?P<corner>\d{1,3})[^】\n]{0,20}】"
    r"|[(\[](?:doc(?:ument)?s?|sources?|refs?|tài liệu|nguồn|文档|文献|資料|出典)[ .:#]{0,3}"
    r"(?P<named>\d{1,3}(?:\s?[,;&]\s?\d{1,3}){0,20})[)\]]",
    re.IGNORECASE,
)
_LINKED = re.compile(r"\[[^\[\]\n]{0,300}\]\((?P<target>[^()\s]{1,2000})\)")
_LINK_NUMBER = re.compile(r"#?(?:doc(?:ument)?|source|ref|cite)?[-_/:]?(\d{1,3})\Z", re.IGNORECASE)
_QUOTED = re.compile(
    r"“([^“”]{8,2000})”|«([^«»]{8,2000})»|„([^„“”]{8,2000})[“”]|「([^「」]{6,2000})」|\"([^\"\n]{8,2000})\""
)
_QUOTE_WORDS = 3
_LETTER = re.compile(r"[^\W\d_]")
_MOST = 500
_MOST_DETAILED = 50


@dataclass(frozen=True, slots=True)
class _Cited:
    """A sentence's citations: numbers of documents that exist, and how many do not."""

    documents: tuple[int, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Citations(EmbeddingMetric):
    """Whether an answer's citations exist, support what they stand at, and are there where they are needed.

    What it measures
        Precision: the share of cited statements that one of their cited documents supports. Recall: the
        share of statements that carry a citation of a document that exists. The value is their harmonic
        mean, or one of them with `part`. Read are `[1]`, `[1, 3]`, `[2-4]`, `【1】`, `(doc 2)`, Markdown
        links to a number or to an address that stands in a document, and quotations of three words and
        more, which have to stand in the cited document (in any, where none is cited) word for word.
        Documents are those that the output retrieved, else the case's context, numbered from 1. Support is
        judged as by `groundedness`.

    When it misleads
        A citation after a paragraph counts for its last sentence only. What misleads `groundedness`
        misleads it too. An answer that only says that the documents hold no answer needs no citation and
        scores 1.

    Example
        `citations:part=precision` where not every sentence needs a source.

    Reference
        Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations" (ALCE): citation
        precision and recall, here with the local tiers instead of an inference model.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="citations", version="1")

    part: Literal["f1", "precision", "recall", "quotations"] = "f1"
    """Which number is the value; `quotations`: the share of quotations that are verbatim."""

    def score(self, case: Case, output: Output) -> Score:
        """0 to 1; an empty answer holds nothing to measure."""
        text = output.text
        if not text.strip():
            return self._miss("the answer is empty")
        texts = retrieved(output) or list(case.context)
        if not texts:
            return Skipped(reason="neither the output nor the case has documents to cite")
        split = split_claims(text)
        if not split.claims:
            if split.abstentions:
                return Scored(
                    value=1.0, reason="abstains: nothing needs a citation", detail={"abstained": True}
                )
            return Skipped(reason="the answer states nothing that needs a citation")
        sources = [document(item) for item in texts]
        return self._judge(text, split.claims, sources)

    def _judge(self, text: str, claims: Sequence[Claim], sources: Sequence[Document]) -> Score:
        cited = _by_claim(text, claims, sources)
        rows: list[dict[str, Json]] = []
        good = held = 0
        for claim, marks in zip(claims, cited, strict=True):
            if not marks.documents and not marks.missing:
                continue
            by = self._supporter(claim, marks, sources)
            good += by is not None
            held += bool(marks.documents)
            rows.append(_row(claim, marks, by))
        quotes = list(_quotes(text, claims, (cited, sources)))
        verbatim = sum(row["verbatim"] is True for row in quotes)
        attempts = len(rows) + len(quotes) - verbatim
        precision = good / attempts if attempts else None
        recall = held / len(claims)
        detail: dict[str, Json] = {
            "precision": precision,
            "recall": recall,
            "claims": len(claims),
            "cited": rows[:_MOST_DETAILED],
            "quotations": quotes[:_MOST_DETAILED],
        }
        value = self._value(precision, recall, (verbatim, len(quotes)))
        if value is None:
            return Skipped(
                reason=f"the answer has no {'quotation' if self.part == 'quotations' else 'citation'}"
            )
        reason = f"{good} of {len(rows)} cited statements supported, {held} of {len(claims)} statements cited"
        if quotes:
            reason += f", {verbatim} of {len(quotes)} quotations verbatim"
        missing = [mark for marks in cited for mark in marks.missing]
        return Scored(
            value=value, reason=reason + (f"; no document {missing[0]}" if missing else ""), detail=detail
        )

    def _value(self, precision: float | None, recall: float, quotes: tuple[int, int]) -> float | None:
        if self.part == "quotations":
            return quotes[0] / quotes[1] if quotes[1] else None
        if self.part == "precision":
            return precision
        if self.part == "recall":
            return recall
        if not precision or not recall:
            return 0.0
        return 2 * precision * recall / (precision + recall)

    def _supporter(self, claim: Claim, marks: _Cited, sources: Sequence[Document]) -> int | None:
        similarity = self._similarity()
        for number in marks.documents:
            (verdict,) = verify([claim], [sources[number - 1]], similarity=similarity)
            if verdict.verdict == "supported":
                return number
        return None


def _row(claim: Claim, marks: _Cited, by: int | None) -> dict[str, Json]:
    return {
        "start": claim.start,
        "end": claim.end,
        "text": claim.text[:300],
        "documents": list(marks.documents),
        "missing": list(marks.missing),
        "supported_by": by,
    }


def _by_claim(text: str, claims: Sequence[Claim], sources: Sequence[Document]) -> list[_Cited]:
    """The citations of each claim: those of its sentence, a mark that opens a sentence being of the one
    before."""
    places = [
        place for place in sentences(text[: claims[-1].end + 200]) if place.kind not in ("code", "heading")
    ]
    starts = [place.start for place in places]
    marks: dict[int, list[str]] = {}
    for position, wanted in _marks(text, sources):
        number = bisect_right(starts, position) - 1
        if number < 0:
            continue
        if number > 0 and _LETTER.search(text, starts[number], position) is None:
            number -= 1
        marks.setdefault(number, []).extend(wanted)
    found = []
    for claim in claims:
        said = marks.get(bisect_right(starts, claim.start) - 1, [])
        exist = tuple(
            dict.fromkeys(int(mark) for mark in said if mark.isdecimal() and 1 <= int(mark) <= len(sources))
        )
        missing = tuple(
            dict.fromkeys(mark for mark in said if not mark.isdecimal() or not 1 <= int(mark) <= len(sources))
        )
        found.append(_Cited(exist, missing))
    return found


def _marks(text: str, sources: Sequence[Document]) -> Iterator[tuple[int, list[str]]]:
    """Place and document numbers of each citation; an address that no document holds stands for itself."""
    for match in _NUMBERED.finditer(text):
        yield match.start(), _numbers(match["square"] or match["corner"] or match["named"])
    for match in _LINKED.finditer(text):
        target = match["target"]
        if (number := _LINK_NUMBER.fullmatch(target)) is not None:
            yield match.start(), [number.group(1)]
            continue
        holders = [str(place) for place, source in enumerate(sources, 1) if target in source.text]
        yield match.start(), holders or [target[:80]]


def _numbers(text: str) -> list[str]:
    found: list[str] = []
    for part in re.split(r"\s?[,;&]\s?", text):
        low, dash, high = (piece.strip() for piece in re.sub("–", "-", part).partition("-"))
        if dash and high and int(low) <= int(high) <= int(low) + 50:
            found += [str(number) for number in range(int(low), int(high) + 1)]
        else:
            found += [str(int(piece)) for piece in (low, high) if piece]
    return found


def _quotes(
    text: str, claims: Sequence[Claim], known: tuple[Sequence[_Cited], Sequence[Document]]
) -> Iterator[Mapping[str, Json]]:
    cited, sources = known
    starts = [claim.start for claim in claims]
    for count, match in enumerate(_QUOTED.finditer(text)):
        if count >= _MOST:
            return
        said = next(group for group in match.groups() if group is not None)
        if said.isascii() and len(said.split()) < _QUOTE_WORDS:
            continue
        number = bisect_right(starts, match.start()) - 1
        wanted = cited[number].documents if number >= 0 else ()
        asked = [sources[place - 1] for place in wanted] or sources
        plain = " ".join(clean(said).casefold().split()).strip(" .,;:!?…。，")
        verbatim = any(plain in " ".join(source.folded.split()) for source in asked)
        yield {"start": match.start(), "end": match.end(), "text": said[:300], "verbatim": verbatim}
