"""Definitions in a notebook: the command line's questions, answered as Arrow, pandas or Ibis tables.

A notebook has a purpose, like every other way to the record: it decides what may be seen, and each question is written to
the site's audit before its answer is given. See docs/how-to/notebook.md, whose example runs in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from commonweal.commands import audited
from commonweal.definitions.declarations import Definition
from commonweal.definitions.registry import registry
from commonweal.engine.answers import Scope
from commonweal.engine.evidence import SourceRow
from commonweal.engine.serving import current_release, open_reader
from commonweal.errors import BadInput
from commonweal.governance.purpose import PurposeRule, require_people
from commonweal.pipeline import ask, releases
from commonweal.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ibis_types
    import pandas

ROWS = pa.schema(
    [("definition", pa.string()), ("part", pa.string()), ("group_type", pa.string()), ("group", pa.string())]
    + [(name, pa.float64()) for name in ("numerator", "denominator", "value", "lower", "upper")]
    + [("as_at", pa.date32()), ("release", pa.string()), ("hash", pa.string())]
)
"""Columns of an answer in numbers. A number that the purpose does not show is null."""

PEOPLE = pa.schema(
    [
        ("person_id", pa.string()),
        ("practice_code", pa.string()),
        ("age", pa.int64()),
        ("sex", pa.string()),
        ("evidence", pa.list_(pa.string())),
    ]
)
"""Columns of a list of people: why each is on it, a sentence a line."""

REASONS = pa.schema(
    [
        ("sentence", pa.string()),
        ("table", pa.string()),
        ("date", pa.date32()),
        ("code", pa.string()),
        ("value", pa.string()),
        ("load_id", pa.int64()),
        ("record_number", pa.int64()),
    ]
)
"""Columns of an explanation: a line for each row of the record behind a fact; a fact without a row has one line too."""


@dataclass(frozen=True)
class Answer:
    """One table, for whichever library the notebook uses. Nothing is copied on the way to Arrow or Ibis."""

    table: pa.Table

    def to_arrow(self) -> pa.Table:
        """As Arrow."""
        return self.table

    def to_pandas(self) -> pandas.DataFrame:
        """As pandas."""
        return self.table.to_pandas()

    def to_ibis(self) -> ibis_types.Table:
        """As an Ibis expression, on Ibis's own DuckDB."""
        import ibis

        return ibis.memtable(self.table)

    def __len__(self) -> int:
        return self.table.num_rows


