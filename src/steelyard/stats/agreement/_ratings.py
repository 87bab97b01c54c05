"""Who gave which item which value: the one input of every agreement coefficient."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steelyard.core import StatisticsError

Measurement = Literal["nominal", "ordinal", "interval", "ratio"]
Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
Row = tuple[str, str, str | float | None]

MISSING = -1
_MEASUREMENTS = get_args(Measurement)
_WIDEST_TABLE = 4096
_LARGEST = 1e100
"""Beyond it squared distances, summed, leave the range of floating-point numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """Ratings of items by raters, some perhaps missing; made by `ratings_matrix` or `ratings_rows`."""

    codes: Codes
    """Raters × items: the position of each value in `numbers`, or -1 where there is no rating."""
    numbers: Floats
    """What each code stands for, ascending; positions 0, 1, … for named categories."""
    labels: tuple[str, ...]
    """The same as words."""
    measurement: Measurement
    """What differences mean: nominal (none), ordinal (order), interval (distance), ratio (proportion)."""
    raters: tuple[str, ...]
    """Names of the raters, in the order of the rows."""
    items: tuple[str, ...] = ()
    """Names of the items, in the order of the columns; empty when they have none."""

    @property
    def n_items(self) -> int:
        """Items with at least one rating."""
        return int(np.count_nonzero(self.per_item()))

    @property
    def n_raters(self) -> int:
        """Raters who gave at least one rating."""
        return int((self.codes >= 0).any(axis=1).sum()) if self.codes.size else 0

    @property
    def n_ratings(self) -> int:
        """Ratings that are there."""
        return int(np.count_nonzero(self.codes >= 0))

    def per_item(self) -> NDArray[np.int64]:
        """How many ratings each item has."""
        counts: NDArray[np.int64] = np.add.reduce(self.codes >= 0, axis=0, dtype=np.int64)
        return counts

    def values(self) -> Floats:
        """Raters × items as numbers, NaN where there is no rating."""
        return np.append(self.numbers, np.nan)[self.codes]

    def of_raters(self, kept: Sequence[int]) -> Ratings:
        """The same with these raters only; every category stays."""
        return Ratings(
            codes=np.ascontiguousarray(self.codes[list(kept)]),
            numbers=self.numbers,
            labels=self.labels,
            measurement=self.measurement,
            raters=tuple(self.raters[index] for index in kept),
            items=self.items,
        )


def ratings_matrix(
    matrix: ArrayLike,
    *,
    measurement: Measurement,
    categories: Sequence[str] | Sequence[float] | None = None,
    raters: Sequence[str] | None = None,
) -> Ratings:
    """Ratings from a matrix of items × raters; NaN is a missing rating.

    `categories` is the whole scale in its order, used or not. Where it holds words, the matrix holds their
    positions 0, 1, …; where it holds numbers, the matrix holds those. Without it, the values seen are the
    scale. Chance agreement after Gwet and Brennan-Prediger depends on how many categories there are.

    Raises StatisticsError for a wrong shape, an infinite value, a value outside the categories, or values
    below 0 on a ratio scale.
    """
    _check_measurement(measurement)
    try:
        given = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(
            "ratings must be numbers", hint="Give words through `ratings_rows`, or their positions"
        ) from error
    if given.ndim != 2:
        raise StatisticsError(f"a matrix of items × raters has 2 dimensions, not {given.ndim}")
    names = tuple(raters) if raters is not None else tuple(str(k + 1) for k in range(given.shape[1]))
    if len(names) != given.shape[1]:
        raise StatisticsError(f"{len(names)} names for {given.shape[1]} raters")
    by_rater = np.ascontiguousarray(given.T)
    if np.isinf(by_rater).any():
        raise StatisticsError("a rating is infinite", hint="Write a missing rating as NaN")
    if np.any(np.abs(by_rater) > _LARGEST):
        raise StatisticsError(
            f"a rating is larger than {_LARGEST:g}", hint="Give the ratings in a unit of their size"
        )
    numbers, labels = _scale(categories)
    if categories is None:
        codes, numbers = _encoded(by_rater)
        labels = tuple(_label(number) for number in numbers.tolist())
    else:
        codes = _looked_up(by_rater, numbers)
    if measurement == "ratio" and numbers.size and numbers.min() < 0.0:
        raise StatisticsError("a ratio scale has no values below 0", hint="Use the interval scale")
    return Ratings(codes=codes, numbers=numbers, labels=labels, measurement=measurement, raters=names)


