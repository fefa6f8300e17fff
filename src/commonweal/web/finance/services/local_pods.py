"""Local points of delivery without a national one: who looks at each, what was decided, and the decision applied when read.

The key has three parts (provider, local POD, tariff code); a missing part equals a missing part. A decision holds from its
first month on (to its last, where it has one), so that a code that changes its meaning keeps its history.
"""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false, reportCallIssue=false, reportReturnType=false
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from commonweal.errors import BadInput, Busy
from commonweal.finance.money import exact, half_up
from commonweal.finance.pod_mapping import NATIONAL_PODS
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import PodQuestion
from commonweal.web.finance.services import cube
from commonweal.web.finance.services.cube import NOT_STATED, LineForecast, Standing

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader

PURPOSE = "planning"
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Move:
    """One cell of contract lines that a decision puts under a national POD."""

    month: date
    provider_code: str
    key_by: dict[str, str]
    treatment_function_code: str
    pod: str
    planned_activity: Any
    planned_pence: int
    actual_activity: Any
    actual_pence: int | None


@dataclass(frozen=True)
class LocalPod:
    """One local POD in the release: its value, what is decided, and what no decision covers."""

    key: Key
    lines: int
    pence: int
    first_month: date
    last_month: date
    owner: str
    decided: str
    decided_from: date | None
    decided_to: date | None
    at_risk: int
    """Value of the months that no decision covers; all of it while the question is open."""
    version: int


def moves(held: Reader) -> tuple[Move, ...]:
    """Every cell of the release that a decision moves; none where nothing is decided."""
    decided = list(PodQuestion.objects.exclude(pod=""))
    if not decided or not cube.has(held, "position_local"):
        return ()
    by_key: dict[Key, list[PodQuestion]] = {}
    for one in decided:
        by_key.setdefault((one.provider_code, one.local_pod, one.tariff_code), []).append(one)
    names = list(cube.DIMENSIONS)
    columns = ", ".join(
        f"coalesce({column}, '{NOT_STATED}')" for _, column in cube.DIMENSIONS.values() if column != "pod"
    )
    rows = held.cursor.execute(
        f"""SELECT month, provider_code, current_provider_code, coalesce(local_pod, ''), coalesce(tariff_code, ''),
          coalesce(treatment_function_code, ''), planned_activity, planned_pence, actual_activity, actual_pence, {columns}
        FROM position_local ORDER BY ALL"""
    ).fetchall()
    found = []
    others = [name for name in names if name != "pod"]
    for month, sent, current, local, tariff, specialty, planned, plan, activity, actual, *keys in rows:
        pod = next((one.pod for one in by_key.get((sent, local, tariff), []) if _holds(one, month)), None)
        if pod:
            by = {**dict(zip(others, keys, strict=True)), "pod": pod}
            found.append(Move(month, current, by, specialty, pod, planned, plan, activity, actual))
    return tuple(found)


def _holds(one: PodQuestion, month: date) -> bool:
    return (one.first_month is None or one.first_month <= month) and (one.last_month is None or month <= one.last_month)


def moved_cells(
    held: Reader, stands: Standing, dimension: str, provider: str, without_plan_of: tuple[str, ...] = ()
) -> list[cube.Row]:
    """Cells to add to those of the cube: what leaves "not stated", and what comes to the national POD."""
    found: list[cube.Row] = []
    for move in moves(held):
        if not stands.year.first_day <= move.month <= stands.year.last_day or (
            provider and move.provider_code != provider
        ):
            continue
        planned, plan = (0, 0) if move.provider_code in without_plan_of else (move.planned_activity, move.planned_pence)
        amounts = (planned, plan, move.actual_activity, move.actual_pence)
        less = tuple(None if amount is None else -amount for amount in amounts)
        old = NOT_STATED if dimension == "pod" else move.key_by[dimension]
        found.append((old, None, move.treatment_function_code, move.month, *less))
        found.append((move.key_by[dimension], move.pod, move.treatment_function_code, move.month, *amounts))
    return found


