"""Rules about what is expected."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from steelyard.bench.check._report import Remark
from steelyard.bench.check._subject import Subject
from steelyard.core import Case

_SHORTEST_LEAK = 8
_LABEL_SHARE = 0.02


def find_empty(subject: Subject) -> Iterator[Remark]:
    """What it finds: expectations that are empty or hold only white space.

    Why it matters: an exact match with nothing rewards a system that says nothing.

    Example: `"expected": ""`. Leave the field out when nothing is known; a metric that needs it then
    skips the case and says so.
    """
    for case in subject.cases:
        if any(not text.strip() for text in _answers(case)):
            yield Remark(
                message=f"'{case.id}' expects an empty text; leave `expected` out when nothing is known",
                cases=(case.id,),
            )


def find_partly_missing(subject: Subject) -> Iterator[Remark]:
    """What it finds: some cases say what is expected, and others do not.

    Why it matters: metrics that compare with an expectation skip the others, so their figure speaks of
    fewer cases than the benchmark has.

    Example: 90 cases with `expected`, 10 without: `exact_match` reports on 90.
    """
    without = [case.id for case in subject.cases if case.expected is None]
    if without and len(without) < len(subject.cases):
        yield Remark(
            message=(
                f"{len(without):,} of {len(subject.cases):,} cases expect nothing; "
                "metrics that compare will skip them"
            ),
            cases=tuple(without[:20]),
            detail={"without": len(without)},
        )


def find_leaks(subject: Subject) -> Iterator[Remark]:
    """What it finds: the expected text, of eight characters or more, stands in the question word for word.

    Why it matters: the case then measures copying. Expectations that many cases share are labels, which
    a prompt may rightly list, and are not reported; nor is the context, where answers are to be found.

    Example: `"input": "Translate: chat (answer: the small cat)"`, `"expected": "the small cat"`.
    """
    counts = Counter(_plain(text) for case in subject.cases for text in _answers(case))
    common = max(2, _LABEL_SHARE * len(subject.cases))
    for case in subject.cases:
        question = None
        for text in _answers(case):
            plain = _plain(text)
            if len(plain) < _SHORTEST_LEAK or counts[plain] > common:
                continue
            if question is None:
                question = _plain(_asked(case))
            if _stands_in(plain, question):
                yield Remark(
                    message=f"'{case.id}' holds its own answer in the question; take it out",
                    cases=(case.id,),
                )
                break


def _answers(case: Case) -> list[str]:
    expected = case.expected
    if isinstance(expected, str):
        return [expected]
    if isinstance(expected, Mapping) or expected is None:
        return []
    return [item for item in expected if isinstance(item, str)] if isinstance(expected, list | tuple) else []


def _asked(case: Case) -> str:
    parts = [case.input] if isinstance(case.input, str) else []
    if isinstance(case.input, list):
        parts += [
            str(message["content"])
            for message in case.input
            if isinstance(message, Mapping) and isinstance(message.get("content"), str)
        ]
    return "\n".join(
        parts + [str(turn["content"]) for turn in case.turns if isinstance(turn.get("content"), str)]
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _stands_in(answer: str, question: str) -> bool:
    """Whether the answer stands in the question, not as part of a longer word."""
    if answer not in question:
        return False
    return re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", question) is not None
