"""Numeric match."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from steelyard.core import Case, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare

_SIGNED = re.compile(r"(?<![\w)\]])[-\u2212][$\u20ac\u00a3\u00a5\u20b9\u20ab\u20a9\u0e3f]?\Z")
_BODY = (
    r"\d{{1,3}}(?:[{group}]\d{{2,3}})*[{group}]\d{{3}}(?!\d)(?:{point}\d+)?"
    r"|\d+(?:{point}\d+)?"
    r"|(?<![\w.]){point}\d+"
)
_EXPONENT = r"(?:[eE][-+]?\d{1,3}(?![\d.]))?"
_SPACES = "\u00a0\u2009\u202f'\u2019"
_FOREIGN = str.maketrans({"\u066b": ".", "\u066c": ",", "\uff0e": ".", "\uff0c": ","})
_DIGIT = re.compile(r"\d")
_LATEX_COMMA = "{,}"
_TAIL = 80
_PLAIN_DIGITS = 30


def _pattern(*, group: str, point: str) -> re.Pattern[str]:
    body = _BODY.format(group=group + _SPACES, point=re.escape(point))
    return re.compile(f"(?:{body}){_EXPONENT}")


_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "point": _pattern(group=",", point="."),
    "comma": _pattern(group=".", point=","),
}
_SEPARATORS: Mapping[str, Mapping[int, str | None]] = {
    "point": dict.fromkeys(map(ord, "," + _SPACES)),
    "comma": {**dict.fromkeys(map(ord, "." + _SPACES)), ord(","): "."},
}


@dataclass(frozen=True, kw_only=True)
class NumericMatch(BaseMetric):
    """Whether the last number of the answer is the expected one.

    What it measures
        1 when the last number of the answer equals the last number of the expectation (of one of them,
        when several are acceptable), else 0. Thousands separators are removed (`1,319`, `1 319` with a
        no-break space, `12,34,567`), signs, decimals, exponents and digits of every script are read, and
        currency signs, per cent signs and units ignored. Numbers are compared exactly: 3 equals 3.00.

    When it misleads
        A closing remark with a number ("… as in 2024") is taken for the answer. Units are not checked:
        "18 cents" matches "18 dollars". "1/2" is read as 2.

    Example
        `numeric_match:relative=0.01` allows one per cent; `numeric_match:decimal=comma` reads `1.319,50`.

    Reference
        Cobbe et al. 2021, "Training Verifiers to Solve Math Word Problems" (GSM8K): on the four recorded
        models published with it, this agrees with the authors' grading on all 5,276 answers.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="numeric_match", version="1", scale="binary")

    tolerance: float = 0.0
    """Largest allowed difference."""
    relative: float = 0.0
    """Largest allowed difference as a share of the expected number."""
    decimal: Literal["point", "comma"] = "point"
    """Which sign separates the decimals; the other one separates thousands."""

    def _check(self) -> None:
        if not (0 <= self.tolerance < float("inf") and 0 <= self.relative < float("inf")):
            raise self._refuse("tolerance and relative must be 0 or more", hint="Leave them out for equality")

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an answer without a number holds nothing to extract."""
        texts = expected_texts(case)
        if not texts:
            return nothing_to_compare(case)
        wanted = [number for number in map(self._last, texts) if number is not None]
        if not wanted:
            return Skipped(reason="the expectation holds no number")
        found = self._last(output.text)
        if found is None:
            return self._miss("no number in the answer" if output.text else "the answer is empty")
        for number in wanted:
            if self._equal(found, number):
                return Scored(value=1.0, reason=f"{found:.12g}")
        return Scored(value=0.0, reason=f"got {found:.12g}, expected {wanted[0]:.12g}")

    def extract(self, case: Case, output: Output) -> str | None:  # noqa: ARG002 - what metrics that extract take
        """The last number of the answer, without trailing zeros; None without one."""
        found = self._last(output.text)
        if found is None:
            return None
        plain = found.normalize()
        return f"{plain:f}" if abs(plain.adjusted()) < _PLAIN_DIGITS else str(plain)

    def _last(self, text: str) -> Decimal | None:
        if _DIGIT.search(text) is None:
            return None
        if not text.isascii():
            text = text.translate(_FOREIGN)
        if _LATEX_COMMA in text:
            text = text.replace(_LATEX_COMMA, ",")
        pattern = _PATTERNS[self.decimal]
        found = None
        for part in (_tail(text), text):
            for found in pattern.finditer(part):  # noqa: B007  the last one is wanted
                pass
            if found is not None:
                break
        if found is None:
            return None
        number = Decimal(found.group().translate(_SEPARATORS[self.decimal]))
        before = found.string[max(found.start() - 3, 0) : found.start()]
        negative = _SIGNED.search(before) is not None
        return number.copy_negate() if negative else number  # unary minus would round

    def _equal(self, found: Decimal, wanted: Decimal) -> bool:
        if found == wanted:
            return True
        if not (self.tolerance or self.relative):
            return False
        allowed = max(Decimal(self.tolerance), Decimal(self.relative) * abs(wanted))
        return abs(found - wanted) <= allowed


def _tail(text: str) -> str:
    """The last words, where the last number mostly is; no number goes across a blank."""
    start = len(text) - _TAIL
    return text if start <= 0 else text[max(text.find(" ", start), 0) :]
