"""The linked record as files: where a build or a release keeps each table, by person range."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.engine.dialect import text_literal
from commonweal.errors import NotReady
from commonweal.record.schema import DUCKDB_TYPES, TABLES


@dataclass(frozen=True)
class Bucket:
    """One contiguous range of person keys, both ends included."""

    name: str
    low: int
    high: int


@dataclass(frozen=True)
class RecordFiles:
    """One linked record: `root` holds ``<table>/<bucket>.parquet``, reference tables as ``<table>/*.parquet`` too."""

    root: Path
    buckets: tuple[Bucket, ...]

    @classmethod
    def open(cls, folder: Path) -> RecordFiles:
        """The record of a build or a release, by its ``manifest.json`` or, without one, by its person files."""
        root = folder / "record" if (folder / "record").is_dir() else folder
        manifest = folder / "manifest.json"
        if manifest.is_file():
            buckets = _buckets_of(json.loads(manifest.read_text(encoding="utf-8")))
            if buckets:
                return cls(root, buckets)
        if not list((root / "person").glob("*.parquet")):
            raise NotReady("there is no linked record here", where=folder.name, remedy="run: commonweal build")
        return cls(root, _buckets_by_reading(root))

    def files(self, table: str, bucket: Bucket | None = None) -> list[Path]:
        """Files that hold a table's rows (of one range); empty where there are none."""
        folder = self.root / table
        if bucket is not None and (folder / f"{bucket.name}.parquet").is_file():
            return [folder / f"{bucket.name}.parquet"]
        single = self.root / f"{table}.parquet"
        found = sorted(folder.glob("*.parquet")) or ([single] if single.is_file() else [])
        if bucket is not None and {path.stem for path in found} & {one.name for one in self.buckets}:
            return []
        return found

    def relation(self, table: str, bucket: Bucket | None = None) -> str:
        """A table (of one range) as a DuckDB relation with the canonical columns; empty where no file holds it."""
        files = self.files(table, bucket)
        if not files:
            columns = ", ".join(f"NULL::{DUCKDB_TYPES[one.type]} AS {one.name}" for one in TABLES[table])
            return f"(SELECT {columns} WHERE false)"
        listed = ", ".join(text_literal(str(path)) for path in files)
        source = f"read_parquet([{listed}], union_by_name = true)"
        if bucket is not None and [path.stem for path in files] != [bucket.name]:
            return f"(SELECT * FROM {source} WHERE person_key BETWEEN {bucket.low} AND {bucket.high})"
        return source

    def fingerprint(self, bucket: Bucket | None = None) -> str:
        """A hash that changes when the rows do: names, sizes and modification times of immutable files."""
        digest = hashlib.sha256()
        for table in TABLES:
            for path in self.files(table, bucket):
                status = path.stat()
                digest.update(f"{path.parent.name}/{path.name}:{status.st_size}:{status.st_mtime_ns}\n".encode())
        return digest.hexdigest()


def _buckets_of(manifest: dict) -> tuple[Bucket, ...]:
    return tuple(
        Bucket(str(one["name"]), int(one["low"]), int(one["high"])) for one in manifest.get("buckets", []) if one
    )


def _buckets_by_reading(root: Path) -> tuple[Bucket, ...]:
    buckets = []
    with duckdb.connect() as connection:
        for path in sorted((root / "person").glob("*.parquet")):
            found = connection.execute(f"SELECT min(person_key), max(person_key) FROM '{path}'").fetchone()
            if found and found[0] is not None:
                buckets.append(Bucket(path.stem, *found))
    return tuple(buckets)
