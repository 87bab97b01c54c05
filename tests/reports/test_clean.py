"""Hostile text becomes visible data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.reports import one_line, strip_ansi, visible
from steelyard.reports._clean import excerpt, xml_text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1b]52;c;unfinished", ""),
        ("\x1bcreset", "reset"),
    ],
)
def test_terminal_sequences_go(text: str, clean: str) -> None:
    assert strip_ansi(text) == clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("a\ud800b", "a⟨U+D800⟩b"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("a\U000e0041b", "a⟨U+E0041⟩b"),
        ("line\r\nnext\ttab", "line\nnext\ttab"),
        ("👩\u200d👩\u200d👧 می\u200cخواهم", "👩\u200d👩\u200d👧 می\u200cخواهم"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_visible_text_is_valid_and_stable(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert "\x1b" not in shown


def test_one_line_and_excerpt_keep_their_limits() -> None:
    assert one_line("a\n\n b  c", 4) == "a b…"
    long = "begin " + "x" * 500 + " the answer is 42"
    assert len(excerpt(long, 60)) <= 60
    assert excerpt(long, 60).startswith("begin")
    assert excerpt(long, 60).endswith("answer is 42")


def test_xml_text_drops_what_xml_forbids() -> None:
    assert xml_text("a\uffffb\x0bc") == "ab⟨U+000B⟩c"