@dataclass(frozen=True)
class Notebook:
    """Questions to the release that serves, for one purpose."""

    store: Store
    rule: PurposeRule

    @property
    def purpose(self) -> str:
        return str(self.rule.purpose)

    @property
    def release(self) -> str:
        """The id of the release that answers."""
        return current_release(self.store)

    @property
    def as_at(self) -> date:
        """The release's own as-at date."""
        return date.fromisoformat(releases.manifest(self.store, self.release)["as_at"])

    def measure(
        self,
        *wanted: str | Definition,
        by: str = "all",
        as_at: date | None = None,
        dates: Iterable[date] | None = None,
    ) -> Answer:
        """Definitions by group, one row a definition, group and date: `ROWS`.

        `wanted`: ids, or new definitions written in the notebook; these may build on those that ship. `by`: a group type
        (``practice``, ``borough``, ``age_band``, ``provider`` …). `as_at`: any date, the release's own where left out;
        or `dates`, many at once for one reading of the record. Raises `BadInput` for an unknown name, with the nearest,
        and `NotReady` where a definition cannot be computed here.
        """
        names, known = _named(wanted)
        moments = sorted({_day(one) for one in (dates if dates is not None else [as_at or self.as_at])})
        if not moments:
            raise BadInput("there is no date to ask for", where="dates", remedy="give at least one, or leave it out")
        if len(moments) == 1:
            rows = ask.measured(self.store, names, moments[0], by, self.purpose, known=known)
        else:
            rows = ask.measured_at(self.store, names, moments, by, self.purpose, known=known)
        self._audit("count", f"{', '.join(names)} by {by}", len(rows))
        return Answer(
            pa.Table.from_pylist([{**row, "as_at": date.fromisoformat(row["as_at"])} for row in rows], schema=ROWS)
        )

    def people(self, name: str, *, practice: str | None = None, limit: int = 1000) -> Answer:
        """People on a register or flag as the release has it: `PEOPLE`. Direct care only; each person's look is audited.

        Raises `NotAllowed` for any other purpose.
        """
        require_people(self.rule.purpose)
        if limit < 1:
            raise BadInput("a list has at least one person", where="limit", value=limit, remedy="give 1 or more")
        scope = Scope(practice=(practice,)) if practice else Scope(everyone=True)
        found = open_reader(self.store, self.purpose).members(name, scope=scope, limit=limit)
        self._audit("list", name, len(found))
        audited.write_people(
            self.purpose, "look", [one.person_id for one in found], object=f"list {name}", release_id=self.release
        )
        rows = [
            {
                "person_id": one.person_id,
                "practice_code": one.practice_code,
                "age": one.age,
                "sex": one.sex,
                "evidence": [line.sentence for line in one.evidence],
            }
            for one in found
        ]
        return Answer(pa.Table.from_pylist(rows, schema=PEOPLE))

    def explain(self, name: str, person_id: str) -> Answer:
        """Why a person is on a register or flag, or is not, with the rows of the record that decided: `REASONS`.

        Direct care only; it is a look in the audit. Raises `NotAllowed` for any other purpose, `BadInput` for an unknown person.
        """
        require_people(self.rule.purpose)
        found = open_reader(self.store, self.purpose).explain(name, person_id)
        audited.write(self.purpose, "explain", object=name, release_id=found.release_id, subject=person_id)
        rows = [
            {"sentence": line.sentence, **_row_of(row)} for line in found.evidence for row in (line.rows or (None,))
        ]
        return Answer(pa.Table.from_pylist(rows, schema=REASONS))

    def definitions(self) -> Answer:
        """What there is to ask for: id, kind, title, whether it can be computed, and the reason where it cannot."""
        listed = open_reader(self.store, self.purpose).definitions()
        names = ("id", "kind", "title", "computable", "reason")
        return Answer(pa.table({name: pa.array([getattr(one, name) for one in listed]) for name in names}))

    def _audit(self, action: str, what: str, count: int) -> None:
        audited.write(self.purpose, action, object=f"notebook: {what}", release_id=self.release, count=count)


def open_notebook(store: Path | str, *, purpose: str) -> Notebook:
    """A notebook on the store at a folder, for one purpose: direct_care, planning, research or public.

    Raises `NotReady` where nothing has been released yet, and `NotAllowed` for an unknown purpose.
    """
    opened = Store(Path(store))
    rule = audited.begin(opened, purpose)
    current_release(opened)
    return Notebook(opened, rule)


def _named(wanted: Iterable[str | Definition]) -> tuple[list[str], dict[str, Definition] | None]:
    """Ids, and all known definitions where some of `wanted` are new."""
    listed = list(wanted)
    if not listed:
        raise BadInput("no definition is named", remedy="name at least one; definitions() lists them")
    for one in listed:
        if not isinstance(one, str | Definition):
            raise BadInput(
                "a definition is its id, or one written here", value=type(one).__name__,
                remedy="give several one after the other: measure('diabetes', 'hypertension')",
            )  # fmt: skip
    new = {one.id: one for one in listed if not isinstance(one, str)}
    names = [one if isinstance(one, str) else one.id for one in listed]
    known: dict[str, Any] | None = {**registry(), **new} if new else None
    return names, known


def _day(given: date) -> date:
    """The day of a date, a datetime or a pandas timestamp."""
    if isinstance(given, datetime):
        return given.date()
    if not isinstance(given, date):
        raise BadInput("this is not a date", value=given, remedy="use datetime.date, such as date(2026, 3, 31)")
    return given


def _row_of(row: SourceRow | None) -> dict[str, Any]:
    """The columns of `REASONS` that say where a fact came from."""
    if row is None:
        return {}
    value = None if row.value is None else str(row.value)
    return {
        **{name: getattr(row, name) for name in ("table", "date", "code", "load_id", "record_number")},
        "value": value,
    }


__all__ = ["PEOPLE", "REASONS", "ROWS", "Answer", "Notebook", "open_notebook"]
