"""Every measure by every group, as data: exact counts, to which the disclosure door is applied when they are read.

One row is definition × part × group type × group code. For a register or flag the denominator is its population basis;
for a segment there is a part for each class; for a score the numerator is the sum over those who have one.

Where practices are left out because their data failed a gate (`engine.exclusions`), `excluded` says how many people of the
group's population that took away, and a group of which nobody is left has no counts at all: missing, not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from commonweal.definitions.declarations import Definition, Segment
from commonweal.engine.exclusions import mask_of
from commonweal.engine.plan import Output, Plan
from commonweal.engine.views import CARE, RESTRICTED, BucketResult, without_objections

PERSON_GROUPS: dict[str, str] = {
    "all": "",
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
    "imd_decile": "imd_decile",
    "imd_quintile": "imd_decile",
}
"""Group type to the attribute that gives its code. A person without one is in the group ``unknown``."""

ROW_GROUPS: dict[str, str] = {
    "provider": "provider_code",
    "site": "site_code",
    "specialty": "treatment_function_code",
}
"""Group type to the column of the row, for measures that count rows."""

SMALL_AREAS = ("lsoa",)
"""Groups of some 1,500 people. A release holds their counts at its own date alone: a month's change there is a few people."""
OVER_TIME = tuple(group for group in PERSON_GROUPS if group not in SMALL_AREAS)
"""The types of group that a release counts at its earlier dates."""

UNKNOWN = "unknown"


def group_codes(people: pa.Table, group: str) -> pa.ChunkedArray | pa.Array:
    """The code of the group of this type that each person is in."""
    column = PERSON_GROUPS[group]
    if not column:
        return pa.chunked_array([pa.array([group] * people.num_rows, pa.string())])
    codes = people.column(column)
    if group == "imd_quintile":
        codes = pc.ceil(pc.divide(pc.cast(codes, pa.float64()), 2.0))
    if group.startswith("imd"):
        codes = pc.cast(pc.cast(codes, pa.int64()), pa.string())
    return pc.fill_null(codes, UNKNOWN)


@dataclass(frozen=True)
class Tally:
    """One number added up over people: those for whom a column is true (or known, or of one class), or its sum."""

    column: str
    how: str = "true"
    """``true``, ``known``, ``sum`` or ``is``."""
    value: str = ""

    def of(self, people: pa.Table) -> np.ndarray:
        """One number a person."""
        column = people.column(self.column)
        if self.how == "true":
            found = pc.fill_null(column, False)
        elif self.how == "known":
            found = pc.is_valid(column)
        elif self.how == "is":
            found = pc.fill_null(pc.equal(column, self.value), False)
        else:
            found = pc.fill_null(column, 0.0)
        return pc.cast(found, pa.float64()).to_numpy()


@dataclass(frozen=True)
class Cell:
    """What one row of the cube counts."""

    definition_id: str
    part: str
    numerator: Tally
    denominator: Tally
    population: Tally
    """The people who could be counted at all."""
    left_out: frozenset[str] = frozenset()
    """Practices whose people are not counted."""


def cells_of(
    plan: Plan, left_out: Mapping[str, frozenset[str]] | None = None, uncomputed: Iterable[str] = ()
) -> list[Cell]:
    """The cells of all definitions but those `uncomputed`; `left_out` names the practices that each leaves out."""
    by_id = {one.id: one for one in plan.definitions}
    skipped, out = set(uncomputed), left_out or {}
    outputs: dict[str, list[Output]] = {}
    for output in plan.outputs:
        if output.definition_id and output.definition_id not in skipped:
            outputs.setdefault(output.definition_id, []).append(output)
    return [
        replace(cell, left_out=out.get(name, frozenset()))
        for name, made in outputs.items()
        for cell in _cells(by_id[name], {one.part: one for one in made})
    ]


def _cells(definition: Definition, outputs: dict[str, Output]) -> list[Cell]:
    name, basis = definition.id, Tally(f"b_{definition.basis}")
    if definition.kind in ("register", "flag"):
        return [Cell(name, "", Tally(outputs["in"].name), basis, basis)]
    if definition.kind == "score":
        column = outputs["score"].name
        return [Cell(name, "", Tally(column, "sum"), Tally(column, "known"), basis)]
    if isinstance(definition, Segment):
        column = outputs["class"].name
        return [Cell(name, one, Tally(column, "is", one), Tally(column, "known"), basis) for one in definition.classes]
    sides = (outputs["numerator"], outputs["denominator"])
    numerator, denominator = (Tally(one.name, "true" if one.kind == "condition" else "sum") for one in sides)
    return [Cell(name, "", numerator, denominator, basis)]


COLUMNS_AT_ONCE = 64
NUMERATOR, DENOMINATOR, POPULATION, EXCLUDED = range(4)
"""What is counted for each cell, in this order."""

GONE, PART = "excluded", "part excluded"
"""States of a group of which nobody, or not everybody, could be counted."""


Counts = dict[tuple[str, str], np.ndarray]
"""(group type, group code) to the four counts, one row a cell."""