def moved_lines(held: Reader, stands: Standing, lines: Sequence[LineForecast]) -> list[LineForecast]:
    """Forecast lines with the moved share of each provider's unmapped line under the national POD. The sum stays."""
    moved: dict[tuple[str, str], int] = {}
    for move in moves(held):
        if stands.year.first_day <= move.month <= stands.latest and move.actual_pence:
            moved[move.provider_code, move.pod] = moved.get((move.provider_code, move.pod), 0) + move.actual_pence
    found = []
    for line in lines:
        rest = line
        for (provider, pod), pence in sorted(moved.items()):
            if line.pod or provider != line.provider_code or not line.to_date:
                continue
            outturn = half_up(exact(line.outturn) * pence / line.to_date)
            found.append(
                replace(line, pod=pod, outturn=outturn, lower=None, upper=None, to_date=pence, completion=0, plan=0)
            )
            rest = replace(rest, outturn=rest.outturn - outturn, to_date=rest.to_date - pence)
        found.append(rest)
    return [line for line in found if line.outturn or line.to_date or line.pod]


def unmapped(held: Reader) -> tuple[LocalPod, ...]:
    """Every local POD without a national one in the release, what is still at risk first."""
    rows = held.cursor.execute(
        """SELECT coalesce(provider_code, ''), coalesce(local_pod, ''), coalesce(tariff_code, ''), lines, value_at_risk_pence,
          first_month, last_month FROM position_unmapped"""
    ).fetchall()
    asked = {(one.provider_code, one.local_pod, one.tariff_code): one for one in PodQuestion.objects.all()}
    by_month = _by_month(held)
    found = []
    for *key, lines, pence, first, last in rows:
        one = asked.get(tuple(key))
        open_months = pence
        if one is not None and one.pod:
            open_months = sum(amount for month, amount in by_month.get(tuple(key), []) if not _holds(one, month))
        found.append(
            LocalPod(
                tuple(key), lines, pence, first, last, one.owner if one else "", one.pod if one else "",
                one.first_month if one else None, one.last_month if one else None, open_months, one.version if one else 0,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.at_risk, -row.pence, row.key)))


def _by_month(held: Reader) -> dict[Key, list[tuple[date, int]]]:
    if not cube.has(held, "position_local"):
        return {}
    found: dict[Key, list[tuple[date, int]]] = {}
    for *key, month, pence in held.cursor.execute(
        """SELECT coalesce(provider_code, ''), coalesce(local_pod, ''), coalesce(tariff_code, ''), month,
          CAST(sum(abs(coalesce(actual_pence, planned_pence, 0))) AS BIGINT) FROM position_local GROUP BY 1, 2, 3, 4"""
    ).fetchall():
        found.setdefault(tuple(key), []).append((month, pence))
    return found


def one(*, by: Actor, key: Key) -> LocalPod:
    """One unmapped local point of delivery. Raises `NotAllowed`, `BadInput`."""
    check_can(by, "finance.see")
    found = next((row for row in unmapped(cube.reader()) if row.key == key), None)
    if found is None:
        raise BadInput("the release holds no such local point of delivery", value=" ".join(key))
    return found


@transaction.atomic
def own_pod(
    *, by: Actor, key: Key, owner: str, pod: str, first_month: date | None, last_month: date | None = None, note: str = "",
    base_version: int = 0,
) -> PodQuestion:  # fmt: skip
    """Give an unmapped local POD an owner, or decide its national one over some months. Positions read from now on hold it."""
    check_can(by, "finance.change")
    if pod and pod not in NATIONAL_PODS:
        raise BadInput("that is no national point of delivery", where="pod", value=pod, remedy="choose one of the list")
    if first_month and last_month and last_month < first_month:
        raise BadInput("the last month comes before the first", where="last_month", value=f"{last_month:%B %Y}")
    row = PodQuestion.objects.select_for_update().filter(
        provider_code=key[0], local_pod=key[1], tariff_code=key[2]
    ).first()  # fmt: skip
    if (row.version if row else 0) != base_version:
        held = f"owner {row.owner or 'nobody'}, decided {row.pod or 'nothing'}" if row else "nothing"
        raise Busy("someone else answered this while you were working", value=held)
    if row is None:
        row = PodQuestion(provider_code=key[0], local_pod=key[1], tariff_code=key[2], version=0)
    row.owner, row.pod, row.note, row.by_id, row.version = owner, pod, note, by.user_id, row.version + 1
    row.first_month = first_month.replace(day=1) if first_month else None
    row.last_month = last_month.replace(day=1) if last_month else None
    row.save()
    audit.record(by, purpose=PURPOSE, action="decide local point of delivery", object=f"local-pod:{row.pk}")
    return row
