"""How activity flows: waits, stays, readmissions, follow-ups and missed appointments. Rows are counted, not people."""

from __future__ import annotations

from commonweal.definitions.content.common import COMMONWEAL, NHS_RULES, REVIEW
from commonweal.definitions.content.measures_activity import AE_TYPES, SEEN, YEAR, attended
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.content.worked import days_after, days_before
from commonweal.definitions.declarations import ActivityMeasure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Rows,
    as_at,
    at_least,
    at_most,
    contact,
    days,
    more_than,
    not_in,
    present,
    referral,
    wait,
)

STANDARDS = Source(
    "NHS Constitution and operational standards (planning guidance 2025/26 in the notes)",
    "2025/26",
    "https://www.england.nhs.uk/operational-planning-and-contracting/",
)


def _share(
    measure_id: str,
    title: str,
    why: str,
    denominator: Rows,
    numerator: Rows,
    *,
    met: tuple,
    not_met: tuple,
    outside: tuple = (),
    polarity="higher_is_better",
    source=NHS_RULES,
    **options,
) -> ActivityMeasure:
    """A share of rows: `met` is one row in the numerator, `not_met` one in the denominator alone, `outside` in neither."""
    extra = options.pop("extra", ())
    undated = tuple(type(one)(one.table, "", one.codelist, one.columns) for one in met)
    return ActivityMeasure(
        id=measure_id, title=title, why_it_matters=why, source=source, **REVIEW, denominator=denominator, numerator=numerator, polarity=polarity,
        tags=options.pop("tags", ("activity", "flow")),
        worked_patients=(
            WorkedPatient("in: met", (1, 1), met), WorkedPatient("out: not met", (0, 1), not_met), WorkedPatient("outside: not of this kind", (0, 0), outside),
            WorkedPatient("in: both", (1, 2), (*met, *not_met)), WorkedPatient("no date: the row has no date", (0, 0), undated), *extra,
        ),
        **options,
    )  # fmt: skip


_TIMED = contact.where(
    setting="ae", department_type=AE_TYPES, attendance_category=("1", "2", "3"), wait_minutes=present
).in_last(**YEAR)
ae_four_hours = _share(
    "ae_four_hours", "A&E: departed within four hours of arrival", "Long waits in A&E cost lives.", _TIMED, _TIMED.where(wait_minutes=at_most(240)),
    met=(attended(attendance_category="1", wait_minutes=240),), not_met=(attended(attendance_category="1", wait_minutes=241),),
    outside=(attended(attendance_category="4", wait_minutes=100), attended(kind="05", attendance_category="1", wait_minutes=100), attended(attendance_category="1")),
    source=STANDARDS, target=78.0, notes="All types 01 to 04, without planned follow-ups (category 4) and rows without a time. Constitution 95%; goal 78% by March 2026.",
)  # fmt: skip
ae_twelve_hours = _share(
    "ae_twelve_hours", "A&E: twelve hours or more from arrival", "Each is linked with deaths.", _TIMED, _TIMED.where(wait_minutes=at_least(720)), polarity="lower_is_better",
    met=(attended(attendance_category="1", wait_minutes=720),), not_met=(attended(attendance_category="1", wait_minutes=719),), outside=(attended(attendance_category="4", wait_minutes=800),),
    source=STANDARDS, notes="From arrival; trolley waits from the decision to admit need a time that the record does not hold.",
)  # fmt: skip
_MIND_AE = _TIMED.coded(
    "mh_cod", "depr_cod", "anxiety", "personality_disorder", "eating_disorder", "severe_mental_illness_icd10"
)
ae_mental_health_twelve_hours = _share(
    "ae_mental_health_twelve_hours", "A&E, mental health diagnosis: twelve hours or more from arrival", "The pledge is none.", _MIND_AE, _MIND_AE.where(wait_minutes=at_least(720)), polarity="lower_is_better",
    met=(row("contact", SEEN, "mh_cod", setting="ae", department_type="01", attendance_category="1", wait_minutes=900),),
    not_met=(row("contact", SEEN, "mh_cod", setting="ae", department_type="01", attendance_category="1", wait_minutes=100),), outside=(attended(attendance_category="1", wait_minutes=900),),
    source=STANDARDS, target=0.0, notes="By the first diagnosis of the attendance; from arrival, not from the decision to admit.",
)  # fmt: skip