def ratings_rows(
    rows: Iterable[Row],
    *,
    measurement: Measurement,
    categories: Sequence[str] | Sequence[float] | None = None,
) -> Ratings:
    """Ratings from rows of (item, rater, value); a value of None, NaN or "" is a missing rating.

    Nominal values are words; others must be numbers, unless `categories` names the scale in its order.

    Raises StatisticsError when a rater rates an item twice, or a value has no place on the scale.
    """
    _check_measurement(measurement)
    items: dict[str, int] = {}
    raters: dict[str, int] = {}
    cells: dict[tuple[int, int], str | float] = {}
    for item, rater, value in rows:
        place = items.setdefault(item, len(items)), raters.setdefault(rater, len(raters))
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            continue
        if place in cells:
            raise StatisticsError(
                f"rater {rater!r} rated item {item!r} twice", hint="Keep one rating, or name the repeats"
            )
        cells[place] = value
    words = _words(cells.values(), measurement, categories)
    matrix = np.full((len(items), len(raters)), np.nan)
    if words is None:
        for place, value in cells.items():
            matrix[place] = _number(value)
    else:
        position = {word: index for index, word in enumerate(words)}
        for place, value in cells.items():
            if _word(value) not in position:
                raise StatisticsError(f"{value!r} is not one of the categories", hint=", ".join(words))
            matrix[place] = position[_word(value)]
    found = ratings_matrix(
        matrix,
        measurement=measurement,
        categories=words if words is not None else categories,
        raters=tuple(raters),
    )
    return Ratings(
        codes=found.codes,
        numbers=found.numbers,
        labels=found.labels,
        measurement=measurement,
        raters=found.raters,
        items=tuple(items),
    )


def _words(
    values: Iterable[str | float],
    measurement: Measurement,
    categories: Sequence[str] | Sequence[float] | None,
) -> tuple[str, ...] | None:
    """The categories as words, or None where values are numbers."""
    if categories is not None:
        if all(isinstance(category, int | float) for category in categories):
            return None
        return tuple(_word(category) for category in categories)
    if measurement == "nominal":
        return tuple(sorted({_word(value) for value in values}))
    return None


def _word(value: str | float) -> str:
    """A value as the name of a category: 1.0 is called 1."""
    return value if isinstance(value, str) else _label(float(value))


def _number(value: str | float) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise StatisticsError(
            f"{value!r} is not a number", hint="Name the categories in their order, or use nominal"
        ) from error


def _scale(categories: Sequence[str] | Sequence[float] | None) -> tuple[Floats, tuple[str, ...]]:
    if categories is None:
        return np.empty(0), ()
    if not categories:
        raise StatisticsError("the list of categories is empty")
    if len(set(categories)) != len(categories):
        raise StatisticsError("a category is listed twice")
    if any(isinstance(category, str) for category in categories):
        return np.arange(len(categories), dtype=np.float64), tuple(str(name) for name in categories)
    numbers = np.sort(np.asarray(categories, dtype=np.float64))
    if not np.isfinite(numbers).all():
        raise StatisticsError("a category is not a finite number")
    return numbers, tuple(_label(number) for number in numbers.tolist())


def _encoded(by_rater: Floats) -> tuple[Codes, Floats]:
    """Codes and the distinct values; whole numbers of a small range need no sorting."""
    missing = np.isnan(by_rater)
    some_missing = bool(missing.any())
    if missing.all():
        return np.full(by_rater.shape, MISSING, np.int32), np.empty(0)
    lowest, highest = float(np.nanmin(by_rater)), float(np.nanmax(by_rater))
    if highest - lowest < _WIDEST_TABLE and lowest == math.floor(lowest):
        shifted = np.where(missing, -1.0, by_rater - lowest) if some_missing else by_rater - lowest
        whole = shifted.astype(np.int32)
        if np.array_equal(whole, shifted):
            width = int(highest - lowest) + 1
            seen = np.flatnonzero(np.bincount((whole + 1).ravel(), minlength=width + 1)[1:])
            if seen.size < width:
                table = np.full(width + 1, MISSING, np.int32)
                table[seen] = np.arange(seen.size)
                whole = table[whole]
            return whole, seen.astype(np.float64) + lowest
    numbers, flat = np.unique(by_rater[~missing], return_inverse=True)
    codes = np.full(by_rater.shape, MISSING, np.int32)
    codes[~missing] = flat
    return codes, numbers


def _looked_up(by_rater: Floats, numbers: Floats) -> Codes:
    missing = np.isnan(by_rater)
    places = np.minimum(np.searchsorted(numbers, by_rater), numbers.size - 1)
    wrong = ~missing & (numbers[places] != by_rater)
    if wrong.any():
        value = by_rater[wrong][0]
        raise StatisticsError(
            f"{_label(float(value))} is not one of the categories",
            hint="Categories in words are given by their positions 0, 1, …",
        )
    return np.where(missing, MISSING, places).astype(np.int32)


def _label(number: float) -> str:
    return str(int(number)) if number == math.floor(number) and abs(number) < 1e15 else repr(number)


def _check_measurement(measurement: str) -> None:
    if measurement not in _MEASUREMENTS:
        raise StatisticsError(
            f"{measurement!r} is no level of measurement", hint="nominal, ordinal, interval or ratio"
        )
