"""The HTML file as text: self-contained, strict, inert."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from tests.reports.conftest import Records

from steelyard.reports.html import Distribution, ExampleRow, render_html

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00\ud800\x1b[31m{{7*7}}"


def data_of(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def policy_of(text: str) -> dict[str, list[str]]:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert found is not None
    rules = found.group(1).replace("&#39;", "'").split("; ")
    return {rule.split()[0]: rule.split()[1:] for rule in rules}


def example(kind: Any = "worst", **changes: object) -> ExampleRow:
    made = ExampleRow(case_id="c1", kind=kind, input="What is 2+2?", outputs=("5",), expected="4")
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_policy_admits_only_what_is_inside(records: Records) -> None:
    text = render_html(records.unsure())
    policy = policy_of(text)
    assert policy["default-src"] == ["'none'"]
    assert "'unsafe-inline'" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert bodies
        for body in bodies:
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy[rule]


@pytest.mark.parametrize("name", ["gate", "comparison", "run"])
def test_nothing_is_referenced_from_outside(records: Records, name: str) -> None:
    gate = records.unsure()
    documents: dict[str, Any] = {"gate": gate, "comparison": gate.comparison, "run": records.run()}
    text = render_html(documents[name])
    body = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", body)
    assert "url(" not in body
    assert " style=" not in body
    assert not re.search(r"\son\w+=", body)
    assert len(text.encode()) < 1_500_000


def test_the_answer_comes_first(records: Records) -> None:
    text = render_html(records.unsure())
    main = text[text.index("<main") :]
    heading = re.search(r"<h1>(.*?)</h1>", main, re.DOTALL)
    assert heading is not None
    assert (
        "NOT SURE YET, leaning worse. Do not ship on this evidence: more cases would probably say FAIL."
        in heading.group(1)
    )
    assert "It is worse; we cannot yet say worse than you allow." in main
    assert "<title>NOT SURE YET" in text


def test_the_answer_counts_what_broke_and_names_what_to_do(records: Records) -> None:
    text = render_html(records.unsure()).replace("\u00a0", " ")
    box = text[text.index('aria-label="The answer"') : text.index("What changed")]
    assert "209 answers broken (right before, wrong now), 152 fixed." in box
    assert '<a href="#samples">See the 209 broken answers</a>' in box
    assert "<code>steelyard release run-1k8f3q9-a2b3c --name NAME --note WHY</code>" in box


def test_captions_speak_of_marks_and_lines(records: Records) -> None:
    text = render_html(records.unsure()).replace("\u00a0", " ")
    assert "Marks are what was measured" in text
    assert "solid: no change, dashed: what you allow (2 points)" in text
    assert "1 of 3 steps worse" not in text
    assert "2 of 3 steps worse on numeric_match." in text


def test_every_plot_has_its_numbers_in_a_table(records: Records) -> None:
    text = render_html(records.unsure())
    figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(figures) == 2
    assert all("<table" in figure and 'scope="row"' in figure for figure in figures)
    assert set(data_of(text)["figures"]) == {"change-1", "slice-steps-1"}


def test_numbers_carry_their_fine_print(records: Records) -> None:
    text = render_html(records.unsure()).replace("&#34;", '"')
    assert "Tango; exact McNemar" in text
    assert "Speaks about" in text
    assert "cases like these" in text
    assert re.search(r'class="num" tabindex="0" data-facts=', text)


def test_flips_are_listed_without_being_asked_for(records: Records) -> None:
    rows = data_of(render_html(records.unsure()))["examples"]
    assert [row["kind"] for row in rows].count("broken") == 209
    assert rows[0]["outputs"][1]["text"].endswith("#### 26")


def test_given_examples_replace_the_flips_of_the_same_case(records: Records) -> None:
    mine = example("broken", case_id="gsm8k-0000", outputs=("a", "b"), scores=("1", "0"))
    rows = data_of(render_html(records.unsure(), examples=[mine, example("random")]))["examples"]
    first = [row for row in rows if row["id"] == "gsm8k-0000"]
    assert [row["outputs"][0]["text"] for row in first] == ["a"]
    assert rows[-1]["kind"] == "random"


def test_redacted_reports_hold_no_text_of_cases(records: Records) -> None:
    secret = "SECRET-INPUT"
    gate = records.unsure()
    flip = records.flip(1, input=secret, expected=secret, base_output=secret, candidate_output=secret)
    gate = replace(gate, comparison=replace(gate.comparison, broken=(flip,), fixed=(flip,)))
    rows = [example("worst", input=secret, outputs=(secret,), expected=secret, reason=secret)]
    text = render_html(gate, examples=rows, redact=True)
    assert secret not in text
    assert "left out of this report on purpose" in text
    assert len(data_of(text)["examples"]) == 3


def test_hostile_text_is_data(records: Records) -> None:
    main = replace(records.worse(), name=HOSTILE, note=HOSTILE, signature=HOSTILE)
    sliced = replace(main, slice=f"{HOSTILE}={HOSTILE}")
    comparison = records.comparison(
        main, HOSTILE, HOSTILE, slices=(sliced,), notes=(HOSTILE,), benchmark=HOSTILE, broken=(), fixed=()
    )
    rule = records.rule(main, rule=HOSTILE, metric=HOSTILE)
    row = example(
        case_id=HOSTILE,
        input=HOSTILE,
        outputs=(HOSTILE, HOSTILE),
        expected=HOSTILE,
        reason=HOSTILE,
        slice=HOSTILE,
    )
    for document in (
        records.gate(rule, of=comparison, notes=(HOSTILE,)),
        comparison,
        records.run(label=HOSTILE, target=HOSTILE, notes=(HOSTILE,), run=HOSTILE, started=HOSTILE),
    ):
        text = render_html(document, examples=[row], title=HOSTILE)
        text.encode("utf-8")
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "\u202e" not in text
        assert "\x00" not in text
        assert (
            len(
                re.findall(r"<script[ >]", re.sub(r"<script>.*?</script>", "<script>", text, flags=re.DOTALL))
            )
            == 6
        )
        assert json.loads(data_of(text)["examples"][0]["input"]["raw"]) == HOSTILE


def test_rankings_and_distributions_add_sections(records: Records) -> None:
    spread = Distribution(name="latency", measure="s", base=(1.0, 2.0), candidate=(1.5, 2.5))
    text = render_html(records.unsure().comparison, ranking=records.ranking(), distributions=[spread])
    assert {"frontier-cost", "frontier-latency", "spread-latency", "pairs-latency"} <= set(
        data_of(text)["figures"]
    )


def test_bound_rules_are_drawn_with_their_limit(records: Records) -> None:
    rule = records.rule(
        records.worse(), kind="bound", evidence=records.estimate(), margin=0.4, rule="m must be at least 40 %"
    )
    text = render_html(records.gate(rule, of=records.unsure().comparison))
    assert "bound-1" in data_of(text)["figures"]


def test_a_run_without_slices_metrics_or_samples_still_opens(records: Records) -> None:
    text = render_html(records.run(metrics=(), slices=(), status="partial", not_extracted={}))
    assert "steelyard resume" in text
    assert "Single answers" not in text


def test_third_party_licences_travel_along() -> None:
    text = (files("steelyard.reports.html") / "assets" / "LICENSES.txt").read_text(encoding="utf-8")
    assert "University of Washington Interactive Data Lab" in text
    assert "Mike Bostock" in text


def test_a_long_metric_key_is_a_short_name_with_its_settings_below(records: Records) -> None:
    key = "json_fields:fields=customer.name+customer.address.street+items.0.price,case=ignore"
    main = replace(records.worse(), name=key)
    text = render_html(records.comparison(main, "a", "b", slices=()))
    settings = key.partition(":")[2]
    assert f'<th scope="row" title="{key}">json_fields<span class="settings">{settings}</span></th>' in text
    plain = render_html(records.comparison(records.worse(), "a", "b", slices=()))
    assert '<th scope="row">numeric_match</th>' in plain
