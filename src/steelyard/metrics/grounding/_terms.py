# ruff: noqa: E501  tables of phrases are read line by line
"""Content terms of a sentence: what must be found in a document for a claim to be in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise

from steelyard.metrics._porter import PorterStemmer

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff"
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}{_KATAKANA}]")
_PLAIN = re.compile(r"\w+(?:['’]\w+)?")
_MIXED = re.compile(rf"[{_KATAKANA}]+|[{_UNSPACED}]+|[^\W{_UNSPACED}{_KATAKANA}]+(?:['’]\w+)?")
_RUN = re.compile(f"[{_UNSPACED}]")
_ASCII_WORD = re.compile(r"[a-z0-9_]+(?:'[a-z0-9_]+)?")


def _lowered_parts(kept: str) -> bytes:
    """A table for `bytes.translate`: letters in lower case, digits, what is kept; blanks for the rest."""
    return bytes(
        ord(chr(byte).lower()) if chr(byte).isalnum() or chr(byte) in kept else 32 for byte in range(128)
    ).ljust(256)


_PARTS = _lowered_parts("_")
_QUOTED_PARTS = _lowered_parts("_'")
_DIGIT = re.compile(r"\d")
_APOSTROPHE = re.compile(r"['’].*")
_STEM_LENGTH = 7
_TRUNCATED = 5
_LONGEST = 40
_MOST_REMEMBERED = 1 << 16
_PORTER = PorterStemmer()

_STOP_TEXT = (
    # English
    "a an the this that these those it its he him his she her hers they them their theirs we us our you your i me "
    "my who whom which what where when why how there here is am are was were be been being do does did done doing "
    "has have had having will would shall should can could may might must of in on at to for from by with about as "
    "into onto over under between through during per via than then so such and or but nor if while because although "
    "though however also too very just only even still more most much many some any each every both either all "
    "not no never none neither without cannot don't doesn't didn't isn't aren't wasn't weren't won't can't hasn't "
    "haven't hadn't wouldn't shouldn't couldn't out up down off again further same other own s t re ve ll d m "
    # Vietnamese
    "là và của có được cho các những một trong với này đó khi để từ thì mà ở ra vào về như đã đang sẽ cũng rất "
    "bị bởi tại theo trên dưới đến hay hoặc nhưng nếu vì nên do không chưa chẳng chả rằng nó họ tôi bạn chúng ta "
    # German, French, Spanish, Portuguese, Italian
    "der die das den dem des ein eine einer eines einem einen und oder aber ist sind war waren wird werden wurde "
    "wurden hat haben hatte hatten sein seine seiner ihr ihre ihrer sich nicht kein keine im am zum zur von vom mit "
    "auf für aus bei nach als auch es er sie wir dass daß wie noch nur zu an um so über durch "
    "le la les l un une des du de d et ou mais est sont était été être avoir ont a au aux ce cette ces il elle ils "
    "elles on qui que dont ne pas plus par pour dans sur avec sans se sa son ses leur leurs en y "
    "el los las una unos unas y o pero es son fue ser ha han del al lo su sus con por para sin se no que como "
    "o os as um uma e é são foi do da dos das no na nos nas em não com sem "
    "il lo gli i uno ed ma è sono era nel nella di da non che per con "
    # Russian
    "и в во не на с со что как к ко по из за от до у о об это был была было были быть есть но а или же бы для он "
    "она они оно его её их мы вы я ни при так также"
)
_STOP = frozenset(_STOP_TEXT.split())
_STOP_UNSPACED = frozenset(
    "的了在是和与及或也都就而被把这那它他她我你们着过对为以于从中个之其 のはがをにでともへやかしたてるいますだ".replace(
        " ", ""
    )
)


def clean(text: str) -> str:
    """The text in form NFKC without characters that nobody sees; ASCII is returned as it is."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def has_digit(text: str) -> bool:
    """Whether a digit stands in the text; for ASCII told from how much is left without digits, which is fast."""
    if not text.isascii():
        return _DIGIT.search(text) is not None
    return len(text.encode("ascii").translate(None, b"0123456789")) < len(text)


def raw_words(text: str) -> list[str]:
    """The words of a cleaned text; a run of a script without blanks is one."""
    if text.isascii() or _HAS_UNSPACED.search(text) is None:
        return _PLAIN.findall(text)
    found: list[str] = _MIXED.findall(text)
    return found


