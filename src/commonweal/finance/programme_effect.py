"""Did a programme change how often its people are admitted as emergencies? Measured on the record, against people like them.

Members of a programme are events of the code system `PROGRAMME_SYSTEM` (one an enrolment). They are compared with people
who were in no programme and alike on the day it began: as many emergency admissions in the year before (six or more are one
group) and as many long conditions (two or more are one), then nearest in age, deprivation, conditions, and admissions and
attendances of the two years before. Members of several programmes are left out: no one of them can claim what changed. What the members' admissions changed by beyond their controls' change, in the year from
enrolment, is the effect (difference in differences; `statistics.evaluation`). A fall that the controls share is regression to
the mean, and is called so.

Caveats that every result carries: death within the year counts as no further admission in both groups; conditions are those
that were coded by then; a programme for people whom nobody else is like leaves members unmatched, who are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from commonweal.finance.money import exact, half_up
from commonweal.finance.pod import EMERGENCY_ADMISSION
from commonweal.statistics.evaluation import Effect, Match, difference_in_differences, match_controls

PROGRAMME_SYSTEM = "local:programme"
"""The code system under which enrolments in programmes arrive."""
CONDITIONS = (
    "heart_failure",
    "copd",
    "diabetes",
    "coronary_heart_disease",
    "chronic_kidney_disease",
    "atrial_fibrillation",
)
"""Registers counted as long conditions where the release has them."""
DAYS = 365
CONTROLS = 3
MANY = 6
"""Emergency admissions in a year from which people count as one group. Up to it members and controls had exactly as many: where
they differ, the higher group falls back further by itself, and that would pass for an effect."""
LEAST_PEOPLE = 20
"""Fewer matched members cannot tell an effect of a quarter from chance, and could be recognised."""


@dataclass(frozen=True)
class Measured:
    """One programme's effect. Admissions are a member's, in the year from enrolment; pence positive is saved."""

    programme: str
    title: str
    began: date
    people: int
    matched: int
    unmatched: int
    controls: int
    admissions_before: float
    admissions_after: float
    controls_before: float
    controls_after: float
    effect: float | None
    lower: float | None
    upper: float | None
    price_pence: int
    saved_pence: int | None
    saved_lower_pence: int | None
    saved_upper_pence: int | None
    balance: str
    warnings: str
    verdict: str

    @property
    def before_to_after(self) -> float:
        """What a look at the members alone would have claimed."""
        return self.admissions_after - self.admissions_before

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Measured:
        """From a row of `position_programme`."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


SCHEMA = pa.schema(
    [
        ("programme", pa.string()), ("title", pa.string()), ("began", pa.date32()), ("people", pa.int64()),
        ("matched", pa.int64()), ("unmatched", pa.int64()), ("controls", pa.int64()),
        ("admissions_before", pa.float64()), ("admissions_after", pa.float64()), ("controls_before", pa.float64()),
        ("controls_after", pa.float64()), ("effect", pa.float64()), ("lower", pa.float64()), ("upper", pa.float64()),
        ("price_pence", pa.int64()), ("saved_pence", pa.int64()), ("saved_lower_pence", pa.int64()),
        ("saved_upper_pence", pa.int64()), ("balance", pa.string()), ("warnings", pa.string()), ("verdict", pa.string()),
    ]
)  # fmt: skip

MEMBERS = """
SELECT c.code AS programme, coalesce(any_value(c.term), c.code) AS title, e.person_key, min(e.date) AS enrolled
FROM {event} e JOIN {concept} c ON c.concept = e.concept
WHERE c.system = '{system}' AND e.person_key IN (SELECT person_key FROM {people}) AND NOT coalesce(e.confidential, false)
GROUP BY c.code, e.person_key
"""

