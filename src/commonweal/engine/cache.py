"""Stored columns kept beside a build, so that a definition that did not change costs nothing the next time.

A build never changes, so a column is known by its hash alone: what it asks (which names the as-at date where it matters)
and the content of its codelists. Each run writes one file a bucket and view with the columns that it computed, and at last
``columns.json``: the code version, the as-at date and the keys. Runs that nobody can use again are removed (`prune`).
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.engine.columns import content_hash
from commonweal.engine.plan import Plan
from commonweal.engine.provenance import code_version, column_hash
from commonweal.engine.record_files import Bucket
from commonweal.engine.views import CARE, RESTRICTED, BucketResult, Replaced

CachedColumns = Callable[[Bucket], tuple[dict[str, pa.Array], list[Replaced]]]
"""Gives the columns known of a bucket, and the people whose restricted values were kept apart."""


INDEX = "columns.json"
UNFINISHED_FOR = 24 * 3600
"""Seconds after which a run that never finished was killed."""


class FeatureCache:
    """Columns by hash under one folder. Files are complete before they get their name."""

    def __init__(self, folder: Path, codelist_hashes: Mapping[str, str], withheld: str = "") -> None:
        """`withheld`: a hash of the codes that are withheld outside direct care; columns depend on it."""
        self.folder, self.hashes, self.withheld = folder, codelist_hashes, withheld
        self.computed = self.reused = 0
        self.new: dict[str, str] = {}
        """Stored columns that no finished run holds, with their keys."""
        self.run, self.as_at = "", date.min

    def keys(self, plan: Plan) -> dict[str, str]:
        """Stored column to its key in the cache; the key of a column that depends on others includes theirs."""
        keys: dict[str, str] = {}
        for name in sorted(plan.columns, key=lambda one: plan.phases[one]):
            column = plan.columns[name]
            used = sorted(
                keys[part]
                for bound in column.selection.dynamic
                for part in plan.stored_in(bound.bound)
            )  # fmt: skip
            keys[name] = content_hash(
                (column_hash(column, self.hashes), used, plan.as_at, code_version(), self.withheld)
            )
        return keys

    def reader(self, plan: Plan) -> CachedColumns:
        """The columns of `plan` that are already known, bucket by bucket."""
        keys = self.keys(plan)
        held = self._held()

        def known(bucket: Bucket) -> tuple[dict[str, pa.Array], list[Replaced]]:
            found: dict[str, pa.Array] = {}
            replaced: list[Replaced] = []
            for run, listed in held.items():
                wanted = {key: name for name, key in keys.items() if name not in found and key in listed}
                folder = self.folder / run
                if not wanted or not (folder / CARE / f"{bucket.name}.parquet").is_file():
                    continue
                try:
                    columns = _columns(folder / CARE / f"{bucket.name}.parquet", wanted)
                    few = folder / RESTRICTED / f"{bucket.name}.parquet"
                    again = _columns(few, {"place": "place", **wanted}) if few.is_file() else {}
                except FileNotFoundError:  # pruned meanwhile
                    continue
                found.update(columns)
                if again:
                    replaced.append(Replaced(again.pop("place").to_numpy(), pa.table(again)))
            return found, replaced

        return known

    def _held(self) -> dict[str, set[str]]:
        """Finished runs by name, with the keys that each holds."""
        if not self.folder.is_dir():
            return {}
        found = {path.parent.name: _index(path) for path in sorted(self.folder.glob(f"*/{INDEX}"))}
        return {run: set(index["columns"]) for run, index in found.items() if index}

    def start(self, plan: Plan) -> None:
        """Begin a run: decide which columns are new."""
        keys = self.keys(plan)
        known = set().union(*self._held().values()) if self.folder.is_dir() else set()
        self.new = {name: key for name, key in keys.items() if key not in known}
        self.computed, self.reused = len(self.new), len(keys) - len(self.new)
        self.run, self.as_at = content_hash(tuple(sorted(self.new.values())))[:16], plan.as_at

    def keep(self, bucket: Bucket, result: BucketResult) -> None:
        """Keep the new columns of one bucket: everybody's, and those of the people who have withheld rows."""
        if not self.new:
            return
        self._write(bucket, CARE, {key: result.columns.column(name) for name, key in self.new.items()})
        few = result.recomputed
        if len(few):
            again = {key: few.table.column(name) for name, key in self.new.items() if name in few.table.column_names}
            self._write(bucket, RESTRICTED, {"place": pa.array(few.places), **again})

    def _write(self, bucket: Bucket, view: str, columns: dict[str, pa.Array | pa.ChunkedArray]) -> None:
        path = self.folder / self.run / view / f"{bucket.name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path, compression="zstd", compression_level=1)

    def finish(self) -> None:
        """Make the run's columns known to the next one: only now are all of its files there."""
        if not self.new:
            return
        path = self.folder / self.run / INDEX
        temporary = path.with_name(f".columns.{os.getpid()}")
        index = {
            "code_version": code_version(),
            "as_at": self.as_at.isoformat(),
            "columns": sorted(self.new.values()),
        }
        temporary.write_text(json.dumps(index), encoding="utf-8")
        temporary.replace(path)


def prune(folder: Path, dates: Collection[str]) -> int:
    """Remove the runs under `folder` that nobody can use again; returns how many.

    Those are runs of another code version, of an as-at date (ISO) outside `dates`, and runs that were killed.
    """
    gone = 0
    for run in [path for path in folder.glob("*") if path.is_dir()]:
        index = _index(run / INDEX)
        if index is None and not (run / INDEX).exists():
            useful = time.time() - run.stat().st_mtime < UNFINISHED_FOR
        else:
            useful = bool(index) and index["code_version"] == code_version() and index["as_at"] in dates
        if not useful:
            (run / INDEX).unlink(missing_ok=True)  # first, so that nobody starts to read it
            shutil.rmtree(run, ignore_errors=True)
            gone += 1
    return gone


def _index(path: Path) -> dict[str, Any] | None:
    """What a finished run says of itself; None for one that is not finished, or that an earlier version wrote."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _columns(path: Path, wanted: Mapping[str, str]) -> dict[str, pa.Array]:
    """The columns that a file holds of `wanted` (its name for each to ours), under our names."""
    held = [key for key in pq.read_schema(path).names if key in wanted]
    table = pq.read_table(path, columns=held).combine_chunks()
    return {wanted[key]: table.column(key).combine_chunks() for key in held}
