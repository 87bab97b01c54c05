"""Language of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, Skipped
from steelyard.metrics._base import NOTHING_EXPECTED, BaseMetric
from steelyard.metrics._expectation import expected_texts
from steelyard.text import identify_language, language_codes


@dataclass(frozen=True, kw_only=True)
class LanguageMatch(BaseMetric):
    """Whether the answer is in the expected language.

    What it measures
        1 when the identified language of the answer is the expected one, else 0. Expected is the code in
        `code`; without it the expectation when that is a code or an object with `language`; otherwise the
        language of the expected text, or of the input with `like=input`.

    When it misleads
        Identification errs on a few words, on names and code, and between close relatives (Norwegian and
        Danish, Malay and Indonesian). A mixed answer counts as its larger part. Narrow the
        candidates with `among`.

    Example
        `language:code=vi`; `language:like=input` asks that the user is answered in their language.

    Reference
        Lui and Baldwin 2012, "langid.py: an off-the-shelf language identification tool"; the model of
        py3langid. Codes are ISO 639-1.
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="language", version="1", scale="binary")

    code: str = ""
    """ISO 639-1 code that every answer should have; empty: the case says it."""
    like: Literal["expected", "input"] = "expected"
    """Where a text in the right language is found when no code is given."""
    among: tuple[str, ...] = ()
    """The only codes to choose from; empty: all that are known."""

    def _check(self) -> None:
        unknown = sorted(({self.code} - {""} | set(self.among)) - language_codes())
        if unknown:
            raise self._refuse(
                f"unknown language {', '.join(unknown)}", hint="Use ISO 639-1 codes such as en, vi, zh"
            )

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an answer without letters holds nothing to identify."""
        wanted = self._wanted(case)
        if isinstance(wanted, Skipped):
            return wanted
        text = output.text
        found = identify_language(text, among=self.among)
        if found is None:
            return self._miss("no letters in the answer" if text.strip() else "the answer is empty")
        reason = f"{found.code} with probability {found.probability:.2f}, expected {wanted}"
        return Scored(value=float(found.code == wanted), reason=reason)

    def _wanted(self, case: Case) -> str | Skipped:
        if self.code:
            return self.code
        if self.like == "input":
            return self._of_text(_input_text(case.input))
        if isinstance(case.expected, Mapping):
            named = case.expected.get("language")
            if isinstance(named, str) and named.casefold() in language_codes():
                return named.casefold()
        texts = expected_texts(case)
        if not texts:
            return NOTHING_EXPECTED
        bare = texts[0].strip().casefold()
        return bare if bare in language_codes() else self._of_text(texts[0])

    def _of_text(self, text: str) -> str | Skipped:
        found = identify_language(text, among=self.among)
        return Skipped(reason="no text to tell the expected language from") if found is None else found.code


def _input_text(value: Json) -> str:
    """The words of the user: text itself, the last user message, or the texts of an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return " ".join(item for item in value.values() if isinstance(item, str))
    if value is None or isinstance(value, bool | int | float):
        return ""
    said = [
        item["content"]
        for item in value
        if isinstance(item, Mapping) and item.get("role") == "user" and "content" in item
    ]
    return said[-1] if said and isinstance(said[-1], str) else ""
