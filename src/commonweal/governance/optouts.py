"""Opt-outs: who may not be used beyond direct care.

*Type 1* is coded in the GP record: the later of a dissent and its withdrawal counts; on one day dissent wins. The codes
are the site's (`site_config`); with none configured nobody is opted out by code, and `configured` says so on screens.

*National data opt-out* is a list that a site gets back from the national checking service, with the date it was true.
A list replaces the earlier one whole. It holds NHS numbers, so it is kept beside the identities, not with the record.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from commonweal.errors import BadInput
from commonweal.store import Store

_LIST = re.compile(r"(\d{4}-\d{2}-\d{2})\.parquet")


def type1_sql(events: str, dissent: Sequence[int], withdrawal: Sequence[int], preferences: str | None = None) -> str:
    """SQL that gives one row a person: person_key, type1_opt_out.

    `events` and `preferences` are relations with the canonical columns; `dissent` and `withdrawal` are concepts. People
    with neither code are not in the result.
    """
    coded = [*(f"({concept}, true)" for concept in dissent), *(f"({concept}, false)" for concept in withdrawal)]
    sources = []
    if coded:
        sources.append(
            f"SELECT person_key, date, objects FROM {events} JOIN (VALUES {', '.join(coded)}) AS code(concept, objects) "
            "USING (concept)"
        )
    if preferences:
        sources.append(
            f"SELECT person_key, date, value = 'dissent' AS objects FROM {preferences} "
            "WHERE kind = 'type1' AND value IN ('dissent', 'withdrawn')"
        )
    if not sources:
        return "SELECT NULL::INTEGER AS person_key, NULL::BOOLEAN AS type1_opt_out WHERE false"
    return (
        "SELECT person_key, arg_max(objects, (date, objects)) AS type1_opt_out "
        f"FROM ({' UNION ALL '.join(sources)}) GROUP BY person_key"
    )


@dataclass(frozen=True)
class NationalOptOutList:
    """The imported national lists of one store, one file a date, readable by the owner only."""

    folder: Path

    @classmethod
    def of(cls, store: Store) -> NationalOptOutList:
        return cls(store.identities / "national_opt_out")

    def replace(self, source: Path, as_at: date) -> int:
        """Import a text or CSV file whose first column holds NHS numbers; returns how many there are.

        Refuses the whole file where any line is not a valid NHS number, so that nobody's objection is lost to a
        damaged file. A header line is allowed.
        """
        from commonweal.nhs_number import valid_sql

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{as_at.isoformat()}.parquet"
        temporary = self.folder / f".{path.name}.{os.getpid()}"
        with duckdb.connect() as connection:
            connection.execute(
                "CREATE TEMP TABLE listed AS SELECT rowid_ AS line, regexp_replace(split_part(text, ',', 1), "
                "'[ \"\\-\\r\\t]', '', 'g') AS nhs_number FROM (SELECT row_number() OVER () AS rowid_, column0 AS text "
                "FROM read_csv($1, columns={'column0': 'VARCHAR'}, delim='\\0', quote='', escape='', header=false))",
                [str(source)],
            )
            wrong = connection.execute(
                f"SELECT line FROM listed WHERE NOT ({valid_sql('nhs_number')}) AND nhs_number <> '' "
                "AND NOT (line = 1 AND NOT regexp_matches(nhs_number, '[0-9]')) ORDER BY line LIMIT 1"
            ).fetchone()
            if wrong:
                raise BadInput(
                    "a line of the opt-out list is not an NHS number",
                    where=f"{source.name}, line {wrong[0]}",
                    remedy="ask for the list again; nothing was imported",
                )
            temporary.touch(mode=0o600)
            try:
                kept = connection.execute(
                    f"COPY (SELECT DISTINCT nhs_number FROM listed WHERE {valid_sql('nhs_number')} ORDER BY 1) "
                    f"TO '{temporary}' (FORMAT parquet)"
                ).fetchone()
                temporary.chmod(0o600)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return int(kept[0]) if kept else 0

    def latest(self, as_at: date | None = None) -> tuple[date, Path] | None:
        """The newest list, or the newest of `as_at` or before; None where none was imported."""
        if not self.folder.exists():
            return None
        dates = [
            date.fromisoformat(match[1]) for path in self.folder.iterdir() if (match := _LIST.fullmatch(path.name))
        ]
        known = [listed for listed in dates if as_at is None or listed <= as_at]
        return (max(known), self.folder / f"{max(known).isoformat()}.parquet") if known else None
