"""Units and limits of observations: values in one unit for each observation, and nothing that cannot be true.

The rules are data (``record/data/observation_*.csv``), from published lists and West and North London ICB's own; a site
states its own limits in ``site.yaml``. A value in a unit that cannot be converted, or outside its limits after conversion,
is refused; a code that is no known observation is left as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import duckdb

from commonweal.record.compiler import CompiledTarget
from commonweal.record.expressions import quote
from commonweal.record.reading import Reading

FILES = ("observation_codes", "observation_limits", "observation_units")


def install(connection: duckdb.DuckDBPyConnection, limits: Mapping[str, tuple[float, float]]) -> None:
    """Give `connection` the tables ``known_observation`` (system, code, …) and ``unit_rule`` (system, code, unit, …)."""
    folder = resources.files("commonweal.record") / "data"
    for name in FILES:
        with resources.as_file(folder / f"{name}.csv") as path:
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM read_csv({quote(path)}, header = true, all_varchar = true)"
            )
    for observation, (lower, upper) in limits.items():
        connection.execute(
            "UPDATE observation_limits SET lower = ?, upper = ?, source = 'site' WHERE observation = ?",
            [str(lower), str(upper), observation],
        )
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE unit_rule AS
        SELECT c.system, c.code, lower(u.unit) AS given, l.unit AS standard, CAST(u.multiply AS DOUBLE) AS multiply,
               CAST(u.pre_offset AS DOUBLE) AS before, CAST(u.post_offset AS DOUBLE) AS after,
               CAST(l.lower AS DOUBLE) AS lower, CAST(l.upper AS DOUBLE) AS upper, c.observation
        FROM observation_codes c JOIN observation_limits l USING (observation) JOIN observation_units u USING (observation)
        WHERE u.multiply IS NOT NULL
        UNION ALL BY NAME
        SELECT c.system, c.code, '' AS given, l.unit AS standard, 1 AS multiply, 0 AS before, 0 AS after,
               CAST(l.lower AS DOUBLE) AS lower, CAST(l.upper AS DOUBLE) AS upper, c.observation
        FROM observation_codes c JOIN observation_limits l USING (observation)
    """)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_observation AS SELECT DISTINCT system, code, observation FROM observation_codes"
    )


def measured(target: CompiledTarget) -> bool:
    """Whether a target holds values that these rules speak of."""
    return target.table == "event" and "value" in target.columns and "concept" in target.codes


def rule_join(target: CompiledTarget, alias: str = "ur") -> str:
    """SQL that joins each row to the rule for its code and unit; an unnamed unit is taken as the standard one."""
    code = target.codes["concept"]
    unit = f"coalesce(lower({target.columns['unit']}), '')" if "unit" in target.columns else "''"
    return f"LEFT JOIN unit_rule {alias} ON {alias}.system = {code.system} AND {alias}.code = {code.code} AND {alias}.given = {unit}"


def converted(value: str, alias: str = "ur") -> str:
    """SQL for a value in the standard unit, where a rule was joined."""
    return f"coalesce(({value} + {alias}.before) * {alias}.multiply + {alias}.after, {value})"


def _verdict(target: CompiledTarget, value: str = "") -> tuple[str, str]:
    value = value or f"CAST({target.columns['value']} AS DOUBLE)"
    outside = f"ur.code IS NOT NULL AND NOT ({converted(value)} BETWEEN ur.lower AND ur.upper)"
    unknown = "ur.code IS NULL AND ko.code IS NOT NULL"
    return outside, unknown


