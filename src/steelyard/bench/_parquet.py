"""Parquet files, by way of pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from steelyard.bench._cells import case_cells
from steelyard.core import Case, InputError, Json, MissingExtraError

_MOST_BYTES = 8 * 2**30


def has_pyarrow() -> bool:
    """Whether Parquet can be read and written here."""
    return find_spec("pyarrow") is not None


def write_parquet(cases: Sequence[Case], path: Path) -> None:
    """One row a case; text columns as text, nested fields as JSON in `:json` columns."""
    arrow, parquet = _pyarrow(path)
    columns, rows = case_cells(cases, spreadsheet=False)
    listed = list(rows)
    schema = arrow.schema(
        [(name, arrow.float64() if name == "weight" else arrow.string()) for name in columns]
    )
    table = arrow.table({name: [row[name] for row in listed] for name in columns}, schema=schema)
    parquet.write_table(table, path, compression="zstd")


def parquet_rows(path: Path) -> Iterator[dict[str, Json]]:
    """The rows of a Parquet file as JSON values, batch by batch.

    Bytes that are text become text; images and other bytes, dates and decimals become what JSON can
    hold. Raises InputError for a damaged file, MissingExtraError without pyarrow.
    """
    arrow, parquet = _pyarrow(path)
    try:
        with parquet.ParquetFile(path) as file:
            unpacked = sum(
                file.metadata.row_group(index).total_byte_size for index in range(file.num_row_groups)
            )
            if unpacked > _MOST_BYTES:
                raise InputError(
                    f"the file unpacks to {unpacked / 2**30:.0f} GiB",
                    where=str(path),
                    hint="Split it, or take the rows you need",
                )
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    yield {str(name): plain_json(value) for name, value in row.items()}
    except (arrow.ArrowException, OSError) as error:
        raise InputError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}",
            where=str(path),
            hint="Check that it is a whole Parquet file",
        ) from error


def plain_json(value: Any) -> Json:
    """A value of a typed table as JSON: what has no JSON form becomes text, NaN becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [plain_json(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float | Decimal):
        whole = isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()
        number = float(value)
        return int(value) if whole else number if abs(number) < float("inf") else None
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            "Parquet needs pyarrow", where=str(path), hint="Install it: pip install 'steelyard[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet
