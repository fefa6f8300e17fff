"""Where one line of the position comes from: its files, its contract lines, and the contacts that the record costs for it."""

# pyright: reportOptionalMemberAccess=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from commonweal.engine.record_files import RecordFiles
from commonweal.engine.serve_file import people_of
from commonweal.errors import BadInput, NotReady
from commonweal.governance.disclosure import DisclosureProfile, show_group
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import Adjustment, PlanLine
from commonweal.web.finance.services import cube
from commonweal.web.finance.services.cube import NOT_STATED, Standing

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

MOST_LINES = 200


@dataclass(frozen=True)
class Trace:
    """One provider and POD (all PODs where empty) over some months. Pence."""

    stands: Standing
    provider: str
    pod: str
    name: str
    months: tuple[date, date]
    totals: dict[str, int]
    files: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]
    more_lines: int
    contacts: tuple[dict[str, Any], ...]
    bases: tuple[dict[str, Any], ...]
    plans: tuple[dict[str, Any], ...]
    adjustments: tuple[Adjustment, ...]


def trace(*, by: Actor, provider: str, pod: str, month: str = "") -> Trace:
    """The sources of a line for one month ("2026-05"), or for the year to date."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    first, last = _months(stands, month)
    given = [provider, pod, first, last]
    totals = held.cursor.execute(
        """SELECT CAST(sum(planned_pence) AS BIGINT), CAST(sum(actual_pence) AS BIGINT), CAST(sum(record_pence) AS BIGINT),
          CAST(sum(patient_pence) AS BIGINT)
        FROM position_cube WHERE current_provider_code = ? AND coalesce(pod, '') = ? AND month BETWEEN ? AND ?""",
        given,
    ).fetchone()
    if totals is None or all(value is None for value in totals):
        raise NotReady("the release holds nothing for that line in those months", value=f"{provider} {pod}")
    named: dict[str, int] = dict(
        zip(("plan", "actual", "record", "patient"), (value or 0 for value in totals), strict=True)
    )
    record = RecordFiles.open(held.folder)
    lines = _lines(held, record, given)
    return Trace(
        stands, provider, pod, cube.names(held).get(provider, provider), (first, last), named, _files(held, record, given),
        lines[:MOST_LINES], max(0, len(lines) - MOST_LINES), *_contacts(held, record, given), _plans(given),
        tuple(Adjustment.objects.filter(year=str(stands.year), provider_code=provider, ended_at__isnull=True).order_by("id")),
    )  # fmt: skip


def _months(stands: Standing, month: str) -> tuple[date, date]:
    if not month:
        return stands.year.first_day, stands.latest
    try:
        day = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise BadInput("a month is written as 2026-05", value=month) from None
    return day, day


CURRENT = "coalesce(s.current_provider_code, l.provider_code)"
LINES = """FROM {line} l
  JOIN position_file f ON f.provider_code = l.provider_code AND f.month = l.month AND f.load_id = l.load_id
  LEFT JOIN (SELECT DISTINCT provider_code, current_provider_code FROM position_cube) s ON s.provider_code = l.provider_code
  WHERE {current} = ? AND coalesce(l.pod, '') = ? AND l.month BETWEEN ? AND ?"""


def _files(held: Reader, record: RecordFiles, given: list[Any]) -> tuple[dict[str, Any], ...]:
    """Every file that holds such lines, used or not, with the range of its lines."""
    rows = held.cursor.execute(
        f"""SELECT l.load_id, min(l.month), max(l.month), any_value(f.submission), max(f.submitted_on), count(*), min(record_number),
          max(record_number), bool_or(f.plan_used), bool_or(f.actual_used),
          CAST(sum(coalesce(planned_price_pence, 0) + coalesce(planned_mff_pence, 0)) FILTER (f.plan_used) AS BIGINT),
          CAST(sum(coalesce(actual_price_pence, 0) + coalesce(actual_mff_pence, 0)) FILTER (f.actual_used) AS BIGINT)
        {LINES.format(line=record.relation("contract_line"), current=CURRENT)} GROUP BY 1 ORDER BY 1""",
        given,
    ).fetchall()
    names = (
        "file",
        "first",
        "last",
        "cut",
        "made",
        "lines",
        "from_line",
        "to_line",
        "plan_used",
        "actual_used",
        "plan",
        "actual",
    )
    return tuple(dict(zip(names, row, strict=True)) for row in rows)


def _lines(held: Reader, record: RecordFiles, given: list[Any]) -> tuple[dict[str, Any], ...]:
    """The lines that are counted, by specialty, tariff, local POD and commissioner; dearest first."""
    rows = held.cursor.execute(
        f"""SELECT l.treatment_function_code, l.tariff_code, l.local_pod, l.commissioner_code, count(*),
          sum(planned_activity) FILTER (f.plan_used), sum(actual_activity) FILTER (f.actual_used),
          CAST(coalesce(sum(coalesce(planned_price_pence, 0) + coalesce(planned_mff_pence, 0)) FILTER (f.plan_used), 0) AS BIGINT) AS plan,
          CAST(coalesce(sum(coalesce(actual_price_pence, 0)) FILTER (f.actual_used), 0) AS BIGINT) AS price,
          CAST(coalesce(sum(coalesce(actual_mff_pence, 0)) FILTER (f.actual_used), 0) AS BIGINT) AS factor
        {LINES.format(line=record.relation("contract_line"), current=CURRENT)} AND (f.plan_used OR f.actual_used)
        GROUP BY 1, 2, 3, 4 ORDER BY abs(price + factor) + abs(plan) DESC, 1, 2, 3, 4""",
        given,
    ).fetchall()
    names = (
        "specialty", "tariff", "local_pod", "commissioner", "lines", "planned_activity", "activity", "plan", "price", "factor",
    )  # fmt: skip
    return tuple(dict(zip(names, row, strict=True)) for row in rows)


def _contacts(
    held: Reader, record: RecordFiles, given: list[Any]
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """What the record costs for the line, by HRG, and by where the cost came from. Small counts are hidden with their money, and
    with them one more where a single hidden one could be worked out."""
    rows = held.cursor.execute(
        f"""SELECT coalesce(c.hrg_code, 'none'), coalesce(c.cost_basis, 'none'), coalesce(c.cost_reason, ''), count(*) AS contacts,
          CAST(coalesce(sum(cost_pence), 0) AS BIGINT) AS pence
        FROM {record.relation("contact")} c
        LEFT JOIN (SELECT DISTINCT provider_code, current_provider_code FROM position_cube) s ON s.provider_code = c.provider_code
        WHERE coalesce(s.current_provider_code, c.provider_code) = ? AND coalesce(c.pod, '') = ?
          AND CAST(date_trunc('month', CASE WHEN setting = 'apc' THEN end_date ELSE start_date END) AS DATE) BETWEEN ? AND ?
          AND c.pod IS NOT NULL AND NOT coalesce(c.confidential, false) AND person_key IN (SELECT person_key FROM {people_of(held.folder, held.rule)})
        GROUP BY 1, 2, 3 ORDER BY pence DESC, 1""",
        given,
    ).fetchall()
    by_hrg, by_basis = ({}, {})
    for hrg, basis, reason, contacts, pence in rows:
        for group, key in ((by_hrg, (hrg,)), (by_basis, (basis, reason))):
            count, amount = group.get(key, (0, 0))
            group[key] = (count + contacts, amount + pence)
    return contact_rows(by_hrg, held.rule.profile), contact_rows(by_basis, held.rule.profile)


def contact_rows(
    group: Mapping[tuple[str, ...], tuple[int, int]], profile: DisclosureProfile
) -> tuple[dict[str, Any], ...]:
    """Contacts and pence of each key, the dearest first. `group` holds exact (contacts, pence).

    The total below is exact, since it is the contract's: a hidden line that stood alone would be the total less the others, so
    the money of the one with the fewest contacts is hidden with it. Rounding guards counts, and no money.
    """
    counts, _ = show_group({key: count for key, (count, _) in group.items()}, profile)
    closed = {key for key, one in counts.items() if one.hidden}
    others = sorted((count, key) for key, (count, _) in group.items() if count and key not in closed)
    if len(closed) == 1 and others:
        closed.add(others[0][1])
    return tuple(
        {"key": key, "contacts": counts[key].text, "pence": None if key in closed else pence}
        for key, (_, pence) in sorted(group.items(), key=lambda one: -one[1][1])[:MOST_LINES]
    )


def _plans(given: list[Any]) -> tuple[dict[str, Any], ...]:
    """Lines of a plan that was loaded in place of the contract return's."""
    provider, pod, first, last = given
    rows = PlanLine.objects.filter(
        current=True, provider_code=provider, pod=pod, month__gte=first, month__lte=last
    ).select_related("source")
    return tuple(
        {
            "month": row.month,
            "specialty": row.treatment_function_code,
            "file": row.source.file_name,
            "pence": row.pence,
            "activity": row.activity,
        }
        for row in rows.order_by("month", "treatment_function_code")[:MOST_LINES]
    )


