from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from steelyard.bench import BenchmarkVersion
from steelyard.core import Case, Failed, MetricSpec, Output, Provenance, Score, Scored, Skipped, Span
from steelyard.gates import GateLook, Release
from steelyard.runs import SampleRow
from steelyard.store import Store

if TYPE_CHECKING:
    from tests.store.conftest import Build

HOSTILE = [
    "NUL \x00 inside",
    "lone \ud800 surrogate \udfff",
    "pair \U0001f9ea and \ufeff mark",
    "quote ' \" ; DROP TABLE runs; -- %s ? :x {}",
    "back \\ slash \\u0000 \\\\",
    "line\nbreak\r\ttab \x1b[31m \x7f \u2028",
    "tiếng Việt 日本語 ไทย العربية",
    "\x00",
    " ",
    "NULL",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_kept_in_any_place(store: Store, build: Build, text: str) -> None:
    cases = [
        Case(
            id=f"{text}{i}",
            input={text: [text]},
            expected=text,
            context=(text,),
            slices={text: text},
            group=text,
            split=text,
            metadata={text: text},
        )
        for i in range(2)
    ]
    version = replace(
        build.version(cases, name=text, tags=[text]),
        message=text,
        provenance=Provenance(source=text, reference=text, detail={text: text}),
    )
    stored = store.add_version(version, cases)
    assert store.versions(text) == [replace(version, number=1)]
    assert list(store.cases(stored)) == cases

    spec = MetricSpec(name=text, version=text, label=text, settings={text: text})
    run = replace(
        build.record(stored, id=text, label=text, metrics=[spec]),
        target={text: text},
        settings={text: text},
        prompts={text: text},
        revision=text,
        owner=text,
        notes=(text,),
    )
    store.create_run(run)
    assert store.get_run(text) == run
    assert store.claim(text, text * 2, expected=text)

    output = Output(value=text, trace=(Span(name=text, input={text: text}),), detail={text: text})
    scores: list[Score] = [Scored(value=1.0, reason=text, detail={text: text}), Failed(error=text)]
    rows = [
        SampleRow(case_id=case.id, epoch=1, position=i, output=output, scores={text: score})
        for i, (case, score) in enumerate(zip(cases, scores, strict=True))
    ]
    store.append(text, rows)
    assert store.finished(text) == {(case.id, 1) for case in cases}
    assert [(s.case, s.output, s.scores) for s in store.samples(text)] == [
        (case, output, {text: score}) for case, score in zip(cases, scores, strict=True)
    ]
    store.add_scores(text, spec, {(cases[0].id, 1): Skipped(reason=text)})
    table = store.score_table(text, text, details=True)
    assert table.metric == spec
    assert list(table.case_ids) == [case.id for case in cases]
    assert list(table.clusters) == [case.cluster for case in cases]
    assert list(table.slices) == [{text: text}] * 2
    assert list(table.splits) == [text] * 2

    look = GateLook(
        question=text, evidence=text, base_run=text, candidate_run=text, verdict="PASS", decided=build.now
    )
    store.add_look(look)
    assert store.looks(text) == [look]
    release = Release(name=text, run=text, released=build.now, note=text)
    store.add_release(release)
    assert store.releases() == [release]
    store.put(text, "{}")
    store.flush()
    assert store.get(text) == "{}"


def test_long_texts_are_kept_and_read_in_small_pages(store: Store, build: Build) -> None:
    long = "ab\x00é" * 1_250_000
    cases = [Case(id=f"c{i}", input=long if i == 1 else "short") for i in range(3)]
    run = build.run(store, cases)
    store.append(
        run, [build.row(case, output=Output(value=f"{i}{long}")) for i, case in enumerate(cases[1:])]
    )
    assert [sample.output.value == f"{i}{long}" for i, sample in enumerate(store.samples(run))] == [True] * 2
    assert [case.input == long for case in store.cases(store.versions()[0])] == [False, True, False]


def test_names_that_look_alike_to_a_database_stay_apart(store: Store, build: Build) -> None:
    names = ["a", "A", "a ", "á", "a\u0301", "a\x00", "a\\u0000", "ａ"]
    stored: list[BenchmarkVersion] = [build.add(store, build.cases(1), name=name) for name in names]
    assert [version.version for version in stored] == ["v1"] * len(names)
    assert [store.versions(name)[0].name for name in names] == names
