"""Every measure by every group, as data: exact counts, to which the disclosure door is applied when they are read.

One row is definition × part × group type × group code. For a register or flag the denominator is its population basis;
for a segment there is a part for each class; for a score the numerator is the sum over those who have one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa

from commonweal.definitions.declarations import Definition, Segment
from commonweal.engine.dialect import text_literal
from commonweal.engine.plan import Output, Plan

PERSON_GROUPS: dict[str, str] = {
    "all": "'all'",
    "practice": "practice_code",
    "pcn": "pcn_code",
    "neighbourhood": "neighbourhood_code",
    "borough": "borough_code",
    "icb": "icb_code",
    "residence_borough": "residence_borough_code",
    "lsoa": "lsoa21",
    "age_band": "age_band",
    "sex": "sex",
    "ethnic_group": "ethnic_group",
    "imd_decile": "CAST(CAST(imd_decile AS INTEGER) AS VARCHAR)",
    "imd_quintile": "CAST(CAST(ceil(imd_decile / 2) AS INTEGER) AS VARCHAR)",
}
"""Group type to its code, from the person's attributes. A person without one is in the group ``unknown``."""

ROW_GROUPS: dict[str, str] = {
    "provider": "provider_code",
    "site": "site_code",
    "specialty": "treatment_function_code",
}
"""Group type to the column of the row, for measures that count rows."""

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cell:
    """What one row of the cube counts: two SQL aggregates over people."""

    definition_id: str
    part: str
    numerator: str
    denominator: str


def cells_of(plan: Plan) -> list[Cell]:
    """The cells of all definitions."""
    by_id = {one.id: one for one in plan.definitions}
    outputs: dict[str, list[Output]] = {}
    for output in plan.outputs:
        if output.definition_id:
            outputs.setdefault(output.definition_id, []).append(output)
    return [cell for name, made in outputs.items() for cell in _cells(by_id[name], {one.part: one for one in made})]


def _cells(definition: Definition, outputs: dict[str, Output]) -> list[Cell]:
    name = definition.id
    basis = _people(f"b_{definition.basis}")
    if definition.kind in ("register", "flag"):
        return [Cell(name, "", _people(outputs["in"].name), basis)]
    if definition.kind == "score":
        column = outputs["score"].name
        return [Cell(name, "", f"sum({column})", f"count({column})")]
    if isinstance(definition, Segment):
        column = outputs["class"].name
        return [
            Cell(name, one, f"count(CASE WHEN {column} = {text_literal(one)} THEN 1 END)", f"count({column})")
            for one in definition.classes
        ]
    sides = (outputs["numerator"], outputs["denominator"])
    numerator, denominator = (_people(one.name) if one.kind == "condition" else f"sum({one.name})" for one in sides)
    return [Cell(name, "", numerator, denominator)]


def _people(column: str) -> str:
    return f"count(CASE WHEN {column} THEN 1 END)"


@dataclass
class Cube:
    """Counts added up bucket by bucket."""

    cells: list[Cell]
    counts: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    """(group type, group code) to numerators and denominators, one row a cell."""
    rows: dict[tuple[str, str, str], np.ndarray] = field(default_factory=dict)
    """(definition, group type, group code) to the two counts, for groups that belong to rows."""

    def add_people(
        self, connection: duckdb.DuckDBPyConnection, people: pa.Table, groups: tuple[str, ...] = tuple(PERSON_GROUPS)
    ) -> None:
        """Add one range of people, for these types of group."""
        if not self.cells or not groups:
            return
        connection.register("_people", people)
        sums = ", ".join(
            f"{one.numerator} AS n{index}, {one.denominator} AS d{index}" for index, one in enumerate(self.cells)
        )
        for group in groups:
            code = PERSON_GROUPS[group]
            found = connection.execute(
                f"SELECT coalesce({code}, '{UNKNOWN}') AS code, {sums} FROM _people GROUP BY 1"
            ).to_arrow_table()
            codes = found.column(0).to_pylist()
            values = np.stack(
                [np.nan_to_num(column.to_numpy().astype(np.float64)) for column in found.columns[1:]], axis=1
            ).reshape(len(codes), len(self.cells), 2)
            for code_value, counted in zip(codes, values, strict=True):
                key = (group, code_value)
                self.counts[key] = self.counts[key] + counted if key in self.counts else counted
        connection.unregister("_people")

    def add_rows(self, definition_id: str, group: str, code: str, numerator: float, denominator: float) -> None:
        """Add counts of rows of one group."""
        key = (definition_id, group, code)
        added = np.array([numerator or 0, denominator or 0], dtype=np.float64)
        self.rows[key] = self.rows[key] + added if key in self.rows else added

    def table(self, as_at: str) -> pa.Table:
        """definition_id, part, as_at, group_type, group_code, numerator, denominator."""
        keys = [(key, index) for key in sorted(self.counts) for index in range(len(self.cells))]
        counted = [self.counts[key][index] for key, index in keys]
        rows = sorted(self.rows)
        names = [self.cells[index].definition_id for _, index in keys] + [key[0] for key in rows]
        parts = [self.cells[index].part for _, index in keys] + [""] * len(rows)
        groups = [key[0] for key, _ in keys] + [key[1] for key in rows]
        codes = [key[1] for key, _ in keys] + [key[2] for key in rows]
        both = np.array([*counted, *(self.rows[key] for key in rows)], dtype=np.float64).reshape(-1, 2)
        return pa.table(
            {
                "definition_id": pa.array(names, pa.string()),
                "part": pa.array(parts, pa.string()),
                "as_at": pa.array([as_at] * len(names), pa.string()).cast(pa.date32()),
                "group_type": pa.array(groups, pa.string()),
                "group_code": pa.array(codes, pa.string()),
                "numerator": both[:, 0],
                "denominator": both[:, 1],
            }
        )
