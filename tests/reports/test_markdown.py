"""Markdown for pull requests: complete, foldable, inert."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.reports.conftest import Records

from steelyard.reports import escape_markdown, render_markdown

HOSTILE = (
    "</details><script>alert(1)</script> @octocat #12 https://evil.example ![x](y) [a](javascript:b) "
    "| cell | `code` **bold**\n# head\n- [ ] task $x$ www.evil.example"
)


def test_a_gate_comment_holds_verdict_steps_tables_and_flips(records: Records) -> None:
    text = render_markdown(records.unsure())
    assert text.startswith("<!-- steelyard: gate -->\n")
    assert (
        "### ≈ NOT SURE YET, leaning worse. "
        "Do not ship on this evidence: more cases would probably say FAIL." in text
    )
    assert "- Fix it and run again, or keep the old version" in text
    assert "- Add about 2,640 cases; the answer would most likely be FAIL" in text
    assert "cases to settle it: likely at least 310 further cases, perhaps never enough" in text
    assert "<code>steelyard report run-1k8f3q2-7xq4m..run-1k8f3q9-a2b3c -o report.html</code>" in text
    assert "<code>steelyard release run-1k8f3q9-a2b3c --name NAME --note WHY</code>" in text
    assert "| numeric_match may drop by at most 2 points | NOT SURE YET | −4.3 points |" in text
    assert "<summary>By steps: 2 of 3 steps worse on numeric_match</summary>" in text
    assert "<summary>209 broken answers</summary>" in text
    assert "and 189 more." in text
    assert text.count("<details>") == text.count("</details>")


def test_runs_and_comparisons_have_their_own(records: Records) -> None:
    run = render_markdown(records.run())
    assert "### 6b_verification got 39.0 %" in run
    assert "| numeric_match | 39.0 % | 95 %: 36.4 to 41.7 % | 1,319 | 0 |" in run
    comparison = render_markdown(records.unsure().comparison)
    said = "175b_finetuning is worse on numeric_match, perhaps within the 2 points you allow: −4.3 points"
    assert f"### {said}" in comparison


def test_foreign_text_is_inert(records: Records) -> None:
    main = replace(records.worse(), name=HOSTILE)
    comparison = records.comparison(
        main,
        HOSTILE,
        HOSTILE,
        broken=(
            records.flip(1, case_id=HOSTILE, input=HOSTILE, candidate_output=HOSTILE, base_output=HOSTILE),
        ),
        notes=(HOSTILE,),
    )
    text = render_markdown(records.gate(records.rule(main, rule=HOSTILE, metric=HOSTILE), of=comparison))
    assert "<script" not in text
    assert text.count("<details>") == text.count("</details>")
    assert not re.search(r"@\w", text)
    assert not re.search(r"#\d", text)
    assert "https://" not in text
    assert "www.evil" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    for line in text.splitlines():
        assert not line.startswith(("# ", "- \\["))


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("numeric_match", "numeric_match"),
        ("_emphasis_", "\\_emphasis\\_"),
        ("a|b", "a\\|b"),
        ("<b>", "&lt;b&gt;"),
        ("2 * 3", "2 \\* 3"),
        ("@me", "@\u200bme"),
    ],
)
def test_escaping_leaves_ordinary_words_readable(raw: str, safe: str) -> None:
    assert escape_markdown(raw) == safe


def test_rows_keep_their_number_of_cells(records: Records) -> None:
    text = render_markdown(records.unsure())
    table = [line for line in text.splitlines() if line.startswith("| gsm8k")]
    assert len(table) == 40
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {6}


def test_a_comment_too_long_for_a_forge_loses_its_flips(records: Records) -> None:
    slices = tuple(replace(records.worse(), slice=f"d{i}=v") for i in range(450))
    text = render_markdown(replace(records.unsure().comparison, slices=slices))
    assert "broken answers" not in text


def test_a_redacted_comment_names_cases_only(records: Records) -> None:
    result = records.unsure()
    flips = (*result.comparison.broken, *result.comparison.fixed)
    open_text, text = render_markdown(result), render_markdown(result, redact=True)
    assert flips
    for flip in flips[:3]:
        assert escape_markdown(flip.case_id) in text
        assert flip.candidate_output[:12] in open_text
        assert flip.candidate_output[:12] not in text
        assert flip.input[:12] not in text
