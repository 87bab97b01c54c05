"""Rules about texts outside the benchmark that hold its questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from steelyard.bench._json_rows import parse_strict
from steelyard.bench.check._report import Remark
from steelyard.bench.check._subject import Subject, texts_of
from steelyard.core import Case, InputError, Json
from steelyard.text import read_lines, words

LONGEST = 13
SHORTEST = 8

_Places = Mapping[str, tuple[Path, int]]


def find_in_corpus(subject: Subject) -> Iterator[Remark]:
    """What it finds: questions of which 13 words in a row stand in a file of the corpus that was given,
    or the whole question where it has 8 to 12 words. Case and punctuation do not matter; shorter
    questions and contexts are not looked for.

    Why it matters: a system that was trained or prompted with the question is measured on what it
    remembers. Thirteen words in a row hardly meet by chance (Brown et al. 2020, "Language models are
    few-shot learners", appendix C).

    Example: `steelyard bench check support --corpus prompts --corpus training.jsonl`. Take the case out,
    or take it out of the corpus.
    """
    if not subject.corpus:
        return
    runs = {case.id: _runs(case) for case in subject.cases}
    wanted = {run for found in runs.values() for run in found}
    places = _places(subject.corpus, wanted)
    for case in subject.cases:
        place = next((places[run] for run in runs[case.id] if run in places), None)
        if place is not None:
            file, line = place
            yield Remark(
                message=f"the question of '{case.id}' stands in {file}:{line}; take it out of one of them",
                cases=(case.id,),
                detail={"file": str(file), "line": line},
            )


def _runs(case: Case) -> list[str]:
    """The runs of words that betray a question."""
    asked: list[Json] = [case.input, *(turn.get("content") for turn in case.turns)]
    if case.scenario is not None:
        asked.append(case.scenario.goal)
    terms = _terms("\n".join(texts_of(asked)))
    size = min(LONGEST, len(terms))
    if size < SHORTEST:
        return []
    return [" ".join(terms[start : start + size]) for start in range(len(terms) - size + 1)]


def _places(corpus: Sequence[Path], wanted: set[str]) -> _Places:
    """Where each wanted run of words is first met."""
    sizes = sorted({run.count(" ") + 1 for run in wanted})
    places: dict[str, tuple[Path, int]] = {}
    for file in _files(corpus):
        last: deque[str] = deque(maxlen=LONGEST)
        for line, text in read_lines(file):
            for term in _terms(_plain(text)):
                last.append(term)
                recent = list(last)
                for size in sizes:
                    if len(recent) >= size and (run := " ".join(recent[-size:])) in wanted:
                        places.setdefault(run, (file, line))
    return places


def _files(corpus: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named; raises InputError for what is neither."""
    for path in corpus:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        elif path.is_file():
            yield path
        else:
            raise InputError("no such file or folder", where=str(path), hint="Check --corpus")


def _plain(line: str) -> str:
    """A line as people read it: of JSON, its texts."""
    if not line.startswith(("{", "[")):
        return line
    try:
        return "\n".join(texts_of(parse_strict(line)))
    except ValueError:  # text that begins with a bracket
        return line


def _terms(text: str) -> list[str]:
    return words(text.casefold())
