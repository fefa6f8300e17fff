"""Questions that the site asks of a release about many people at once. Everything goes through the `Reader` it is given."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.engine import people_tables
from commonweal.engine.words import say_source
from commonweal.web.core.presenters import feed_name, period_words

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, Scope
    from commonweal.engine.exclusions import Exclusion
    from commonweal.engine.serving import Reader


@dataclass(frozen=True)
class PersonLine:
    """What a row of a list shows of a person."""

    person_id: str
    birth_date: datetime.date | None
    age: int | None
    sex: str | None
    practice_code: str | None


def listable(reader: Reader) -> list[DefinitionInfo]:
    """The definitions that a list of people can be made from, flags first."""
    return sorted(people_tables.listed(reader), key=lambda one: (one.kind != "flag", one.title))


def scores(reader: Reader) -> list[DefinitionInfo]:
    """The scores that the release computes, by title."""
    return sorted((one for one in reader.definitions("score") if one.computable), key=lambda one: one.title)


def scores_of(reader: Reader, score_id: str, person_ids: Iterable[str]) -> dict[str, float]:
    """One score of each of these people who has one. Direct care only."""
    reader.require_people()
    if score_id not in {one.id for one in scores(reader)}:
        return {}
    rows = reader.cursor.execute(
        f"SELECT person_id, s_{score_id} FROM wide JOIN person USING (person_key) "
        f"WHERE person_id IN (SELECT unnest(?::VARCHAR[])) AND s_{score_id} IS NOT NULL",
        [list(person_ids)],
    ).fetchall()
    return {row[0]: float(row[1]) for row in rows}


def list_sizes(reader: Reader, scope: Scope) -> dict[str, int]:
    """How many people of the scope each list finds. Direct care only."""
    reader.require_people()
    condition, values = scope.sql("size")
    rows = reader.cursor.execute(
        f"SELECT definition_id, sum(people) FROM {people_tables.sizes(reader)} AS size WHERE {condition} GROUP BY 1",
        values,
    ).fetchall()
    return dict.fromkeys((one.id for one in listable(reader)), 0) | {name: int(people) for name, people in rows}


def excluded(reader: Reader, definition_ids: Iterable[str], scope: Scope) -> list[str]:
    """Whom of the scope these definitions leave out because what their practice sent failed its gate, in words."""
    everywhere = [one for name in definition_ids for one in reader.exclusions(name)]
    if not everywhere:  # as nearly always: then nobody needs to be asked whose practices these are
        return []
    condition, values = scope.sql("practice")
    practices = {
        row[0]
        for row in reader.cursor.execute(f"SELECT practice_code FROM practice WHERE {condition}", values).fetchall()
    }
    found = [one for one in everywhere if one.practice_code in practices]
    names = organisation_names(reader) if found else {}
    return list(dict.fromkeys(exclusion_words(one, names) for one in found))


def exclusion_words(one: Exclusion, names: dict[str, str]) -> str:
    """``Forty Willows Surgery (E84002), coded records of the GP records feed: its newest row is of 29 May 2026, …``."""
    name = names.get(one.practice_code, "")
    who = f"{name} ({one.practice_code})" if name else one.practice_code
    what = ", ".join(say_source(source) for source in one.sources)
    return f"{who}, {what} of the {feed_name(one.feed)} feed: {period_words('; '.join(one.reasons))}"


def people(reader: Reader, person_ids: Iterable[str], scope: Scope | None = None) -> dict[str, PersonLine]:
    """The people of these ids that the release knows and, where a scope is given, that lie within it."""
    reader.require_people()
    wanted = sorted(set(person_ids))
    if not wanted:
        return {}
    condition, values = scope.sql() if scope is not None else ("TRUE", [])
    rows = reader.cursor.execute(
        "SELECT person_id, birth_date, age, sex, practice_code FROM person "
        f"WHERE person_id IN (SELECT unnest(?::VARCHAR[])) AND {condition}",
        [wanted, *values],
    ).fetchall()
    return {row[0]: PersonLine(*row) for row in rows}


def somebody(reader: Reader) -> str:
    """The identifier of one person of the release, always the same; empty in a release of nobody. Direct care only."""
    reader.require_people()
    row = reader.cursor.execute("SELECT person_id FROM person LIMIT 1").fetchone()
    return row[0] if row else ""


def neighbours(reader: Reader, person_id: str, scope: Scope) -> list[str]:
    """Living people of the scope in the same small area (LSOA) as a person, without the person. Direct care only."""
    reader.require_people()
    condition, values = scope.sql()
    rows = reader.cursor.execute(
        "SELECT person_id FROM person WHERE lsoa21 = (SELECT lsoa21 FROM person WHERE person_id = ?) AND person_id <> ? "
        f"AND death_date IS NULL AND {condition} ORDER BY person_id",
        [person_id, person_id, *values],
    ).fetchall()
    return [row[0] for row in rows]


def counted_in(reader: Reader, person_id: str, measure_ids: Iterable[str]) -> dict[str, bool]:
    """The measures in whose denominator this person is, and whether they are in the numerator. Direct care only."""
    reader.require_people()
    held = {row[0] for row in reader.cursor.execute("DESCRIBE wide").fetchall()}
    wanted = [one for one in dict.fromkeys(measure_ids) if {f"d_{one}", f"n_{one}"} <= held]
    if not wanted:
        return {}
    columns = ", ".join(f"d_{one}, n_{one}" for one in wanted)
    row = reader.cursor.execute(
        f"SELECT {columns} FROM wide JOIN person USING (person_key) WHERE person_id = ?", [person_id]
    ).fetchone()
    pairs = zip(row[::2], row[1::2], strict=True) if row else ()
    return {one: bool(top) for one, (bottom, top) in zip(wanted, pairs, strict=False) if bottom}


def preferences(reader: Reader, person_id: str) -> list[tuple[str, str, datetime.date, datetime.date | None]]:
    """What the sources hold of a person's stated choices: kind, value, from, until. Newest first. Direct care only."""
    key = reader.person_key(person_id)
    return reader.cursor.execute(
        f"SELECT kind, value, date, end_date FROM {reader.rows_of('preference', key)} WHERE person_key = ? "
        "ORDER BY date DESC, kind",
        [int(key)],
    ).fetchall()


