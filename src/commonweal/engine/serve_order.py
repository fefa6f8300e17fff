"""Wide rows of many people put in another order with little memory: dealt out to parts on disk, then each part sorted.

A database sorts rows of hundreds of columns whole, which for some hundred thousand people takes more memory than a release may have. As
Arrow columns a condition is one bit a person.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

PEOPLE_AT_ONCE = 61_440
"""How many people's answers are put in order at a time."""
ROWS_TOGETHER = 15_360
"""Of the files that come out, how many rows a reader takes at a time: a fraction of the people whom the database writes together."""
COLUMNS_AT_ONCE = 100
COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")


@contextmanager
def in_order(
    files: list[Path], columns: list[str], places: NDArray[np.int64], keys: NDArray[np.int64], beside: Path
) -> Iterator[list[Path]]:
    """Parquet files of ``person_key`` and `columns` of the people of other Parquet files, which read one after another are in
    the order wanted; they are gone afterwards.

    `places`: by ``person_key``, the place of each person in that order (0 to their number less one; every place is given once), and -1
    for those left out. `keys`: by place, the key under which the person is to be known. `beside`: a folder on whose disk the
    files may stand meanwhile. A file each, because who reads a stream from memory reads far ahead of what it writes.
    """
    last = max(0, (len(keys) - 1) // PEOPLE_AT_ONCE)
    with tempfile.TemporaryDirectory(prefix=".parts-", dir=beside) as folder:
        parts = [Path(folder) / f"{number:04}.arrow" for number in range(last + 1)]
        schema = _deal_out(files, columns, places, parts)
        ordered = []
        for number, part in enumerate(parts):
            first = number * PEOPLE_AT_ONCE
            found = _sorted_part(part, schema, places, first).select(columns)
            found = found.add_column(0, "person_key", pa.array(keys[first : first + found.num_rows]))
            ordered.append(part.with_suffix(".parquet"))
            pq.write_table(found, ordered[-1], row_group_size=ROWS_TOGETHER, compression="lz4", use_dictionary=False)
        pa.default_memory_pool().release_unused()
        yield ordered


def _deal_out(files: list[Path], columns: list[str], places: NDArray[np.int64], parts: list[Path]) -> pa.Schema:
    """Write the people of each part to its file, in the order in which they come."""
    read = list(dict.fromkeys(["person_key", *columns]))
    schema = pa.schema([pq.read_schema(files[0]).field(name) for name in read])
    with ExitStack() as open_ones:
        writers = [open_ones.enter_context(pa.ipc.new_file(path, schema, options=COMPRESSED)) for path in parts]
        for path in files:
            found = pq.read_table(path, columns=read).select(read)
            to = _places(found, places)
            order = np.argsort(to, kind="stable")
            dealt = found.take(pa.array(order)).combine_chunks()
            cuts = np.searchsorted(to[order], np.arange(len(parts) + 1) * PEOPLE_AT_ONCE)
            for writer, start, end in zip(writers, cuts, cuts[1:], strict=False):
                if end > start:
                    writer.write_table(dealt.slice(start, end - start))
    return schema


def _places(people: pa.Table, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each of these people; -1 for one left out."""
    keys = people.column("person_key").to_numpy()
    return np.where(keys < len(places), places[np.minimum(keys, len(places) - 1)], -1)


def _sorted_part(path: Path, schema: pa.Schema, places: NDArray[np.int64], first: int) -> pa.Table:
    """The people of one part in order, some columns at a time: the whole part twice would be the most memory of a release."""
    keys = _read(path, [schema.get_field_index("person_key")])
    order = np.empty(keys.num_rows, dtype=np.int64)
    order[_places(keys, places) - first] = np.arange(keys.num_rows)
    taken = pa.array(order)
    columns: dict[str, pa.Array] = {}
    for start in range(0, len(schema), COLUMNS_AT_ONCE):
        found = _read(path, list(range(start, min(start + COLUMNS_AT_ONCE, len(schema)))))
        columns.update({name: found.column(name).combine_chunks().take(taken) for name in found.column_names})
    path.unlink()
    return pa.table(columns)


def _read(path: Path, fields: list[int]) -> pa.Table:
    with pa.ipc.open_file(path, options=pa.ipc.IpcReadOptions(included_fields=fields)) as reader:
        return reader.read_all()


__all__ = ["in_order"]
