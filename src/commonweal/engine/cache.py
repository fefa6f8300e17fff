"""Stored columns kept beside a build, so that a definition that did not change costs nothing the next time.

A build never changes, so a column is known by its hash alone: what it asks (which names the as-at date where it matters)
and the content of its codelists. Each run writes one file a bucket and view with the columns that it computed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonweal.engine.columns import content_hash
from commonweal.engine.plan import Plan
from commonweal.engine.provenance import code_version, column_hash
from commonweal.engine.record_files import Bucket


class FeatureCache:
    """Columns by hash under one folder. Files are complete before they get their name."""

    def __init__(self, folder: Path, codelist_hashes: Mapping[str, str], withheld: str = "") -> None:
        """`withheld`: a hash of the codes that are withheld outside direct care; columns depend on it."""
        self.folder, self.hashes, self.withheld = folder, codelist_hashes, withheld
        self.computed = self.reused = 0
        self.new: dict[str, str] = {}
        """Stored columns that no finished run holds, with their keys."""
        self.run = ""

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

    def reader(self, plan: Plan) -> Callable[[Bucket, str], Mapping[str, pa.Array]]:
        """A function from (bucket, view) to the columns of `plan` that are already known."""
        keys = self.keys(plan)
        held = self._held()

        def known(bucket: Bucket, view: str) -> Mapping[str, pa.Array]:
            found: dict[str, pa.Array] = {}
            for run, listed in held.items():
                wanted = {name: key for name, key in keys.items() if name not in found and key in listed}
                path = self.folder / run / view / f"{bucket.name}.parquet"
                if wanted and path.is_file():
                    in_file = set(pq.read_schema(path).names)
                    columns = [key for key in wanted.values() if key in in_file]
                    table = pq.read_table(path, columns=columns).combine_chunks()
                    for name, key in wanted.items():
                        if key in in_file:
                            found[name] = table.column(key).combine_chunks()
            return found

        return known

    def _held(self) -> dict[str, set[str]]:
        """Finished runs by name, with the keys that each holds."""
        if not self.folder.is_dir():
            return {}
        return {
            path.parent.name: set(json.loads(path.read_text())) for path in sorted(self.folder.glob("*/columns.json"))
        }

    def start(self, plan: Plan) -> None:
        """Begin a run: decide which columns are new."""
        keys = self.keys(plan)
        known = set().union(*self._held().values()) if self.folder.is_dir() else set()
        self.new = {name: key for name, key in keys.items() if key not in known}
        self.computed, self.reused = len(self.new), len(keys) - len(self.new)
        self.run = content_hash(tuple(sorted(self.new.values())))[:16]

    def keep(self, bucket: Bucket, features: Mapping[str, pa.Table]) -> None:
        """Keep the new columns of one bucket; of a restricted view, those that differ from direct care's."""
        if not self.new:
            return
        care = features["care"]
        for view, table in features.items():
            names = [name for name in self.new if view == "care" or not table.column(name).equals(care.column(name))]
            columns = {self.new[name]: table.column(name) for name in names}
            path = self.folder / f"{self.run}" / view / f"{bucket.name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            if columns:
                pq.write_table(pa.table(columns), path, compression="zstd", compression_level=1)

    def finish(self) -> None:
        """Make the run's columns known to the next one: only now are all of its files there."""
        if not self.new:
            return
        path = self.folder / self.run / "columns.json"
        temporary = path.with_name(f".columns.{os.getpid()}")
        temporary.write_text(json.dumps(sorted(self.new.values())), encoding="utf-8")
        temporary.replace(path)