def read_words(text: str) -> tuple[list[str], list[str]]:
    """The words of a cleaned text for `terms_of`, and all of them in lower case."""
    if text.isascii():
        lowered = lower_words(text)
        return lowered, lowered
    words = raw_words(text)
    return words, [word.lower() for word in words]


class Words:
    """Reads the words of pieces of one text, of which it looks at the whole first."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = lower_parts_in_place(text) if text.isascii() else None
        self._clean = self._parts is not None or clean(text) == text
        self._spaced = self._parts is not None or (self._clean and _HAS_UNSPACED.search(text) is None)

    def cleaned(self, start: int, end: int) -> str:
        """A piece as it is compared."""
        return self._text[start:end] if self._clean else clean(self._text[start:end])

    def lowered(self, start: int, end: int) -> list[str]:
        """A piece's words in lower case."""
        ((_, lowered),) = self.read([(start, end)])
        return lowered

    def read(self, places: Iterable[tuple[int, int]]) -> Iterator[tuple[list[str], list[str]]]:
        """For each piece its content terms, in order, and all its words in lower case."""
        text, parts = self._text, self._parts
        if parts is not None:
            quoted = "'" in text
            for start, end in places:
                words = parts[start:end].split()
                if quoted and "'" in text[start:end]:
                    words = lower_words(text[start:end])
                yield list(filter(None, map(_term_of, words))), words
        elif self._spaced:
            for start, end in places:
                words = _PLAIN.findall(text, start, end)
                yield list(filter(None, map(_term_of, words))), [word.lower() for word in words]
        else:
            for start, end in places:
                words, lowered = read_words(self.cleaned(start, end))
                yield terms_of(words), lowered


def lower_words(text: str) -> list[str]:
    """The words of an ASCII text in lower case; `don't` is one."""
    if "'" not in text:
        return lower_parts(text)
    words: list[str] = []
    for part in text.encode("ascii").translate(_QUOTED_PARTS).decode("ascii").split():
        if "'" in part:
            words += _ASCII_WORD.findall(part)
        else:
            words.append(part)
    return words


def lower_parts(text: str) -> list[str]:
    """The runs of letters, digits and underscores of an ASCII text, in lower case."""
    return lower_parts_in_place(text).split()


def lower_parts_in_place(text: str) -> str:
    """The same runs, each where it stands in the text, with blanks between."""
    return text.encode("ascii").translate(_PARTS).decode("ascii")


def terms_of(words: list[str]) -> list[str]:
    """The content terms of words, in order: stems without function words, pairs of characters.

    English words are stemmed (Porter 1980), long words of other alphabets cut after five letters
    (McNamee, Nicholas and Mayfield 2009, "Addressing morphological variation in alphabetic languages"),
    and scripts without blanks taken as overlapping pairs of characters. Plain numbers are left out: they
    are facts, and compared as such.
    """
    found = list(filter(None, map(_term_of, words)))
    if "\0" not in "".join(found):
        return found
    terms: list[str] = []
    for term in found:
        terms.extend(_pairs(term[1:])) if term[0] == "\0" else terms.append(term)
    return terms


class _Terms(dict[str, str]):
    """Words to their terms, filled as they are met: read by C code alone, where a cached function is not."""

    def __missing__(self, word: str) -> str:
        term = _term(word)
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        if len(word) <= _LONGEST:
            self[word] = term
        return term


_term_of = _Terms().__getitem__


def _term(word: str) -> str:
    """One word's term; empty for function words and numbers; a run without blanks is marked."""
    word = word[:_LONGEST] if not _RUN.match(word) else word
    if _RUN.match(word):
        return "\0" + word
    folded = word.casefold()
    if folded in _STOP or folded.isdecimal():
        return ""
    folded = _APOSTROPHE.sub("", folded)
    if folded in _STOP or (len(folded) == 1 and folded.isascii()):
        return ""
    if folded.isascii():
        return _PORTER.stem(folded)[:_STEM_LENGTH] if folded.isalpha() else folded
    return folded[:_TRUNCATED] if len(folded) > _TRUNCATED + 1 else folded


def _pairs(run: str) -> list[str]:
    if len(run) == 1:
        return [] if run in _STOP_UNSPACED else [run]
    return [
        left + right
        for left, right in pairwise(run)
        if not (left in _STOP_UNSPACED and right in _STOP_UNSPACED)
    ]
