"""The progress line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steelyard.app._progress import progress_line, progress_text
from steelyard.runs import Progress

AT = Progress(
    done=412, total=1_319, failed=0, rate=38.4, cost_usd=None, seconds=11.0, seconds_left=23.6, connections=8
)


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (AT, "412 of 1,319 · 38/s · 24 s left"),
        (replace(AT, failed=3, cost_usd=0.124), "412 of 1,319 · 3 failed · 38/s · $0.12 · 24 s left"),
        (replace(AT, rate=0.25, seconds_left=3_628.0), "412 of 1,319 · 0.2/s · 1 h 00 min left"),
        (replace(AT, seconds_left=59.7), "412 of 1,319 · 38/s · 1 min 00 s left"),
        (replace(AT, seconds_left=125.0), "412 of 1,319 · 38/s · 2 min 05 s left"),
        (replace(AT, seconds_left=None), "412 of 1,319 · 38/s"),
        (replace(AT, done=1_319, seconds_left=0.0), "1,319 of 1,319 · 38/s"),
    ],
)
def test_what_is_done_failed_spent_and_left(progress: Progress, text: str) -> None:
    assert progress_text(progress) == text


def test_off_a_terminal_a_line_comes_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_line() as show:
        assert show is not None
        for seconds in (1.0, 9.9, 10.0, 12.0, 19.9, 20.5):
            show(replace(AT, seconds=seconds))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [progress_text(AT)] * 2


def test_on_a_terminal_the_line_is_drawn_in_place_and_cleared(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with progress_line() as show:
        assert show is not None
        show(AT)
        show(replace(AT, seconds_left=None))
    long, short, cleared, rest = capsys.readouterr().err.split("\r")[1:]
    assert long == progress_text(AT)
    assert (len(short), short.rstrip()) == (len(long), "412 of 1,319 · 38/s")
    assert (cleared.strip(), rest) == ("", "")


def test_quiet_draws_nothing() -> None:
    with progress_line(quiet=True) as show:
        assert show is None
