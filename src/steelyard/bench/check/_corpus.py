"""Rules about texts outside the benchmark that hold its questions."""

from __future__ import annotations

from collections.abc import Iterator

from steelyard.bench.check._report import Remark
from steelyard.bench.check._subject import Subject
from steelyard.core import CaseState


def find_in_corpus(subject: Subject) -> Iterator[Remark]:
    """What it finds: questions of which 13 words in a row stand in a file of the corpus that was given,
    or the whole question where it has 8 to 12 words, or four fifths of its words close together. Spacing,
    case and punctuation do not matter; questions of fewer words and contexts are not looked for.

    Why it matters: a system that was trained or prompted with the question is measured on what it
    remembers. Thirteen words in a row hardly meet by chance (Brown et al. 2020, "Language models are
    few-shot learners", appendix C).

    Example: `steelyard bench check support --corpus prompts --corpus training.jsonl`. Take the case out,
    or take it out of the corpus.
    """
    yield from _remarks(subject, "contaminated", "stands in {}; take it out of one of them")


def find_nearly_in_corpus(subject: Subject) -> Iterator[Remark]:
    """What it finds: questions of which half the words stand close together in the corpus that was given,
    in runs of 16 letters and more; and questions of 4 to 7 words that stand there whole.

    Why it matters: a rewritten question helps a system less than the question itself, but it helps. Short
    questions meet by chance: read the place before you decide.

    Example: the corpus holds the question with its numbers changed and a sentence left out.
    """
    yield from _remarks(subject, "suspicious", "stands in parts in {}; read that place")


def _remarks(subject: Subject, state: CaseState, words: str) -> Iterator[Remark]:
    if subject.contamination is None:
        return
    for found in subject.contamination.in_state(state):
        place = next((item for item in found.evidence if item.kind == "corpus"), None)
        if place is not None:
            where = words.format(f"{place.file}:{place.line}")
            yield Remark(
                message=f"the question of '{found.case_id}' {where}",
                cases=(found.case_id,),
                detail={"file": place.file, "line": place.line, "share": round(place.share, 4)},
            )
