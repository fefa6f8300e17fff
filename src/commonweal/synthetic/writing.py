"""Writing the feeds, chunk after chunk: exactly the declared columns, the same bytes for the same seed, memory that does not grow."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from commonweal.synthetic.layouts import layouts
from commonweal.synthetic.settings import NEVER

_COUNTED = ("ROWNUMBER_ID", "RowID", "derRowId")
_WAITING = 6
_PART_ROWS = 4_000_000
"""Rows after which another Parquet part begins."""


def dates(days: np.ndarray) -> pa.Array:
    """Dates from days since 1970; NEVER is null."""
    return pa.array(days.astype(np.int32), mask=np.asarray(days) >= NEVER).cast(pa.date32())


def times(minutes: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Clock times from minutes since midnight."""
    return pa.array((minutes * 60).astype(np.int32), mask=missing).cast(pa.time32("s"))


def moments(days: np.ndarray, minutes: np.ndarray) -> pa.Array:
    """Local dates and times."""
    return pa.array((days.astype(np.int64) * 1440 + minutes) * 60).cast(pa.timestamp("s"))


def choose(values: list[str] | np.ndarray, index: np.ndarray) -> pa.Array:
    """Text by index; an empty text is null."""
    table = pa.array([value or None for value in values], pa.string())
    return table.take(pa.array(np.asarray(index, np.int64)))


def text(values: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Numbers or text as text, with an optional null mask."""
    array = pa.array(values)
    if missing is not None:
        array = pc.if_else(pa.array(~missing), array, pa.scalar(None, array.type))
    return array.cast(pa.string()) if not pa.types.is_string(array.type) else array


def prefixed(prefix: str, numbers: np.ndarray) -> pa.Array:
    """A prefix before each number."""
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def pounds(pence: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """Pounds with two decimals from integer pence."""
    whole = pa.array(np.asarray(pence, np.int64), mask=missing).cast(pa.decimal128(19, 0))
    return pc.multiply(whole, pa.scalar("0.01").cast(pa.decimal128(3, 2)))


class _Sink:
    """One growing file: gzip CSV, or Parquet in numbered parts, each of a few million rows, as a supplier sends them."""

    def __init__(self, path: Path, parquet: bool) -> None:
        self.path, self.parquet = path, parquet
        self.parts = self.rows = 0
        self.part: pyarrow.parquet.ParquetWriter | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self.parquet:
            self.file = path.with_name(path.name + ".csv.gz").open("wb")
            # wbits 31 writes a gzip header whose time stamp is zero
            self.deflate = zlib.compressobj(4, zlib.DEFLATED, 31)

    def write(self, table: pa.Table) -> None:
        if self.parquet:
            self._append(table)
            return
        buffer = pa.BufferOutputStream()
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        if self.parts == 0:
            self.file.write(self.deflate.compress((",".join(_quoted(table.column_names)) + "\n").encode()))
        pyarrow.csv.write_csv(table, buffer, options)
        self.file.write(self.deflate.compress(buffer.getvalue()))
        self.parts += 1

    def _append(self, table: pa.Table) -> None:
        """Add rows to the open part; begin another where it is full, or where a column that was empty so far has values."""
        if self.part and (self.rows >= _PART_ROWS or self.part.schema != table.schema):
            self.part.close()
            self.part = None
        if self.part is None:
            target = self.path.with_name(f"{self.path.name}.part-{self.parts:03d}.parquet")
            self.part = pyarrow.parquet.ParquetWriter(target, table.schema, compression="zstd")
            self.parts, self.rows = self.parts + 1, 0
        self.part.write_table(table)
        self.rows += table.num_rows

    def close(self) -> None:
        if self.part:
            self.part.close()
        if not self.parquet:
            self.file.write(self.deflate.flush())
            self.file.close()


def _quoted(names: list[str]) -> list[str]:
    return [f'"{name}"' if "," in name else name for name in names]


class Feeds:
    """All feeds of one run. Tables are made in the caller; text and compression run on a second thread, in order."""

    def __init__(self, root: Path, pseudonymised: bool) -> None:
        self.root, self.pseudonymised = root, pseudonymised
        self.sinks: dict[str, _Sink] = {}
        self.rows: dict[str, int] = {}
        self.pool = ThreadPoolExecutor(1)
        self.waiting: list[Future[None]] = []

    def write(self, path: str, columns: Mapping[str, Any], *, suffix: str = "") -> None:
        """Append rows to one layout's file. `columns` holds arrays or single values by direct-care column name; one left out is null."""
        layout = layouts()[path]
        unknown = set(columns) - set(layout.header)
        if unknown:
            raise KeyError(f"{path} has no column {sorted(unknown)}")
        length = next(len(value) for value in columns.values() if not np.isscalar(value) and value is not None)
        if not length:
            return
        name = path + suffix
        begin = self.rows.get(name, 0)
        arrays, names = [], []
        for column in layout.columns:
            if self.pseudonymised and column.added:
                continue
            value = columns.get(column.name)
            if value is None and column.name in _COUNTED:
                value = np.arange(begin + 1, begin + length + 1)
            arrays.append(_array(value, length))
            names.append(column.landed if self.pseudonymised else column.name)
        self.rows[name] = begin + length
        sink = self.sinks.get(name) or self.sinks.setdefault(name, _Sink(self.root / name, self.pseudonymised))
        self._later(sink, pa.Table.from_arrays(arrays, names=names))

    def table(self, name: str, columns: Mapping[str, Any]) -> None:
        """Append rows to a table that is no feed (truth, reference): CSV by its own column names."""
        length = next(len(value) for value in columns.values() if not np.isscalar(value) and value is not None)
        if not length:
            return
        arrays = [_array(value, length) for value in columns.values()]
        self.rows[name] = self.rows.get(name, 0) + length
        sink = self.sinks.get(name) or self.sinks.setdefault(name, _Sink(self.root / name, False))
        self._later(sink, pa.Table.from_arrays(arrays, names=list(columns)))

    def _later(self, sink: _Sink, table: pa.Table) -> None:
        self.waiting.append(self.pool.submit(sink.write, table))
        while len(self.waiting) > _WAITING:
            self.waiting.pop(0).result()

    def close(self) -> None:
        """Finish every file."""
        for future in self.waiting:
            future.result()
        self.pool.shutdown()
        for sink in self.sinks.values():
            sink.close()


def _array(value: Any, length: int) -> pa.Array:
    if value is None:
        return pa.nulls(length, pa.string())
    if np.isscalar(value):
        return pa.repeat(pa.scalar(value.item() if isinstance(value, np.generic) else value), length)
    if isinstance(value, pa.ChunkedArray):
        return value.combine_chunks()
    array = value if isinstance(value, pa.Array) else pa.array(value, from_pandas=True)
    if len(array) != length:
        raise ValueError(f"a column has {len(array)} rows where {length} were expected")
    return array
