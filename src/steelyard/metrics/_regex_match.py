"""Regular expression match."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar, Literal

import regex

from steelyard.core import Case, Failed, MetricSpec, Output, Score, Scored
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare, shorten


@dataclass(frozen=True, kw_only=True)
class RegexMatch(BaseMetric):
    r"""Whether the answer matches a regular expression.

    What it measures
        1 when the pattern (of the settings, or one of the expected texts) is found in the answer, else 0.
        `^` and `$` match at the ends of every line.

    When it misleads
        A pattern accepts whatever else stands beside it: "not 42" matches `\b42\b`. Use `where=whole` to
        match the whole answer. A pattern that takes more than `seconds` on an answer is given up and the
        sample counts as missing, not as wrong: mend the pattern.

    Example
        `regex_match:pattern=^[A-Z]{3}-\d{4}$,where=whole`.

    Reference
        Syntax of the Python module `regex`, version 0 behaviour; Unicode classes such as `\p{Han}` work.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="regex_match", version="1", scale="binary")

    pattern: str = ""
    """The expression; empty: the case's expected texts are expressions."""
    where: Literal["anywhere", "start", "whole"] = "anywhere"
    """Where it must match."""
    ignore_case: bool = False
    """Match letters of either case."""
    seconds: float = 1.0
    """The longest time for one answer, against patterns that explode."""

    def _check(self) -> None:
        if not 0 < self.seconds <= 60:
            raise self._refuse("seconds must be above 0 and at most 60", hint="Leave it out for 1")
        try:
            _compiled(self.pattern, ignore_case=self.ignore_case)
        except regex.error as error:
            raise self._refuse(
                f"{self.pattern!r:.80} is not a regular expression: {error}", hint="Mend the pattern"
            ) from error

    @cached_property
    def _method(self) -> str:
        return {"anywhere": "search", "start": "match", "whole": "fullmatch"}[self.where]

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; Failed where a pattern cannot be read or takes too long."""
        patterns = (self.pattern,) if self.pattern else expected_texts(case)
        if not patterns:
            return nothing_to_compare(case)
        text = output.text.strip()
        if not text:
            return self._miss("the answer is empty")
        for pattern in patterns:
            try:
                compiled = _compiled(pattern, ignore_case=self.ignore_case)
                found = getattr(compiled, self._method)(text, timeout=self.seconds)
            except regex.error as error:
                return Failed(error=f"{shorten(pattern)!r} is not a regular expression: {error}")
            except TimeoutError:
                return Failed(error=f"{shorten(pattern)!r} takes more than {self.seconds:g} s on this answer")
            if found:
                return Scored(value=1.0, reason=f"matched {shorten(found.group())!r}")
        return Scored(value=0.0, reason=f"{shorten(text)!r} does not match {shorten(patterns[0])!r}")


@lru_cache(maxsize=4096)
def _compiled(pattern: str, *, ignore_case: bool) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.MULTILINE | (regex.IGNORECASE if ignore_case else 0))