@dataclass(frozen=True)
class Breakdown:
    """One row of a position by provider and POD: the cells of the cube that make it. Pence, year to date."""

    stands: Standing
    by: str
    key: str
    name: str
    names: Mapping[str, str]
    rows: tuple[dict[str, Any], ...]


def breakdown(*, by: Actor, dimension: str, key: str) -> Breakdown:
    """The lines behind one row (a place, a commissioner, a specialty, a POD, the system), each with its own trail."""
    check_can(by, "finance.see")
    if dimension not in cube.DIMENSIONS:
        raise BadInput(
            "a position is not shown by that", value=dimension, remedy=f"one of {', '.join(cube.DIMENSIONS)}"
        )
    held = cube.reader()
    stands = cube.standing(held)
    rows = held.cursor.execute(
        f"""SELECT current_provider_code, coalesce(pod, ''), CAST(sum(planned_pence) FILTER (actual_pence IS NOT NULL) AS BIGINT),
          CAST(coalesce(sum(actual_pence), 0) AS BIGINT) AS actual, CAST(sum(record_pence) AS BIGINT), sum(record_activity)
        FROM position_cube WHERE month BETWEEN ? AND ? AND coalesce({cube.DIMENSIONS[dimension][1]}, '{NOT_STATED}') = ?
          AND (planned_pence <> 0 OR actual_pence IS NOT NULL OR record_activity > 0)
        GROUP BY 1, 2 ORDER BY abs(actual) DESC, 1, 2""",
        [stands.year.first_day, stands.latest, key],
    ).fetchall()
    if not rows:
        raise NotReady("the release holds nothing for that row", value=key)
    profile = held.rule.profile
    found = tuple(
        {
            "provider": code,
            "pod": pod,
            "plan": plan or 0,
            "actual": actual,
            "record": pence if not profile.hides(int(count)) else None,
        }
        for code, pod, plan, actual, pence, count in rows
    )
    names = cube.names(held)
    return Breakdown(stands, dimension, key, names.get(key, key), names, found)
