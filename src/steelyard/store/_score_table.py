"""One metric of one run by column: the fast way from rows to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from sqlalchemy import Connection, FromClause, Select, and_, func, literal, select

from steelyard.core import Json, MetricSpec, parse_json
from steelyard.runs import STATE_FAILED, ScoreTable
from steelyard.store._case_index import CaseIndex
from steelyard.store._codec import as_list, as_object
from steelyard.store._schema import samples, scores


def read_score_table(
    connection: Connection,
    spec: MetricSpec,
    *,
    run_no: int,
    passes: Sequence[int],
    index: CaseIndex,
    details: bool,
) -> ScoreTable:
    """The score of the newest of these passes for every sample of the run, in planned order.

    A stored sample that none of them scored is Failed: it is missing, and never leaves the denominator.
    """
    rows = connection.execute(_query(run_no, passes, details=details)).all()
    rows = sorted(rows, key=itemgetter(2, 0, 1))
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * 8
    numbers = columns[0]
    return ScoreTable(
        metric=spec,
        case_ids=[index.ids[number] for number in numbers],
        case_hashes=[index.hashes[number] for number in numbers],
        epochs=np.array(columns[1], dtype=np.int64),
        positions=np.array(columns[2], dtype=np.int64),
        clusters=[index.clusters[number] for number in numbers],
        weights=np.array([index.weights[number] for number in numbers], dtype=np.float64),
        slices=[index.slices[number] for number in numbers],
        splits=[index.splits[number] for number in numbers],
        states=np.array(columns[4], dtype=np.int8),
        values=np.array(columns[5], dtype=np.float64),
        extracted=np.array(columns[6], dtype=np.bool_),
        output_hashes=[digest.hex() for digest in columns[3]],
        details=_details(columns[7]) if details else (),
    )


def _query(run_no: int, passes: Sequence[int], *, details: bool) -> Select[Any]:
    latest: FromClause = scores
    condition = scores.c.metric_id == passes[-1]
    if len(passes) > 1:
        newest = func.row_number().over(
            partition_by=(scores.c.case_no, scores.c.epoch), order_by=scores.c.metric_id.desc()
        )
        latest = select(scores, newest.label("rank")).where(scores.c.metric_id.in_(passes)).subquery()
        condition = latest.c.rank == 1
    same = and_(condition, latest.c.case_no == samples.c.case_no, latest.c.epoch == samples.c.epoch)
    return (
        select(
            samples.c.case_no,
            samples.c.epoch,
            samples.c.position,
            samples.c.output_hash,
            func.coalesce(latest.c.state, STATE_FAILED),
            func.coalesce(latest.c.value, 0.0),
            func.coalesce(latest.c.extracted, 1),
            latest.c.detail if details else literal(None),
        )
        .select_from(samples.outerjoin(latest, same))
        .where(samples.c.run_no == run_no)
    )


def _details(texts: Sequence[str | None]) -> Sequence[Mapping[str, Json]]:
    joined = parse_json(f"[{','.join(text or '{}' for text in texts)}]")
    return [as_object(item) for item in as_list(joined)]
