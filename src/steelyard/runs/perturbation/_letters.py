"""Which letters of a text may be changed: not those of numbers, code, addresses and placeholders."""

from __future__ import annotations

import unicodedata

import regex

_KEPT = regex.compile(
    r"^[ \t]*[(\[]?[A-Z][.):\]](?=\s)|```.*?(?:```|\Z)|`[^`\n]+`|\$\$.*?\$\$|\\\(.*?\\\)"
    r"|https?://\S+|\S+@\S+|<[^<>\n]{1,200}>|\{\{?[^{}\n]{1,200}\}?\}"
    r"|[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]*\p{N}[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]*",
    regex.DOTALL | regex.MULTILINE,
)


def open_places(text: str, *, everything: bool = False) -> list[int]:
    """Indices of the characters that may be changed, ascending.

    Left out, unless `everything`: words with a digit, the letters of options (`A)`), fenced and inline code,
    formulas, addresses, tags and placeholders. A character that carries a combining mark, or is one, is
    always left out.
    """
    closed: set[int] = set()
    if not everything:
        for found in _KEPT.finditer(text):
            closed.update(range(*found.span()))
    return [
        at
        for at, character in enumerate(text)
        if at not in closed
        and not unicodedata.combining(character)
        and not (at + 1 < len(text) and unicodedata.combining(text[at + 1]))
    ]
