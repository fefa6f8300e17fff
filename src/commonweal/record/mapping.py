"""Mapping files: what a layout's columns mean, as data.

A mapping file (``record/mappings/*.yaml``) describes one family of layouts from one kind of feed. A layout says how its
files are recognised, which rows are left out and why, and which canonical tables each source row becomes. A new
supplier is a new file here, never code. The expression language is in `commonweal.record.expressions`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from commonweal.record.schema import TABLES

Format = Literal["csv", "parquet", "ndjson", "fhir_bundle", "fhir_ndjson"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognise(_Strict):
    """How a file of this layout is known: by its name (shell patterns, any case) and by columns in its header."""

    files: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


class Exclusion(_Strict):
    """Rows that are left out on purpose, counted under `reason`."""

    reason: str
    when: Any


class Each(_Strict):
    """One canonical row for each item: of several columns, of a delimited list, or of a JSON list."""

    columns: tuple[str, ...] = ()
    split: Any = None
    separator: str = ","
    list: str = ""
    match: str = ""
    """A regular expression that finds the items in `split`, in place of a separator."""

    @model_validator(mode="after")
    def _one_kind(self) -> Each:
        if sum(bool(given) for given in (self.columns, self.split, self.list)) != 1:
            raise ValueError("`each` takes exactly one of: columns, split, list")
        return self


class Target(_Strict):
    """One canonical table that a source row feeds."""

    table: str
    columns: dict[str, Any]
    when: Any = None
    each: Each | None = None
    future_dates: bool = False
    """The table's date may lie ahead: appointments, planned care."""
    item_only: bool = False
    """A refused item leaves the rest of its row standing."""

    @model_validator(mode="after")
    def _columns_exist(self) -> Target:
        if self.table not in TABLES:
            raise ValueError(f"no canonical table {self.table!r}; there are {', '.join(TABLES)}")
        table = TABLES[self.table]
        keys = {"subject_key"} if table.per_person or self.table == "subject" else set()
        allowed = (set(table.column_names) | keys) - {"person_key", "load_id", "record_number"}
        unknown = [name for name in self.columns if name not in allowed]
        if unknown:
            raise ValueError(f"table {self.table!r} has no column {', '.join(unknown)}")
        if keys and "subject_key" not in self.columns:
            raise ValueError(f"table {self.table!r} needs subject_key")
        return self


class ListField(_Strict):
    """A JSON list read from each line: where it is and what each item holds."""

    path: str
    fields: dict[str, str]


class Lookup(_Strict):
    """Values that a row takes from elsewhere by a key: from a canonical table of this namespace, or from another file
    of the same delivery. An expression names them ``{lookup: NAME, column: COLUMN}``."""

    key: tuple[Any, ...]
    """Expressions over this file's columns."""
    match: tuple[str, ...]
    """The columns of the other side that equal the key, in the same order."""
    columns: tuple[str, ...]
    table: str = ""
    """A canonical table, in any load of this namespace."""
    layout: str = ""
    """Another layout of this family, in this delivery."""
    when: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Only rows of the other file whose columns hold one of these values."""
    required: bool = False
    """A row whose key is not found is an orphan."""

    @model_validator(mode="after")
    def _one_side(self) -> Lookup:
        if len(self.key) != len(self.match) or not self.key:
            raise ValueError("a lookup needs as many columns to match as it has keys")
        if bool(self.table) == bool(self.layout):
            raise ValueError("a lookup names either `table` or `layout`")
        return self


class Layout(_Strict):
    """One file layout."""

    name: str
    title: str
    proven: bool = False
    """A real file, or one written independently of this mapping, has been loaded with it."""
    recognise: Recognise = Recognise()
    format: Format = "csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    record_shapes: dict[int, tuple[str, ...]] = Field(default_factory=dict)
    """CSV: what records of another length than the header hold, where a sender is known to write them so."""
    final_newline: bool = True
    """CSV: the sender ends the last line. Where one does not, a file without it was cut, and its last record is not believed."""
    zone: str = "Europe/London"
    """Time zone of times without an offset."""
    dates: tuple[str, ...] = ("iso",)
    """Formats of dates: `iso`, or strptime patterns, tried in order."""
    optional: tuple[str, ...] = ()
    """Columns that a file may lack: read as empty."""
    fields: dict[str, str] = Field(default_factory=dict)
    """JSON only: column name to path."""
    lists: dict[str, ListField] = Field(default_factory=dict)
    lookups: dict[str, Lookup] = Field(default_factory=dict)
    key: tuple[str, ...] = ()
    """Columns that identify a record within a file; a second record with the same key is a duplicate."""
    identity: tuple[str, ...] = ()
    """Columns that identify a record across files, where `key` does not. Without either, a record is known by all that it says."""
    revised: str = ""
    """The column with the moment (ISO) at which the sender made this version of the record: of two versions the latest stands,
    whichever arrived first. Without it, the one that arrived last does."""
    exclude: tuple[Exclusion, ...] = ()
    tables: tuple[Target, ...] = ()
    orphans: Literal["keep", "quarantine"] = "keep"
    """Rows about a person whose own row has not been seen in this namespace."""
    mode: Literal["incremental", "full"] = "incremental"
    practice: str = ""
    """`table.column` by which the practice gate counts."""
    sources: str = ""
    order: int = 1
    """Within one delivery, lower first: files that introduce people come before files about them."""

    @property
    def is_json(self) -> bool:
        return self.format in ("ndjson", "fhir_bundle", "fhir_ndjson")


class Family(_Strict):
    """One mapping file."""

    family: str
    title: str
    feed: str
    namespace: str
    """Within which the source's own person identifiers are unique."""
    cadence_days: int = 0
    """How often the feed is due; 0 where it has no calendar."""
    grace_days: int = 0
    stop_above: float = 0.5
    """A file with more than this share of its rows refused is refused whole."""
    version: str = "1"
    licence: str = ""
    layouts: tuple[Layout, ...]
    definitions: Any = None
    """Room for YAML anchors that layouts share."""


class BoundLayout(_Strict):
    """A layout with its family: what the loader needs."""

    family: Family
    layout: Layout

    @property
    def name(self) -> str:
        return f"{self.family.family}.{self.layout.name}"

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides what this layout's files become."""
        body = {
            "family": self.family.model_dump(exclude={"layouts", "definitions"}),
            "layout": self.layout.model_dump(),
        }
        return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()[:16]
