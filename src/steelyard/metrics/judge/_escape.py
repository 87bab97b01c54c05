"""Text of a candidate as data: nothing in it is invisible, and nothing steers a chat template."""

from __future__ import annotations

import re
import unicodedata

_CHAT_MARKS = re.compile(
    r"<(?=\|)|<(?=/?(?:s|bos|eos|unk|pad|start_of_turn|end_of_turn|think|system|user|assistant|tool_call)>)"
    r"|\[(?=/?(?:INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])"
    r"|<(?=/?<SYS>>)|<(?=[\uff5c])",
    re.IGNORECASE,
)
"""Openings of the control tokens of public chat templates: servers may read them inside a message."""
_SUSPECT = re.compile(r"[^\n\t\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff]")
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with what cannot be seen written as `\u{200B}` and openings of control tokens broken by `\`.

    Joiners and variation selectors stay where scripts and emoji need them: behind a character that is not
    ASCII. Line ends become `\n`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CHAT_MARKS.sub(lambda match: match.group() + "\\", text)
    return _SUSPECT.sub(
        lambda match: _shown(match.group(), text[max(0, match.start() - 1) : match.start()]), text
    )


def shortened(text: str, most: int) -> str:
    """The text with its middle left out, and said so, when it has more than `most` characters."""
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most - most * 2 // 3
    left_out = len(text) - head - tail
    return f"{text[:head]}\n[… {left_out} characters left out …]\n{text[len(text) - tail :]}"


def _shown(character: str, before: str) -> str:
    if character in _JOINERS and before and not before.isascii():
        return character
    hidden = unicodedata.category(character) in _HIDDEN or _is_blank(character)
    return f"\\u{{{ord(character):04X}}}" if hidden else character


def _is_blank(character: str) -> bool:
    """Letters and selectors that draw nothing, though Unicode does not call them formats."""
    number = ord(character)
    return (
        number in {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
        or 0xFE00 <= number <= 0xFE0F
        or 0xE0100 <= number <= 0xE01EF
    )
