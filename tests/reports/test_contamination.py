from __future__ import annotations

from dataclasses import replace

from steelyard.core import (
    MOST_SIGHTINGS,
    CanarySighting,
    CaseFinding,
    ContaminationReport,
    CorpusFacts,
    Evidence,
)
from steelyard.reports import (
    contamination_facts,
    contamination_headline,
    contamination_markdown,
    render_contamination,
)
from steelyard.reports.html import contamination_html

HOSTILE = "<script>alert(1)</script> \x1b[31m@everyone \u202e| `rm`"


def _report() -> ContaminationReport:
    evidence = Evidence(
        kind="corpus", file="a|<b>.txt", line=7, offset=90, excerpt=HOSTILE, share=0.93, longest_run=21
    )
    return ContaminationReport(
        cases=(
            CaseFinding(case_id="a", state="contaminated", evidence=(evidence,), places=3),
            CaseFinding(case_id="b", state="clean"),
            CaseFinding(case_id="c", state="unchecked"),
        ),
        corpus=CorpusFacts(files=2, size=1_500_000, unread=("c.gz: damaged",)),
    )


def test_the_headline_counts_what_was_looked_for() -> None:
    assert contamination_headline(_report()) == "1 of 2 cases contaminated."
    nothing = ContaminationReport(cases=(CaseFinding(case_id="c", state="unchecked"),))
    assert contamination_headline(nothing) == "No case was held against a corpus: give one with --corpus."
    read = replace(nothing, corpus=CorpusFacts(files=1, size=9))
    assert contamination_headline(read).startswith("No case could be looked for: all are too short")


def test_answers_alone_are_counted_against_every_case() -> None:
    echoed = CaseFinding(case_id="a", state="contaminated", evidence=(Evidence(kind="canary", file="run-1"),))
    others = tuple(CaseFinding(case_id=f"b{number}", state="unchecked") for number in range(49))
    report = ContaminationReport(cases=(echoed, *others))
    assert contamination_headline(report) == "1 of 50 cases contaminated, by the answers alone."


def test_places_of_the_canary_beyond_the_kept_ones_are_not_denied() -> None:
    place = CanarySighting(where="a.csv", line=2)
    some = ContaminationReport(cases=(), sightings=(place,) * 2)
    assert contamination_facts(some) == ["The canary stands in 2 places, first a.csv:2."]
    many = ContaminationReport(cases=(), sightings=(place,) * MOST_SIGHTINGS)
    assert contamination_facts(many) == ["The canary stands in at least 100 places, first a.csv:2."]


def test_every_form_shows_the_evidence_and_obeys_none_of_it() -> None:
    shown = render_contamination(_report(), width=140)
    assert "7 and 2 more" in shown
    assert "93%" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    markdown = contamination_markdown(_report())
    assert "<script>" not in markdown
    assert "@everyone" not in markdown
    assert "c.gz: damaged" in markdown
    page = contamination_html(_report())
    assert "<script>alert" not in page
    assert "1.5 MB" in page