def organisation_names(reader: Reader) -> dict[str, str]:
    """Code to name, as the release's last day has it."""
    sql = "SELECT code, arg_max(name, valid_from) FROM organisation GROUP BY code"
    return reader.kept("organisation names", lambda: dict(reader.cursor.execute(sql).fetchall()))


def place_names(reader: Reader) -> dict[str, str]:
    """Borough code to name."""
    sql = "SELECT DISTINCT borough_code, borough_name FROM place"
    return reader.kept("place names", lambda: dict(reader.cursor.execute(sql).fetchall()))


def parents(reader: Reader) -> dict[str, tuple[str, ...]]:
    """Practice to (PCN, neighbourhood, borough) as the record's people are counted; empty where it has none."""
    return reader.kept("parents of practices", lambda: _parents(reader))


def _parents(reader: Reader) -> dict[str, tuple[str, ...]]:
    rows = reader.cursor.execute(
        "SELECT DISTINCT practice_code, pcn_code, neighbourhood_code, borough_code FROM person WHERE practice_code IS NOT NULL"
    ).fetchall()
    return {row[0]: tuple(code or "" for code in row[1:]) for row in rows}


def as_at_dates(reader: Reader) -> list[datetime.date]:
    """The dates for which the release holds measures, earliest first."""
    sql = "SELECT DISTINCT as_at FROM cube ORDER BY as_at"
    return reader.kept("as-at dates", lambda: [row[0] for row in reader.cursor.execute(sql).fetchall()])


def population(reader: Reader) -> int:
    """How many people this purpose's file holds."""
    row = reader.cursor.execute("SELECT count(*) FROM person").fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True)
class Network:
    """One primary care network with its practices, largest first, and the bodies around it. Empty where unknown."""

    practices: tuple[str, ...]
    pcn: str
    borough: str
    icb: str
    trust: str


def largest_network(reader: Reader) -> Network | None:
    """The network with most people; None where nobody is registered."""
    rows = reader.cursor.execute(
        "SELECT pcn_code, borough_code, icb_code, practice_code FROM (SELECT pcn_code, borough_code, icb_code, "
        "practice_code, count(*) AS people FROM person WHERE practice_code IS NOT NULL GROUP BY 1, 2, 3, 4) "
        "ORDER BY pcn_code IS NULL, sum(people) OVER (PARTITION BY pcn_code) DESC, pcn_code, people DESC, practice_code"
    ).fetchall()
    if not rows:
        return None
    pcn, borough, icb = (code or "" for code in rows[0][:3])
    practices = tuple(row[3] for row in rows if row[0] == rows[0][0])
    trust = reader.cursor.execute("SELECT min(code) FROM organisation WHERE kind = 'trust'").fetchone()
    return Network(practices, pcn, borough, icb, (trust[0] if trust else "") or "")


ETHNIC_GROUPS = ("white", "mixed", "asian", "black", "other")


@dataclass(frozen=True)
class Makeup:
    """Who is registered with one practice or network. Exact: for comparing with others, never for showing."""

    people: int
    imd_known: int
    imd_sum: int
    most_deprived: int
    """In the three most deprived tenths of England's areas."""
    under_18: int
    over_64: int
    over_79: int
    ethnicity_known: int
    ethnic: tuple[int, ...]
    """In the order of `ETHNIC_GROUPS`."""


def makeups(reader: Reader, kind: str) -> dict[str, Makeup]:
    """The people of every ``practice`` or ``pcn`` of the release."""
    column = {"practice": "practice_code", "pcn": "pcn_code"}[kind]
    ethnic = ", ".join(f"count_if(ethnic_group = '{one}')" for one in ETHNIC_GROUPS)
    rows = reader.cursor.execute(
        f"SELECT {column}, count(*), count(imd_decile), coalesce(sum(imd_decile), 0), count_if(imd_decile <= 3), "
        f"count_if(age < 18), count_if(age >= 65), count_if(age >= 80), count(ethnic_group), {ethnic} "
        f"FROM person WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    names = list(Makeup.__dataclass_fields__)[:-1]
    return {
        row[0]: Makeup(**dict(zip(names, row[1:9], strict=True)), ethnic=tuple(int(one) for one in row[9:]))
        for row in rows
    }
