"""Samples with their cases, a page at a time: no reader holds a transaction, or a whole run, for long."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, true, tuple_

from steelyard.core import Case, Score, case_from_json, output_from_json, parse_json
from steelyard.runs import Sample
from steelyard.store._codec import as_object, score_from_columns
from steelyard.store._engine import Database
from steelyard.store._schema import cases, outputs, samples, scores, version_cases

_PAGE = 200

_Key = tuple[int, int]


def sample_pages(
    database: Database,
    *,
    run_no: int,
    version_id: int,
    metric_keys: Mapping[int, str],
    wanted: Collection[_Key] | None = None,
) -> Iterator[Sample]:
    """The samples of a run in case order, then epoch: all, or those wanted as (case number, epoch)."""
    after: _Key = (-1, 0)
    case: tuple[int, Case] | None = None
    left = None if wanted is None else sorted(set(wanted))
    while left is None or left:
        chosen = None if left is None else left[:_PAGE]
        left = None if left is None else left[_PAGE:]
        with database.read() as connection:
            rows = connection.execute(_page(run_no, version_id, after, chosen)).all()
            if not rows:
                if left:
                    continue
                return
            by_sample = _scores(connection, rows, metric_keys)
        for case_no, epoch, case_text, output_text in rows:
            if case is None or case[0] != case_no:
                case = (case_no, case_from_json(as_object(parse_json(case_text))))
            yield Sample(
                case=case[1],
                epoch=epoch,
                output=output_from_json(as_object(parse_json(output_text))),
                scores=by_sample.get((case_no, epoch), {}),
            )
        after = (rows[-1].case_no, rows[-1].epoch)


def _page(run_no: int, version_id: int, after: _Key, chosen: Sequence[_Key] | None) -> Select[Any]:
    body = and_(
        outputs.c.run_no == samples.c.run_no,
        outputs.c.case_no == samples.c.case_no,
        outputs.c.epoch == samples.c.epoch,
    )
    place = and_(version_cases.c.version_id == version_id, version_cases.c.case_no == samples.c.case_no)
    some = true() if chosen is None else tuple_(samples.c.case_no, samples.c.epoch).in_(chosen)
    return (
        select(samples.c.case_no, samples.c.epoch, cases.c.json, outputs.c.json)
        .join(outputs, body)
        .join(version_cases, place)
        .join(cases, cases.c.id == version_cases.c.case_row)
        .where(samples.c.run_no == run_no, tuple_(samples.c.case_no, samples.c.epoch) > after, some)
        .order_by(samples.c.case_no, samples.c.epoch)
        .limit(_PAGE)
    )


def _scores(
    connection: Connection, page: Sequence[Row[*tuple[Any, ...]]], metric_keys: Mapping[int, str]
) -> dict[_Key, dict[str, Score]]:
    query = (
        select(scores)
        .where(
            scores.c.metric_id.in_(metric_keys),
            scores.c.case_no.between(page[0].case_no, page[-1].case_no),
        )
        .order_by(scores.c.metric_id)
    )
    found: dict[_Key, dict[str, Score]] = {}
    for metric_id, case_no, epoch, *columns in connection.execute(query):
        state, value, extracted, note, detail = columns
        score = score_from_columns((state, value, extracted, note, detail))
        found.setdefault((case_no, epoch), {})[metric_keys[metric_id]] = score
    return found