# --- stays -----------------------------------------------------------------------------------------------------------

_DISCHARGED = contact.where(
    setting="apc", patient_classification="1", length_of_stay_days=present, end_date=present
).in_last(months=12, column="end_date")


def _spell(start: str, end: str, nights: int, method: str = "21", **columns):
    return row(
        "contact",
        start,
        setting="apc",
        admission_method=method,
        end_date=end,
        length_of_stay_days=nights,
        patient_classification="1",
        **columns,
    )


stays_over_21_days = _share(
    "stays_over_21_days", "Hospital stays of more than 21 days", "Older people lose muscle each day in bed; one in three could be at home.", _DISCHARGED, _DISCHARGED.where(length_of_stay_days=more_than(21)), polarity="lower_is_better",
    met=(_spell("2025-08-01", "2025-08-23", 22),), not_met=(_spell("2025-08-01", "2025-08-22", 21),), outside=(_spell("2024-01-01", "2024-02-10", 40),), notes="Ordinary admissions, by month of discharge. National reports count 21 days or more.",
)  # fmt: skip
stays_21_days_or_more = _share(
    "stays_21_days_or_more", "Hospital stays of 21 days or more", "As national reports count long stays.", _DISCHARGED, _DISCHARGED.where(length_of_stay_days=at_least(21)), polarity="lower_is_better",
    met=(_spell("2025-08-01", "2025-08-22", 21),), not_met=(_spell("2025-08-01", "2025-08-21", 20),),
)  # fmt: skip
stays_over_14_days = _share(
    "stays_over_14_days", "Hospital stays of more than 14 days", "The earlier warning.", _DISCHARGED, _DISCHARGED.where(length_of_stay_days=more_than(14)), polarity="lower_is_better",
    met=(_spell("2025-08-01", "2025-08-16", 15),), not_met=(_spell("2025-08-01", "2025-08-15", 14),),
)  # fmt: skip
_IN_HOSPITAL = contact.where(setting="apc", patient_classification="1").open()
in_hospital_over_21_days = _share(
    "in_hospital_over_21_days", "People in hospital now: more than 21 days so far", "The beds that discharge teams can free today.", _IN_HOSPITAL, _IN_HOSPITAL.before(as_at - days(21)), polarity="lower_is_better",
    met=(row("contact", "2026-03-09", setting="apc", admission_method="21", patient_classification="1"),), not_met=(row("contact", "2026-03-10", setting="apc", admission_method="21", patient_classification="1"),),
    outside=(_spell("2026-02-01", "2026-03-01", 28),), notes="Open spells: only feeds that send them before discharge show any.",
)  # fmt: skip
_EMERGENCY_DISCHARGED = _DISCHARGED.where(admission_method=EMERGENCY_METHODS)
emergency_zero_day_share = _share(
    "emergency_zero_day_share", "Emergency admissions without a night in hospital", "Stands for same day emergency care.", _EMERGENCY_DISCHARGED, _EMERGENCY_DISCHARGED.where(length_of_stay_days=at_most(0)),
    met=(_spell("2025-08-01", "2025-08-01", 0),), not_met=(_spell("2025-08-01", "2025-08-02", 1),), outside=(_spell("2025-08-01", "2025-08-01", 0, method="11"),), polarity="neither",
    notes="Same day emergency care that is recorded in ECDS (department 05) or as an outpatient clinic is not seen here.", target=30.0,
)  # fmt: skip
average_stay = ActivityMeasure(
    id="average_stay_emergency", title="Emergency admissions: average length of stay (nights)", source=NHS_RULES, **REVIEW, why_it_matters="Bed days are the scarcest resource.",
    denominator=_EMERGENCY_DISCHARGED, numerator=_EMERGENCY_DISCHARGED, sum_column="length_of_stay_days", per=1, polarity="lower_is_better", tags=("activity", "flow"),
    worked_patients=(
        WorkedPatient("in: stays of 2 and 5", (7, 2), (_spell("2025-08-01", "2025-08-03", 2), _spell("2025-10-01", "2025-10-06", 5))),
        WorkedPatient("outside: a planned stay", (0, 0), (_spell("2025-08-01", "2025-08-03", 2, method="11"),)),
        WorkedPatient("no date: the spell has no date", (0, 0), (_spell("", "2025-08-03", 2),)),
    ),
)  # fmt: skip

