"""What teams outside the ward do: after discharge, on district nursing's caseload, at the front door, in the community."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.content.flags_teams import WITH_ALCOHOL
from commonweal.definitions.content.measures_activity import (
    admitted,
    ae_attendances,
    attended,
    emergency_admissions,
    rate,
)
from commonweal.definitions.content.measures_flow import share
from commonweal.definitions.content.measures_waits import seen_within
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import ActivityMeasure, Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Rows,
    as_at,
    coalesce,
    contact,
    days,
    event,
    months,
    not_in,
    person,
    present,
    referral,
)

SEEN = "2025-09-14"
BUNDLE = Source("West London intentions 2014/15 3.6: COPD discharge bundle", "2014/15")
DISTRICT_NURSING = "12"
"""District nursing service (NHS Data Dictionary, service or team type of the Community Services Data Set)."""
_COMMUNITY = Source("West London intentions 2014/15 3.1.3: analysis of the district nursing caseload", "2014/15")

alcohol_emergency_share = share(
    "alcohol_emergency_share", "Emergency admissions with an alcohol diagnosis: share of all",
    "Shows which hospitals need an alcohol care team most.", emergency_admissions, WITH_ALCOHOL,
    met=(admitted(), row("diagnosis", SEEN, "alcohol_misuse_icd10", position=3)), not_met=(admitted("2025-10-20"),),
    outside=(admitted("2025-11-11", method="11"), row("diagnosis", "2025-11-11", "alcohol_misuse_icd10", position=1)),
    polarity="lower_is_better", tags=("activity", "alcohol"),
    source=Source("NW London long-term plan draft 5.4: alcohol care teams where dependence brings most admissions", "October 2019"),
    notes="Any position, by the hospital that admitted; not the alcohol-attributable fraction method.",
)  # fmt: skip


def _discharged(code: str) -> Rows:
    """Emergency stays for this diagnosis from which people went home in 12 months, and 30 days ago or longer."""
    return contact.where(
        setting="apc", admission_method=EMERGENCY_METHODS, end_date=present, discharge_method=not_in("4", "5")
    ).coded(code).in_last(months=12, column="end_date").on_or_before(as_at - days(30), column="end_date")  # fmt: skip


def _stay(code: str, start: str = "2025-08-01", end: str = "2025-08-05", **columns):
    return row(
        "contact",
        start,
        code,
        setting="apc",
        end_date=end,
        **{"admission_method": "21", "discharge_method": "1", **columns},
    )


_COPD_HOME = _discharged("copd_icd10")
copd_reviewed_30_days = ActivityMeasure(
    id="copd_reviewed_30_days", title="COPD: reviewed within 30 days of going home from an emergency admission", source=BUNDLE, **REVIEW,
    why_it_matters="The bundle ends with a review after discharge: the part of it that the record can see.",
    denominator=_COPD_HOME,
    numerator=_COPD_HOME.followed_by(event.coded("copd_review"), within_days=30, own="end_date", other="date"),
    polarity="higher_is_better", tags=("respiratory", "discharge"),
    notes="By the hospital that discharged. Whether the bundle's other parts were done (inhaler technique, rescue pack, referral to "
        "rehabilitation) has no public code set; help to stop smoking is the measure `smoking_support_inpatients`. Discharges of the last 30 "
        "days are not judged yet.",
    worked_patients=(
        WorkedPatient("in: reviewed on day 30", (1, 1), (_stay("copd_icd10"), row("event", "2025-09-04", "copd_review"))),
        WorkedPatient("out: reviewed on day 31", (0, 1), (_stay("copd_icd10"), row("event", "2025-09-05", "copd_review"))),
        WorkedPatient("out: reviewed during the stay", (0, 1), (_stay("copd_icd10"), row("event", "2025-08-03", "copd_review"))),
        WorkedPatient("out: home 30 days ago", (0, 1), (_stay("copd_icd10", "2026-02-20", "2026-03-01"),)),
        WorkedPatient("outside: home 29 days ago", (0, 0), (_stay("copd_icd10", "2026-02-20", "2026-03-02"),)),
        WorkedPatient("outside: died there", (0, 0), (_stay("copd_icd10", discharge_method="4"),)),
        WorkedPatient("outside: another disease", (0, 0), (_stay("heart_failure_icd10"), row("event", "2025-08-10", "copd_review"))),
        WorkedPatient("no date: the stay has no date", (0, 0), (_stay("copd_icd10", ""),)),
    ),
)  # fmt: skip
_EMERGENCY_AGAIN = contact.where(setting="apc", admission_method=tuple(one for one in EMERGENCY_METHODS if one != "2B"))


def _readmitted(measure_id: str, title: str, why: str, code: str, source: Source, tag: str) -> ActivityMeasure:
    home = _discharged(code)
    return ActivityMeasure(
        id=measure_id, title=title, source=source, **REVIEW, why_it_matters=why, denominator=home,
        numerator=home.followed_by(_EMERGENCY_AGAIN, within_days=30, own="end_date", other="start_date"),
        polarity="lower_is_better", tags=(tag, "discharge"),
        notes="Any emergency readmission, for any reason and to any hospital; a transfer between hospitals (2B) is not one. Discharges of the "
            "last 30 days are not judged yet.",
        worked_patients=(
            WorkedPatient("in: back on day 30", (1, 1), (_stay(code), admitted("2025-09-04", end_date="2025-09-05", discharge_method="1"))),
            WorkedPatient("out: back on day 31", (0, 1), (_stay(code), admitted("2025-09-05"))),
            WorkedPatient("out: a transfer", (0, 1), (_stay(code), admitted("2025-08-05", method="2B"))),
            WorkedPatient("outside: home 29 days ago", (0, 0), (_stay(code, "2026-02-20", "2026-03-02"),)),
            WorkedPatient("outside: a planned stay", (0, 0), (_stay(code, admission_method="11"),)),
            WorkedPatient("no date: the stay has no date", (0, 0), (_stay(code, ""),)),
        ),
    )  # fmt: skip


copd_readmission_30_days = _readmitted(
    "copd_readmission_30_days",
    "COPD: emergency readmission within 30 days",
    "Many come back soon; a bundle at discharge and a review soon after prevent some.",
    "copd_icd10",
    BUNDLE,
    "respiratory",
)
heart_failure_readmission_30_days = _readmitted(
    "heart_failure_readmission_30_days",
    "Heart failure: emergency readmission within 30 days",
    "A clinic that gives treatment without a bed keeps people at home.",
    "heart_failure_icd10",
    Source("NW London long-term plan draft 6.4: heart failure lounge", "October 2019"),
    "cardiovascular",
)

# --- district nursing ------------------------------------------------------------------------------------------------

_ON_LIST = referral.where(service_type=DISTRICT_NURSING).open()


def _referred(day: str, service: str = DISTRICT_NURSING, **columns):
    return row("referral", day, service_type=service, **columns)


district_nursing_caseload = Measure(
    id="district_nursing_caseload", title="District nursing: on the caseload now, per 1,000 people of 65 and over", source=_COMMUNITY, **REVIEW,
    why_it_matters="Says where the caseload is heavy, and where people are not reached.", population=person.age >= 65,
    numerator=_ON_LIST.any(), per=1000, polarity="neither", tags=("community",),
    notes="A referral to district nursing (service type 12) that is not closed. Providers that do not close referrals show too many.",
    worked_patients=(
        WorkedPatient("in: on the list", "numerator", (_referred("2025-06-06"),), born="1940-01-01"),
        WorkedPatient("out: discharged", "denominator", (_referred("2025-06-06", end_date="2025-09-09"),), born="1940-01-01"),
        WorkedPatient("out: another service", "denominator", (_referred("2025-06-06", "52"),), born="1940-01-01"),
        WorkedPatient("under age: 65 tomorrow", "outside", (_referred("2025-06-06"),), born=born_for(65, days_short=1)),
        WorkedPatient("no date: the referral has no date", "denominator", (_referred(""),), born="1940-01-01"),
    ),
)  # fmt: skip
district_nursing_over_12_months = share(
    "district_nursing_over_12_months", "District nursing caseload: referred a year ago or longer",
    "Some need a nurse for good; for others the plan was never looked at again.", _ON_LIST, _ON_LIST.on_or_before(as_at - months(12)),
    met=(_referred("2025-03-31"),), not_met=(_referred("2025-04-01"),), outside=(_referred("2024-04-01", end_date="2025-04-01"),),
    polarity="lower_is_better", source=_COMMUNITY, tags=("community",), notes="Open referrals of service type 12, by provider.",
)  # fmt: skip
_NEW = referral.where(service_type=DISTRICT_NURSING).in_last(months=12)
_VISITS = contact.where(setting="community", service_type=DISTRICT_NURSING, attendance_status=("5", "6")).in_last(
    months=12
)


def _visit(day: str = SEEN, **columns):
    return row(
        "contact",
        day,
        **{"setting": "community", "service_type": DISTRICT_NURSING, "attendance_status": "5", **columns},
    )


district_nursing_visits = ActivityMeasure(
    id="district_nursing_visits", title="District nursing: visits for each new referral", source=_COMMUNITY, **REVIEW,
    why_it_matters="How intense the care is; wide differences between teams ask for a reason.", denominator=_NEW, numerator=_VISITS,
    is_ratio=True, per=1, polarity="neither", tags=("community",),
    notes="Attended contacts of 12 months over referrals of 12 months: a ratio of two totals, not an average of people.",
    worked_patients=(
        WorkedPatient("in: two visits", (2, 1), (_referred("2025-06-06"), _visit(), _visit("2025-10-01", attendance_status="6"))),
        WorkedPatient("out: nobody came", (0, 1), (_referred("2025-06-06"), _visit(attendance_status="3"))),
        WorkedPatient("outside: another service", (0, 0), (_referred("2025-06-06", "52"), _visit(service_type="52"))),
        WorkedPatient("no date: the visit has no date", (0, 1), (_referred("2025-06-06"), _visit(""))),
    ),
)  # fmt: skip

# --- mental health teams ---------------------------------------------------------------------------------------------

LIAISON = "A11"
"""Psychiatric liaison service (NHS Data Dictionary, service or team type)."""
_LIAISON_SOURCE = Source(
    "West London intentions 2014/15 3.8: common specification of liaison psychiatry, equal access, use by commissioner",
    "2014/15",
)
liaison_psychiatry_use = rate(
    "liaison_psychiatry_use", "Liaison psychiatry: referrals in 12 months per 1,000 people",
    "Funding by fair share needs use by where people live.", referral.where(service_type=LIAISON).in_last(months=12).count(),
    counted=(_referred(SEEN, LIAISON),), not_counted=(_referred(SEEN, "A06"), _referred("2025-03-31", LIAISON)), polarity="neither",
    source=_LIAISON_SOURCE, tags=("mental_health",), notes="Service or team type A11.",
)  # fmt: skip
liaison_psychiatry_next_day = seen_within(
    "liaison_psychiatry_next_day",
    "Liaison psychiatry: seen by the next day",
    "People wait in A&E and on wards for an opinion.",
    (LIAISON,),
    "mental_health",
    1,
    notes="Referrals carry a date and no time: one hour and 24 hours cannot be told.",
)
YOUNG_TEAMS = ("A05", "A06", "A14", "C04", "C10")
"""Primary care mental health, community mental health, early intervention in psychosis, neurodevelopment, eating disorders."""
_YOUNG = referral.where(service_type=YOUNG_TEAMS).in_last(months=12).on_or_before(as_at - days(28))
_FIRST_SEEN = contact.where(setting="mental_health", attendance_status=("5", "6"))
_REFERRED_YOUNG = (row("referral", "2025-06-02", service_type="A06"),)


def _seen_young(day: str, status: str = "5"):
    return row("contact", day, setting="mental_health", service_type="A06", attendance_status=status)


cyp_mental_health_seen_4_weeks = Measure(
    id="cyp_mental_health_seen_4_weeks", title="Under 18, referred to mental health services: seen within four weeks",
    source=Source("Harrow intentions 2017–19, section 8: shorter waits for children and young people", "2017"), **REVIEW,
    why_it_matters="A month is long in a childhood.", population=(person.age < 18) & _YOUNG.any(),
    numerator=_YOUNG.followed_by(_FIRST_SEEN, within_days=28).any(), polarity="higher_is_better", tags=("mental_health", "children"),
    notes="People, not referrals: at least one referral of the year to a community team (A05, A06, A14, C04, C10) was followed by an attended "
        "contact with any mental health team within 28 days. Referrals of the last four weeks are not judged yet.",
    worked_patients=(
        WorkedPatient("in: seen on day 28", "numerator", (*_REFERRED_YOUNG, _seen_young("2025-06-30")), born="2012-01-01"),
        WorkedPatient("out: seen on day 29", "denominator", (*_REFERRED_YOUNG, _seen_young("2025-07-01")), born="2012-01-01"),
        WorkedPatient("out: did not attend", "denominator", (*_REFERRED_YOUNG, _seen_young("2025-06-10", "3")), born="2012-01-01"),
        WorkedPatient("outside: referred last week", "outside", (row("referral", "2026-03-24", service_type="A06"),), born="2012-01-01"),
        WorkedPatient("outside: not referred", "outside", (_seen_young("2025-06-10"),), born="2012-01-01"),
        WorkedPatient("over age: 18 today", "outside", (*_REFERRED_YOUNG, _seen_young("2025-06-10")), born=born_for(18)),
        WorkedPatient("no date: the referral has no date", "outside",
            (row("referral", "", service_type="A06"), _seen_young("2025-06-10")), born="2012-01-01"),
    ),
)  # fmt: skip
_TEAM_VISITS = contact.where(
    setting="mental_health", service_type=("A05", "A06"), attendance_status=("5", "6")
).in_last(months=12)
community_mental_health_caseload = Measure(
    id="community_mental_health_caseload", title="Adults seen by primary and community mental health teams in 12 months, per 1,000",
    source=Source("NW London long-term plan draft 5.7: primary and community integrated model", "October 2019"), **REVIEW,
    why_it_matters="One model for all networks needs its reach by network.", population=person.age >= 18, numerator=_TEAM_VISITS.any(),
    per=1000, polarity="neither", tags=("mental_health", "access"),
    notes="Teams of type A05 (primary care mental health) and A06 (community mental health).",
    worked_patients=(
        WorkedPatient("in: seen", "numerator", (_seen_young(SEEN),)),
        WorkedPatient("out: did not attend", "denominator", (_seen_young(SEEN, "3"),)),
        WorkedPatient("out: seen by another team", "denominator",
            (row("contact", SEEN, setting="mental_health", service_type="A02", attendance_status="5"),)),
        WorkedPatient("under age: 18 tomorrow", "outside", (_seen_young(SEEN),), born=born_for(18, days_short=1)),
        WorkedPatient("no date: the contact has no date", "denominator", (_seen_young(""),)),
    ),
)  # fmt: skip

# --- older people's teams --------------------------------------------------------------------------------------------

_OLDER = Source(
    "Hillingdon and West London integrated care partnerships: care connection and community teams for over 65s",
    "October 2019",
)
_YOUNGER = WorkedPatient("under age: 65 tomorrow", "outside", (admitted(), attended()), born=born_for(65, days_short=1))
ae_attendance_rate_65_plus = rate(
    "ae_attendance_rate_65_plus", "A&E attendances per 1,000 people of 65 and over", "Teams for older people aim at this.",
    ae_attendances.count(), population=person.age >= 65, counted=(attended(),), not_counted=(attended(kind="05"),), born="1945-05-05",
    source=_OLDER, extra=(_YOUNGER,), notes="Types 01 to 04.",
)  # fmt: skip
emergency_admission_rate_65_plus = rate(
    "emergency_admission_rate_65_plus", "Emergency admissions per 1,000 people of 65 and over", "Teams for older people aim at this.",
    emergency_admissions.count(), population=person.age >= 65, counted=(admitted(),), not_counted=(admitted(method="11"),), born="1945-05-05",
    source=_OLDER, extra=(_YOUNGER,),
)  # fmt: skip
emergency_bed_days_65_plus = rate(
    "emergency_bed_days_65_plus", "Emergency admissions: nights in hospital per 1,000 people of 65 and over",
    "Fewer nights, not fewer people, is what discharge to assess buys.",
    coalesce(emergency_admissions.total("length_of_stay_days"), 0), population=person.age >= 65,
    counted=(admitted(length_of_stay_days=7),), amount=7, not_counted=(admitted(method="11", length_of_stay_days=7),), born="1945-05-05",
    source=_OLDER, extra=(_YOUNGER, WorkedPatient("in: two stays", (9, 1),
            (admitted(length_of_stay_days=7), admitted("2025-11-11", length_of_stay_days=2)), born="1945-05-05")),
    notes="By day of admission; a stay that has not ended has no nights yet.",
)  # fmt: skip
