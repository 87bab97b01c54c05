"""Fragments for notebooks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.reports.conftest import Records

from steelyard.reports import notebook_html


@pytest.mark.parametrize("name", ["gate", "comparison", "run"])
def test_fragments_answer_and_hold_a_table(records: Records, name: str) -> None:
    gate = records.unsure()
    documents: dict[str, Any] = {"gate": gate, "comparison": gate.comparison, "run": records.run()}
    text = notebook_html(documents[name])
    assert re.search(r"<strong>[^<]+</strong>", text)
    assert "<tbody><tr><td" in text
    assert "<script" not in text
    assert "src=" not in text


def test_fine_print_is_in_the_title(records: Records) -> None:
    assert "Method: Tango; exact McNemar" in notebook_html(records.unsure().comparison)


def test_foreign_text_is_escaped(records: Records) -> None:
    text = notebook_html(records.run(label="<script>alert(1)</script>", notes=("<img onerror=x>",)))
    assert "<script" not in text
    assert "<img" not in text
    main = replace(records.worse(), name='"><b>')
    assert "<b>" not in notebook_html(records.comparison(main, "a", "b"))
