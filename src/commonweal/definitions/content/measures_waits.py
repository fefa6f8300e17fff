"""Waits: pathways still open, and referrals seen in time."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.content.measures_flow import STANDARDS, share
from commonweal.definitions.content.worked import days_after, days_before
from commonweal.definitions.declarations import ActivityMeasure, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    as_at,
    contact,
    days,
    referral,
    wait,
)

# --- waits -----------------------------------------------------------------------------------------------------------


def _waiting(kind: str, start: str, **columns):
    return row("wait", start, list_type=kind, snapshot_date="2026-03-29", **columns)


def _within(
    measure_id: str, title: str, why: str, kind: str, days_allowed: int, *, target: float | None = None, notes: str = ""
) -> ActivityMeasure:
    """Pathways still open at the latest snapshot: the share whose clock has run for less than so many days."""
    rows = wait.where(list_type=kind).open()
    inside, outside_day = days_before(days_allowed - 1), days_before(days_allowed)
    return share(
        measure_id, title, why, rows, rows.after(as_at - days(days_allowed)), met=(_waiting(kind, inside),),
        not_met=(_waiting(kind, outside_day),),
        outside=(_waiting(kind, inside, clock_stop_date="2026-03-01"),), source=STANDARDS, target=target, notes=notes,
        tags=("waits",),
    )  # fmt: skip


rtt_18_weeks = _within(
    "rtt_18_weeks",
    "Referral to treatment: waiting under 18 weeks",
    "People have a right to begin treatment within 18 weeks, and get worse while they wait.",
    "rtt",
    126,
    target=65.0,
    notes="Constitution 92%; goal 65% by March 2026.",
)
rtt_26_weeks = _within(
    "rtt_26_weeks",
    "Referral to treatment: waiting under 26 weeks",
    "At 26 weeks a faster provider should be offered.",
    "rtt",
    182,
)
rtt_52_weeks = _within(
    "rtt_52_weeks",
    "Referral to treatment: waiting under 52 weeks",
    "Waits of a year are to end.",
    "rtt",
    364,
    target=99.0,
    notes="Goal: under 1% over 52 weeks by March 2026.",
)
diagnostics_6_weeks = _within(
    "diagnostics_6_weeks",
    "Diagnostic tests: waiting under 6 weeks",
    "A test late is a treatment late.",
    "diagnostic",
    42,
    target=99.0,
)
cancer_62_days_open = _within(
    "cancer_62_days_open",
    "Cancer: on the list for under 62 days",
    "Each week of delay raises the risk of death.",
    "cancer_62",
    62,
    notes="Open pathways at the snapshot: the published standard counts those treated.",
)
cancer_104_days_open = _within(
    "cancer_104_days_open",
    "Cancer: on the list for under 104 days",
    "Each case over 104 days is reviewed for harm.",
    "cancer_62",
    104,
    notes="Open pathways at the snapshot.",
)
cancer_28_days_open = _within(
    "cancer_28_days_open",
    "Suspected cancer: waiting under 28 days for diagnosis",
    "Most have no cancer and want to know.",
    "cancer_28",
    28,
    notes="Open pathways at the snapshot: the published standard counts those told.",
)
cancer_31_days_open = _within(
    "cancer_31_days_open",
    "Cancer: waiting under 31 days from the decision to treat",
    "Once it is known, each week without treatment lowers the chance of cure.",
    "cancer_31",
    31,
    notes="Open pathways at the snapshot.",
)


def seen_within(
    measure_id: str,
    title: str,
    why: str,
    service_types: tuple[str, ...],
    setting: str,
    days_allowed: int,
    *,
    target: float | None = None,
    priority: tuple[str, ...] = (),
    notes: str = "",
) -> ActivityMeasure:
    """Referrals to a team: the share with an attended contact of that team within so many days, of those whose days have passed."""
    rows = referral.where(service_type=service_types).in_last(months=12).on_or_before(as_at - days(days_allowed))
    chosen = {"priority": priority[0]} if priority else {}
    if priority:
        rows = rows.where(priority=priority)
    team = {"setting": setting, "service_type": service_types[0]}
    contacts = contact.where(setting=setting, service_type=service_types, attendance_status=("5", "6"))
    made = row("referral", "2025-06-02", service_type=service_types[0], **chosen)
    late = days_after(days_allowed + 1, "2025-06-02")
    on_time = days_after(days_allowed, "2025-06-02")
    return ActivityMeasure(
        id=measure_id, title=title, why_it_matters=why, source=STANDARDS, **REVIEW, denominator=rows,
        numerator=rows.followed_by(contacts, within_days=days_allowed), polarity="higher_is_better", target=target,
        tags=("waits",),
        notes=f"First attended contact of a team of that type. A referral is judged when its {days_allowed} days have passed, not before; those that were "
            f"refused or withdrawn are not taken out. {notes}".strip(),
        worked_patients=(
            WorkedPatient("in: seen on the last day", (1, 1),
                (made, row("contact", on_time, attendance_status="5", **team))),
            WorkedPatient("out: seen a day late", (0, 1),
                (made, row("contact", late, attendance_status="5", **team))),
            WorkedPatient("out: did not attend", (0, 1),
                (made, row("contact", on_time, attendance_status="3", **team))),
            WorkedPatient("out: seen by another team", (0, 1),
                (made, row("contact", on_time, setting=setting, service_type="ZZ", attendance_status="5"))),
            WorkedPatient("out: its days end today", (0, 1),
                (row("referral", days_before(days_allowed), service_type=service_types[0], **chosen),)),
            WorkedPatient("outside: a day is left", (0, 0),
                (row("referral", days_before(days_allowed - 1), service_type=service_types[0], **chosen),)),
            WorkedPatient("outside: another service", (0, 0),
                (row("referral", "2025-06-02", service_type="ZZ"),
                    row("contact", on_time, attendance_status="5", **team))),
            WorkedPatient("no date: the referral has no date", (0, 0),
                (row("referral", "", service_type=service_types[0], **chosen),
                    row("contact", on_time, attendance_status="5", **team))),
        ),
    )  # fmt: skip


psychosis_two_weeks = seen_within(
    "psychosis_two_weeks",
    "Early intervention in psychosis: seen within two weeks",
    "Early treatment decides the outcome.",
    ("A14",),
    "mental_health",
    14,
    target=56.0,
    notes="Team type A14; 56% is the level that the documents of 2019 and 2020 ask for.",
)
eating_disorder_urgent_1_week = seen_within(
    "eating_disorder_urgent_1_week",
    "Community eating disorder service, urgent: seen within one week",
    "The deadliest mental illness: early treatment saves lives.",
    ("C10", "C09"),
    "mental_health",
    7,
    target=95.0,
    priority=("2",),
    notes="Priority 2 is urgent. The standard is for children and young people; C10 sees all ages since 2020: group by age band.",
)
eating_disorder_routine_4_weeks = seen_within(
    "eating_disorder_routine_4_weeks",
    "Community eating disorder service, routine: seen within four weeks",
    "The deadliest mental illness: early treatment saves lives.",
    ("C10", "C09"),
    "mental_health",
    28,
    target=95.0,
    priority=("3",),
    notes="Priority 3 is routine. The standard is for children and young people; C10 sees all ages since 2020: group by age band.",
)
community_mental_health_4_weeks = seen_within(
    "community_mental_health_4_weeks",
    "Community mental health team: seen within four weeks",
    "Four weeks is the standard under test: longer waits end in crisis teams.",
    ("A06",),
    "mental_health",
    28,
    notes="Team type A06.",
)
talking_therapies_6_weeks = seen_within(
    "talking_therapies_6_weeks",
    "Talking therapies: first appointment within 6 weeks",
    "While people wait, jobs and families are lost; treatment that comes late works less well.",
    ("talking_therapies",),
    "talking_therapies",
    42,
    target=75.0,
    notes="First appointment stands for start of treatment. Needs a talking therapies feed mapped with service type "
    "talking_therapies.",
)
talking_therapies_18_weeks = seen_within(
    "talking_therapies_18_weeks",
    "Talking therapies: first appointment within 18 weeks",
    "While people wait, jobs and families are lost; treatment that comes late works less well.",
    ("talking_therapies",),
    "talking_therapies",
    126,
    target=95.0,
    notes="First appointment stands for start of treatment. Needs a talking therapies feed mapped with service type "
    "talking_therapies.",
)
crisis_response_same_or_next_day = seen_within(
    "crisis_response_next_day",
    "Community crisis response: seen by the next day",
    "A visit in time keeps people at home.",
    ("51",),
    "community",
    1,
    notes="The standard is two hours; contacts carry no time of referral, so days are counted.",
)
reablement_two_days = seen_within(
    "reablement_two_days",
    "Reablement: begun within two days of referral",
    "Each day in bed costs strength.",
    ("52",),
    "community",
    2,
)
