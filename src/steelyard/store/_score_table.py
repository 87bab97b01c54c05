"""One metric of one run by column: the fast way from rows to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select

from steelyard.core import Json, MetricSpec, parse_json
from steelyard.runs import STATE_FAILED, ScoreTable
from steelyard.store._case_index import CaseIndex, object_array
from steelyard.store._codec import as_list, as_object
from steelyard.store._paging import fetch_columns
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
    columns = fetch_columns(connection, _query(run_no, passes, details=details))
    positions = np.array(columns[2], dtype=np.int64)
    order = np.argsort(positions, kind="stable")
    numbers = np.array(columns[0], dtype=np.int64)[order]
    return ScoreTable(
        metric=spec,
        case_ids=index.ids[numbers].tolist(),
        case_hashes=index.hashes[numbers].tolist(),
        epochs=np.array(columns[1], dtype=np.int64)[order],
        positions=positions[order],
        clusters=index.clusters[numbers].tolist(),
        weights=index.weights[numbers],
        slices=index.slices[numbers].tolist(),
        splits=index.splits[numbers].tolist(),
        states=np.array(columns[4], dtype=np.int8)[order],
        values=np.array(columns[5], dtype=np.float64)[order],
        extracted=np.array(columns[6], dtype=np.bool_)[order],
        output_hashes=object_array([digest.hex() for digest in columns[3]])[order].tolist(),
        details=object_array(_details(columns[7]))[order].tolist() if details else (),
    )


def _query(run_no: int, passes: Sequence[int], *, details: bool) -> Select[Any]:
    newest: ColumnElement[Any] = literal(passes[-1])
    if len(passes) > 1:
        other = scores.alias()
        newest = (
            select(func.max(other.c.metric_id))
            .where(
                other.c.metric_id.in_(passes),
                other.c.case_no == samples.c.case_no,
                other.c.epoch == samples.c.epoch,
            )
            .scalar_subquery()
        )
    same = and_(
        scores.c.metric_id == newest, scores.c.case_no == samples.c.case_no, scores.c.epoch == samples.c.epoch
    )
    return (
        select(
            samples.c.case_no,
            samples.c.epoch,
            samples.c.position,
            samples.c.output_hash,
            func.coalesce(scores.c.state, STATE_FAILED),
            func.coalesce(scores.c.value, 0.0),
            func.coalesce(scores.c.extracted, 1),
            scores.c.detail if details else literal(None),
        )
        .select_from(samples.outerjoin(scores, same))
        .where(samples.c.run_no == run_no)
        .order_by(samples.c.case_no, samples.c.epoch)
    )


def _details(texts: Sequence[str | None]) -> Sequence[Mapping[str, Json]]:
    joined = parse_json(f"[{','.join(text or '{}' for text in texts)}]")
    return [as_object(item) for item in as_list(joined)]