MADE_OF = {
    "pcn": "practice",
    "neighbourhood": "practice",
    "borough": "practice",
    "icb": "practice",
    "residence_borough": "lsoa",
    "imd_decile": "lsoa",
    "imd_quintile": "lsoa",
    "all": "sex",
}
"""Group type to the smaller one that it is made of, where that holds for the people at hand."""


@dataclass(frozen=True)
class _Codes:
    """The codes of one group type, and which of them each person has (as its place in `names`)."""

    names: list[str]
    places: np.ndarray


def _codes(people: pa.Table, group: str) -> _Codes:
    found = group_codes(people, group).dictionary_encode()
    if isinstance(found, pa.ChunkedArray):
        found = found.unify_dictionaries().combine_chunks()
    return _Codes(found.dictionary.to_pylist(), found.indices.to_numpy())


def _grouped(
    people: pa.Table, groups: tuple[str, ...]
) -> tuple[dict[str, _Codes], dict[str, tuple[str, list[str], np.ndarray]]]:
    """The group types to count, and those to add up: (smaller type, names, place of each smaller code in them)."""
    counted: dict[str, _Codes] = {}
    rolled: dict[str, tuple[str, list[str], np.ndarray]] = {}
    for group in sorted(groups, key=lambda one: one in MADE_OF):
        codes = _codes(people, group)
        smaller = counted.get(MADE_OF.get(group, ""))
        if smaller is not None:
            above = np.zeros(len(smaller.names), dtype=np.int64)
            above[smaller.places] = codes.places
            if np.array_equal(above[smaller.places], codes.places):
                rolled[group] = (MADE_OF[group], codes.names, above)
                continue
        counted[group] = codes
    return counted, rolled


def _members(counted: dict[str, _Codes], part: np.ndarray, people: int) -> sparse.csr_matrix:
    """Group × person: 1 where one of `part` is in the group."""
    first = np.cumsum([0, *(len(codes.names) for codes in counted.values())])
    places = [codes.places[part] + offset for codes, offset in zip(counted.values(), first, strict=False)]
    row = np.concatenate(places)
    return sparse.csr_matrix((np.ones(len(row)), (row, np.tile(part, len(counted)))), shape=(int(first[-1]), people))


def _roll_up(found: Counts, counted: dict[str, _Codes], rolled: dict[str, tuple[str, list[str], np.ndarray]]) -> None:
    """Add the larger groups to `found`."""
    for group, (smaller, names, above) in rolled.items():
        for code, place in zip(counted[smaller].names, above, strict=True):
            if (smaller, code) in found:
                key = (group, names[place])
                found[key] = found[key] + found[smaller, code] if key in found else found[smaller, code]


@dataclass(frozen=True)
class _Texts:
    """A column of texts: some said by their place in a list, then others one by one."""

    listed: list[str]
    places: np.ndarray
    further: list[str]

    def array(self) -> pa.DictionaryArray:
        """Each text once, and the place of each row's."""
        texts = {text: place for place, text in enumerate(dict.fromkeys([*self.listed, *self.further]))}
        of_list = np.array([texts[text] for text in self.listed], dtype=np.int32)
        rest = np.array([texts[text] for text in self.further], dtype=np.int32)
        indices = np.concatenate([of_list[self.places], rest])
        return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(list(texts), pa.string()))


