"""Text from models and users, made safe and visible: it is shown as data, never obeyed."""

from __future__ import annotations

import re

_ANSI = re.compile(
    r"""
    (?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]?                 # CSI: colours, cursor movement
  | (?: \x1b[\]PX^_] | [\x90\x98\x9d-\x9f] ) .*? (?: \x07 | \x1b\\ | \x9c | \Z )   # OSC, DCS, SOS, PM, APC
  | \x1b [ -/]* [0-~]                                        # two-character escapes
    """,
    re.VERBOSE | re.DOTALL,
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_XML_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACE = re.compile(r"\s+")


def strip_ansi(text: str) -> str:
    """The text without terminal control sequences (ECMA-48), finished or not."""
    return _ANSI.sub("", text)


def visible(text: str) -> str:
    """The text with every invisible or direction-changing character written out as `⟨U+202E⟩`.

    Line feeds and tabs stay; carriage returns before a line feed go. Joiners inside words (U+200C,
    U+200D) stay, because Persian, Hindi and emoji need them. The result is valid UTF-8.
    """
    return _INVISIBLE.sub(_name, strip_ansi(text).replace("\r\n", "\n"))


def one_line(text: str, limit: int | None = None) -> str:
    """`visible` text on one line, shortened with `…` to at most `limit` characters."""
    flat = _SPACE.sub(" ", visible(text)).strip()
    if limit is not None and len(flat) > limit:
        return flat[: max(limit - 1, 0)].rstrip() + "…"
    return flat


def excerpt(text: str, limit: int) -> str:
    """`visible` text on one line; when too long, its beginning and its end, where answers tend to be."""
    flat = one_line(text)
    if len(flat) <= limit:
        return flat
    room = (limit - 3) * 2 // 5
    head, tail = flat[: limit - 3 - room], flat[len(flat) - room :]
    return f"{_to_space(head)} … {_to_space(tail[::-1])[::-1]}"


def xml_text(text: str) -> str:
    """The text without what XML 1.0 (section 2.2, Char) forbids; escaping is the serialiser's part."""
    return _XML_FORBIDDEN.sub("", visible(text))


def _to_space(text: str) -> str:
    """The text up to its last space, where that is near its end."""
    cut = text.rfind(" ")
    return text[:cut].rstrip() if cut > len(text) - 16 and cut > 0 else text.strip()


def _name(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match.group()):04X}⟩"
