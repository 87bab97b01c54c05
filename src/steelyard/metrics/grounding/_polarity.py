# ruff: noqa: E501  tables of phrases are read line by line
"""Negation and opposites: what turns a claim round although its words stay."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORDS_TEXT = (
    "not no never none neither nor without cannot nobody nothing nowhere hardly lacks lacked fails "
    "failed unable không chưa chẳng chả chớ đừng nicht kein keine keinen keinem keiner keines nie "
    "niemals ohne weder pas jamais aucun aucune sans nunca ningún ninguna ninguno sin não nem sem non "
    "senza не нет ни никогда без нельзя tidak bukan belum tanpa ليس لا لم لن नहीं 않 "
)
_WORDS = frozenset(_WORDS_TEXT.split())
_ENGLISH_SHORT = re.compile(r"n['’]t\Z", re.IGNORECASE)
_UNSPACED = re.compile(
    r"不|没(?!有?关系)|沒|未(?!来|來)|非(?!常|洲|法)|无(?!论|線|线)|無(?!論|線)|ません|ない(?!し)|なかった|なく|ず(?=に|、|。|$)|ไม่|มิได้|못하|지 ?않|없(?:다|습|는|었)"
)
_NOT_NEGATIVE = re.compile(r"不同|不少|不断|不斷|不仅|不僅|不但|不久|少なくない|かもしれない|なければならない|ไม่เพียง|not only|not just|không (?:chỉ|phép|gian|khí|quân)", re.IGNORECASE)  # fmt: skip
_HAS_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_OPPOSITES = (
    ("increase increases increased increasing rise rises rose risen grew grow grows",
     "decrease decreases decreased decreasing fall falls fell fallen shrank decline declined drop dropped"),
    ("allow allows allowed permit permits permitted", "forbid forbids forbidden prohibit prohibits prohibited ban banned"),
    ("accept accepts accepted approve approved approves", "reject rejects rejected refuse refused refuses deny denied"),
    ("include includes included including", "exclude excludes excluded excluding"),
    ("above over exceed exceeds exceeded", "below under"),
    ("before", "after"), ("more", "less fewer"), ("higher", "lower"), ("highest", "lowest"),
    ("largest biggest", "smallest"), ("larger bigger", "smaller"), ("maximum", "minimum"), ("true", "false"),
    ("open opened opens", "closed close closes"), ("enable enabled enables", "disable disabled disables"),
    ("always", "never"), ("first", "last"), ("oldest", "newest youngest"), ("win won wins", "lose lost loses"),
    ("safe", "unsafe dangerous"), ("legal", "illegal"), ("possible", "impossible"), ("mandatory required", "optional"),
    ("free", "paid"), ("import imports imported", "export exports exported"), ("buy bought", "sell sold"),
    ("northern north", "southern south"), ("eastern east", "western west"), ("alive", "dead"),
    ("tăng", "giảm"), ("trước", "sau"), ("cao", "thấp"), ("trên", "dưới"), ("nhiều", "ít"), ("đúng", "sai"),
    ("mở", "đóng"), ("bắt_đầu", "kết_thúc"), ("lớn", "nhỏ"), ("mua", "bán"), ("nhập", "xuất"), ("thắng", "thua"),
    ("steigt stieg gestiegen", "sinkt sank gesunken fällt fiel gefallen"), ("vor", "nach"), ("mehr", "weniger"),
    ("höher", "niedriger"), ("augmente augmenté", "diminue diminué baissé"), ("avant", "après"), ("plus", "moins"),
)  # fmt: skip
_OPPOSITES_UNSPACED = (
    ("增加", "减少"), ("增加", "減少"), ("上升", "下降"), ("上涨", "下跌"), ("允许", "禁止"), ("高于", "低于"),
    ("超过", "不足"), ("接受", "拒绝"), ("之前", "之后"), ("最大", "最小"), ("最高", "最低"), ("买", "卖"),
    ("上昇", "下降"), ("許可", "禁止"), ("以上", "以下"), ("เพิ่ม", "ลด"), ("ก่อน", "หลัง"), ("อนุญาต", "ห้าม"),
)  # fmt: skip

_SIDE: dict[str, list[tuple[int, int]]] = {}
for _number, _pair in enumerate(_OPPOSITES):
    for _which, _side in enumerate(_pair):
        for _word in _side.split():
            _SIDE.setdefault(_word, []).append((_number, _which))
_SIDE_WORDS = frozenset(_SIDE)


def turns(lowered: list[str]) -> bool:
    """Whether a word is one of a pair of opposites."""
    return not _SIDE_WORDS.isdisjoint(lowered)


def negations(text: str, lowered: list[str]) -> int:
    """How many negations a cleaned text with these lower-case words holds; `not only` and its like are
    none."""
    count = 0
    if not _WORDS.isdisjoint(lowered):
        count = sum(word in _WORDS for word in lowered)
    if "n't" in text or "n’t" in text or "N'T" in text:
        count += sum(_ENGLISH_SHORT.search(word) is not None for word in lowered)
    if count:
        count -= len(_NOT_NEGATIVE.findall(text))
    if not text.isascii() and _HAS_UNSPACED.search(text) is not None:
        count += len(_UNSPACED.findall(_NOT_NEGATIVE.sub("", text)))
    return max(count, 0)


def opposed(claim: str, lowered: list[str], evidence: tuple[str, Mapping[int, tuple[int, str]]]) -> str:
    """The pair of opposites, as `rose / fell`, of which each text holds one side only; empty when none.

    The claim with its lower-case words, the evidence with its sides.
    """
    text, theirs = evidence
    if theirs and not _SIDE_WORDS.isdisjoint(lowered):
        for number, (mine, word) in sides(lowered).items():
            other = theirs.get(number)
            if other is not None and mine in (1, 2) and other[0] in (1, 2) and mine != other[0]:
                return f"{word} / {other[1]}"
    if not claim.isascii() and _HAS_UNSPACED.search(claim) is not None:
        for one, two in _OPPOSITES_UNSPACED:
            for here, there in ((one, two), (two, one)):
                if here in claim and there in text and here not in text and there not in claim:
                    return f"{here} / {there}"
    return ""


def sides(words: list[str]) -> dict[int, tuple[int, str]]:
    """Pair number to the sides present (1 the one, 2 the other, 3 both) and the last word seen."""
    found: dict[int, tuple[int, str]] = {}
    if _SIDE_WORDS.isdisjoint(words):
        return found
    for word in words:
        for number, which in _SIDE.get(word, ()):
            before = found.get(number, (0, ""))[0]
            found[number] = (before | (1 << which), word)
    return found