@dataclass
class Cube:
    """Counts added up bucket by bucket."""

    cells: list[Cell]
    counts: Counts = field(default_factory=dict)
    rows: dict[tuple[str, str, str], np.ndarray] = field(default_factory=dict)
    """(definition, group type, group code) to numerator and denominator, for groups that belong to rows."""

    def add_people(self, people: pa.Table, groups: tuple[str, ...] = tuple(PERSON_GROUPS)) -> None:
        """Add one range of people, for these types of group."""
        for counted in self.count(people, [np.arange(people.num_rows)], groups):
            self.add(counted)

    def add(self, counted: Counts) -> None:
        """Add what `count` gave."""
        for key, numbers in counted.items():
            self.counts[key] = self.counts[key] + numbers if key in self.counts else numbers

    def count(
        self, people: pa.Table, parts: list[np.ndarray], groups: tuple[str, ...] = tuple(PERSON_GROUPS)
    ) -> list[Counts]:
        """Counts by group for each of `parts` (row numbers of `people`).

        One sparse matrix (group × person) times the tallies (person × column) for the groups that others are made of;
        a practice's people are in its network, a small area's in its borough, so the larger are sums of the smaller.
        """
        if not (self.cells and groups and people.num_rows):
            return [{} for _ in parts]
        kept = {out: _kept(people, out) for out in {cell.left_out for cell in self.cells}}
        wanted = [_wanted(cell) for cell in self.cells]
        distinct = list(dict.fromkeys(one for four in wanted for one in four))
        index = {one: place for place, one in enumerate(distinct)}
        chosen = np.array([[index[one] for one in four] for four in wanted])
        counted, rolled = _grouped(people, groups)
        keys = [(group, code) for group, codes in counted.items() for code in codes.names]
        members = [_members(counted, part, people.num_rows) for part in parts]
        blocks: list[list[np.ndarray]] = [[] for _ in parts]
        for start in range(0, len(distinct), COLUMNS_AT_ONCE):
            numbers = np.stack(
                [_column(people, kept, one) for one in distinct[start : start + COLUMNS_AT_ONCE]], axis=1
            )
            for block, matrix in zip(blocks, members, strict=True):
                block.append(matrix @ numbers)
        made = []
        for matrix, block in zip(members, blocks, strict=True):
            people_in = np.diff(matrix.indptr)
            numbers = np.concatenate(block, axis=1)
            # A group in which nobody is does not exist.
            found = {key: numbers[at] for at, key in enumerate(keys) if people_in[at]}
            _roll_up(found, counted, rolled)
            made.append({key: one[chosen] for key, one in found.items()})
        return made

    def add_rows(self, definition_id: str, group: str, code: str, numerator: float, denominator: float) -> None:
        """Add counts of rows of one group."""
        key = (definition_id, group, code)
        added = np.array([numerator or 0, denominator or 0], dtype=np.float64)
        self.rows[key] = self.rows[key] + added if key in self.rows else added

    def table(self, as_at: str) -> pa.Table:
        """definition_id, part, as_at, group_type, group_code, numerator, denominator, excluded, state.

        Numerator and denominator are missing, and `state` is `GONE`, where everybody of the group's population is left out.
        Texts are dictionaries: a name stands in millions of rows.
        """
        keys, silent, rows = sorted(self.counts), self._vanished(), sorted(self.rows)
        people = len(keys) * len(self.cells)
        each = np.tile(np.arange(len(self.cells)), len(keys))
        names = _Texts([cell.definition_id for cell in self.cells], each, [one[0] for one in silent + rows])
        parts = _Texts([cell.part for cell in self.cells], each, [one[3] for one in silent] + [""] * len(rows))
        at = np.repeat(np.arange(len(keys)), len(self.cells))
        groups = _Texts([key[0] for key in keys], at, [one[1] for one in silent + rows])
        codes = _Texts([key[1] for key in keys], at, [one[2] for one in silent + rows])
        four = np.zeros((people + len(silent) + len(rows), 4))
        for place, key in enumerate(keys):
            four[place * len(self.cells) : (place + 1) * len(self.cells)] = self.counts[key]
        for place, key in enumerate(rows, people + len(silent)):
            four[place] = [*self.rows[key], 1.0, 0.0]
        gone = (four[:, POPULATION] == 0) & (four[:, EXCLUDED] > 0)
        gone[people : people + len(silent)] = True
        states = np.where(gone, 1, np.where(four[:, EXCLUDED] > 0, 2, 0))
        return pa.table(
            {
                "definition_id": names.array(),
                "part": parts.array(),
                "as_at": pa.repeat(pa.scalar(as_at).cast(pa.date32()), len(four)),
                "group_type": groups.array(),
                "group_code": codes.array(),
                "numerator": pa.array(four[:, NUMERATOR], mask=gone),
                "denominator": pa.array(four[:, DENOMINATOR], mask=gone),
                "excluded": four[:, EXCLUDED],
                "state": _Texts(["", GONE, PART], states, []).array(),
            }
        )

    def _vanished(self) -> list[tuple[str, str, str, str]]:
        """(definition, group type, practice, part) of practices left out of which the record holds nobody at all."""
        if not any(group == "practice" for group, _ in self.counts):
            return []
        return [
            (cell.definition_id, "practice", code, cell.part)
            for cell in self.cells
            for code in sorted(cell.left_out)
            if ("practice", code) not in self.counts
        ]


_Counted = tuple[Tally, frozenset[str], bool]
"""A tally over the people who are not (or, last part true, who are) of these practices."""


def _wanted(cell: Cell) -> tuple[_Counted, ...]:
    out = cell.left_out
    return (
        (cell.numerator, out, False), (cell.denominator, out, False), (cell.population, out, False), (cell.population, out, True),
    )  # fmt: skip


def _kept(people: pa.Table, out: frozenset[str]) -> np.ndarray:
    if not out:
        return np.ones(people.num_rows)
    return 1.0 - pc.cast(mask_of(people, out), pa.float64()).to_numpy(zero_copy_only=False)


def _column(people: pa.Table, kept: Mapping[frozenset[str], np.ndarray], one: _Counted) -> np.ndarray:
    tally, out, excluded = one
    if not out:
        return np.zeros(people.num_rows) if excluded else tally.of(people)
    return tally.of(people) * (1.0 - kept[out] if excluded else kept[out])


def add_views(cubes: Mapping[str, Cube], result: BucketResult, groups: tuple[str, ...] = tuple(PERSON_GROUPS)) -> None:
    """Add one range to the cube of each view. The people whom both count alike are counted once."""
    people = result.care
    apart = people.column("objected").to_numpy(zero_copy_only=False).copy()
    apart[result.few.places] = True
    common, care_only = cubes[CARE].count(people, [np.flatnonzero(~apart), np.flatnonzero(apart)], groups)
    cubes[CARE].add(common)
    cubes[CARE].add(care_only)
    cubes[RESTRICTED].add(common)
    cubes[RESTRICTED].add_people(without_objections(result.few.table), groups)
