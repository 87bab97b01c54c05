from __future__ import annotations

import pytest

from steelyard.core import UsageError
from steelyard.metrics import metric_help, metric_names, metric_page


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_has_its_page(name: str) -> None:
    page = metric_page(name)
    assert page.startswith(f"# `{name}`\n\n")
    places = [
        page.index(f"## {heading}\n\n")
        for heading in ("What it measures", "When it misleads", "Example", "Reference", "Settings")
    ]
    assert places == sorted(places)
    for line in page[places[-1] :].splitlines()[4:]:
        assert line.count("|") == 5, line
        assert not line.endswith("|  |"), f"a setting without its line: {line}"
    assert f"`{name.partition(':')[0]}" in page[places[2] : places[3]], "the example does not show the metric"


def test_help_lists_settings_with_defaults() -> None:
    text = metric_help("contains")
    assert text.splitlines()[0] == "contains: Whether the answer contains the expected text."
    assert "  need = any   Whether one expected text is enough. (one of any, all)" in text


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(UsageError, match="Did you mean rouge_l"):
        metric_page("rouge_ll")
