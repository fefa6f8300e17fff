"""Where everything lives on disk: the one place that knows the layout of a store.

A store is a folder. What is in it differs by lifetime:

    landed/<sha256>/<name>             raw files by content: permanent
    loads/<load_id>/<table>.parquet    what one landed file became: rebuildable from `landed`
    loads/<load_id>/quarantine.parquet rows that were refused, with file, record, rule, value, message
    control.sqlite                     loads, feeds, reconciliation, gates, releases, locks: permanent
    concepts.parquet                   the concept dictionary: append-only, replaced in one step
    register.sqlite, register/<n>/     subject to person: links, history, overrides, review queue: permanent
    identities/                        names, numbers, addresses: permanent, direct care only, own file modes
    erasures.sqlite                    who was erased, as keyed hashes: permanent
    site.yaml                          what this site configures: opt-out codes, calendars, limits
    mappings/, codelists/              the site's own layouts and codelists
    builds/<build_id>/                 the linked record that releases are made from: rebuildable
    keys/                              pseudonym keys (or from the environment): permanent, never in a release
    releases/<release_id>/             one immutable release; `manifest.json` is its stamp
        record/<table>/<bucket>.parquet    the linked record, by person range, sorted
        record/histories.duckdb            its rows of people, gathered for looking at one; made once for a build
        derived/…                          what the definitions made of it
        serve/<purpose>.duckdb             read-only, one for each purpose
    releases/current                   the name of the release that serves: replaced in one atomic step
    decisions.sqlite                   the site's database when no PostgreSQL is configured
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MEMORY = "1GB"
"""What the database of one command may hold before it spills to disk. The process takes some 0.3 GB more."""
DEFAULT_STORE = Path(os.environ.get("COMMONWEAL_STORE", "store"))


@dataclass(frozen=True)
class Store:
    """Paths within one store. Creates nothing by itself."""

    root: Path

    @property
    def landed(self) -> Path:
        return self.root / "landed"

    @property
    def loads(self) -> Path:
        return self.root / "loads"

    @property
    def control(self) -> Path:
        return self.root / "control.sqlite"

    @property
    def register(self) -> Path:
        return self.root / "register.sqlite"

    @property
    def identities(self) -> Path:
        return self.root / "identities"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def decisions(self) -> Path:
        return self.root / "decisions.sqlite"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def current_pointer(self) -> Path:
        return self.releases / "current"

    def release(self, release_id: str) -> Path:
        return self.releases / release_id
