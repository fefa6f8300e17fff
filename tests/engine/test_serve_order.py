"""Wide rows are put in another order whatever files and parts they stand in, and those left out are in none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.engine import serve_order


def files_of(folder, keys, cuts):
    """The people of these keys in files, cut at these places; what is known of each follows from the key."""
    table = pa.table(
        {
            "person_key": pa.array(keys, pa.int32()),
            "text": pa.array([None if key % 5 == 0 else f"t{key}" for key in keys]),
            "even": pa.array([None if key % 7 == 0 else key % 2 == 0 for key in keys]),
            "unused": pa.array([0.5] * len(keys)),
        }
    )
    paths = []
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(keys)], strict=True)):
        paths.append(folder / f"{number:03d}.parquet")
        pq.write_table(table.slice(start, end - start), paths[-1])
    return paths, {row["person_key"]: row for row in table.to_pylist()}


@pytest.mark.parametrize("at_once", [1, 3, 10, 100])
@pytest.mark.parametrize("columns_at_once", [1, 100])
def test_people_come_in_the_order_asked_for(tmp_path, monkeypatch, at_once, columns_at_once):
    monkeypatch.setattr(serve_order, "PEOPLE_AT_ONCE", at_once)
    monkeypatch.setattr(serve_order, "COLUMNS_AT_ONCE", columns_at_once)
    keys = [0, 2, 3, 7, 8, 9, 12, 15, 16, 20, 21, 30, 44]
    paths, known = files_of(tmp_path, keys, [4, 4, 9])
    # Seven is left out, and so is the last, whose key is beyond the places given.
    kept = [key for key in keys if key not in (7, 44)]
    order = np.random.default_rng(3).permutation(kept)
    places = np.full(31, -1, dtype=np.int64)
    places[order] = np.arange(len(order))
    known_as = np.arange(100, 100 + len(order))
    with serve_order.in_order(paths, ["even", "text"], places, known_as, tmp_path) as files:
        parts = [pq.read_table(path) for path in files]
    assert [part.num_rows for part in parts[:-1]] == [at_once] * (len(parts) - 1)
    found = pa.concat_tables(parts)
    assert found.column_names == ["person_key", "even", "text"]
    wanted = [{name: known[key][name] for name in ("even", "text")} for key in order]
    assert found.to_pylist() == [{"person_key": 100 + place, **answers} for place, answers in enumerate(wanted)]
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_nobody_is_one_empty_file(tmp_path):
    paths, _ = files_of(tmp_path, [1, 2], [1])
    nobody, no_keys = np.full(3, -1, dtype=np.int64), np.empty(0, dtype=np.int64)
    with serve_order.in_order(paths, ["text"], nobody, no_keys, tmp_path) as (path,):
        part = pq.read_table(path)
    assert (part.num_rows, part.column_names) == (0, ["person_key", "text"])
