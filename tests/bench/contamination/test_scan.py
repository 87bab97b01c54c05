from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest
import zstandard
from tests.bench.contamination.corpora import GSM8K, KINDS, gsm8k_questions, write_corpus

from steelyard.bench import CorpusProgress, OverlapRule, check_contamination
from steelyard.core import Case, CaseFinding, ContaminationReport, InputError, UsageError

LONG = "How do I reset the password of my account when I have lost the phone that it was tied to?"
EIGHT = "Which of your plans lets me export invoices?"
FRESH = "Why does the third parcel of my last order still wait in the warehouse of the northern region?"
CHINESE = "请问如何重置我的账户密码因为我丢了手机"
VIETNAMESE = "Một cửa hàng bán được ba mươi hai quả cam vào buổi sáng, hỏi còn lại bao nhiêu quả?"


def _check(corpus: Path, *questions: str) -> list[CaseFinding]:
    cases = [Case(id=f"c{number}", input=text) for number, text in enumerate(questions)]
    return list(check_contamination(cases, corpus=(corpus,)).cases)


def _states(corpus: Path, *questions: str) -> list[str]:
    return [item.state for item in _check(corpus, *questions)]


def _planted(folder: Path, size: int, seed: int) -> tuple[dict[int, str], ContaminationReport]:
    questions = gsm8k_questions()
    rng = np.random.default_rng(seed)
    plan = write_corpus(folder / "corpus.txt", questions, size=size, planted=130, rng=rng)
    cases = [Case(id=str(number), input=text) for number, text in enumerate(questions)]
    return {item.question: item.kind for item in plan}, check_contamination(cases, corpus=(folder,))


def _assert_found(planted: dict[int, str], report: ContaminationReport) -> None:
    found = {int(item.case_id) for item in report.in_state("contaminated", "suspicious")}
    assert found <= set(planted)
    for kind in KINDS:
        of_kind = {number for number, each in planted.items() if each == kind}
        assert len(found & of_kind) >= 0.98 * len(of_kind), kind
    assert len(found) >= 0.98 * len(planted)


@pytest.mark.skipif(not GSM8K.is_file(), reason="the questions of gsm8k are not here")
@pytest.mark.parametrize("seed", [1, 2])
def test_planted_questions_are_found_and_no_others(tmp_path: Path, seed: int) -> None:
    _assert_found(*_planted(tmp_path, 10_000_000, seed))


@pytest.mark.slow
@pytest.mark.skipif(not GSM8K.is_file(), reason="the questions of gsm8k are not here")
@pytest.mark.parametrize("seed", [2, 3])
def test_planted_questions_are_found_in_500_megabytes(tmp_path: Path, seed: int) -> None:
    _assert_found(*_planted(tmp_path, 500_000_000, seed))


