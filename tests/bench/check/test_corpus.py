from __future__ import annotations

import json
from pathlib import Path

import pytest

from steelyard.bench import check_cases
from steelyard.core import Case, InputError

LONG = "How do I reset the password of my account when I have lost the phone that it was tied to?"
EIGHT = "Which of your plans lets me export invoices?"
CHINESE = "请问如何重置我的账户密码因为我丢了手机"


def _found(corpus: Path, *cases: Case) -> dict[str, tuple[str, object]]:
    report = check_cases(cases, only=("found-in-corpus",), corpus=(corpus,))
    return {
        finding.cases[0]: (Path(str(finding.detail["file"])).name, finding.detail["line"])
        for finding in report.findings
        if finding.detail
    }


def test_questions_are_found_across_lines_cases_and_punctuation(tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    wrapped = "First line.\nhow do i RESET the password of my\naccount, when I have lost the phone\n"
    (tmp_path / "seen" / "notes.txt").write_text(wrapped, encoding="utf-8")
    rows = [{"messages": [{"role": "user", "content": f"Hello!\n{EIGHT}"}]}, {"text": f"问题：{CHINESE}？"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "seen" / "train.jsonl").write_text(lines, encoding="utf-8")
    found = _found(
        tmp_path / "seen",
        Case(id="long", input=LONG),
        Case(id="eight", turns=({"role": "user", "content": EIGHT},)),
        Case(id="chinese", input=CHINESE),
        Case(id="fresh", input=LONG.replace("phone", "key").replace("password", "code")),
        Case(id="short", input="First line."),
        Case(id="context", input="What does it say?", context=(LONG,)),
    )
    # The question begins in the second line.
    assert found == {"long": ("notes.txt", 2), "eight": ("train.jsonl", 1), "chinese": ("train.jsonl", 2)}


def test_without_a_corpus_nothing_is_looked_for() -> None:
    assert check_cases([Case(id="long", input=LONG)]).ok


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        _found(tmp_path / "absent", Case(id="long", input=LONG))
