"""Cancer waits by person, births, survival, bed days and flows: what the plans of 2013 to 2021 set targets for."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.content.measures_flow import STANDARDS
from commonweal.definitions.content.worked import days_after
from commonweal.definitions.declarations import ActivityMeasure, Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    as_at,
    contact,
    days,
    missing,
    person,
    present,
    referral,
    wait,
    years,
)
from commonweal.definitions.vocabulary import event as events

PLANS = Source("NW London, West London, Harrow and South West London commissioning documents", "2013 to 2021")

# --- cancer waits: the person's latest pathway that stopped -----------------------------------------------------------


def _pathway_within(measure_id: str, title: str, why: str, kind: str, limit: int, target: float) -> Measure:
    """People whose latest pathway of this kind ended in 12 months: the share in which it took at most so many days."""
    stopped = wait.where(list_type=kind, clock_stop_date=present).in_last(months=12, column="clock_stop_date").latest()
    taken = stopped.date.days_to(stopped.column("clock_stop_date"))

    def path(count: int, **columns):
        return row(
            "wait",
            "2025-06-02",
            list_type=kind,
            snapshot_date="2025-12-28",
            clock_stop_date=days_after(count, "2025-06-02"),
            **columns,
        )

    return Measure(
        id=measure_id, title=title, why_it_matters=why, source=STANDARDS, **REVIEW, population=stopped.exists(),
        numerator=taken <= limit, polarity="higher_is_better", target=target, tags=("waits", "cancer"),
        notes="By person, on the pathway that began last: published figures count pathways. Waiting time adjustments "
            "are not in the record.",
        worked_patients=(
            WorkedPatient(f"in: {limit} days", "numerator", (path(limit),)),
            WorkedPatient(f"out: {limit + 1} days", "denominator", (path(limit + 1),)),
            WorkedPatient("outside: still waiting", "outside",
                (row("wait", "2025-06-02", list_type=kind, snapshot_date="2025-12-28"),)),
            WorkedPatient("outside: another list", "outside",
                (row("wait", "2025-06-02", list_type="rtt", snapshot_date="2025-12-28",
                        clock_stop_date="2025-06-12"),)),
            WorkedPatient("no date: the clock has no start", "outside",
                (row("wait", "", list_type=kind, snapshot_date="2025-12-28", clock_stop_date="2025-06-12"),)),
        ),
    )  # fmt: skip


cancer_28_days = _pathway_within(
    "cancer_28_days",
    "Suspected cancer: told within 28 days",
    "Most have no cancer and want to know.",
    "cancer_28",
    28,
    80.0,
)
cancer_31_days = _pathway_within(
    "cancer_31_days",
    "Cancer: treated within 31 days of the decision",
    "Once it is known, each week without treatment lowers the chance of cure.",
    "cancer_31",
    31,
    96.0,
)
cancer_62_days = _pathway_within(
    "cancer_62_days",
    "Cancer: treated within 62 days of referral",
    "Each week of delay raises the risk of death.",
    "cancer_62",
    62,
    75.0,
)

_URGENT = referral.where(priority="3", service_type=missing).in_last(months=12).on_or_before(as_at - days(14))
urgent_seen_two_weeks = ActivityMeasure(
    id="urgent_seen_two_weeks", title="Two-week-wait referrals: seen in outpatients within 14 days", source=STANDARDS,
    **REVIEW, why_it_matters="The standard until 2023, and still what people expect.", denominator=_URGENT,
    numerator=_URGENT.followed_by(contact.where(setting="op", attendance_status=("5", "6")), within_days=14),
    polarity="higher_is_better", target=93.0, tags=("waits", "cancer"),
    notes="Priority 3 of a referral to a consultant is a two-week wait (of one to a community or mental health team "
        "it is not). Any outpatient attendance counts; referrals of the last 14 days are not judged yet.",
    unverified=("the 93% of the two-week standard that ended in 2023: as taken in November 2026",),
    worked_patients=(
        WorkedPatient("in: day 14", (1, 1), (row("referral", "2025-06-02", priority="3"),
                row("contact", "2025-06-16", setting="op", attendance_status="5"))),
        WorkedPatient("out: day 15", (0, 1), (row("referral", "2025-06-02", priority="3"),
                row("contact", "2025-06-17", setting="op", attendance_status="5"))),
        WorkedPatient("outside: routine", (0, 0), (row("referral", "2025-06-02", priority="1"),
                row("contact", "2025-06-16", setting="op", attendance_status="5"))),
        WorkedPatient("out: not seen, referred 14 days ago", (0, 1), (row("referral", "2026-03-17", priority="3"),)),
        WorkedPatient("outside: not seen, referred 13 days ago", (0, 0), (row("referral", "2026-03-18", priority="3"),)),
        WorkedPatient("no date: the referral has no date", (0, 0), (row("referral", "", priority="3"),)),
    ),
)  # fmt: skip

_COLORECTAL = events.coded("urgent_colorectal_referral").in_last(months=12)
fit_before_referral = ActivityMeasure(
    id="fit_before_colorectal_referral", title="Urgent colorectal referrals with a FIT in the 21 days before",
    source=Source("NHS England output description CAN04", "2024/25"), **REVIEW,
    why_it_matters="FIT tells who needs colonoscopy soon, and spares the rest.", denominator=_COLORECTAL,
    numerator=_COLORECTAL.preceded_by(events.coded("fit_test"), within_days=21), polarity="higher_is_better",
    tags=("cancer",), notes="Research lists stand in for the official referral and FIT sets; any FIT code counts, "
        "with or without a result.",
    worked_patients=(
        WorkedPatient("in: 21 days before", (1, 1), (row("event", "2025-06-22", "urgent_colorectal_referral"),
                row("event", "2025-06-01", "fit_test"))), WorkedPatient("out: 22 days before", (0, 1),
            (row("event", "2025-06-23", "urgent_colorectal_referral"), row("event", "2025-06-01", "fit_test"))),
        WorkedPatient("outside: no referral", (0, 0), (row("event", "2025-06-01", "fit_test"),)),
        WorkedPatient("no date: the test has no date", (0, 1),
            (row("event", "2025-06-22", "urgent_colorectal_referral"), row("event", "", "fit_test"))),
    ),
)  # fmt: skip

_FIRST_CANCER = events.coded("c19can_cod", "c19haemcan_cod").earliest().date
cancer_alive_five_years = Measure(
    id="cancer_alive_five_years", title="Cancer first recorded five to six years ago: alive now",
    source=Source("Harrow intentions 2017–19: survival at five years", "2017"), **REVIEW,
    why_it_matters="The outcome that matters most.", basis="everyone",
    population=(as_at - years(6) < _FIRST_CANCER) & (as_at - years(5) >= _FIRST_CANCER), numerator=person.is_alive,
    polarity="higher_is_better", tags=("cancer",),
    notes="Crude: deaths from any cause, and by first record of cancer. People who left the area count as alive until "
        "a death is known.",
    worked_patients=(
        WorkedPatient("in: alive", "numerator", (row("event", "2020-10-10", "c19can_cod"),)),
        WorkedPatient("out: died since", "denominator", (row("event", "2020-10-10", "c19can_cod"),), died="2023-05-05"),
        WorkedPatient("outside: four years ago", "outside", (row("event", "2022-03-01", "c19can_cod"),)),
        WorkedPatient("no date: the diagnosis has no date", "outside", (row("event", "", "c19can_cod"),)),
    ),
)  # fmt: skip
