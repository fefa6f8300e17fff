"""Forecasts and findings by line (provider and POD), made once in a release so that pages only add them up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

import pyarrow as pa

from commonweal.finance.anomalies import Loaded, MonthSeries, findings
from commonweal.finance.calendar import FinancialYear, month_number
from commonweal.finance.completion import Cut, Factor, completed, learnt
from commonweal.finance.forecast import Chosen, chosen_for

FORECAST_SCHEMA = pa.schema(
    [
        ("provider_code", pa.string()), ("pod", pa.string()), ("year", pa.string()), ("months", pa.int32()),
        ("method", pa.string()), ("outturn_pence", pa.int64()), ("lower_pence", pa.int64()),
        ("upper_pence", pa.int64()), ("to_date_pence", pa.int64()), ("completion_pence", pa.int64()),
        ("plan_pence", pa.int64()), ("because", pa.string()), ("says", pa.string()), ("others", pa.string()),
    ]
)  # fmt: skip
MOVEMENT_SCHEMA = pa.schema(
    [
        ("provider_code", pa.string()), ("pod", pa.string()), ("months", pa.int32()), ("method", pa.string()),
        ("outturn_pence", pa.int64()), ("expected_pence", pa.int64()), ("month_pence", pa.int64()),
        ("restated_pence", pa.int64()), ("outturn_now_pence", pa.int64()),
    ]
)  # fmt: skip
FINDING_SCHEMA = pa.schema(
    [
        ("kind", pa.string()), ("provider_code", pa.string()), ("pod", pa.string()), ("month", pa.date32()),
        ("pence", pa.int64()), ("says", pa.string()),
    ]
)  # fmt: skip

Line = tuple[str, str]


def write_forecasts(con: Any, wanted: bool = True) -> None:
    """Table `position_forecast`: the current year's outturn of every line that spends, the method, why, and the others; and
    `position_movement`: the same as it stood a month ago, and what moved since."""
    rows, moved = _forecasts(con) if wanted else ([], [])
    _write(con, "position_forecast", rows, FORECAST_SCHEMA)
    _write(con, "position_movement", moved, MOVEMENT_SCHEMA)


def write_findings(con: Any, wanted: bool = True) -> None:
    """Table `position_finding`: price and volume changes, gaps, duplicates, dearest first."""
    rows = [asdict(found) for found in _findings(con)] if wanted else []
    _write(con, "position_finding", rows, FINDING_SCHEMA)


def _write(con: Any, table: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    held = pa.Table.from_pylist(rows, schema=schema)
    con.register("finance_rows", held)
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM finance_rows")
    con.unregister("finance_rows")


Series = dict[Line, dict[date, int | None]]


def _forecasts(con: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    latest = con.execute("SELECT max(month) FROM position_cube WHERE actual_pence IS NOT NULL").fetchone()[0]
    if latest is None:
        return [], []
    year, months = FinancialYear.of(latest), month_number(latest)
    factors = completion_factors(con)
    actual, added = _completed(
        con.execute(
            """SELECT current_provider_code, coalesce(pod, ''), month, CAST(sum(actual_pence) AS BIGINT), bool_or(flex)
            FROM position_cube WHERE actual_pence IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
        ).fetchall(),
        factors, year,
    )  # fmt: skip
    before, _ = _completed(con.execute("SELECT * FROM finance_before").fetchall(), factors, year)
    plans = {
        (provider, pod): pence
        for provider, pod, pence in con.execute(
            """SELECT current_provider_code, coalesce(pod, ''), CAST(sum(planned_pence) AS BIGINT) FROM position_cube
            WHERE month BETWEEN ? AND ? GROUP BY 1, 2""",
            [year.first_day, year.last_day],
        ).fetchall()
    }
    made = _chosen(actual, year, months)
    rows = [_forecast_row(line, made[line], year, months, plans.get(line, 0), added.get(line, 0)) for line in made]
    outturns = {(row["provider_code"], row["pod"]): row["outturn_pence"] for row in rows}
    return rows, _movements(actual, before, outturns, year, months)


def _completed(rows: list[tuple], factors: dict, year: FinancialYear) -> tuple[Series, dict[Line, int]]:
    """Series by line with what flex is expected to miss added, and how much that is in this year."""
    series: Series = {}
    added: dict[Line, int] = {}
    for provider, pod, month, pence, flex in rows:
        line = (provider, pod)
        found = completed(pence, pod, 0 if flex else 1, factors)
        series.setdefault(line, {})[month] = found.expected
        if month >= year.first_day:
            added[line] = added.get(line, 0) + found.to_come
    return series, added


