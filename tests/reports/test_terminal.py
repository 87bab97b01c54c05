"""Runs, comparisons, gates and lists as terminal text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from tests.reports.conftest import Records

from steelyard.reports import (
    RunRow,
    render_benchmarks,
    render_comparison,
    render_gate,
    render_markdown,
    render_ranking,
    render_run,
    render_runs,
    render_table,
)
from steelyard.reports.html import render_html

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "x\x1b[2J\x1b]0;owned\x07\x00\u202e\ud800\n<b>@all"


def documents(records: Records, *, width: int, color: bool) -> dict[str, str]:
    gate = records.unsure()
    return {
        "gate": render_gate(gate, width=width, color=color),
        "comparison": render_comparison(gate.comparison, width=width, color=color),
        "run": render_run(records.run(), width=width, color=color),
        "ranking": render_ranking(records.ranking(), width=width, color=color),
        "benchmarks": render_benchmarks([records.run().benchmark], width=width, color=color),
    }


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_nothing_is_wider_than_the_screen(records: Records, width: int) -> None:
    for name, text in documents(records, width=width, color=False).items():
        for line in text.splitlines():
            assert cell_len(line) <= width, (name, line)


def test_a_very_narrow_screen_still_shows_the_answer(records: Records) -> None:
    text = render_gate(records.unsure(), width=32)
    assert text.startswith("NOT SURE YET, leaning worse.")
    assert "−4.3 points" in text


def test_plain_text_has_no_escapes_and_colour_only_repeats_words(records: Records) -> None:
    plain = documents(records, width=80, color=False)
    painted = documents(records, width=80, color=True)
    for name, text in plain.items():
        assert "\x1b" not in text
        stripped = "\n".join(line.rstrip() for line in ESCAPE.sub("", painted[name]).splitlines())
        assert stripped == "\n".join(line.rstrip() for line in text.splitlines())


def test_first_lines_answer(records: Records) -> None:
    first = {name: text.splitlines()[0] for name, text in documents(records, width=120, color=False).items()}
    assert first["gate"] == (
        "NOT SURE YET, leaning worse. Do not ship on this evidence: more cases would probably say FAIL."
    )
    assert first["comparison"] == (
        "175b_finetuning is worse on numeric_match, perhaps within the 2 points you allow: "
        "−4.3 points, 95 % −7.1 to −1.5."
    )
    assert (
        first["run"]
        == "6b_verification got 39.0 % on numeric_match (95 %: 36.4 to 41.7 %), over 1,319 cases."
    )
    assert first["ranking"] == "175b_verification is best on numeric_match: 56.2 %."


def test_bars_share_an_axis_with_marks_at_zero_and_the_limit(records: Records) -> None:
    text = render_comparison(records.unsure().comparison, width=100)
    rows = [
        line for line in text.splitlines() if "●" in line and line.startswith(("2 or 3", "4 or 5", "6 or"))
    ]
    dots = [line.index("●") for line in rows]
    assert dots == sorted(dots, reverse=True)
    assert "−2  0" in text or "−2 0" in text
    assert "┊" in text or "┼" in text


def test_fine_print_is_there(records: Records) -> None:
    text = render_comparison(records.unsure().comparison, width=100)
    measured = text.index("How it was measured:")
    assert measured > text.index("Broken answers (209)")
    said = "numeric_match: 95 % interval by Tango; test by exact McNemar; about cases like these"
    assert text.count(said) == 1
    assert said in text[measured:]
    assert "1,319" in text


def test_the_first_broken_answers_are_shown(records: Records) -> None:
    text = render_gate(records.unsure(), width=100)
    assert "209 answers broken (right before, wrong now), 152 fixed." in text[: text.index("What you can do")]
    assert "and 206 more" in text


def test_an_answer_that_several_metrics_see_is_counted_once(records: Records) -> None:
    both = records.unsure().comparison
    more = tuple(replace(each, metric="contains") for each in both.broken[:200])
    twice = replace(both, broken=(*both.broken, *more))
    said = "209 answers broken (right before, wrong now), 152 fixed, each counted once. By metric: "
    said += "numeric_match 209 broken, 152 fixed; contains 200 broken, 0 fixed."
    result = replace(records.unsure(), comparison=twice)
    for text in (render_gate(result, width=100), render_comparison(twice, width=100)):
        assert said in " ".join(text.split())
        assert "by        numeric_match, contains" in text
        assert "and 206 more" in text
    markdown = render_markdown(result)
    assert said.replace("_", "\\_") in markdown or said in markdown
    assert "<summary>209 broken answers</summary>" in markdown
    page = render_html(result)
    assert said in page.replace("\u00a0", " ")
    assert page.count('"id":"gsm8k-0001"') + page.count('"id": "gsm8k-0001"') == 1


def test_rankings_that_the_data_leave_open_say_so(records: Records) -> None:
    tied = tuple(replace(each, rank_low=1, rank_high=2) for each in records.ranking()[:2])
    text = render_ranking(tied, width=100)
    assert text.startswith("No single best on numeric_match")
    assert "1 to 2" in text


def test_a_partial_run_says_how_to_go_on(records: Records) -> None:
    text = render_run(records.run(status="partial", failed=12), width=100)
    assert "stopped early; so far it got 39.0 %" in text
    assert "steelyard resume run-1k8f3q2-7xq4m" in text
    assert "12 samples got no score" in text
    assert "7 answers held nothing to measure" in text


def test_no_value_is_said_in_words(records: Records) -> None:
    empty = replace(records.estimate(), value=None, interval=None, n=0, note="no case has a score")
    text = render_run(records.run(metrics=(empty,), slices=()), width=100)
    assert "no value on numeric_match: no case has a score" in text
    assert "None" not in text


def test_passes_over_repetitions_are_listed(records: Records) -> None:
    passes = tuple(
        records.estimate(name=f"pass^{k}", value=value, interval=None, note="no interval yet")
        for k, value in enumerate((0.42, 0.2733, 0.22, 0.2), start=1)
    )
    text = render_run(records.run(epochs=4, passes={"reward": passes}), width=100)
    assert "pass^4" in text
    assert "20.0 %" in text


def test_figures_that_may_not_decide_are_marked(records: Records) -> None:
    main = replace(records.worse(), gateable=False, verdict="inconclusive")
    text = render_comparison(records.comparison(main, "a", "b", broken=(), fixed=()), width=120)
    assert "can't tell (shown only)" in text


def test_lists_and_their_empty_states() -> None:
    row = RunRow(
        run="run-1",
        label="first",
        benchmark="support@v1",
        target="replay:a.jsonl",
        status="partial",
        started="2026-11-22T01:18:00Z",
    )
    text = render_runs([row], width=100)
    assert "partial" in text
    assert "2026-11-22 01:18" in text
    assert "steelyard run" in render_runs([])
    assert "steelyard import" in render_benchmarks([])


def test_small_tables_align_numbers() -> None:
    text = render_table(["name", "count"], [["a", "1"], ["b", "1,319"]])
    lines = text.splitlines()
    assert lines[1].endswith("    1")
    assert lines[2].endswith("1,319")


def test_wide_characters_do_not_break_the_columns() -> None:
    text = render_table(["名前", "n"], [["東京タワー" * 20, "1"], ["a", "2"]], width=40)
    assert all(cell_len(line) <= 40 for line in text.splitlines())


def test_hostile_text_stays_on_its_line_and_commands_nothing(records: Records) -> None:
    main = replace(records.worse(), name=HOSTILE, slice="", note=HOSTILE)
    comparison = records.comparison(
        main,
        HOSTILE,
        HOSTILE,
        broken=(
            records.flip(1, case_id=HOSTILE, input=HOSTILE, base_output=HOSTILE, candidate_output=HOSTILE),
        ),
        notes=(HOSTILE,),
        benchmark=HOSTILE,
    )
    rule = records.rule(main, rule=HOSTILE, metric=HOSTILE)
    for text in (
        render_gate(records.gate(rule, of=comparison, notes=(HOSTILE,)), width=80),
        render_comparison(comparison, width=80),
        render_run(records.run(label=HOSTILE, target=HOSTILE, notes=(HOSTILE,)), width=80),
        render_table([HOSTILE], [[HOSTILE]]),
    ):
        assert "\x1b" not in text
        assert "\x00" not in text
        assert "\u202e" not in text
        text.encode("utf-8")


def test_bars_of_times_say_that_they_point_the_other_way(records: Records) -> None:
    slower = replace(
        records.worse(),
        name="latency",
        measure="s",
        direction="lower",
        difference=0.2,
        interval=(0.1, 0.3),
        base=records.estimate(value=1.0, interval=(0.9, 1.1), measure="s"),
        candidate=records.estimate(value=1.2, interval=(1.1, 1.3), measure="s"),
    )
    of = records.comparison(records.worse(), "a", "b", metrics=(records.worse(), slower), slices=())
    text = render_comparison(of, width=120)
    assert text.count("better ← → worse") == 1
    assert "bars: ● measured, ├─┤ likely, │ no change, ┊ your limit; worse ← → better" in text
    assert "−7.1 to −1.5 reads: 1.5 to 7.1 lower" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_names_are_never_cut_and_metrics_head_their_slices(records: Records, width: int) -> None:
    name = "delivery to the islands"
    rows = tuple(
        replace(records.worse(), name=metric, slice=f"topic={value}")
        for metric in ("exact_match", "token_f1")
        for value in (name, "refunds")
    )
    text = render_comparison(records.comparison(records.worse(), "a", "b", slices=rows), width=width)
    assert "By topic: 2 of 2 topics worse on exact_match; 2 of 2 topics worse on token_f1." in (
        " ".join(text.split())
    )
    assert "…" not in text[: text.index("Broken answers (209)")]
    lines = text.splitlines()
    heading = lines.index("exact_match")
    assert lines[heading + 1].startswith("  delivery to the islands"[:24].rstrip())


def test_units_stay_with_their_numbers(records: Records) -> None:
    for width in range(40, 100):
        for line in render_gate(records.failed(), width=width).splitlines():
            assert not re.match(r"\s*(?:%|points|cases)(?![\w-]| like)", line), (width, line)


def test_each_step_names_its_command(records: Records) -> None:
    text = render_gate(records.unsure(), width=100)
    report = "      steelyard report run-1k8f3q2-7xq4m..run-1k8f3q9-a2b3c -o report.html"
    assert f"  · See the 209 broken answers\n{report}\n" in text
    assert "steelyard release run-1k8f3q9-a2b3c --name NAME --note WHY" in text
    assert text.index("Fix it and run again") < text.index("Add about 2,640 cases")
    assert "cases to settle it: likely at least 310 further cases, perhaps never enough" in text


def test_bounds_are_drawn_with_both_versions(records: Records) -> None:
    rule = records.rule(
        records.worse(),
        kind="bound",
        rule="numeric_match must be at least 40 %",
        margin=0.4,
        evidence=records.estimate("175b_finetuning"),
        reason="misses-bound",
        verdict="FAIL",
    )
    lines = render_gate(records.gate(rule, of=records.unsure().comparison), width=100).splitlines()
    new, old = (next(line for line in lines if line.startswith(f"{age} version")) for age in ("new", "old"))
    assert "34.7 %" in new
    assert "39.0 %" in old
    assert new.endswith("below")
    assert lines[lines.index(new) - 1].endswith("against your 40 %")
