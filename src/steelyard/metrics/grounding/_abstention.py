# ruff: noqa: E501  tables of phrases are read line by line
"""Answers that say the documents hold no answer."""

from __future__ import annotations

import re
from collections.abc import Mapping

from steelyard.core import Case, Json
from steelyard.metrics.grounding._terms import clean

_SOURCES = (
    r"(?:context|documents?|passages?|sources?|texts?|information|articles?|excerpts?|materials?|snippets?|"
    r"knowledge base|search results?)"
)
_SAYS_NOT = (
    r"(?:do(?:es)?(?: not|n['’]t)|did(?: not|n['’]t)|cannot|can['’]t) "
    r"(?:\w+ )?(?:say|state|mention|contain|include|provide|specify|give|tell|answer|indicate|address|cover|hold|discuss|"
    r"describe|have|report)"
)
# Each pattern with the texts of which it needs one: these are looked for first, which is much faster.
_NAMED = (
    "context", "document", "passage", "source", "text", "information", "article", "excerpt", "material", "snippet",
    "knowledge base", "search result",
)  # fmt: skip
_PHRASES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (needed, re.compile(pattern))
    for needed, pattern in (
        (
            _NAMED,
            (
                rf"\b{_SOURCES}\b[^.!?\n]{{0,60}}?\b{_SAYS_NOT}\b"
                rf"|\b(?:not|n['’]t|isn['’]t|never) (?:\w+ )?(?:mentioned|stated|specified|given|provided|found|included|contained|available|"
                rf"answered|addressed|covered)\b[^.!?\n]{{0,30}}\b{_SOURCES}\b"
            ),
        ),
        (
            ("information", "evidence", "detail", "mention", "context", "data"),
            (
                r"\b(?:no|not enough|insufficient|lack of|without enough) (?:\w+ )?(?:information|evidence|details?|mention|context|data)\b"
                r"[^.!?\n]{0,40}\b(?:in|about|on|to|is|was|regarding)\b"
            ),
        ),
        (
            ("i do", "i did", "i can", "i could", "we do", "we did", "we can", "we could"),
            (
                r"\b(?:i|we) (?:do not|don['’]t|did not|didn['’]t|cannot|can['’]t|could not|couldn['’]t) "
                r"(?:know|find|have (?:enough|that|this|any|the)|answer|determine|tell|say)\b"
            ),
        ),
        (
            ("not sure", "unsure", "unable to"),
            r"\b(?:i['’]m|i am|we are) (?:not sure|unsure|unable to (?:answer|find|determine|tell))\b",
        ),
        (
            ("be answered", "be determined", "unanswerable", "it is un"),
            r"\b(?:cannot|can['’]t) be (?:answered|determined)\b|\bunanswerable\b|\bit is (?:unknown|unclear) from\b",
        ),
        (
            ("không",),
            (
                r"(?:tài liệu|văn bản|ngữ cảnh|đoạn văn|thông tin)[^.!?\n]{0,40}không (?:\w+ )?(?:nói|đề cập|nêu|cung cấp|có|chứa|cho biết)"
                r"|không (?:có|tìm thấy|đủ) (?:đủ )?(?:thông tin|dữ liệu|câu trả lời)|(?:tôi|em|mình|chúng tôi) không (?:biết|rõ|chắc|thể trả lời|tìm thấy)"
            ),
        ),
        (
            ("没", "沒", "未", "不", "缺乏", "无法", "無法"),
            (
                r"(?:文档|文件|文中|资料|資料|上下文|文本|材料|文章)[^。！？\n]{0,20}(?:没有|沒有|未|并未|不)(?:提|说|說|包含|给出|給出|涉及|有|明确|提供|记载)"
                r"|(?:没有|沒有|缺乏)(?:足够的?|相关的?|相關)?(?:信息|資訊|资料|依据)|我(?:不知道|不清楚|无法确定|無法確定|无法回答|無法回答)|无法(?:从|根据|回答|确定)"
            ),
        ),
        (
            ("ない", "ません", "なかった", "不明です"),
            r"(?:文書|資料|文脈|本文|記事|コンテキスト|ドキュメント)[^。！？\n]{0,30}(?:ません|ない|なかった|いない)|(?:わかりません|分かりません|不明です|情報(?:が|は)(?:ありません|ない))",
        ),
        (("ไม่",), r"(?:เอกสาร|ข้อมูล|บริบท)[^\n]{0,40}ไม่(?:ได้|มี|พบ|ระบุ)|(?:ไม่มีข้อมูล|ไม่ทราบ|ไม่พบข้อมูล)"),
        (
            ("dokument", "kontext", "text", "quelle", "unterlagen", "ich weiß", "ich kann"),
            r"(?:dokumente?n?|kontext|texte?n?|quellen?|unterlagen)\b[^.!?\n]{0,40}\b(?:nicht|keine?n?)\b|\bich (?:weiß|kann)[^.!?\n]{0,30}\bnicht\b",
        ),
        (
            (" pas", " aucun"),
            r"\b(?:documents?|contexte|textes?|sources?)\b[^.!?\n]{0,40}\bne? ?\b[^.!?\n]{0,20}\b(?:pas|aucune?)\b|\bje ne sais pas\b",
        ),
        (
            ("documento", "contexto", "texto", "fuente", "sé"),
            r"\b(?:documentos?|contexto|textos?|fuentes?)\b[^.!?\n]{0,30}\bno (?:\w+ )?(?:dice|dicen|menciona|mencionan|contiene|incluye)\w*|\bno (?:lo )?sé\b",
        ),
        (
            ("не ",),
            r"(?:документ\w*|контекст\w*|текст\w*)[^.!?\n]{0,40}\bне (?:\w+ )?(?:говор|упомина|содерж|указ)\w*|\bя не знаю\b",
        ),
    )
)
_PHRASES_ASCII = tuple(
    (kept, pattern)
    for needed, pattern in _PHRASES
    if (kept := tuple(piece for piece in needed if piece.isascii()))
)
_CUES = (
    "not",
    "n't",
    "no ",
    "no s",
    "aucun",
    "unable",
    "unsure",
    "unanswer",
    "insuff",
    "lack of",
    "unknown",
    "unclear",
    "nich",
    "kein",
    " pas",
    "without e",
)
_CUES_BEYOND_ASCII = (
    *_CUES,
    "n’t",
    "không",
    "没",
    "沒",
    "未",
    "不",
    "无",
    "無",
    "缺乏",
    "ない",
    "ません",
    "ไม่",
    "не ",
)
_LONGEST = 600
_UNANSWERABLE = frozenset(
    {
        "",
        "n/a",
        "na",
        "none",
        "unanswerable",
        "unknown",
        "no answer",
        "not answerable",
        "not in context",
        "idk",
    }
)


