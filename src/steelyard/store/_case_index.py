"""What sample rows are joined with: the labels of a version's cases, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from steelyard.core import parse_json
from steelyard.store._codec import as_object
from steelyard.store._paging import fetch_columns
from steelyard.store._schema import cases, version_cases
from steelyard.store._text import decode_text

_KEPT = 2

ObjectArray: TypeAlias = NDArray[np.object_]

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class CaseIndex:
    """Columns of a version's cases; element i is case number i."""

    ids: ObjectArray
    """Case ids."""
    hashes: ObjectArray
    """`Case.hash`."""
    clusters: ObjectArray
    """`Case.cluster`."""
    weights: NDArray[np.float64]
    """Case weights."""
    splits: ObjectArray
    """Splits."""
    slices: ObjectArray
    """Slices; cases with equal slices share one object."""

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Case id to case number."""
        return {case_id: number for number, case_id in enumerate(self.ids.tolist())}


def read_case_index(connection: Connection, version_id: int) -> CaseIndex:
    """Read the labels of a version's cases."""
    labels = (
        cases.c.case_id,
        cases.c.case_hash,
        cases.c.cluster,
        cases.c.weight,
        cases.c.split,
        cases.c.slices,
    )
    query = (
        select(*labels)
        .join(version_cases, version_cases.c.case_row == cases.c.id)
        .where(version_cases.c.version_id == version_id)
        .order_by(version_cases.c.case_no)
    )
    ids, hashes, clusters, weights, splits, slices = fetch_columns(connection, query)
    plain_ids = [decode_text(case_id) for case_id in ids]
    split_names = {split: decode_text(split) for split in set(splits)}
    slice_objects = {text: _slices(text) for text in set(slices)}
    return CaseIndex(
        ids=object_array(plain_ids),
        hashes=object_array([digest.hex() for digest in hashes]),
        clusters=object_array(
            [
                case_id if cluster is None else decode_text(cluster)
                for case_id, cluster in zip(plain_ids, clusters, strict=True)
            ]
        ),
        weights=np.array(weights, dtype=np.float64),
        splits=object_array([split_names[split] for split in splits]),
        slices=object_array([slice_objects[text] for text in slices]),
    )


def object_array(items: Sequence[object]) -> ObjectArray:
    """A one-dimensional array of objects, whatever they are."""
    array = np.empty(len(items), dtype=np.object_)
    array[:] = items
    return array


def _slices(text: str) -> dict[str, str]:
    return {key: str(value) for key, value in as_object(parse_json(text)).items()}


def remember(cache: dict[K, V], key: K, value: V) -> V:
    """Keep a value that never changes, and forget the oldest when there are more than a few."""
    cache[key] = value
    for old in list(cache)[:-_KEPT]:
        cache.pop(old, None)
    return value
