"""What of a record cannot be believed, or was never sent: read from a manifest, and applied to every answer made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from commonweal.engine.cube import Cell, cells_of
from commonweal.engine.exclusions import Exclusion, from_json, left_out, source_name, unsent, without_excluded
from commonweal.engine.plan import Plan
from commonweal.engine.record_files import RecordFiles
from commonweal.record.gates import KIND_COLUMNS, SILENT_DAYS
from commonweal.record.schema import TABLES


@dataclass(frozen=True)
class Standing:
    """The exclusions of a record, and the sources that it holds."""

    exclusions: tuple[Exclusion, ...]
    present: frozenset[str]

    @classmethod
    def of(cls, manifest: Mapping[str, Any], record: RecordFiles) -> Standing:
        """Of the manifest of a build or a release; one made before there were exclusions has none."""
        closed = closed_practices(record)
        listed = tuple(
            one
            for one in (from_json(body) for body in manifest.get("excluded", ()))
            # A practice that ended when its rows did was not silent: its successor answers for its people.
            if not (
                one.since
                and one.practice_code in closed
                and (closed[one.practice_code] - one.since).days <= SILENT_DAYS
            )
        )
        return cls(listed, frozenset(sources_held(record)))

    def uncomputed(self, plan: Plan) -> dict[str, str]:
        """Definition to why this record cannot answer it for anybody."""
        return unsent(plan, set(self.present))

    def people(self, people: pa.Table, plan: Plan) -> pa.Table:
        """`people` of one run with the answers missing that cannot be believed."""
        return without_excluded(people, plan, left_out(plan, self.exclusions), self.uncomputed(plan))

    def cells(self, plan: Plan) -> list[Cell]:
        """The cells of a cube that leaves out whom it must."""
        return cells_of(plan, left_out(plan, self.exclusions), self.uncomputed(plan))


def closed_practices(record: RecordFiles) -> dict[str, date]:
    """Code of each practice that has ended to its last day."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT code, max(coalesce(valid_to, DATE '9999-12-31')) AS last FROM {record.relation('organisation')} "
            "WHERE kind = 'practice' GROUP BY code HAVING last < DATE '9999-12-31'"
        ).fetchall()
    return dict(rows)


def sources_held(record: RecordFiles) -> set[str]:
    """Each table with rows; where one is divided into kinds, each kind."""
    found: set[str] = set()
    with duckdb.connect() as connection:
        for table in TABLES:
            if not record.files(table):
                continue
            kind = KIND_COLUMNS.get(table)
            picked = f"DISTINCT coalesce({kind}, '')" if kind else "''"
            rows = connection.execute(f"SELECT {picked} FROM {record.relation(table)} {'' if kind else 'LIMIT 1'}")
            found |= {source_name(table, row[0]) for row in rows.fetchall()}
    return found
