# ruff: noqa: E501  tables of phrases are read line by line
"""From an answer to its claims: what it states, without questions, greetings, remarks about itself, code."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from steelyard.metrics.grounding._abstention import abstains, abstention_cues
from steelyard.metrics.grounding._terms import clean, lower_parts
from steelyard.text import Sentence, sentences

MOST_CHARACTERS = 200_000
"""How much of an answer is read; more is said in the score."""
MOST_CLAIMS = 500
"""How many claims of an answer are checked; more is said in the score."""

_CITATION = re.compile(
    r"\[\^?\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20}\]|【\d{1,3}[^】\n]{0,20}】"
    r"|[(\[](?:doc(?:ument)?s?|sources?|refs?|tài liệu|nguồn|文档|文献|資料|出典)[ .:#]{0,3}\d{1,3}(?:\s?[,;&]\s?\d{1,3}){0,20}[)\]]",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\[(?:link|source|ref|here|nguồn|来源|#?\d{1,3})?\]\([^()\s]{1,2000}\)|\[[^\[\]\n]{0,80}\]\(#?(?:doc|source|ref|cite)?[-_/:]?\d{1,3}\)|\]\((?:[^()\s]|\([^()\s]*\)){1,2000}\)|https?://[^\s)\]>]{1,2000}"
)
_MARKUP = re.compile(r"[*_`\[\]#>|]")
_LEAD = re.compile(
    r"\s*(?:(?:according to|based on|as (?:stated|mentioned|described|noted) in|per|from) (?:the|this|these|your|our) (?:\w+ ){0,2}?"
    r"(?:documents?|context|passages?|sources?|texts?|articles?|information)(?: (?:provided|given|above))?|in summary|in short|"
    r"in conclusion|to summari[sz]e|overall|therefore|thus|hence|yes|no|sure|theo (?:tài liệu|văn bản|ngữ cảnh|đoạn văn)(?: \w+)?|"
    r"tóm lại|根据(?:文档|文件|资料|上下文|材料)|總之|总之|資料によると|文書によると|laut (?:dem )?(?:dokument|text|kontext))\s*[,，:、]\s*"
)
_LEAD_END = re.compile("[,，:、]")
_LEAD_LONGEST = 90
_META = re.compile(
    r"\s*(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening|day)|thanks|thank you|you['’]re welcome|sure|certainly|of course|"
    r"absolutely|great question|good question|happy to help|i hope|hope (?:this|that|it)|let me|feel free|please (?:let|note that i|feel|ask|contact me)|"
    r"if you (?:have|need|want|would)|here (?:is|are|['’]s)|here['’]s|below (?:is|are)|the following|as an ai|i['’]ll|i will (?:now|try|answer)|"
    r"i['’]m happy|is there anything|best regards|kind regards|sincerely|in this answer|to answer (?:this|your)|"
    r"xin chào|chào (?:bạn|anh|chị|em)|cảm ơn|cám ơn|hy vọng|dưới đây là|sau đây là|nếu bạn (?:cần|có|muốn)|rất vui|vâng|dạ|"
    r"你好|您好|谢谢|謝謝|希望(?:这|這|对|對|以上)|以下是|当然|當然|好的|如果(?:您|你)(?:还|還|有|需要)|"
    r"こんにちは|ありがとう|以下(?:は|に|の通り)|もちろん|ご質問|お役に立て|何かご|はい、?(?:以下|お答え)|"
    r"สวัสดี|ขอบคุณ|ต่อไปนี้|หวังว่า|hallo|guten tag|danke|gerne|hier (?:ist|sind)|ich hoffe|bonjour|merci|voici|j['’]espère|hola|gracias|"
    r"aquí (?:está|tiene)|espero|здравствуйте|привет|спасибо|надеюсь|вот)(?:(?![\w-])|(?<=[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]))"
)
_META_LONGEST = 160
_CLOSING = " \t\n\"'”’»)]*_"
_QUESTION_MARKS = frozenset("?？؟:：")
_ASKING = frozenset("吗嗎呢かไหมม่ạ。.")
_QUESTION = re.compile(r"(?:吗|嗎|呢|ですか|ますか|でしょうか|ไหม|หรือไม่|không ạ)[。.\s]*\Z")
_LETTER = re.compile(r"[^\W_]")

_JOINED = re.compile(
    r";\s+|；|,\s+(?:and|but|while|whereas|yet|và|nhưng|còn|trong khi|und|aber|während|mais|tandis que|y|pero|mientras que|а|но)\s+"
    r"|，(?=但|而|并且|同时|不过|然而)|が、(?=一方)",
    re.IGNORECASE,
)
_VERBS_TEXT = (
    "is are was were has have had will can could would should must may does do did became began cost costs take takes "
    "need needs get gets gave made led ran won lost grew rose fell left came went wrote said held built ist sind war "
    "waren hat haben wird wurde wurden kann est sont était étaient ont fut es son era fue fueron tiene là có được bị đã "
    "đang sẽ был была было были является"
)
_VERBS = frozenset(_VERBS_TEXT.split())
_VERB_LIKE = re.compile(r"[a-z]{3,}(?:ed|es)\Z")
_WORDS = re.compile(r"\w+")
_LEAST_WORDS = 3
_NEEDS_NO_VERB = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LEAST_SIGNS = 5


class Claim(NamedTuple):
    """One statement of an answer."""

    text: str
    """As it is compared: without citation marks, markup and introductions; not cleaned otherwise."""
    start: int
    """Where its sentence or clause begins in the answer, in characters."""
    end: int
    """Where it ends, exclusive."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an answer states."""

    claims: tuple[Claim, ...]
    """In order."""
    abstentions: tuple[tuple[int, int], ...]
    """Places of sentences that say the answer is not known."""
    others: int
    """Sentences that state nothing: questions, greetings, remarks about the answer, code, headings."""
    unread: bool
    """Whether the answer was too long to be read to its end."""


