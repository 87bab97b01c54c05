# ruff: noqa: E501  tables of phrases are read line by line
"""From an answer to its claims: what it states, without questions, greetings, remarks about itself, code."""

from __future__ import annotations

import re
from dataclasses import dataclass

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
    r"tóm lại|根据(?:文档|文件|资料|上下文|材料)|總之|总之|資料によると|文書によると|laut (?:dem )?(?:dokument|text|kontext))\s*[,，:、]\s*",
    re.IGNORECASE,
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
    r"aquí (?:está|tiene)|espero|здравствуйте|привет|спасибо|надеюсь|вот)(?:(?![\w-])|(?<=[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]))",
    re.IGNORECASE,
)
_META_ASCII = re.compile(_META.pattern)
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
_JOINTS = (";", ", ", "；", "，", "、")
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


@dataclass(frozen=True, slots=True)
class Claim:
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
    cues = abstention_cues(text)
    for number, sentence in enumerate(whole):
        header = sentence.kind == "row" and not rows_before
        rows_before = sentence.kind == "row"
        piece = text[sentence.start : sentence.end]
        if sentence.kind in ("code", "heading") or (header and _followed_by_row(whole, number)):
            others += 1
        elif abstains(piece, cues):
            abstentions.append((sentence.start, sentence.end))
        elif _states_nothing(piece):
            others += 1
        else:
            claims.extend(_clauses(text, sentence))
            if len(claims) > MOST_CLAIMS:
                break
    unread = len(answer) > len(text) or len(claims) > MOST_CLAIMS
    return Claims(tuple(claims[:MOST_CLAIMS]), tuple(abstentions), others, unread)


def bare(text: str) -> str:
    """A piece of an answer without citation marks, links, markup and introductions."""
    if "[" in text or "(" in text or "【" in text:
        text = _CITATION.sub(" ", text)
    if "](" in text or "://" in text:
        text = _LINK.sub(" ", text)
    text = _MARKUP.sub(" ", text)
    lead = _LEAD.match(text) if _LEAD_END.search(text, 0, _LEAD_LONGEST) else None
    return (text if lead is None else text[lead.end() :]).strip()


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
    head = piece.lstrip(" *_#>")
    return (_META_ASCII.match(head.lower()) if head.isascii() else _META.match(head)) is not None


def _clauses(text: str, sentence: Sentence) -> list[Claim]:
    start, end = sentence.start, sentence.end
    if sentence.kind != "row" and not _may_join(text, start, end, ascii_only=text.isascii()):
        said = bare(text[start:end])
        return [Claim(said, start, end)] if said[:1].isalpha() or _LETTER.search(said) is not None else []
    begins, ends = [start], []
    if sentence.kind != "row":
        for match in _JOINED.finditer(text, start, end):
            if _clause(text[begins[-1] : match.start()]) and _clause(text[match.end() : end]):
                ends.append(match.start())
                begins.append(match.end())
    found = []
    for low, high in zip(begins, [*ends, end], strict=True):
        said = bare(text[low:high])
        if _LETTER.search(said) is not None:
            found.append(Claim(said, low, high))
    return found


def _may_join(text: str, start: int, end: int, *, ascii_only: bool) -> bool:
    if ascii_only:
        return text.find(";", start, end) >= 0 or text.find(", ", start, end) >= 0
    return any(text.find(mark, start, end) >= 0 for mark in _JOINTS)


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
