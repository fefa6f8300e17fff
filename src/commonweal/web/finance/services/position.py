"""Positions by any dimension with three outturns, provider pages, forecasts, bridges and reconciliation."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false, reportIndexIssue=false, reportOptionalMemberAccess=false
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max

from commonweal.errors import BadInput, NotReady
from commonweal.finance import position as pure
from commonweal.finance.anomalies import EVERYONE
from commonweal.finance.money import exact, part, shared
from commonweal.finance.reconcile import Entry, Reconciliation, Source, reconciled
from commonweal.finance.schemes import phased, probability
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import (
    Adjustment,
    Import,
    LedgerLine,
    PlanLine,
    PodQuestion,
    SchemeRecord,
    SubmittedOutturn,
)
from commonweal.web.finance.services import cube, local_pods
from commonweal.web.finance.services.cube import NOT_STATED, LineForecast, Standing
from commonweal.web.finance.services.schemes import live_schemes

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

PURPOSE = "planning"
SCHEME_EFFECT = "scheme effect"


@dataclass(frozen=True)
class PositionPage:
    """Everything that a position page shows."""

    stands: Standing
    by: str
    rows: tuple[pure.PositionRow, ...]
    total: pure.PositionRow
    names: Mapping[str, str]
    findings: tuple[dict[str, Any], ...]
    missing: tuple[tuple[str, date], ...]


def position(*, by: Actor, dimension: str = "provider", provider: str = "") -> PositionPage:
    """The position by a dimension, for the system or for one provider. Sums are equal whatever the dimension."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    key = (str(held.folder), dimension, provider, *_decided())
    if key not in _kept:
        if len(_kept) > 200:
            _kept.clear()
        _kept[key] = _position(held, stands, dimension, provider)
    return _kept[key]


_kept: dict[tuple[Any, ...], PositionPage] = {}


def _decided() -> tuple[Any, ...]:
    """What people have decided or loaded so far: a page that was made for it holds until one of these changes."""
    return (
        Import.objects.aggregate(last=Max("id"))["last"],
        SubmittedOutturn.objects.aggregate(last=Max("id"))["last"],
        *Adjustment.objects.aggregate(last=Max("id"), ended=Max("ended_at")).values(),
        *SchemeRecord.objects.aggregate(last=Max("at"), rows=Count("id")).values(),
        *PodQuestion.objects.aggregate(last=Max("at"), rows=Count("id")).values(),
    )


def _position(held: Reader, stands: Standing, dimension: str, provider: str) -> PositionPage:
    found = cells(held, stands, dimension, provider)
    if provider and not found:
        raise NotReady("this release holds no contract lines of that provider", value=provider)
    lines = [line for line in cube.line_forecasts(held) if not provider or line.provider_code == provider]
    lines = local_pods.moved_lines(held, stands, lines)
    outturns = _outturns(held, stands, dimension, provider, lines)
    rows = pure.position(found, stands.year, stands.months, outturns)
    return PositionPage(
        stands,
        dimension,
        rows,
        pure.totalled(rows),
        cube.names(held),
        _findings(held, provider),
        _missing(held, stands, provider),
    )


def cells(held: Reader, stands: Standing, dimension: str, provider: str) -> list[pure.Cell]:
    """The year's cells. A plan that was loaded stands in place of the contract lines' plan of its provider; lines of a local POD
    that was decided since the release stand under the national one."""
    loaded = PlanLine.objects.filter(current=True, month__gte=stands.year.first_day, month__lte=stands.year.last_day)
    if provider:
        loaded = loaded.filter(provider_code=provider)
    lines = list(
        loaded.values_list(
            "provider_code", "commissioner_code", "pod", "treatment_function_code", "month", "activity", "pence"
        )
    )
    replaced = tuple(sorted({line[0] for line in lines}))
    rows = cube.rows(held, stands, dimension, provider, replaced)
    moves = local_pods.moved_cells(held, stands, dimension, provider, replaced)
    if not lines and not moves:
        return [pure.Cell(key, pod, month, *values) for key, pod, _, month, *values in rows]
    merged: dict[tuple[Any, ...], list[Any]] = {}
    for key, pod, specialty, month, *values in rows:
        merged[key, pod, specialty, month, values[3] is not None] = values
    for key, pod, specialty, month, *values in moves:
        at = merged.setdefault(
            (key, pod, specialty, month, values[3] is not None), [0, 0, *([None] * 2 if values[3] is None else [0, 0])]
        )
        merged[key, pod, specialty, month, values[3] is not None] = [
            None if old is None else exact(old) + exact(new) if place % 2 == 0 else old + new
            for place, (old, new) in enumerate(zip(at, values, strict=True))
        ]
    arrived = set(
        held.cursor.execute(
            "SELECT DISTINCT current_provider_code, month FROM position_cube WHERE actual_pence IS NOT NULL"
        ).fetchall()
    )
    for line in lines:
        key, came = _key_of(line, dimension), (line[0], line[4]) in arrived
        blank = [0, 0, 0, 0] if came else [0, 0, None, None]
        values = merged.setdefault((key, line[2], line[3], line[4], came), blank)
        values[0], values[1] = exact(values[0]) + exact(line[5]), values[1] + line[6]
    return [
        pure.Cell(key, pod, month, *values)
        for (key, pod, _, month, _), values in merged.items()
        if pod is not None or any(values)
    ]


