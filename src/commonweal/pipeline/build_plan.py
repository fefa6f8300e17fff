"""What a build will read and how it divides people: fixed before anything is written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonweal import __version__
from commonweal.errors import BadInput, NotReady
from commonweal.governance.optouts import NationalOptOutList
from commonweal.record.concepts import path as concepts_path
from commonweal.record.control import Control, LoadRow, load_folder
from commonweal.record.erasures import erased_rows
from commonweal.record.gates import ExcludedPractice, excluded_practices
from commonweal.record.identities import IdentityStore
from commonweal.record.register import Register
from commonweal.record.schema import TABLES
from commonweal.record.site import Site, read_site
from commonweal.store import Store

ROWS_PER_BUCKET = 3_000_000
MOST_BUCKETS = 64
RULES = "2"
"""Raised with every change to what a build makes of the same inputs, so that the next build is made anew."""
LOADED = tuple(name for name in TABLES if name not in ("subject", "person", "concept"))
"""The tables that loads may hold."""


@dataclass(frozen=True)
class Bucket:
    """One contiguous range of person keys, both ends included."""

    name: str
    low: int
    high: int


@dataclass(frozen=True)
class BuildPlan:
    """Inputs, by file, and the division into buckets of equal width."""

    store: Store
    as_at: date
    pod_rule_set: str
    loads: tuple[LoadRow, ...]
    files: dict[str, dict[int, Path]]
    """Table to load id to file."""
    register: Path
    national_list: Path | None
    site: Site
    site_lists: dict[str, tuple[str, ...]]
    buckets: tuple[Bucket, ...]
    record_keys: dict[str, dict[int, Path]] = field(default_factory=dict)
    """Layout to load id to the file of its records' keys."""
    arrived: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Load id to the load and delivery in which its content first came: a file that is read again keeps its place."""
    excluded: tuple[ExcludedPractice, ...] = ()
    """Practices that their gates exclude, as the loads stand now."""
    inputs: dict[str, str] = field(default_factory=dict)
    """Each input by name with its hash or version; their hash names the build."""

    erased: dict[tuple[str, int], int] = field(default_factory=dict)
    """Table and load id to the rows that erasures took out of the load."""

    def order_sql(self, load_id: str = "load_id") -> str:
        """SQL for the order in which loads arrived."""
        moved = "".join(f" WHEN {one} THEN {first}" for one, (first, _) in self.arrived.items() if one != first)
        return f"CASE {load_id}{moved} ELSE {load_id} END" if moved else load_id

    @property
    def width(self) -> int:
        """People in a bucket."""
        return self.buckets[0].high + 1

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()


def plan_build(
    store: Store, as_at: date | None, pod_rule_set: str, rows_per_bucket: int = ROWS_PER_BUCKET
) -> BuildPlan:
    """Read what there is. Raises `NotReady` where nothing was loaded or linked."""
    loads = tuple(Control(store).loads())
    if not loads:
        raise NotReady("no records have been loaded", remedy="run: commonweal ingest PATH")
    register = Register.of(store).folder()
    files: dict[str, dict[int, Path]] = {}
    for load in loads:
        for table in LOADED:
            path = load_folder(store, load.load_id) / f"{table}.parquet"
            if path.exists():
                files.setdefault(table, {})[load.load_id] = path
    control = Control(store)
    record_keys: dict[str, dict[int, Path]] = {}
    for load in loads:
        path = load_folder(store, load.load_id) / "record_key.parquet"
        if path.exists():
            record_keys.setdefault(load.layout, {})[load.load_id] = path
    as_at = as_at or max(date.fromisoformat((load.committed_at or load.received_at)[:10]) for load in loads)
    national = NationalOptOutList.of(store).latest(as_at)
    site = read_site(store)
    lists = {name: tuple(codes) for name, codes in site.lists.items()}
    rows = sum(_rows(path, load_id) for by_load in files.values() for load_id, path in by_load.items())
    buckets = _buckets(register / "persons.parquet", rows, rows_per_bucket)
    inputs = {
        "code": __version__,
        "rules": RULES,
        "as_at": as_at.isoformat(),
        "pod_rule_set": pod_rule_set,
        "register": _sha256(register / "subjects.parquet"),
        "persons": _sha256(register / "persons.parquet"),
        "concepts": _sha256(concepts_path(store)) if concepts_path(store).exists() else "",
        "national_opt_out": _sha256(national[1]) if national else "",
        "site_lists": json.dumps(lists, sort_keys=True),
        "organisations": site.model_dump_json(include={"successions", "organisations"}),
        "invented": "yes" if site.invented else "no",
        "identity_loads": ",".join(map(str, IdentityStore.of(store).load_ids())),
        "buckets": json.dumps([asdict(bucket) for bucket in buckets]),
    }
    inputs |= {f"load {load.load_id}": f"{load.sha256}:{load.member}:{load.fingerprint}" for load in loads}
    erased = erased_rows(store)
    if erased:
        inputs["erased"] = ",".join(f"{table} {load_id}: {rows}" for (table, load_id), rows in sorted(erased.items()))
    excluded = tuple(excluded_practices(store))
    if excluded:
        inputs["excluded"] = json.dumps([asdict(one) for one in excluded])
    return BuildPlan(
        store, as_at, pod_rule_set, loads, files, register, national[1] if national else None, site, lists, buckets, record_keys,
        control.arrived(), excluded, inputs, erased,
    )  # fmt: skip


def _buckets(persons: Path, rows: int, rows_per_bucket: int) -> tuple[Bucket, ...]:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT max(person_key) FROM read_parquet('{persons}')").fetchone()
    largest = found[0] if found and found[0] is not None else 0
    count = max(1, min(MOST_BUCKETS, -(-rows // rows_per_bucket), largest + 1))
    width = -(-(largest + 1) // count)
    return tuple(
        Bucket(f"{place:03d}", place * width, (place + 1) * width - 1) for place in range(-(-(largest + 1) // width))
    )


def _rows(path: Path, load_id: int) -> int:
    try:
        return pq.read_metadata(path).num_rows
    except (pa.ArrowInvalid, OSError):
        raise BadInput(
            f"the {path.stem} table of a load cannot be read",
            where=f"load {load_id}",
            remedy="the file was damaged after it was loaded: restore it, or ingest its source again",
        ) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
