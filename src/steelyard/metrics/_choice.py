"""Multiple choice."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import regex

from steelyard.core import Case, Json, MetricSpec, Output, Score, Scored, Skipped, canonical_json
from steelyard.metrics._answer import answer_json, is_list
from steelyard.metrics._base import BaseMetric
from steelyard.metrics._expectation import expected_texts, nothing_to_compare, shorten
from steelyard.text import Normaliser

_MOST = 200_000
_OPTION_KEYS = ("options", "choices")
_ANSWER_KEYS = ("answer", "choice", "label")
_DECORATION = regex.compile(r"\\(?:boxed|text|textbf|mathrm|mathbf)\s*|[*_`$#{}]")
_OPTION_LINE = regex.compile(r"^[ \t>]*[(\[]?([A-Z])[.):\]][ \t]+(\S.*?)[ \t]*$", regex.MULTILINE)
_FOLD = Normaliser(unicode="nfkc", ignore_case=True, ignore_punctuation=True, space="collapse")

# Words that announce a choice, in the languages of the tests; the choice follows at once.
_ANNOUNCED = (
    r"(?:(?:correct|right|best|final)\s+)?(?:answer|option|choice)(?:\s+(?:is|would\s+be|should\s+be))?"
    r"|(?:i|we)(?:\s+would)?\s+(?:choose|pick|select)|(?:đáp\s*án|câu\s*trả\s*lời|chọn)(?:\s+(?:đúng))?(?:\s+là)?"
    r"|(?:正确)?答案(?:应该)?[是为]?|应?[该]?选择?|答え[はが]?|正解[はが]?|정답[은이]?|답[은이]?|คำตอบ(?:ที่ถูกต้อง)?(?:คือ)?"
    r"|(?:correcta|respuesta|réponse|antwort|risposta|resposta|الإجابة|उत्तर)(?:\s+(?:correcta?|richtige))?"
    r"(?:\s+(?:es|est|ist|è|é|هي|है))?"
)


@dataclass(frozen=True, kw_only=True)
class Choice(BaseMetric):
    """Whether the chosen option is the right one.

    What it measures
        1 when the option that the answer chooses is the expected one, else 0. Options are letters, or the
        keys of `options` (or `choices`) in the case's input or expectation: an object of key and text, or
        a list of texts, lettered A, B, C, …. The choice is read, in this order, from: an answer that is a
        key ("B", "(b)", "**B.**"); the last announcement ("the answer is (B)", "đáp án: B", "答案是B"); a
        key at the start of the answer ("B) Paris"); the answer being the text of an option; a last
        line that is a key; the only option whose text occurs in the answer.

    When it misleads
        An answer that discusses several options without naming one is counted as holding no choice. A
        model that would choose right but was never asked for a letter loses here: look at the share of
        answers that held nothing.

    Example
        `choice` with the input `{"question": "…", "options": {"A": "Lyon", "B": "Paris"}}` and the
        expectation `B` or `Paris`.

    Reference
        Hendrycks et al. 2021, "Measuring Massive Multitask Language Understanding".
    """

    traits: ClassVar[MetricSpec] = MetricSpec(name="choice", version="1", scale="binary")

    letters: int = 10
    """How many letters from A on are options of a case that lists none."""

    def _check(self) -> None:
        if not 2 <= self.letters <= 26:
            raise self._refuse("letters must be 2 to 26", hint="Leave it out for A to J")

    def score(self, case: Case, output: Output) -> Score:
        """1.0 or 0.0; an answer without one clear choice holds nothing."""
        wanted = expected_texts(case)
        if not wanted:
            return nothing_to_compare(case)
        options = _options(case) or dict.fromkeys(string.ascii_uppercase[: self.letters], "")
        keys = {_key(text, options) for text in wanted} - {None}
        if not keys:
            return Skipped(reason=f"the expectation {shorten(wanted[0])!r} is none of the options")
        text = _answer_text(output)
        if not text.strip():
            return self._miss("the answer is empty")
        chosen = find_choice(text[-_MOST:], options)
        if chosen is None:
            return self._miss("no choice in the answer")
        return Scored(value=float(chosen in keys), reason=f"chose {chosen}")

    def extract(self, case: Case, output: Output) -> str | None:
        """The text of the chosen option, or its key where options have no texts; None without a choice.

        The text is the same whatever place and key the option has.
        """
        options = _options(case) or _listed(case) or dict.fromkeys(string.ascii_uppercase[: self.letters], "")
        text = _answer_text(output)
        chosen = find_choice(text[-_MOST:], options) if text.strip() else None
        return None if chosen is None else _FOLD(options[chosen]) or chosen


def find_choice(text: str, options: Mapping[str, str]) -> str | None:
    """The key of the option that an answer chooses, or None when it is not clear."""
    plain = _DECORATION.sub("", text).strip()
    patterns = _patterns(tuple(options))
    for pattern in patterns.certain:
        if found := pattern.findall(plain):
            return _as_key(found[-1], options)
    folded = _FOLD(plain)
    texts = {key: _FOLD(option) for key, option in options.items() if _FOLD(option)}
    if equal := [key for key, option in texts.items() if option == folded]:
        return equal[0]
    if found := patterns.last_line.findall(plain):
        return _as_key(found[-1], options)
    return _only_mentioned(folded, texts)


@dataclass(frozen=True, slots=True)
class _Patterns:
    certain: tuple[regex.Pattern[str], ...]
    last_line: regex.Pattern[str]


@lru_cache(maxsize=256)
def _patterns(keys: tuple[str, ...]) -> _Patterns:
    longest_first = sorted(keys, key=len, reverse=True)
    either = "|".join(regex.escape(key) for key in longest_first)
    open_, close = r"[(（\[「\"'“]?\s*", r"\s*[)）\]」\"'”]?"
    key = rf"(?P<key>(?i:{either}))"
    exact = rf"(?P<key>{either})"
    end = r"(?![\p{Latin}\p{N}\p{M}'’])"
    return _Patterns(
        certain=(
            regex.compile(rf"\A{open_}{key}{close}\s*[.:,。]?\Z"),
            regex.compile(
                rf"(?i:{_ANNOUNCED})\s*[:：=-]?\s*(?i:(?:option|choice|phương\s*án|选项|選項)\s*)?"
                rf"(?:[(（\[「]\s*{key}\s*[)）\]」]|[\"'“]?{exact}{end}|[\"'“]?{key}[\"'”]?\s*[.。!]?\s*(?:$|\n))"
            ),
            regex.compile(rf"\A(?:[(（\[]\s*{key}\s*[)）\]]|{exact}\s*[.):：．、）](?!\w)|{exact}\s*\n)"),
        ),
        last_line=regex.compile(rf"(?:\n|\A)\s*{open_}{key}{close}\s*[.。]?\s*\Z"),
    )


def _as_key(found: str | tuple[str, ...], options: Mapping[str, str]) -> str:
    text = found if isinstance(found, str) else next(part for part in found if part)
    return next(key for key in options if key.casefold() == text.casefold())


def _only_mentioned(folded: str, texts: Mapping[str, str]) -> str | None:
    """The option whose text occurs, when no other one's does; an option inside another's text is not it."""
    held = [key for key, option in texts.items() if _occurs(option, folded)]
    widest = [
        key
        for key in held
        if not any(
            other != key and texts[key] != texts[other] and texts[key] in texts[other] for other in held
        )
    ]
    return widest[0] if len(widest) == 1 else None


def _occurs(option: str, folded: str) -> bool:
    if option not in folded:
        return False
    return not option.isascii() or f" {option} " in f" {folded} "


def _answer_text(output: Output) -> str:
    value = answer_json(output)
    if isinstance(value, Mapping):
        for key in _ANSWER_KEYS:
            if key in value and isinstance(value[key], str):
                return str(value[key])
    return output.text


def _options(case: Case) -> dict[str, str]:
    for holder in (case.expected, case.input):
        if isinstance(holder, Mapping):
            for name in _OPTION_KEYS:
                if name in holder:
                    return _lettered(holder[name])
    return {}


def _listed(case: Case) -> dict[str, str]:
    """Options that stand as lines "B) Paris" in a text input; empty unless they run from A without a gap."""
    found = _OPTION_LINE.findall(case.input) if isinstance(case.input, str) else []
    keys = [key for key, _ in found]
    return dict(found) if len(keys) > 1 and keys == list(string.ascii_uppercase[: len(keys)]) else {}


def _lettered(options: Json) -> dict[str, str]:
    if isinstance(options, Mapping):
        return {str(key): _text(value) for key, value in options.items()}
    if is_list(options) and isinstance(options, Sequence):
        return dict(zip(string.ascii_uppercase, map(_text, options), strict=False))
    return {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else canonical_json(value)


def _key(text: str, options: Mapping[str, str]) -> str | None:
    """The option that an expectation names, by its key or by its text."""
    bare = text.strip().strip("().:[]").casefold()
    for key in options:
        if key.casefold() == bare:
            return key
    folded = _FOLD(text)
    return next((key for key, option in options.items() if option and _FOLD(option) == folded), None)
