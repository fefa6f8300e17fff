"""Standard worked patients. The answers are written down here, by kind of patient; they are never computed from a rule.

Kinds, by the first words of the label: ``in``, ``out``, ``resolved``, ``diagnosed again``, ``under age``, ``over age``,
``on the birthday``, ``no date``, ``died``, ``left``, ``without``.
"""

from __future__ import annotations

from datetime import date, timedelta

from commonweal.definitions.declarations import WORKED_AS_AT, WorkedPatient, WorkedRow, row
from commonweal.definitions.vocabulary.calendar import add_months

CLINIC_SYSTOLIC, CLINIC_DIASTOLIC = "systolic_bp#271649006", "diabp_cod#271650006"
"""One code of each list that is neither a home nor an ambulatory reading."""

DIAGNOSED, RESOLVED, AGAIN = "2015-03-02", "2018-09-10", "2021-01-20"


def born_for(age: int, *, days_short: int = 0) -> str:
    """Date of birth of someone who turns `age` on the worked as-at date, or so many days later."""
    return (add_months(WORKED_AS_AT, -12 * age) + timedelta(days=days_short)).isoformat()


def standard(
    diagnosis: str,
    *,
    resolved: str = "",
    from_age: int = 0,
    to_age: int = 0,
    also: tuple[WorkedRow, ...] = (),
    on: str = DIAGNOSED,
    born: str = "1960-06-15",
) -> tuple[WorkedPatient, ...]:
    """Patients of a register that rests on one diagnosis code, with what else it asks for in `also`."""
    has = (row("event", on, diagnosis), *also)
    patients = [
        WorkedPatient("in: diagnosed", True, has, born=born),
        WorkedPatient("out: no such diagnosis", False, also, born=born),
        WorkedPatient("died: no longer counted", False, has, born=born, died="2024-01-01"),
        WorkedPatient("left: not registered", False, has, born=born, registered_from=""),
        WorkedPatient("no date: the diagnosis has no date", False, (row("event", "", diagnosis), *also), born=born),
    ]
    if resolved:
        gone = (row("event", DIAGNOSED, diagnosis), row("event", RESOLVED, resolved), *also)
        patients += [
            WorkedPatient("resolved: after the diagnosis", False, gone, born=born),
            WorkedPatient(
                "diagnosed again: after it was resolved", True, (*gone, row("event", AGAIN, diagnosis)), born=born
            ),
        ]
    if from_age:
        patients += [
            WorkedPatient(f"under age: {from_age} tomorrow", False, has, born=born_for(from_age, days_short=1)),
            WorkedPatient(f"on the birthday: {from_age} today", True, has, born=born_for(from_age)),
        ]
    if to_age:
        patients += [
            WorkedPatient(f"over age: {to_age + 1} today", False, has, born=born_for(to_age + 1)),
            WorkedPatient(f"in: {to_age + 1} tomorrow", True, has, born=born_for(to_age + 1, days_short=1)),
        ]
    if also:
        patients.append(WorkedPatient("without: the diagnosis alone", False, (row("event", on, diagnosis),), born=born))
    return tuple(patients)


def days_before(count: int, *, as_at: date = WORKED_AS_AT) -> str:
    """The date so many days before the worked as-at date."""
    return (as_at - timedelta(days=count)).isoformat()


def months_before(count: int, *, extra_days: int = 0, as_at: date = WORKED_AS_AT) -> str:
    """The date so many months, and some days, before the worked as-at date."""
    return (add_months(as_at, -count) - timedelta(days=extra_days)).isoformat()


def days_after(count: int, day: str) -> str:
    """The date so many days after another."""
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()
