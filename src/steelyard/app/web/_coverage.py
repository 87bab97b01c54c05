"""Slice coverage: what stands behind each slice and pair of slices, and what is too thin to tell anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from steelyard import bench
from steelyard.app.web._answer import json_answer
from steelyard.app.web._figures import PATIENCE_S, Figures
from steelyard.app.web._openapi import BAD, MISSING
from steelyard.app.web._render import Crumb, link, part, render
from steelyard.app.web._site import Site
from steelyard.core import Json, parse_json
from steelyard.stats import DEFAULT_DISCORDANCE, binary_spread, settled_drop, units_for

if TYPE_CHECKING:
    from steelyard.bench import BenchmarkVersion, Cover, Coverage, CrossedDimensions

router = APIRouter(tags=["benchmarks"], responses=BAD)
THIN_DROP = 0.2
"""A slice that shows only drops larger than this tells next to nothing."""
_SHOWN_VALUES = 12
_SHOWN_THIN = 40
_SHADES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceLine:
    """One slice, or two together."""

    name: str
    """`refunds`, or `refunds × de`."""
    url: str
    """Its cases."""
    cases: int
    """How many it has."""
    units: int
    """How many of them are independent."""
    points: str
    """The smallest drop that they show, in points; empty without a case."""
    shade: int
    """How dark it is drawn, 0 (nothing) to 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Two dimensions against each other."""

    rows: str
    """One dimension."""
    columns: str
    """The other."""
    heads: tuple[str, ...]
    """Values of `columns`, the largest first."""
    lines: tuple[tuple[str, tuple[SliceLine, ...]], ...]
    """A value of `rows` and its cells."""
    left_out: int
    """Values that are too many to be drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePage:
    """What the page of slice coverage shows."""

    total: Cover
    """All cases."""
    points: str
    """The smallest drop that all of them show, in points."""
    dimensions: tuple[tuple[str, tuple[SliceLine, ...], int, int], ...]
    """Dimension, its largest values, how many more there are, and cases without a value."""
    grids: tuple[Grid, ...]
    """Pairs of dimensions."""
    thin: tuple[SliceLine, ...]
    """Slices and pairs with too few cases, the thinnest first."""
    more_thin: int
    """Further ones that are not listed."""
    empty: tuple[str, ...]
    """Pairs without any case."""
    more_empty: int
    """Further ones that are not listed."""
    enough: int
    """Independent cases from which a slice is not thin."""
    thin_points: str
    """The drop that they show, in points."""
    assumed: str
    """The share of cases that are assumed to differ between versions."""


@router.get("/benchmarks/{name}/{version}/coverage", name="coverage", include_in_schema=False)
def coverage(request: Request, name: str, version: str) -> Response:
    """Cases by slice and by pair of slices, and what is thin, in words."""
    site: Site = request.app.state.site
    found = bench.resolve_version(site.store, f"{name}@{version}")
    base = f"/benchmarks/{part(found.name)}/{found.version}"
    is_part = "hx-request" in request.headers
    counted = coverage_of(site, found, patience=None if is_part else PATIENCE_S)
    crumbs = (
        Crumb(text="Benchmarks", url="/benchmarks"),
        Crumb(text=f"{found.name}@{found.version}", url=base),
        Crumb(text="Slice coverage"),
    )
    return render(
        request,
        "slices.html" if is_part else "coverage.html",
        title=f"Slices of {found.name}@{found.version}",
        crumbs=crumbs,
        page=None if counted is None else _page(counted, base),
        version=found,
        here=request.url.path,
    )


@router.get(
    "/api/v1/benchmarks/{name}/versions/{version}/coverage",
    name="api_coverage",
    summary="Cases by slice and by pair of slices",
    responses=MISSING,
)
def api_coverage(request: Request, name: str, version: str) -> Response:
    """Cases and independent units behind each slice, with the smallest drop that all cases together show."""
    site: Site = request.app.state.site
    found = bench.resolve_version(site.store, f"{name}@{version}")
    counted = coverage_of(site, found)
    document: dict[str, Json] = {**found.ref.as_json()}
    if counted is not None:
        document |= {
            **counted.as_json(),
            "settled_drop": settled_drop(max(counted.total.units, 1), binary_spread()),
            "assumed_discordance": DEFAULT_DISCORDANCE,
        }
    return json_answer(document)