_ALIVE_AT_DISCHARGE = contact.where(setting="apc", discharge_method=not_in("4", "5"), end_date=present).in_last(
    months=12, column="end_date"
)
_UNPLANNED = contact.where(setting="apc", admission_method=EMERGENCY_METHODS)
readmission_30_days = ActivityMeasure(
    id="readmission_30_days", title="Emergency readmission within 30 days of discharge", source=NHS_RULES, **REVIEW, why_it_matters="Some are failures of discharge; all are hard on people.",
    denominator=_ALIVE_AT_DISCHARGE, numerator=_ALIVE_AT_DISCHARGE.followed_by(_UNPLANNED, within_days=30, own="end_date", other="start_date"), polarity="lower_is_better", tags=("activity", "flow"),
    notes="Any discharge alive is an index; the readmission may be to any hospital and for any reason. Discharges of the last 30 days are not yet complete.",
    worked_patients=(
        WorkedPatient("in: back on day 30", (1, 1), (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"), row("contact", "2025-09-04", setting="apc", admission_method="21"))),
        WorkedPatient("out: back on day 31", (0, 1), (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"), row("contact", "2025-09-05", setting="apc", admission_method="21"))),
        WorkedPatient("out: planned return", (0, 1), (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"), row("contact", "2025-08-10", setting="apc", admission_method="13"))),
        WorkedPatient("in: back on the day of discharge", (1, 1), (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"), row("contact", "2025-08-05", setting="apc", admission_method="21"))),
        WorkedPatient("outside: died in hospital", (0, 0), (_spell("2025-08-01", "2025-08-05", 4, discharge_method="4"),)),
        WorkedPatient("no date: the spell has no date", (0, 0), (_spell("", "", 4, discharge_method="1"),)),
    ),
)  # fmt: skip

# --- outpatients -----------------------------------------------------------------------------------------------------

_ATTENDED = contact.where(setting="op", attendance_status=("5", "6")).in_last(**YEAR)
_FIRST, _FOLLOW_UP = _ATTENDED.where(first_attendance=("1", "3")), _ATTENDED.where(first_attendance=("2", "4"))


def _clinic(day: str = SEEN, **columns):
    return row("contact", day, setting="op", **columns)


follow_up_ratio = ActivityMeasure(
    id="follow_up_ratio", title="Outpatient follow-ups for each first attendance", source=NHS_RULES, **REVIEW, why_it_matters="Unneeded follow-ups take the place of people who wait.",
    denominator=_FIRST, numerator=_FOLLOW_UP, is_ratio=True, per=1, polarity="lower_is_better", tags=("activity", "outpatients"),
    worked_patients=(
        WorkedPatient("in: one first, two follow-ups", (2, 1), (_clinic(attendance_status="5", first_attendance="1"), _clinic("2025-10-01", attendance_status="5", first_attendance="2"), _clinic("2025-11-01", attendance_status="6", first_attendance="4"))),
        WorkedPatient("out: not attended", (0, 1), (_clinic(attendance_status="5", first_attendance="3"), _clinic("2025-10-01", attendance_status="3", first_attendance="2"))),
        WorkedPatient("outside: an administrative clock stop", (0, 0), (_clinic(attendance_status="5", first_attendance="5"),)),
        WorkedPatient("no date: the attendance has no date", (0, 0), (_clinic("", attendance_status="5", first_attendance="1"),)),
    ),
)  # fmt: skip
_BOOKED = contact.where(setting="op", attendance_status=("3", "5", "6", "7")).in_last(**YEAR)
outpatient_dna_rate = _share(
    "outpatient_dna_rate", "Outpatient appointments missed (did not attend)", "Wasted slots; often people who face barriers.", _BOOKED, _BOOKED.where(attendance_status=("3", "7")), polarity="lower_is_better",
    met=(_clinic(attendance_status="3"),), not_met=(_clinic(attendance_status="5"),), outside=(_clinic(attendance_status="4"), _clinic(attendance_status="2")),
    notes="3 did not attend and 7 arrived too late to be seen, over these and attended; cancellations are left out.", tags=("activity", "outpatients"),
)  # fmt: skip
_MEDIUM = _ATTENDED.where(consultation_medium=present)
outpatient_remote_share = _share(
    "outpatient_remote_share", "Outpatient attendances by telephone or video", "Saves journeys where it suits.", _MEDIUM, _MEDIUM.where(consultation_medium=("02", "03")), polarity="neither",
    met=(_clinic(attendance_status="5", consultation_medium="03"),), not_met=(_clinic(attendance_status="5", consultation_medium="01"),), outside=(_clinic(attendance_status="3", consultation_medium="03"),), tags=("activity", "outpatients"),
)  # fmt: skip
_CONTACTS = contact.where(setting=("apc", "op", "ae")).in_last(**YEAR)
uncosted_share = _share(
    "uncosted_share", "Hospital contacts without a cost", "A total is only as good as its coverage.", _CONTACTS, _CONTACTS.where(cost_basis="uncosted"), polarity="lower_is_better", source=COMMONWEAL,
    met=(attended(cost_basis="uncosted"),), not_met=(attended(cost_basis="row_price"),), outside=(row("contact", SEEN, setting="gp", cost_basis="uncosted"),), tags=("cost",),
)  # fmt: skip

# --- waits -----------------------------------------------------------------------------------------------------------


def _waiting(kind: str, start: str, **columns):
    return row("wait", start, list_type=kind, snapshot_date="2026-03-29", **columns)


def _within(
    measure_id: str, title: str, why: str, kind: str, days_allowed: int, *, target: float | None = None, notes: str = ""
) -> ActivityMeasure:
    """Pathways still open at the latest snapshot: the share whose clock has run for less than so many days."""
    rows = wait.where(list_type=kind).open()
    inside, outside_day = days_before(days_allowed - 1), days_before(days_allowed)
    return _share(
        measure_id, title, why, rows, rows.after(as_at - days(days_allowed)), met=(_waiting(kind, inside),), not_met=(_waiting(kind, outside_day),),
        outside=(_waiting(kind, inside, clock_stop_date="2026-03-01"),), source=STANDARDS, target=target, notes=notes, tags=("waits",),
    )  # fmt: skip


rtt_18_weeks = _within(
    "rtt_18_weeks",
    "Referral to treatment: waiting under 18 weeks",
    "The constitutional right.",
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
    "Treatment follows at once.",
    "cancer_31",
    31,
    notes="Open pathways at the snapshot.",
)


def _seen_within(
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
    to_service: str = "",
) -> ActivityMeasure:
    """Referrals to a service: the share with an attended contact in that setting within so many days."""
    rows = referral.where(service_type=service_types).in_last(**YEAR)
    chosen = {"priority": priority[0]} if priority else {}
    if priority:
        rows = rows.where(priority=priority)
    contacts = contact.where(setting=setting, attendance_status=("5", "6"))
    made = row("referral", "2025-06-02", service_type=service_types[0], **chosen)
    late = days_after(days_allowed + 1, "2025-06-02")
    on_time = days_after(days_allowed, "2025-06-02")
    return ActivityMeasure(
        id=measure_id, title=title, why_it_matters=why, source=STANDARDS, **REVIEW, denominator=rows, numerator=rows.followed_by(contacts, within_days=days_allowed), polarity="higher_is_better", target=target, tags=("waits",),
        notes=f"First attended contact of any team in the setting; referrals that were refused or withdrawn are not taken out. {notes}".strip(),
        worked_patients=(
            WorkedPatient("in: seen on the last day", (1, 1), (made, row("contact", on_time, setting=setting, attendance_status="5"))),
            WorkedPatient("out: seen a day late", (0, 1), (made, row("contact", late, setting=setting, attendance_status="5"))),
            WorkedPatient("out: did not attend", (0, 1), (made, row("contact", on_time, setting=setting, attendance_status="3"))),
            WorkedPatient("outside: another service", (0, 0), (row("referral", "2025-06-02", service_type="ZZ"), row("contact", on_time, setting=setting, attendance_status="5"))),
            WorkedPatient("no date: the referral has no date", (0, 0), (row("referral", "", service_type=service_types[0], **chosen), row("contact", on_time, setting=setting, attendance_status="5"))),
        ),
    )  # fmt: skip


psychosis_two_weeks = _seen_within(
    "psychosis_two_weeks",
    "Early intervention in psychosis: seen within two weeks",
    "Early treatment decides the outcome.",
    ("A14",),
    "mental_health",
    14,
    target=56.0,
    notes="Team type A14; 56% is the level that the documents of 2019 and 2020 ask for.",
)
eating_disorder_urgent_1_week = _seen_within(
    "eating_disorder_urgent_1_week",
    "Community eating disorder service, urgent: seen within one week",
    "The deadliest mental illness.",
    ("C10", "C09"),
    "mental_health",
    7,
    target=95.0,
    priority=("2",),
    notes="Priority 2 is urgent.",
)
eating_disorder_routine_4_weeks = _seen_within(
    "eating_disorder_routine_4_weeks",
    "Community eating disorder service, routine: seen within four weeks",
    "The deadliest mental illness.",
    ("C10", "C09"),
    "mental_health",
    28,
    target=95.0,
    priority=("3",),
    notes="Priority 3 is routine.",
)
community_mental_health_4_weeks = _seen_within(
    "community_mental_health_4_weeks",
    "Community mental health team: seen within four weeks",
    "The waiting standard under test.",
    ("A06",),
    "mental_health",
    28,
    notes="Team type A06.",
)
talking_therapies_6_weeks = _seen_within(
    "talking_therapies_6_weeks",
    "Talking therapies: first appointment within 6 weeks",
    "Depression waits badly.",
    ("talking_therapies",),
    "talking_therapies",
    42,
    target=75.0,
    notes="First appointment stands for start of treatment.",
)
talking_therapies_18_weeks = _seen_within(
    "talking_therapies_18_weeks",
    "Talking therapies: first appointment within 18 weeks",
    "Depression waits badly.",
    ("talking_therapies",),
    "talking_therapies",
    126,
    target=95.0,
    notes="First appointment stands for start of treatment.",
)
crisis_response_same_or_next_day = _seen_within(
    "crisis_response_next_day",
    "Community crisis response: seen by the next day",
    "A visit in time keeps people at home.",
    ("51",),
    "community",
    1,
    notes="The standard is two hours; contacts carry no time of referral, so days are counted.",
)
reablement_two_days = _seen_within(
    "reablement_two_days",
    "Reablement: begun within two days of referral",
    "Each day in bed costs strength.",
    ("52",),
    "community",
    2,
)