def _chosen(lines: Series, year: FinancialYear, months: int) -> dict[Line, Chosen]:
    """The forecast of every line that has a month of this year so far, in the order of lines."""
    so_far = set(year.months[:months])
    held = [line for line in sorted(lines) if not so_far.isdisjoint(lines[line])]
    return dict(
        zip(held, chosen_for([lines[line] for line in held], year, months, [pod for _, pod in held]), strict=True)
    )


def _movements(
    now: Series, before: Series, outturns: Mapping[Line, int], year: FinancialYear, months: int
) -> list[dict[str, Any]]:
    """Each line as it stood after the month before. Nothing in April: last month's forecast was of another year."""
    if months == 1:
        return []
    found, closed = [], year.months[: months - 1]
    stood = _chosen(before, year, months - 1)
    for line in sorted(set(outturns) | set(before)):
        then, since = before.get(line, {}), now.get(line, {})
        made = stood[line].forecast if line in stood else None
        if made is None and line not in outturns:
            continue
        found.append({
            "provider_code": line[0], "pod": line[1], "months": months - 1, "method": made.method if made else "none",
            "outturn_pence": made.outturn if made else 0, "expected_pence": made.following if made else 0,
            "month_pence": since.get(year.month(months)) or 0, "outturn_now_pence": outturns.get(line, 0),
            "restated_pence": sum((since.get(m) or 0) - (then.get(m) or 0) for m in closed),
        })  # fmt: skip
    return found


def _forecast_row(line: Line, made: Chosen, year: FinancialYear, months: int, plan: int, added: int) -> dict[str, Any]:
    errors = {test.method: test for test in made.tests}
    others = [
        {
            "method": held.method,
            "outturn": held.outturn,
            "error": errors[held.method].error,
            "tests": errors[held.method].tests,
        }
        for held in (made.forecast, *made.others)
    ]
    return {
        "provider_code": line[0], "pod": line[1], "year": str(year), "months": months,
        "method": made.forecast.method, "outturn_pence": made.forecast.outturn, "lower_pence": made.forecast.lower,
        "upper_pence": made.forecast.upper, "to_date_pence": made.forecast.to_date, "completion_pence": added,
        "plan_pence": plan, "because": made.because, "says": made.forecast.says, "others": json.dumps(others),
    }  # fmt: skip


def completion_factors(con: Any) -> dict[tuple[str, int], Factor]:
    """Completion factors by POD, from provider-months that came both as flex and as freeze."""
    rows = con.execute(
        "SELECT month, pod, submission, pence FROM finance_cut ORDER BY month, pod, submission"
    ).fetchall()
    return learnt([Cut(month, pod, 1 if cut == "freeze" else 0, pence) for month, pod, cut, pence in rows])


def _findings(con: Any) -> tuple[Any, ...]:
    lines: dict[Line, MonthSeries] = {}
    for provider, pod, month, activity, pence, record in con.execute(
        """SELECT current_provider_code, pod, month, CAST(sum(actual_activity) AS DOUBLE), CAST(sum(actual_pence) AS BIGINT),
          CAST(sum(record_activity) AS DOUBLE)
        FROM position_cube WHERE pod IS NOT NULL AND NOT plan_estimated GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    ).fetchall():
        held = lines.setdefault((provider, pod), MonthSeries(provider, pod, {}, {}, {}, {}))
        if pence is not None:
            held.activity[month], held.pence[month] = activity or 0.0, pence  # type: ignore[index]
        held.record[month] = record  # type: ignore[index]
    for provider, pod, month, index in con.execute(
        "SELECT provider_code, pod, month, price_index FROM position_price_index WHERE contacts >= 3"
    ).fetchall():
        if (provider, pod) in lines:
            lines[provider, pod].price_index[month] = index  # type: ignore[index]
    loads = [
        Loaded(*row)
        for row in con.execute(
            "SELECT provider_code, month, load_id, lines, actual_pence, digest FROM position_file WHERE has_actual"
        ).fetchall()
    ]
    return findings([held for held in lines.values() if held.pence], loads)