def split_claims(answer: str) -> Claims:
    """The claims of an answer, each a sentence, a clause, a list item or a table row.

    Coordinated clauses are split where both sides are clauses of their own: after a semicolon, or a comma
    with a conjunction, when each side has three words and a verb that is known.
    """
    text = answer[:MOST_CHARACTERS]
    claims: list[Claim] = []
    abstentions: list[tuple[int, int]] = []
    others = 0
    rows_before = False
    whole = sentences(text)
    plain = _MARKUP.sub(" ", text)
    joints = _joints(text, whole)
    cues = abstention_cues(text)
    for number, (start, end, kind) in enumerate(whole):
        header = kind == "row" and not rows_before
        rows_before = kind == "row"
        piece = text[start:end]
        if kind in ("code", "heading") or (header and _followed_by_row(whole, number)):
            others += 1
        elif cues and abstains(piece, cues):
            abstentions.append((start, end))
        elif _states_nothing(piece):
            others += 1
        else:
            places = _clauses(text, (start, end), joints[number]) if number in joints else ((start, end),)
            for low, high in places:
                said = _bare(text[low:high], plain[low:high])
                if said[:1].isalpha() or _LETTER.search(said) is not None:
                    claims.append(Claim(said, low, high))
            if len(claims) > MOST_CLAIMS:
                break
    unread = len(answer) > len(text) or len(claims) > MOST_CLAIMS
    return Claims(tuple(claims[:MOST_CLAIMS]), tuple(abstentions), others, unread)


def bare(text: str) -> str:
    """A piece of an answer without citation marks, links, markup and introductions."""
    return _bare(text, _MARKUP.sub(" ", text))


def _bare(text: str, plain: str) -> str:
    """The same, where the piece without its markup is known."""
    if "[" in text or "(" in text or "【" in text or "://" in text:
        text = _CITATION.sub(" ", text)
        if "](" in text or "://" in text:
            text = _LINK.sub(" ", text)
        plain = _MARKUP.sub(" ", text)
    lead = _LEAD.match(_lower(plain)) if _LEAD_END.search(plain, 0, _LEAD_LONGEST) else None
    return (plain if lead is None else plain[lead.end() :]).strip()


def _lower(text: str) -> str:
    """The text in lower case, character for character."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text


def _joints(text: str, whole: list[Sentence]) -> dict[int, list[tuple[int, int]]]:
    """Where sentences, given by their number, may be two clauses."""
    found: dict[int, list[tuple[int, int]]] = {}
    starts = [sentence.start for sentence in whole]
    for match in _JOINED.finditer(text):
        number = bisect_right(starts, match.start()) - 1
        if number >= 0 and match.end() <= whole[number].end and whole[number].kind != "row":
            found.setdefault(number, []).append(match.span())
    return found


def _followed_by_row(whole: list[Sentence], number: int) -> bool:
    """A first row is a header when another row follows it."""
    return number + 1 < len(whole) and whole[number + 1].kind == "row"


def _states_nothing(piece: str) -> bool:
    end = piece.rstrip(_CLOSING)[-1:]
    if end in _QUESTION_MARKS or (end in _ASKING and _QUESTION.search(piece[-12:]) is not None):
        return True
    if not piece[0].isalpha() and _LETTER.search(piece) is None:
        return True
    if len(piece) > _META_LONGEST:
        return False
    return _META.match(piece.lstrip(" *_#>").lower()) is not None


def _clauses(text: str, place: tuple[int, int], joints: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of a sentence's clauses, of which the joints may be the bounds."""
    start, end = place
    found: list[tuple[int, int]] = []
    for low, high in joints:
        if _clause(text[start:low]) and _clause(text[high:end]):
            found.append((start, low))
            start = high
    return [*found, (start, end)]


def _clause(piece: str) -> bool:
    """Whether a piece can stand alone: enough words and a verb; signs of a script without blanks count."""
    if _NEEDS_NO_VERB.search(piece) is not None:
        return len(clean(piece).strip()) >= _LEAST_SIGNS
    head = piece[:400]
    if len(head.split()) < _LEAST_WORDS:
        return False
    words = lower_parts(head) if head.isascii() else _WORDS.findall(head.lower())
    return not _VERBS.isdisjoint(words) or any(
        word.endswith(("ed", "es")) and _VERB_LIKE.match(word) is not None for word in words
    )