def _key_of(line: tuple[Any, ...], dimension: str) -> str:
    places = {
        "provider": line[0],
        "commissioner": line[1],
        "pod": line[2],
        "specialty": line[3],
        "system": "The whole system",
    }
    return places.get(dimension) or NOT_STATED


def _outturns(
    held: Reader, stands: Standing, dimension: str, provider: str, lines: Sequence[LineForecast]
) -> dict[Any, pure.Outturn]:
    """Statistical outturns by key, added up line by line; submitted and risk-adjusted where the key is a provider.

    For a dimension that a line's forecast does not know (place, commissioner, specialty), the line's outturn is shared by what
    each spent so far, to the penny.
    """
    if dimension in ("provider", "pod", "system"):
        found: dict[Any, int] = {}
        for line in lines:
            key = {"provider": line.provider_code, "pod": line.pod or NOT_STATED}.get(dimension, "The whole system")
            found[key] = found.get(key, 0) + line.outturn
    else:
        found = _shared_outturns(held, stands, dimension, provider, lines)
    submitted = _submitted(stands) if dimension == "provider" else {}
    changes = _changes(stands) if dimension == "provider" else {}
    return {
        key: pure.Outturn(
            amount,
            submitted.get(key),
            amount + changes.get(key, 0) if dimension == "provider" else None,
        )
        for key, amount in found.items()
    }


