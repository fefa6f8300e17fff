"""The position cube of the release that serves, as cells for the pure package. A release never changes, so answers are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from commonweal.errors import BadInput, NotReady
from commonweal.finance.calendar import FinancialYear, month_number
from commonweal.web.core import releases

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

DIMENSIONS: dict[str, tuple[str, str]] = {
    "provider": ("Provider", "current_provider_code"),
    "pod": ("Point of delivery", "pod"),
    "place": ("Place", "place_code"),
    "commissioner": ("Commissioner", "commissioner_code"),
    "specialty": ("Specialty", "treatment_function_code"),
    "system": ("System", "'The whole system'"),
}
"""What a position may be shown by: its heading, and the cube's column."""
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Standing:
    """Where the release stands: the year, and the last month with any actual."""

    release_id: str
    invented: bool
    year: FinancialYear
    months: int
    latest: date
    plan_estimated: bool


@dataclass(frozen=True)
class LineForecast:
    """One row of `position_forecast`."""

    provider_code: str
    pod: str
    method: str
    outturn: int
    lower: int | None
    upper: int | None
    to_date: int
    completion: int
    plan: int
    because: str
    says: str
    others: str


def reader() -> Reader:
    """The planning reader; NotReady where its release holds no position."""
    held = releases.reader("planning")
    if not has(held, "position_cube"):
        raise NotReady(
            "this release holds no financial position", remedy="load contract lines, then build and release again"
        )
    return held


def standing(held: Reader) -> Standing:
    """Year, months and latest month of the release's figures. Raises `NotReady` where it has none."""
    info = held.release()
    found = held.cursor.execute(
        "SELECT max(month) FILTER (actual_pence IS NOT NULL), bool_or(plan_estimated) FROM position_cube"
    ).fetchone()
    if found is None or found[0] is None:
        raise NotReady("no contract month has arrived", remedy="load a contract return, then build and release again")
    return Standing(
        info.id, info.invented, FinancialYear.of(found[0]), month_number(found[0]), found[0], bool(found[1])
    )


Row = tuple[str, str | None, str, date, Any, int, Any, int | None]
"""Key, POD, specialty, month, planned activity and pence, actual activity and pence (None where it has not arrived)."""


def rows(
    held: Reader, stands: Standing, by: str, provider: str = "", without_plan_of: tuple[str, ...] = ()
) -> tuple[Row, ...]:
    """The year's cells by one dimension (of one provider) and specialty, so that a shift between specialties shows as mix.
    Provider-months that have not arrived are their own rows. The plan of `without_plan_of` is left out."""
    if by not in DIMENSIONS:
        raise BadInput("a position is not shown by that", value=by, remedy=f"one of {', '.join(DIMENSIONS)}")
    where, values = ("AND current_provider_code = ?", [provider]) if provider else ("", [])
    kept = "planned_pence <> 0"
    if without_plan_of:
        kept = f"current_provider_code NOT IN ({', '.join('?' for _ in without_plan_of)})"
    found = held.cursor.execute(
        f"""SELECT coalesce({DIMENSIONS[by][1]}, '{NOT_STATED}') AS key, pod, coalesce(treatment_function_code, ''), month,
          coalesce(sum(planned_activity) FILTER ({kept}), 0),
          CAST(coalesce(sum(planned_pence) FILTER ({kept}), 0) AS BIGINT),
          sum(actual_activity), CAST(sum(actual_pence) AS BIGINT)
        FROM position_cube
        WHERE month BETWEEN ? AND ? AND (planned_pence <> 0 OR actual_pence IS NOT NULL) {where}
        GROUP BY 1, 2, 3, 4, actual_pence IS NULL ORDER BY 1, 2, 3, 4""",
        [*without_plan_of, *without_plan_of, stands.year.first_day, stands.year.last_day, *values],
    ).fetchall()
    return tuple(found)


def line_forecasts(held: Reader) -> tuple[LineForecast, ...]:
    """The release's forecast of each provider and point of delivery, in pence."""
    rows = held.cursor.execute(
        """SELECT provider_code, pod, method, outturn_pence, lower_pence, upper_pence, to_date_pence, completion_pence,
          plan_pence, because, says, others FROM position_forecast ORDER BY 1, 2"""
    ).fetchall()
    return tuple(LineForecast(*row) for row in rows)


def names(held: Reader) -> Mapping[str, str]:
    """Organisation codes and what they are called."""
    return _names(held.release().id, held)


@lru_cache(maxsize=4)
def _names(release_id: str, held: Reader) -> dict[str, str]:
    rows = held.cursor.execute(
        """SELECT code, arg_max(name, valid_from) FROM organisation WHERE kind IN ('trust', 'borough', 'icb', 'sub_icb')
        GROUP BY code"""
    ).fetchall()
    return {code: _readable(name) for code, name in rows}


def _readable(name: str) -> str:
    return name if not name.isupper() else name.title().replace("Nhs", "NHS")


def has(held: Reader, table: str) -> bool:
    """Whether the serving file holds a table: early releases lack some."""
    found = held.cursor.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [table]).fetchone()
    return bool(found and found[0])