def coverage_of(site: Site, version: BenchmarkVersion, *, patience: float | None = None) -> Coverage | None:
    """Counted once for a version; None while it takes longer than one is patient."""

    def make() -> Coverage:
        labels = site.store.case_labels(version)
        slices = {text: _slices(text) for text in {text for _, text in labels}}
        return bench.slice_coverage((unit, slices[text]) for unit, text in labels)

    return Figures(site).derived(("coverage", version.ref), make, patience=patience)


def say_points(units: int) -> str:
    """The smallest drop that so many independent cases show four times in five, in points."""
    points = 100 * settled_drop(units, binary_spread())
    return f"{points:.0f}" if points >= 9.95 else f"{points:.1f}"


def _page(counted: Coverage, base: str) -> CoveragePage:
    enough = units_for(THIN_DROP, binary_spread())
    most = counted.total.cases
    single = {
        name: tuple(_line(base, ((name, value),), cover, most) for value, cover in values.items())
        for name, values in counted.dimensions.items()
    }
    crossed = [
        _line(base, ((pair.rows, row), (pair.columns, column)), cover, most)
        for pair in counted.crossed
        for (row, column), cover in pair.cells.items()
    ]
    few = {name for name, values in counted.dimensions.items() if len(values) <= bench.MOST_VALUES}
    every = [line for name in sorted(few) for line in single[name]] + crossed
    thin = sorted((line for line in every if line.units < enough), key=lambda line: (line.units, line.name))
    empty = [name for pair in counted.crossed for name in _empty(counted, pair)]
    return CoveragePage(
        total=counted.total,
        points=say_points(max(counted.total.units, 1)),
        dimensions=tuple(
            (name, lines[:_SHOWN_VALUES], max(0, len(lines) - _SHOWN_VALUES), counted.unlabelled[name])
            for name, lines in single.items()
        ),
        grids=tuple(_grid(counted, pair, base) for pair in counted.crossed),
        thin=tuple(thin[:_SHOWN_THIN]),
        more_thin=max(0, len(thin) - _SHOWN_THIN),
        empty=tuple(empty[:_SHOWN_THIN]),
        more_empty=max(0, len(empty) - _SHOWN_THIN),
        enough=enough,
        thin_points=f"{100 * THIN_DROP:.0f}",
        assumed=f"{DEFAULT_DISCORDANCE:.0%}",
    )


def _line(base: str, slices: tuple[tuple[str, str], ...], cover: Cover, most: int) -> SliceLine:
    return SliceLine(
        name=" × ".join(value for _, value in slices),
        url=link(base, slice=[f"{name}={value}" for name, value in slices]) + "#cases",
        cases=cover.cases,
        units=cover.units,
        points=say_points(cover.units) if cover.units else "",
        shade=_shade(cover.cases, most),
    )


def _grid(counted: Coverage, pair: CrossedDimensions, base: str) -> Grid:
    rows, columns = (list(counted.dimensions[name]) for name in (pair.rows, pair.columns))
    heads = tuple(columns[:_SHOWN_VALUES])
    most = max(cover.cases for cover in pair.cells.values()) if pair.cells else 1
    none = bench.Cover()
    lines = tuple(
        (
            row,
            tuple(
                _line(
                    base,
                    ((pair.rows, row), (pair.columns, column)),
                    pair.cells.get((row, column), none),
                    most,
                )
                for column in heads
            ),
        )
        for row in rows[:_SHOWN_VALUES]
    )
    left = max(0, len(rows) - _SHOWN_VALUES) + max(0, len(columns) - _SHOWN_VALUES)
    return Grid(rows=pair.rows, columns=pair.columns, heads=heads, lines=lines, left_out=left)


def _empty(counted: Coverage, pair: CrossedDimensions) -> list[str]:
    rows, columns = (counted.dimensions[name] for name in (pair.rows, pair.columns))
    return [f"{row} × {column}" for row in rows for column in columns if (row, column) not in pair.cells]


def _shade(cases: int, most: int) -> int:
    """On a square root scale, so that a tenth of the largest is still seen."""
    return 0 if not cases else max(1, round(_SHADES * (cases / most) ** 0.5))


def _slices(text: str) -> dict[str, str]:
    parsed = parse_json(text)
    return {name: str(value) for name, value in parsed.items()} if isinstance(parsed, dict) else {}