def test_spacing_case_punctuation_and_a_changed_word_do_not_hide_a_question(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.txt"
    hidden = (
        LONG.upper(),
        LONG.replace(" ", "\n\t "),
        LONG.replace("a", "a\u200b"),
        " ".join(LONG),
        LONG.replace("account", "profile"),
    )
    for text in hidden:
        corpus.write_text(f"Some words before. {text} Some words after.", encoding="utf-8")
        assert _states(corpus, LONG, FRESH) == ["contaminated", "clean"], text


def test_half_of_a_question_is_suspicious(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "How do I reset the password of some website? My account when I have lost the phone again.",
        encoding="utf-8",
    )
    assert _states(tmp_path, LONG) == ["suspicious"]


def test_short_questions_need_all_their_words_and_the_shortest_are_not_looked_for(tmp_path: Path) -> None:
    corpus = tmp_path / "a.txt"
    corpus.write_text(f"{EIGHT} Who painted the famous Mona Lisa? Yes or no?", encoding="utf-8")
    asked = (EIGHT, "Who painted the famous Mona Lisa?", "Who sculpted the famous Mona Lisa?", "Yes or no?")
    assert _states(corpus, *asked) == ["contaminated", "suspicious", "clean", "unchecked"]


def test_other_scripts_are_found_with_or_without_their_accents(tmp_path: Path) -> None:
    decomposed = "Mo\u0323\u0302t cu\u031b\u0309a ha\u0300ng"
    (tmp_path / "vi.txt").write_text(VIETNAMESE.upper().replace("MỘT CỬA HÀNG", decomposed), encoding="utf-8")
    filler = "Plain English text stands around it. " * 2_000
    (tmp_path / "zh.txt").write_text(
        f"{filler}问题：\n{CHINESE[:9]} \n{CHINESE[9:]}？{filler}", encoding="utf-8"
    )
    found = _check(tmp_path, VIETNAMESE, CHINESE, "我们今天下午去公园散步然后回家吃晚饭好吗")
    assert [item.state for item in found] == ["contaminated", "contaminated", "clean"]
    assert found[1].evidence[0].line == 2
    assert found[1].evidence[0].excerpt == f"{CHINESE[:9]} {CHINESE[9:]}"


def test_every_form_of_file_is_read(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    row = json.dumps({"messages": [{"role": "user", "content": f'He said: "{LONG}"\nThank you'}]})
    lines = f'{{"text": "first"}}\n{row}\n'.encode()
    files = {
        "plain.txt": f"first\n{LONG}".encode(),
        "rows.jsonl": lines,
        "pretty.json": json.dumps([{"a": "first"}, {"a": LONG}], indent=0).encode(),
        "packed.jsonl.gz": gzip.compress(lines, mtime=0),
        "packed.jsonl.zst": zstandard.ZstdCompressor().compress(lines),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    parquet.write_table(pyarrow.table({"n": [1, 2], "said": [["first"], [LONG]]}), tmp_path / "a.parquet")
    for path in sorted(tmp_path.iterdir()):
        (item,) = _check(path, LONG)
        assert item.state == "contaminated", path.name
        assert item.evidence[0].file == str(path)
        assert item.evidence[0].line == (6 if path.name == "pretty.json" else 2), path.name
    (item,) = _check(tmp_path, LONG)
    assert item.places == 6


def test_evidence_names_the_byte_the_text_and_the_share(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("é" * 10 + f"\nBefore. {LONG} After.", encoding="utf-8")
    (item,) = _check(tmp_path, LONG)
    (evidence,) = item.evidence
    # Ten characters of two bytes, a line feed, and "Before. ".
    assert (evidence.line, evidence.offset, evidence.share) == (2, 29, 1.0)
    assert evidence.longest_run == 20
    assert evidence.excerpt == LONG.removesuffix("?")


def test_text_that_many_cases_share_is_nobodys(tmp_path: Path) -> None:
    shared = "Answer the following question truthfully, in one sentence, and without naming any source:"
    (tmp_path / "a.txt").write_text(f"{shared} {LONG}", encoding="utf-8")
    asked = [f"{shared} {text}" for text in (LONG, EIGHT, FRESH, VIETNAMESE, shared[::-1])]
    assert _states(tmp_path, *asked) == ["contaminated", *["clean"] * 4]


def test_a_copy_of_one_case_does_not_betray_another_with_the_same_sentence(tmp_path: Path) -> None:
    story = "A farmer keeps forty sheep, nine goats and one very old horse on a hill above the river. "
    first = story + "How many legs do all the animals of this farmer have together?"
    second = story + "If every goat gives two litres of milk a day, how much cheese is made in May?"
    (tmp_path / "a.txt").write_text(first, encoding="utf-8")
    assert _states(tmp_path, first, second) == ["contaminated", "clean"]
    (tmp_path / "a.txt").write_text(story, encoding="utf-8")
    assert _states(tmp_path, first, second) == ["contaminated", "contaminated"]


def test_a_question_cut_by_a_block_is_found_once(tmp_path: Path) -> None:
    for length in (2 * 2**20 - 40, 2 * 2**20, 4 * 2**20 - 30):
        path = tmp_path / f"{length}.txt"
        path.write_bytes(b"x" * length + f" {LONG} ".encode() + b"y" * 3_000_000)
        (item,) = _check(path, LONG)
        assert (item.state, item.places) == ("contaminated", 1), length
        assert item.evidence[0].share == 1.0


def test_hostile_files_end_and_are_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken.txt").write_bytes(b"\xff\xfe\x80" * 9 + b"\xc3( " + LONG.encode() + b"\xed\xa0\x80")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"text" * 10_000, mtime=0)[:-20])
    (tmp_path / "bad.json").write_bytes(b'{"a": "\\q \\u12 ' + LONG.encode() + b"\\")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing more")
    bomb = zstandard.ZstdCompressor().compress(bytes(300 * 2**20))
    (tmp_path / "bomb.zst").write_bytes(bomb)
    report = check_contamination([Case(id="a", input=LONG)], corpus=(tmp_path,))
    assert report.cases[0].state == "contaminated"
    assert report.corpus is not None
    unread = " ".join(report.corpus.unread)
    # A text that begins with the byte order mark of UTF-16 is not UTF-8.
    assert all(name in unread for name in ("cut.gz", "bad.parquet", "bomb.zst", "broken.txt"))
    assert report.corpus.files == 1
    with pytest.raises(InputError, match="unpacks to more than"):
        check_contamination([Case(id="a", input=LONG)], corpus=(tmp_path / "bomb.zst",))


def test_a_folder_without_any_file_is_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no file"):
        check_contamination([Case(id="a", input=LONG)], corpus=(tmp_path,))


def test_progress_counts_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("word " * 1_000_000, encoding="utf-8")
    seen: list[CorpusProgress] = []
    check_contamination([Case(id="a", input=LONG)], corpus=(tmp_path,), on_progress=seen.append)
    assert [item.done for item in seen] == [2 * 2**20, 4 * 2**20, 5_000_000]
    assert seen[-1].share == 1.0


def test_limits_can_be_set_and_must_make_sense(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LONG[:45], encoding="utf-8")
    cases = [Case(id="a", input=LONG)]
    rule = OverlapRule(run_words=8, short_words=8)
    assert check_contamination(cases, corpus=(tmp_path,), rule=rule).cases[0].state == "contaminated"
    assert check_contamination(cases, corpus=(tmp_path,)).cases[0].state == "clean"
    with pytest.raises(UsageError, match="cannot be limits"):
        OverlapRule(run_words=5)
