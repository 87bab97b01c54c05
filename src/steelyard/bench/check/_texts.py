"""Rules about the texts themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steelyard.bench.check._report import Remark
from steelyard.bench.check._subject import Subject

_PLACEHOLDER = re.compile(
    r"\{\{\s*[A-Za-z_][\w.]*\s*\}\}|<<[A-Z][A-Z_ ]+>>|\[(?:INSERT|TODO|YOUR)[ _][^\]]{1,40}\]"
)
_MOJIBAKE = re.compile("\ufffd|Ã[\x80-\xbf©¨¼¶¤±]|â€[\x99\x9c\x9d™œ“”˜¦]|Â[\xa0\xa3\xa9\xb0]")


def find_empty_inputs(subject: Subject) -> Iterator[Remark]:
    """What it finds: cases that ask nothing: an input of white space only.

    Why it matters: the answer to nothing measures the system prompt. It may be meant; usually a column
    was mapped wrongly.

    Example: `{"id": "a", "input": " "}`.
    """
    for case, question in zip(subject.cases, subject.questions, strict=True):
        if not question.strip():
            yield Remark(message=f"'{case.id}' asks nothing: its input is empty", cases=(case.id,))


def find_placeholders(subject: Subject) -> Iterator[Remark]:
    """What it finds: template placeholders that were not filled in.

    Why it matters: the system is asked about `{{name}}`, and what it makes of that is not what is to be
    measured.

    Example: `"input": "Hello, my order {{order_id}} is late"`.
    """
    for case, question in zip(subject.cases, subject.questions, strict=True):
        match = _PLACEHOLDER.search(question)
        if match:
            yield Remark(
                message=f"'{case.id}' holds the placeholder {match.group()[:40]}, not filled in",
                cases=(case.id,),
            )


def find_broken_characters(subject: Subject) -> Iterator[Remark]:
    """What it finds: replacement characters (U+FFFD) and UTF-8 that was read as Windows-1252.

    Why it matters: real users do not write `Ã©`; tokens, languages and exact matches all suffer.

    Example: `"input": "cafÃ© fermÃ©"`. Export the source again as UTF-8.
    """
    for case, question in zip(subject.cases, subject.questions, strict=True):
        match = _MOJIBAKE.search(question)
        if match:
            around = question[max(match.start() - 10, 0) : match.end() + 10]
            yield Remark(
                message=f"'{case.id}' holds broken characters: {around!r}; export its source again as UTF-8",
                cases=(case.id,),
            )
