"""What the record says of a scheme: activity that should have stopped, its lines against other providers, its people."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from commonweal.errors import NotReady
from commonweal.finance.programme_effect import Measured
from commonweal.finance.scheme_delivery import (
    Delivery,
    StillRunning,
    Stop,
    delivery,
    moved_as_others,
    still_running,
)
from commonweal.finance.schemes import ActivityChange, Scheme
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import SchemeRecord
from commonweal.web.finance.services import cube

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

LEAST_OTHERS = 2


@dataclass(frozen=True)
class LineDelivery:
    """One line of a scheme since its start: measured against the same activity elsewhere, at both prices; None: why not."""

    change: ActivityChange
    at_average: Delivery | None
    at_marginal: Delivery | None
    because: str = ""


@dataclass(frozen=True)
class Evidence:
    """What the record shows of a scheme: activity that should have stopped, lines delivered, effect measured."""

    running: tuple[StillRunning, ...]
    arrived_to: date | None
    lines: tuple[LineDelivery, ...]
    measured: Measured | None


def evidence(*, by: Actor, record: SchemeRecord, scheme: Scheme) -> Evidence:
    """Everything that the serving release says of a scheme; nothing where it holds no position."""
    check_can(by, "finance.see")
    try:
        held = cube.reader()
        stands = cube.standing(held)
    except NotReady:
        return Evidence((), None, (), None)
    measured = next((one for one in programmes(held) if record.cohort and one.programme == record.cohort), None)
    return Evidence(_running(held, record), stands.latest, _lines(held, scheme), measured)


def stops_of(record: SchemeRecord) -> list[Stop]:
    """What a scheme says should have stopped, and from when."""
    return [
        Stop(
            one["provider_code"],
            one["pod"],
            date.fromisoformat(one["first_month"]),
            one.get("treatment_function_code", ""),
        )
        for one in record.stops
    ]


def programmes(held: Reader) -> tuple[Measured, ...]:
    """Every programme whose members are in the record, measured when the release was made."""
    if not cube.has(held, "position_programme"):
        return ()
    rows = held.cursor.execute("SELECT * FROM position_programme ORDER BY programme")
    names = [column[0] for column in rows.description]
    return tuple(Measured.from_row(dict(zip(names, row, strict=True))) for row in rows.fetchall())


def all_programmes(*, by: Actor) -> tuple[tuple[Measured, ...], dict[str, list[SchemeRecord]]]:
    """The programmes of the release, and the schemes that name each."""
    check_can(by, "finance.see")
    named: dict[str, list[SchemeRecord]] = {}
    for record in SchemeRecord.objects.exclude(cohort=""):
        named.setdefault(record.cohort, []).append(record)
    return programmes(cube.reader()), named


def organisation_names(*, by: Actor) -> Mapping[str, str]:
    """Codes and names of the release that serves; none where there is no position."""
    check_can(by, "finance.see")
    try:
        return cube.names(cube.reader())
    except NotReady:
        return {}


def _running(held: Reader, record: SchemeRecord) -> tuple[StillRunning, ...]:
    stops = stops_of(record)
    if not stops:
        return ()
    pairs = sorted({(stop.provider_code, stop.pod) for stop in stops})
    rows = held.cursor.execute(
        f"""SELECT current_provider_code, pod, coalesce(treatment_function_code, ''), month, sum(actual_activity),
          CAST(sum(actual_pence) AS BIGINT)
        FROM position_cube WHERE actual_pence IS NOT NULL AND month >= ?
          AND ({" OR ".join("(current_provider_code = ? AND pod = ?)" for _ in pairs)})
        GROUP BY 1, 2, 3, 4""",
        [min(stop.first_month for stop in stops), *(part for pair in pairs for part in pair)],
    ).fetchall()
    return still_running(stops, rows)


def _lines(held: Reader, scheme: Scheme) -> tuple[LineDelivery, ...]:
    return tuple(_line(held, scheme, change) for change in scheme.impact)


def _line(held: Reader, scheme: Scheme, change: ActivityChange) -> LineDelivery:
    """A line's activity against the same point of delivery (and specialty) at providers that the scheme does not touch."""
    if scheme.start is None:
        return LineDelivery(change, None, None, "the scheme states no start")
    mine, others, names = _series(held, scheme, change)
    if not mine:
        return LineDelivery(change, None, None, "the contract return holds no such line")
    if len(names) < LEAST_OTHERS:
        return LineDelivery(change, None, None, "fewer than two other providers have this activity every month")
    found = moved_as_others(mine, others, scheme.start.replace(day=1), f"{len(names)} other providers")
    if found is None:
        return LineDelivery(change, None, None, "fewer than six months before the start")
    prices = (change.average_price_pence, change.marginal_price_pence)
    average, marginal = (delivery(scheme, found, mine, price) for price in prices)
    if not average.months:
        return LineDelivery(change, None, None, "no month since the start has arrived")
    return LineDelivery(change, average, marginal)


def _series(held: Reader, scheme: Scheme, change: ActivityChange) -> tuple[dict[date, Any], dict[date, Any], list[str]]:
    """The line's months, the others' added up over the same months, and who they are (those with every month)."""
    specialty = change.treatment_function_code
    rows = held.cursor.execute(
        f"""SELECT current_provider_code, month, sum(actual_activity) FROM position_cube
        WHERE pod = ? AND actual_pence IS NOT NULL {"AND treatment_function_code = ?" if specialty else ""}
        GROUP BY 1, 2""",
        [change.pod, *([specialty] if specialty else [])],
    ).fetchall()
    series: dict[str, dict[date, float]] = {}
    for provider, month, activity in rows:
        series.setdefault(provider, {})[month] = activity or 0.0
    mine = series.get(change.provider_code, {})
    touched = {one.provider_code for one in scheme.impact if one.pod == change.pod}
    names = sorted(name for name, held_ in series.items() if name not in touched and set(mine) <= set(held_))
    return mine, {month: sum(series[name][month] for name in names) for month in mine}, names
