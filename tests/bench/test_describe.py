from __future__ import annotations

from steelyard.bench import (
    BenchmarkStore,
    Imported,
    add_version,
    describe_version,
)
from steelyard.core import Attachment, Case, FixedClock, Scenario


def test_counts_everything_and_names_parents(benchmarks: BenchmarkStore, clock: FixedClock) -> None:
    picture = Attachment(path="a.png", sha256="0" * 64, media_type="image/png")
    benchmarks.put_attachment("0" * 64, b"png")
    cases = (
        Case(id="a", input="q", expected="x", slices={"topic": "t", "tier": "1"}, attachments=(picture,)),
        Case(id="b", input=[{"role": "user", "content": "q"}], slices={"topic": "t"}, group="g", weight=3.0),
        Case(
            id="c",
            turns=({"role": "user", "content": "q"},),
            group="g",
            split="sealed",
            attachments=(picture,),
        ),
        Case(id="d", scenario=Scenario(persona="p", goal="g"), slices={"topic": "u"}),
        Case(id="e", input={"a": 1}),
    )
    add_version(benchmarks, "x", Imported(cases=cases[:2]), clock=clock)
    add_version(benchmarks, "other", Imported(cases=cases), clock=clock)
    last = add_version(benchmarks, "x", Imported(cases=cases), clock=clock, message="more").version
    shown = describe_version(last, benchmarks.cases(last), history=benchmarks.versions()).as_json()
    assert shown["splits"] == {"open": 4, "sealed": 1}
    assert shown["slices"] == {"tier": {"1": 1}, "topic": {"t": 2, "u": 1}}
    assert shown["kinds"] == {"text": 1, "messages": 1, "turns": 1, "scenario": 1, "object": 1}
    assert shown["with_expected"] == 1
    assert shown["groups"] == {"groups": 1, "cases": 2, "largest": 2, "units": 4}
    assert shown["weights"] == [1.0, 3.0]
    assert shown["attachments"] == {"image/png": 1}
    assert shown["lineage"] == [{"version": "v1", "hash": last.parent}]
    assert (shown["version"], shown["message"], shown["parent"]) == ("v2", "more", last.parent)


def test_lineage_through_a_return_to_old_content(benchmarks: BenchmarkStore, clock: FixedClock) -> None:
    one, two = Case(id="a", input="q"), Case(id="b", input="r")
    for cases in ((one,), (one, two), (one,), (two,)):
        last = add_version(benchmarks, "x", Imported(cases=cases), clock=clock).version
    described = describe_version(last, benchmarks.cases(last), history=benchmarks.versions("x"))
    assert [item.version for item in described.lineage] == ["v3", "v2", "v1"]
