from __future__ import annotations

from steelyard.core import CaseFinding, ContaminationReport, CorpusFacts, Evidence
from steelyard.reports import contamination_headline, contamination_markdown, render_contamination
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
    assert contamination_headline(nothing).startswith("No case could be looked for")


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