def abstention_cues(text: str) -> tuple[str, ...]:
    """The pieces of words in a text without which none of its sentences abstains."""
    text = clean(text).lower()
    return tuple(cue for cue in (_CUES if text.isascii() else _CUES_BEYOND_ASCII) if cue in text)


def abstains(sentence: str, cues: tuple[str, ...] = _CUES_BEYOND_ASCII) -> bool:
    """Whether a sentence says that the answer is not known or not in the documents.

    `cues` may be those of the whole text that it stands in.
    """
    text = clean(sentence[:_LONGEST]).lower()
    for cue in cues:
        if cue in text:
            return _says_unknown(text)
    return False


def _says_unknown(text: str) -> bool:
    for needed, pattern in _PHRASES_ASCII if text.isascii() else _PHRASES:
        for piece in needed:
            if piece in text:
                if pattern.search(text) is not None:
                    return True
                break
    return False


def answerable(case: Case) -> bool | None:
    """What the case says about whether its context holds the answer; None when it does not say.

    Unanswerable: `expected` is an object with `"answerable": false`, an empty text or list, a word such as
    `unanswerable`, or itself an abstention. Answerable: any other expectation.
    """
    expected = case.expected
    if isinstance(expected, Mapping):
        return _declared(expected)
    if expected is None:
        return None
    texts = [expected] if isinstance(expected, str) else expected
    if isinstance(texts, list | tuple):
        said = [item for item in texts if isinstance(item, str)]
        return not (len(said) == len(texts) and all(map(_no_answer, said)))
    return True


def _declared(expected: Mapping[str, Json]) -> bool | None:
    value = expected.get("answerable")
    if isinstance(value, bool):
        return value
    for key in ("text", "answer"):
        if isinstance(said := expected.get(key), str):
            return not _no_answer(said)
    return None


def _no_answer(text: str) -> bool:
    return text.strip().lower().rstrip(".") in _UNANSWERABLE or abstains(text)
