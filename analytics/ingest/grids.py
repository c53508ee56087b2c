"""Workbooks and parquet files as text tables: every cell becomes text, every row one record.

A sheet is written as a CSV of our own (commas, doubled quotes), and is then read like any other
file, so that title rows, second headers and totals are found by the same rules.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.ingest.limits import Limits, refusal
from analytics.text import Text

if TYPE_CHECKING:
    from analytics.ingest.containers import Source


def _write(target: Path, rows: Iterable[Sequence[object]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for row in rows:
            writer.writerow(["" if v is None else v for v in row])


def sheet_sources(path: Path, name: str, work: Path, limits: Limits) -> list[Source]:
    """Every sheet of a workbook that holds cells."""
    import fastexcel

    from analytics.ingest.containers import Source

    try:
        book = fastexcel.read_excel(path)
        found = []
        for i, title in enumerate(book.sheet_names):
            sheet = book.load_sheet(i, header_row=None, dtypes="string")
            if sheet.width > limits.columns:
                raise refusal("too_wide", name, Text(f"{sheet.width:,} columns", f"{sheet.width:,} 列"))  # fmt: skip
            frame = sheet.to_polars()
            if frame.height and frame.width:
                target = work / f"sheet{i}.csv"
                _write(target, frame.iter_rows())
                shown = "".join(c for c in title if c.isprintable())
                found.append(Source(f"{name}#{shown}", target, "xlsx"))
    except fastexcel.FastExcelError:
        raise refusal("damaged", name, Text("the workbook cannot be read", "无法读取该工作簿")) from None  # fmt: skip
    if not found:
        raise refusal("empty", name)
    if len(found) == 1:
        found = [Source(name, found[0].path, "xlsx")]
    return found


def parquet_source(path: Path, name: str, work: Path, limits: Limits) -> Source:
    """A parquet file, its columns cast to text in batches."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from analytics.ingest.containers import Source

    target = work / "parquet.csv"
    work.mkdir(parents=True, exist_ok=True)
    try:
        file = pq.ParquetFile(path)
        size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))  # fmt: skip
        if size > limits.unpacked_bytes:
            raise refusal("too_large", name, Text(f"it unpacks to {size:,} bytes", f"解压后为 {size:,} 字节"))  # fmt: skip
        if len(file.schema_arrow) > limits.columns:
            raise refusal("too_wide", name, Text(f"{len(file.schema_arrow):,} columns", f"{len(file.schema_arrow):,} 列"))  # fmt: skip
        _write(target, _parquet_rows(file))
    except (pa.ArrowException, OSError):
        raise refusal("damaged", name, Text("the parquet file cannot be read", "无法读取该 parquet 文件")) from None  # fmt: skip
    return Source(name, target, "parquet")


def _parquet_rows(file: object) -> Iterable[Sequence[object]]:
    yield file.schema_arrow.names  # type: ignore[attr-defined]
    for batch in file.iter_batches(batch_size=20_000):  # type: ignore[attr-defined]
        columns = [_texts(batch.column(i)) for i in range(batch.num_columns)]
        yield from zip(*columns, strict=True)


def _texts(column: object) -> list[object]:
    """A column as texts: Arrow's own cast where there is one, Python's `str` for nested values."""
    import pyarrow as pa

    try:
        return column.cast(pa.string()).to_pylist()  # type: ignore[attr-defined]
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return [None if v is None else str(v) for v in column.to_pylist()]  # type: ignore[attr-defined]
