"""What sample rows are joined with: the labels of a version's cases, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection, select

from steelyard.core import parse_json
from steelyard.store._codec import as_object
from steelyard.store._schema import cases, version_cases
from steelyard.store._text import decode_text

_KEPT = 2

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class CaseIndex:
    """Columns of a version's cases; position i is case number i."""

    ids: list[str]
    """Case ids."""
    hashes: list[str]
    """`Case.hash`."""
    clusters: list[str]
    """`Case.cluster`."""
    weights: list[float]
    """Case weights."""
    splits: list[str]
    """Splits."""
    slices: list[Mapping[str, str]]
    """Slices; cases with equal slices share one object."""

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Case id to case number."""
        return {case_id: number for number, case_id in enumerate(self.ids)}


def read_case_index(connection: Connection, version_id: int) -> CaseIndex:
    """Read the labels of a version's cases."""
    query = (
        select(
            cases.c.case_id, cases.c.case_hash, cases.c.cluster, cases.c.weight, cases.c.split, cases.c.slices
        )
        .join(version_cases, version_cases.c.case_row == cases.c.id)
        .where(version_cases.c.version_id == version_id)
        .order_by(version_cases.c.case_no)
    )
    rows = connection.execute(query).all()
    if not rows:
        return CaseIndex(ids=[], hashes=[], clusters=[], weights=[], splits=[], slices=[])
    ids, hashes, clusters, weights, splits, slices = zip(*rows, strict=True)
    plain_ids = [decode_text(case_id) for case_id in ids]
    parsed = {
        text: {key: str(value) for key, value in as_object(parse_json(text)).items()} for text in set(slices)
    }
    split_names = {split: decode_text(split) for split in set(splits)}
    return CaseIndex(
        ids=plain_ids,
        hashes=[digest.hex() for digest in hashes],
        clusters=[
            case_id if cluster is None else decode_text(cluster)
            for case_id, cluster in zip(plain_ids, clusters, strict=True)
        ],
        weights=list(weights),
        splits=[split_names[split] for split in splits],
        slices=[parsed[text] for text in slices],
    )


def remember(cache: dict[K, V], key: K, value: V) -> V:
    """Keep a value that never changes, and forget the oldest when there are more than a few."""
    cache[key] = value
    for old in list(cache)[:-_KEPT]:
        cache.pop(old, None)
    return value