PEOPLE = """
WITH stay AS (
  SELECT person_key, start_date, cost_pence FROM {contact}
  WHERE setting = 'apc' AND {emergency} AND start_date >= DATE '{begin}' - INTERVAL 730 DAY
    AND start_date < DATE '{begin}' + INTERVAL {days} DAY
), used AS (
  SELECT person_key, count(*) FILTER (start_date < DATE '{begin}' - INTERVAL {days} DAY) AS earlier,
    count(*) FILTER (start_date >= DATE '{begin}' - INTERVAL {days} DAY AND start_date < DATE '{begin}') AS before,
    count(*) FILTER (start_date >= DATE '{begin}') AS after
  FROM stay GROUP BY 1
), attended AS (
  SELECT person_key, count(*) AS attendances FROM {contact}
  WHERE setting = 'ae' AND NOT coalesce(confidential, false) AND start_date >= DATE '{begin}' - INTERVAL {days} DAY AND start_date < DATE '{begin}' GROUP BY 1
), enrolled AS (
  SELECT person_key, bool_and(programme = '{programme}') AS member FROM programme_member GROUP BY 1
)
SELECT CAST(date_diff('year', p.birth_month, DATE '{begin}')
    - CAST(month(DATE '{begin}') < month(p.birth_month) AS INTEGER) AS SMALLINT) AS age,
  CAST(coalesce(s.imd_decile, 5) AS SMALLINT) AS decile, CAST({conditions} AS SMALLINT) AS conditions,
  CAST(coalesce(u.earlier, 0) AS SMALLINT) AS earlier, CAST(coalesce(u.before, 0) AS SMALLINT) AS before,
  CAST(coalesce(u.after, 0) AS SMALLINT) AS after, CAST(coalesce(a.attendances, 0) AS SMALLINT) AS attendances,
  coalesce(m.member, false) AS member, m.member IS NULL AS free{flags}
FROM {person} p JOIN {people} s ON s.person_key = p.person_key JOIN {then} t ON t.person_key = p.person_key
LEFT JOIN used u ON u.person_key = p.person_key LEFT JOIN attended a ON a.person_key = p.person_key
LEFT JOIN enrolled m ON m.person_key = p.person_key
WHERE p.birth_month IS NOT NULL AND (p.death_date IS NULL OR p.death_date >= DATE '{begin}')
ORDER BY p.person_key
"""


def enrolment_dates(con: Any, relation: Callable[[str], str], people: str) -> list[date]:
    """The days on which programmes began: conditions are wanted as they were known then."""
    return sorted({row[2] for row in _begun(con, relation, people)})


def _begun(con: Any, relation: Callable[[str], str], people: str) -> list[tuple[str, str, date, int]]:
    names = {name: relation(name) for name in ("event", "concept")}
    con.execute(
        "CREATE OR REPLACE TEMP TABLE programme_member AS "
        + MEMBERS.format(**names, people=people, system=PROGRAMME_SYSTEM)
    )
    return con.execute(
        "SELECT programme, any_value(title), mode(enrolled), count(*) FROM programme_member GROUP BY 1 ORDER BY 1"
    ).fetchall()


def write_programmes(
    con: Any, relation: Callable[[str], str], people: str, conditions_on: Callable[[date], str]
) -> int:
    """Table `position_programme` in a planning file that is being written: one row a programme. Returns how many.

    `relation` gives a canonical table as SQL that can stand in FROM; `people` is such a relation with the record's `person_key` of
    everybody whom planning may count and their `imd_decile`; `conditions_on` gives for a day the people who were registered then,
    with the registers (`r_<id>`) that they were on. What is known now would not do: a control who fell ill since would stand for
    a member who was ill already.
    """
    relations = {name: relation(name) for name in ("event", "concept", "contact", "person")} | {"people": people}
    found = []
    for programme, title, began, count in _begun(con, relation, people):
        then = conditions_on(began)
        known = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {then}").fetchall()}
        flags = {name: f"CAST(coalesce(t.r_{name}, false) AS TINYINT)" for name in CONDITIONS if f"r_{name}" in known}
        sql = PEOPLE.format(
            **relations,
            then=then,
            begin=began,
            days=DAYS,
            programme=programme.replace("'", "''"),
            emergency=EMERGENCY_ADMISSION,
            conditions=" + ".join(flags.values()) or "0",
            flags="".join(f", {sql} AS has_{name}" for name, sql in flags.items()),
        )
        rows = con.execute(sql).fetchnumpy()
        price = con.execute(
            f"SELECT avg(cost_pence) FROM {relations['contact']} WHERE setting = 'apc' AND {EMERGENCY_ADMISSION} "
            f"AND cost_pence > 0 AND start_date >= DATE '{began}' - INTERVAL {DAYS} DAY"
        ).fetchone()[0]
        found.append(measured(programme, title, began, count, rows, round(price or 0)))
    con.execute("DROP TABLE programme_member")
    con.register("finance_programmes", pa.Table.from_pylist([asdict(one) for one in found], schema=SCHEMA))
    con.execute("CREATE OR REPLACE TABLE position_programme AS SELECT * FROM finance_programmes")
    con.unregister("finance_programmes")
    return len(found)


