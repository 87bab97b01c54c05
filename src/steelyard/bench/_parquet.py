"""Parquet files, by way of pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from steelyard.bench._cells import case_cells
from steelyard.bench._texts import texts_of
from steelyard.core import Case, InputError, Json, MissingExtraError

_MOST_BYTES = 8 * 2**30
_FEW_ROWS = 1024
_MOST_BATCH = 2**30


def has_pyarrow() -> bool:
    """Whether Parquet can be read and written here."""
    return find_spec("pyarrow") is not None


def write_parquet(cases: Sequence[Case], path: Path, marks: Mapping[str, str]) -> None:
    """One row a case, each with the `marks`; text as text, nested fields as JSON in `:json` columns."""
    arrow, parquet = _pyarrow(path)
    columns, rows = case_cells(cases, spreadsheet=False)
    columns = [*columns, *marks]
    listed = [{**row, **marks} for row in rows]
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
        raise _unreadable(path, error) from error


def check_parquet(path: Path, *, most: int) -> None:
    """Raise InputError when the values of a file take more than `most` bytes once they are read.

    What a file says of its size is less: a long text that a million rows refer to is stored, and told, once.
    Raises InputError for a damaged file too, MissingExtraError without pyarrow.
    """
    arrow, parquet = _pyarrow(path)
    try:
        with parquet.ParquetFile(path) as file:
            columns = [file.schema.column(index) for index in range(len(file.schema))]
            groups = [file.metadata.row_group(index) for index in range(file.num_row_groups)]
        values = sum(group.column(place).num_values for group in groups for place in range(len(columns)))
        held = max(sum(group.total_byte_size for group in groups), 8 * values)
        texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
        widest = max((column.length for column in columns), default=0)
        rows = max(1, min(_FEW_ROWS, most // (widest + 1)))
        with parquet.ParquetFile(path, read_dictionary=texts) as file:
            batches = iter(()) if held > most else file.iter_batches(batch_size=rows)
            read = 0
            for batch in batches:
                read += sum(_bytes_of(column) for column in batch.columns)
                if read > most:
                    break
    except (arrow.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    if max(held, read) > most:
        raise InputError(
            f"the file unpacks to more than {most // 2**20:,} MiB",
            where=str(path),
            hint="Split it, or take the rows you need",
        )


def _bytes_of(column: Any) -> int:
    """What a column takes where every value stands by itself."""
    from pyarrow import compute, types  # noqa: PLC0415 - an optional extra, there by now

    kind = column.type
    if types.is_dictionary(kind):
        lengths = compute.binary_length(column.dictionary)
        return compute.sum(lengths.take(column.indices)).as_py() or 0
    if types.is_struct(kind):
        return sum(_bytes_of(part) for part in column.flatten())
    if types.is_map(kind):
        first, end = column.offsets[0].as_py(), column.offsets[-1].as_py()
        return sum(_bytes_of(part.slice(first, end - first)) for part in (column.keys, column.items))
    if types.is_nested(kind):
        return _bytes_of(column.flatten())
    return int(column.nbytes)


def parquet_texts(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The texts of a Parquet file, one column of some rows at a time: the first row's number, one text a row.

    Numbers and other columns without text are left out. Raises like `parquet_rows`, also when a few rows
    unpack to more than 1 GiB.
    """
    arrow, parquet = _pyarrow(path)
    try:
        with parquet.ParquetFile(path) as file:
            row = 1
            for batch in file.iter_batches(batch_size=_FEW_ROWS):
                if batch.nbytes > _MOST_BATCH:
                    raise InputError(
                        f"rows {row:,} to {row + batch.num_rows - 1:,} unpack to more than 1 GiB",
                        where=str(path),
                        hint="It looks like a decompression bomb",
                    )
                for column in batch.columns:
                    if _holds_text(arrow, column.type):
                        values = column.to_pylist()
                        yield (
                            row,
                            [item if isinstance(item, str) else _nested_text(item) for item in values],
                        )
                row += batch.num_rows
    except (arrow.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _holds_text(arrow: Any, kind: Any) -> bool:
    if arrow.types.is_dictionary(kind):
        return _holds_text(arrow, kind.value_type)
    return bool(
        arrow.types.is_string(kind)
        or arrow.types.is_large_string(kind)
        or arrow.types.is_nested(kind)
        or arrow.types.is_binary(kind)
        or arrow.types.is_large_binary(kind)
    )


def _nested_text(value: Any) -> str:
    return "" if value is None else "\n".join(texts_of(plain_json(value)))


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


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"cannot be read as Parquet: {str(error).splitlines()[0]}",
        where=str(path),
        hint="Check that it is a whole Parquet file",
    )


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow  # noqa: PLC0415
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            "Parquet needs pyarrow", where=str(path), hint="Install it: pip install 'steelyard[parquet]'"
        ) from error
    return pyarrow, pyarrow.parquet