def _shared_outturns(
    held: Reader, stands: Standing, dimension: str, provider: str, lines: Sequence[LineForecast]
) -> dict[Any, int]:
    where, values = ("AND current_provider_code = ?", [provider]) if provider else ("", [])
    rows = held.cursor.execute(
        f"""SELECT current_provider_code, coalesce(pod, ''), coalesce({cube.DIMENSIONS[dimension][1]}, '{NOT_STATED}'),
          greatest(0, CAST(sum(actual_pence) AS BIGINT)), greatest(0, CAST(sum(planned_pence) AS BIGINT))
        FROM position_cube WHERE month BETWEEN ? AND ? {where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        [stands.year.first_day, stands.year.last_day, *values],
    ).fetchall()
    spent: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for code, pod, key, actual, plan in rows:
        spent.setdefault((code, pod), []).append((key, actual or 0, plan or 0))
    found: dict[Any, int] = {}
    for line in lines:
        parts = spent.get((line.provider_code, line.pod), [])
        weights = [actual for _, actual, _ in parts]
        if not any(weights):
            weights = [plan for _, _, plan in parts]
        if not any(weights):
            found[NOT_STATED] = found.get(NOT_STATED, 0) + line.outturn
            continue
        for (key, _, _), amount in zip(parts, shared(line.outturn, weights), strict=True):
            found[key] = found.get(key, 0) + amount
    return found


def _submitted(stands: Standing) -> dict[str, int]:
    rows = SubmittedOutturn.objects.filter(year=str(stands.year)).order_by("id").values_list("provider_code", "pence")
    return dict(rows)


def _changes(stands: Standing) -> dict[str, int]:
    """What adjustments add and schemes still to show take off, by provider, weighed."""
    found: dict[str, int] = {}
    for held in adjustments(stands):
        if held.key:
            found[str(held.key)] = found.get(str(held.key), 0) + held.weighed
    for provider, saving in savings_to_come(stands).items():
        found[provider] = found.get(provider, 0) - saving
    return found


def adjustments(stands: Standing) -> list[pure.Adjustment]:
    """Known adjustments that are in force for the year."""
    rows = Adjustment.objects.filter(year=str(stands.year), ended_at__isnull=True).order_by("id")
    return [
        pure.Adjustment(str(row.pk), row.title, row.owner, row.pence, row.probability, row.provider_code or None)
        for row in rows
    ]


def savings_to_come(stands: Standing) -> dict[str, int]:
    """Risk-weighted gross savings of schemes in the months that have not arrived, by the provider that they take from; ""
    where a scheme names none."""
    found: dict[str, int] = {}
    for scheme in live_schemes(str(stands.year)):
        to_come = sum(phased(scheme, scheme.gross_pence)[stands.months :])
        worth = part(to_come, probability(scheme))
        takers = sorted({change.provider_code for change in scheme.impact})
        weights = [
            sum(
                abs(float(change.activity) * change.average_price_pence)
                for change in scheme.impact
                if change.provider_code == code
            )
            for code in takers
        ]
        if takers and any(weights):
            for code, amount in zip(takers, shared(worth, weights), strict=True):
                found[code] = found.get(code, 0) + amount
        elif worth:
            found[""] = found.get("", 0) + worth
    return found


def _findings(held: Reader, provider: str) -> tuple[dict[str, Any], ...]:
    where, values = ("WHERE provider_code = ?", [provider]) if provider else ("", [])
    rows = held.cursor.execute(
        f"SELECT kind, provider_code, pod, month, pence, says FROM position_finding {where} ORDER BY abs(pence) DESC LIMIT 20",
        values,
    ).fetchall()
    found = [dict(zip(("kind", "provider_code", "pod", "month", "pence", "says"), row, strict=True)) for row in rows]
    return tuple(found if provider else [*found, *_programme_effects(held)])


def _programme_effects(held: Reader) -> list[dict[str, Any]]:
    """Programmes whose effect on emergency admissions stands clear of chance, as findings: a saving is below zero."""
    if not cube.has(held, "position_programme"):
        return []
    rows = held.cursor.execute(
        "SELECT title, began, saved_pence, verdict FROM position_programme WHERE lower > 0 OR upper < 0 ORDER BY programme"
    ).fetchall()
    return [
        {
            "kind": SCHEME_EFFECT, "provider_code": EVERYONE, "pod": title.replace("_", " ").capitalize(), "month": began, "pence": -(saved or 0), "says": verdict,
        }
        for title, began, saved, verdict in rows
    ]  # fmt: skip


def _missing(held: Reader, stands: Standing, provider: str) -> tuple[tuple[str, date], ...]:
    """Provider-months of the year up to now with a plan and nothing else."""
    rows = held.cursor.execute(
        """SELECT current_provider_code, month FROM position_cube WHERE month BETWEEN ? AND ? AND planned_pence <> 0
        GROUP BY ALL HAVING bool_and(actual_pence IS NULL) ORDER BY 1, 2""",
        [stands.year.first_day, stands.latest],
    ).fetchall()
    return tuple((code, month) for code, month in rows if not provider or code == provider)


@dataclass(frozen=True)
class ForecastPage:
    """One line's forecast, how it was chosen, and its months."""

    stands: Standing
    line: LineForecast
    name: str
    others: tuple[dict[str, Any], ...]
    months: tuple[tuple[date, int | None, int], ...]
    """Month, actual, plan; every month that the release holds."""


def forecast_lines(*, by: Actor) -> tuple[Standing, tuple[LineForecast, ...], Mapping[str, str]]:
    """Every line's forecast, with names. Raises `NotAllowed`."""
    check_can(by, "finance.see")
    held = cube.reader()
    return cube.standing(held), cube.line_forecasts(held), cube.names(held)


def forecast(*, by: Actor, provider: str, pod: str) -> ForecastPage:
    """One line's forecast. Raises `NotAllowed`, and `NotReady` where the line has none."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    line = next((one for one in cube.line_forecasts(held) if (one.provider_code, one.pod) == (provider, pod)), None)
    if line is None:
        raise NotReady("there is no forecast of that line", value=f"{provider} {pod}")
    months = held.cursor.execute(
        """SELECT month, CAST(sum(actual_pence) AS BIGINT), CAST(sum(planned_pence) AS BIGINT) FROM position_cube
        WHERE current_provider_code = ? AND coalesce(pod, '') = ? GROUP BY 1 ORDER BY 1""",
        [provider, pod],
    ).fetchall()
    return ForecastPage(
        stands, line, cube.names(held).get(provider, provider), tuple(json.loads(line.others)), tuple(months)
    )


def bridge(*, by: Actor, provider: str = "") -> tuple[Standing, pure.Bridge, str]:
    """From the year's plan to the risk-adjusted forecast, for the system or a provider."""
    check_can(by, "finance.see")
    page = position(by=by, dimension="pod", provider=provider)
    known = [held for held in adjustments(page.stands) if not provider or held.key == provider]
    to_come = savings_to_come(page.stands)
    saving = to_come.get(provider, 0) if provider else sum(to_come.values())
    return page.stands, pure.plan_to_forecast(page.total, known, saving), page.names.get(provider, provider)


@dataclass(frozen=True)
class Movements:
    """Last month's forecast to this month's: the bridge, and the lines that make it. `bridge` None in April."""

    stands: Standing
    bridge: pure.Bridge | None
    lines: tuple[pure.Movement, ...]
    names: Mapping[str, str]


def movements(*, by: Actor, provider: str = "") -> Movements:
    """What moved the statistical forecast since last month, for the system or a provider."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    rows = held.cursor.execute(
        """SELECT provider_code, pod, outturn_pence, outturn_now_pence, restated_pence, expected_pence, month_pence
        FROM position_movement ORDER BY 1, 2"""
    ).fetchall()
    lines = tuple(
        pure.Movement((code, pod), *amounts) for code, pod, *amounts in rows if not provider or code == provider
    )
    made = pure.month_to_month(lines, stands.latest) if lines else None
    return Movements(stands, made, lines, cube.names(held))


@dataclass(frozen=True)
class ReconciliationPage:
    """The four sources reconciled, and local points of delivery that nobody has mapped."""

    stands: Standing
    found: Reconciliation
    unmapped: tuple[local_pods.LocalPod, ...]
    names: Mapping[str, str]


def reconciliation(*, by: Actor, months: int | None = None) -> ReconciliationPage:
    """Costed activity, patient-level lines, the aggregate return and the ledger over the year to date, or over one month."""
    check_can(by, "finance.see")
    held = cube.reader()
    stands = cube.standing(held)
    if months is not None and not 1 <= months <= stands.months:
        raise BadInput("that month has not arrived", value=months, remedy=f"1 to {stands.months}")
    first = stands.year.month(months) if months else stands.year.first_day
    last = stands.year.month(months) if months else stands.latest
    return ReconciliationPage(
        stands,
        reconciled([*_contract_entries(held, first, last), *_ledger_entries(first, last)]),
        local_pods.unmapped(held),
        cube.names(held),
    )


def _contract_entries(held: Reader, first: date, last: date) -> Iterable[Entry]:
    rows = held.cursor.execute(
        """SELECT month, current_provider_code, pod, CAST(sum(record_pence) AS BIGINT), sum(record_activity),
          CAST(sum(patient_pence) AS BIGINT), sum(patient_activity),
          CAST(sum(actual_pence) AS BIGINT), sum(actual_activity), CAST(sum(actual_mff_pence) AS BIGINT), bool_or(flex)
        FROM position_cube WHERE month BETWEEN ? AND ? AND NOT plan_estimated
          AND current_provider_code IN (SELECT DISTINCT current_provider_code FROM position_cube WHERE actual_pence IS NOT NULL)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
        [first, last],
    ).fetchall()
    for month, code, pod, record, counted, patient, patient_count, actual, activity, _factor, flex in rows:
        if counted:
            yield Entry(Source.RECORD, month, code, pod, record or 0, int(counted))
        if patient is not None:
            yield Entry(Source.PATIENT_LEVEL, month, code, pod, patient, patient_count)
        if actual is not None and (actual or activity):
            submission = "flex" if flex else None
            yield Entry(Source.AGGREGATE, month, code, pod, actual, activity, submission=submission)
    for move in local_pods.moves(held):
        if first <= move.month <= last and move.actual_pence is not None:
            yield Entry(
                Source.AGGREGATE,
                move.month,
                move.provider_code,
                None,
                -move.actual_pence,
                -exact(move.actual_activity or 0),
            )
            yield Entry(
                Source.AGGREGATE, move.month, move.provider_code, move.pod, move.actual_pence, move.actual_activity or 0
            )