def check_rows(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Add to ``set_aside`` the rows whose value is outside its limits or in a unit that cannot be converted."""
    for place, target in enumerate(reading.plan.targets):
        if not measured(target) or target.items or not _doubtful(connection, place, target):
            continue
        connection.execute(f"""
            INSERT INTO set_aside
            SELECT m.rowid, {_findings(target)}, 'refuse'
            FROM mapped m JOIN known_observation ko ON ko.system = {target.codes["concept"].system} AND ko.code = {target.codes["concept"].code}
            {rule_join(target)}
            WHERE m.disposition = 0 AND {target.take} AND {target.columns["value"]} IS NOT NULL AND ({" OR ".join(_verdict(target))})
        """)


def _doubtful(connection: duckdb.DuckDBPyConnection, place: int, target: CompiledTarget) -> bool:
    """Whether any row may break these rules: a look at the codes, their units, and each one's lowest and highest value.

    Leaves ``seen_<place>`` (system, code, given, term, low, high, first_unit, last_unit) behind: one row for each code and unit
    of the target, with the first and last way in which the unit is written.
    """
    code, unit = target.codes["concept"], target.columns.get("unit", "NULL")
    value = f"CAST({target.columns['value']} AS DOUBLE)"
    term = f"min({code.term})" if code.term != "NULL" else "CAST(NULL AS VARCHAR)"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE seen_{place} AS
        SELECT system, code, coalesce(lower(unit), '') AS given, min(term) AS term, min(low) AS low, max(high) AS high,
               min(unit) AS first_unit, max(unit) AS last_unit FROM (
            SELECT {code.system} AS system, {code.code} AS code, {unit} AS unit, {term} AS term, min({value}) AS low, max({value}) AS high
            FROM mapped m WHERE m.disposition = 0 AND {target.take} GROUP BY ALL)
        GROUP BY ALL
    """)
    ends = [f"({condition})" for end in ("s.low", "s.high") for condition in _verdict(target, end)]
    found = connection.execute(f"""
        SELECT count(*) FROM seen_{place} s JOIN known_observation ko ON ko.system = s.system AND ko.code = s.code
        LEFT JOIN unit_rule ur ON ur.system = s.system AND ur.code = s.code AND ur.given = s.given
        WHERE s.low IS NOT NULL AND ({" OR ".join(ends)})
    """).fetchone()
    return bool(found and found[0])


def as_they_came(connection: duckdb.DuckDBPyConnection, place: int, target: CompiledTarget) -> bool:
    """Whether every value of a target stands in its standard unit already, so that its rows need not be joined to the rules."""
    if target.items:
        return False
    changed = connection.execute(f"""
        SELECT count(*) FROM seen_{place} s JOIN unit_rule ur ON ur.system = s.system AND ur.code = s.code AND ur.given = s.given
        WHERE s.low IS NOT NULL AND (ur.multiply <> 1 OR ur.before <> 0 OR ur.after <> 0
              OR s.first_unit IS DISTINCT FROM ur.standard OR s.last_unit IS DISTINCT FROM ur.standard)
    """).fetchone()
    return not (changed and changed[0])


def check_items(connection: duckdb.DuckDBPyConnection, place: int, target: CompiledTarget) -> None:
    """Refuse items of a measured target in the same way: fills ``bad_items`` (record, rule, message, col, value)."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE bad_items_{place} AS
        SELECT m.rowid AS place, m.record, f.* FROM (
            SELECT m.rowid AS at, {_findings(target)} FROM items_{place} m
            JOIN known_observation ko ON ko.system = {target.codes["concept"].system} AND ko.code = {target.codes["concept"].code}
            {rule_join(target)}
            WHERE m.verdict = 0 AND {target.columns["value"]} IS NOT NULL AND ({" OR ".join(_verdict(target))})
        ) f JOIN items_{place} m ON m.rowid = f.at
    """)
    connection.execute(f"UPDATE items_{place} SET verdict = -1 WHERE rowid IN (SELECT place FROM bad_items_{place})")


def _findings(target: CompiledTarget) -> str:
    unit = target.columns.get("unit", "NULL")
    value = f"CAST({target.columns['value']} AS DOUBLE)"
    shown = f"concat_ws(' ', {value}, {unit})"
    return (
        "CASE WHEN ur.code IS NULL THEN 'unit' ELSE 'out_of_range' END AS rule, "
        "CASE WHEN ur.code IS NULL THEN ko.observation || ' in a unit that cannot be converted' "
        f"ELSE ko.observation || ' outside ' || ur.lower || ' to ' || ur.upper || ' ' || ur.standard END AS message, "
        f"'value' AS col, {shown} AS shown"
    )