def measured(
    programme: str, title: str, began: date, people: int, rows: Mapping[str, Any], price_pence: int
) -> Measured:
    """The effect on one programme's members. `rows`: one value a person of age, decile, conditions, earlier, before, after,
    attendances, whether they are a member, whether they are free (in no programme at all): only the free are controls."""
    member, free = np.asarray(rows["member"], dtype=bool), np.asarray(rows["free"], dtype=bool)
    named = ("age", "decile", "conditions", "earlier", "before", "attendances")
    columns = {name: np.asarray(values) for name, values in rows.items() if name in named or name.startswith("has_")}
    after = np.asarray(rows["after"], dtype=float)
    strata = {
        "admitted": np.minimum(columns["before"], MANY), "ill": np.minimum(columns["conditions"], 2), "decade": columns["age"] // 10,
    }  # fmt: skip
    both = {**columns, **strata}
    ours: dict[str, ArrayLike] = {name: values[member] for name, values in both.items()}
    theirs: dict[str, ArrayLike] = {name: values[free] for name, values in both.items()}
    match = match_controls(ours, theirs, exact=tuple(strata), ratio=CONTROLS)
    matched = np.unique(match.treated)
    base = {
        "programme": programme, "title": title, "began": began, "people": people, "matched": int(matched.size),
        "unmatched": people - int(matched.size), "controls": int(np.unique(match.control).size), "price_pence": price_pence,
    }  # fmt: skip
    if matched.size < LEAST_PEOPLE:
        return Measured(
            **base, admissions_before=0.0, admissions_after=0.0, controls_before=0.0, controls_after=0.0, effect=None,
            lower=None, upper=None, saved_pence=None, saved_lower_pence=None, saved_upper_pence=None, balance="",
            warnings=f"fewer than {LEAST_PEOPLE} members have controls", verdict="too few people to measure",
        )  # fmt: skip
    effect = difference_in_differences(
        columns["before"][member], after[member], columns["before"][free], after[free], match
    )
    saved = [_pence(-value * matched.size * price_pence) for value in (effect.value, effect.upper, effect.lower)]
    return Measured(
        **base,
        admissions_before=float(columns["before"][member][matched].mean()), admissions_after=float(after[member][matched].mean()),
        controls_before=float(columns["before"][free][match.control].mean()), controls_after=float(after[free][match.control].mean()),
        effect=effect.value, lower=effect.lower, upper=effect.upper, saved_pence=saved[0], saved_lower_pence=saved[1],
        saved_upper_pence=saved[2], balance=balance_words(match), warnings="; ".join(_without_counts(effect.warnings)), verdict=verdict(effect),
    )  # fmt: skip


def verdict(effect: Effect) -> str:
    """In words what the interval allows to be said."""
    if effect.upper < 0:
        return "fewer admissions than people like them"
    if effect.lower > 0:
        return "more admissions than people like them"
    if effect.before_to_after < 0 and abs(effect.value) < abs(effect.before_to_after) / 2:
        return "no effect shown: their fall is regression to the mean, and people like them fell as well"
    return "no effect shown: the difference may be chance"


def _without_counts(warnings: tuple[str, ...]) -> list[str]:
    """The evaluation's warnings, without how many members nobody is like: that may be a handful."""
    return [
        "some members had nobody to be compared with" if "nobody to be compared" in warning else _in_words(warning)
        for warning in warnings
    ]


def _in_words(name: str) -> str:
    return name.replace("has_", "").replace("_", " ")


def balance_words(match: Match) -> str:
    """How alike members and their comparison are, in words."""
    held = (f"{_in_words(name)} {value:+.2f}" for name, value in sorted(match.standardised_differences.items()))
    return ", ".join(held)


def _pence(value: float) -> int:
    return half_up(exact(float(value)))