def _ledger_entries(first: date, last: date) -> Iterable[Entry]:
    for row in LedgerLine.objects.filter(current=True, month__gte=first, month__lte=last):
        yield Entry(Source.LEDGER, row.month, row.provider_code, None, row.pence, reference=row.reference)


def add_adjustment(
    *, by: Actor, title: str, owner: str, pence: int, probability: Any, provider_code: str = "", year: str = ""
) -> Adjustment:
    """Record a known change, with its owner."""
    check_can(by, "finance.change")
    year = year or str(cube.standing(cube.reader()).year)
    pure.Adjustment("new", title, owner, pence, probability)
    made = Adjustment.objects.create(
        title=title,
        owner=owner,
        pence=pence,
        probability=probability,
        provider_code=provider_code,
        year=year,
        by_id=by.user_id,
    )
    audit.record(by, purpose=PURPOSE, action="add financial adjustment", object=f"adjustment:{made.pk}")
    return made


def submit_outturn(*, by: Actor, provider_code: str, pence: int) -> SubmittedOutturn:
    """Record what a provider says that its year will come to."""
    check_can(by, "finance.change")
    stands = cube.standing(cube.reader())
    made = SubmittedOutturn.objects.create(
        provider_code=provider_code, year=str(stands.year), months=stands.months, pence=pence, by_id=by.user_id
    )
    audit.record(by, purpose=PURPOSE, action="record submitted outturn", object=f"provider:{provider_code}")
    return made
