"""How activity flows: waits, stays, readmissions, follow-ups and missed appointments. Rows are counted, not people."""

from __future__ import annotations

from commonweal.definitions.content.common import COMMONWEAL, NHS_RULES, REVIEW
from commonweal.definitions.content.measures_activity import AE_TYPES, SEEN, attended
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.declarations import ActivityMeasure, Polarity, Source, WorkedPatient, row
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
)

STANDARDS = Source(
    "NHS Constitution and operational standards (planning guidance 2025/26 in the notes)",
    "2025/26",
    "https://www.england.nhs.uk/operational-planning-and-contracting/",
)


def share(
    measure_id: str,
    title: str,
    why: str,
    denominator: Rows,
    numerator: Rows,
    *,
    met: tuple,
    not_met: tuple,
    outside: tuple = (),
    polarity: Polarity = "higher_is_better",
    source=NHS_RULES,
    **options,
) -> ActivityMeasure:
    """A share of rows: `met` is one row in the numerator, `not_met` one in the denominator alone, `outside` in neither."""
    extra = options.pop("extra", ())
    undated = tuple(type(one)(one.table, "", one.codelist, one.columns) for one in met)
    return ActivityMeasure(
        id=measure_id, title=title, why_it_matters=why, source=source, **REVIEW, denominator=denominator,
        numerator=numerator, polarity=polarity,
        tags=options.pop("tags", ("activity", "flow")),
        worked_patients=(
            WorkedPatient("in: met", (1, 1), met), WorkedPatient("out: not met", (0, 1), not_met),
            WorkedPatient("outside: not of this kind", (0, 0), outside),
            WorkedPatient("in: both", (1, 2), (*met, *not_met)),
            WorkedPatient("no date: the row has no date", (0, 0), undated), *extra,
        ),
        **options,
    )  # fmt: skip


_TIMED = contact.where(
    setting="ae", department_type=AE_TYPES, attendance_category=("1", "2", "3"), wait_minutes=present
).in_last(months=12)
ae_four_hours = share(
    "ae_four_hours", "A&E: departed within four hours of arrival", "Long waits in A&E cost lives.", _TIMED,
    _TIMED.where(wait_minutes=at_most(240)),
    met=(attended(attendance_category="1", wait_minutes=240),),
    not_met=(attended(attendance_category="1", wait_minutes=241),),
    outside=(attended(attendance_category="4", wait_minutes=100),
        attended(kind="05", attendance_category="1", wait_minutes=100), attended(attendance_category="1")),
    source=STANDARDS, target=78.0, notes="All types 01 to 04, without planned follow-ups (category 4) and rows "
        "without a time. Constitution 95%; goal 78% by March 2026.",
)  # fmt: skip
ae_twelve_hours = share(
    "ae_twelve_hours", "A&E: twelve hours or more from arrival", "Waits of half a day are linked with deaths in the month after.", _TIMED,
    _TIMED.where(wait_minutes=at_least(720)), polarity="lower_is_better",
    met=(attended(attendance_category="1", wait_minutes=720),),
    not_met=(attended(attendance_category="1", wait_minutes=719),),
    outside=(attended(attendance_category="4", wait_minutes=800),),
    source=STANDARDS, notes="From arrival; trolley waits from the decision to admit need a time that the record does "
        "not hold.",
)  # fmt: skip
_MIND_AE = _TIMED.coded(
    "mh_cod", "depr_cod", "anxiety", "personality_disorder", "eating_disorder", "severe_mental_illness_icd10"
)
ae_mental_health_twelve_hours = share(
    "ae_mental_health_twelve_hours", "A&E, mental health diagnosis: twelve hours or more from arrival",
    "Half a day in A&E makes a crisis worse; the pledge of the plans is that nobody waits so long.", _MIND_AE, _MIND_AE.where(wait_minutes=at_least(720)), polarity="lower_is_better",
    met=(row("contact", SEEN, "mh_cod", setting="ae", department_type="01", attendance_category="1",
            wait_minutes=900),),
    not_met=(row("contact", SEEN, "mh_cod", setting="ae", department_type="01", attendance_category="1",
            wait_minutes=100),), outside=(attended(attendance_category="1", wait_minutes=900),),
    source=STANDARDS, target=0.0, notes="By the first diagnosis of the attendance; from arrival, not from the "
        "decision to admit.",
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


stays_over_21_days = share(
    "stays_over_21_days", "Hospital stays of more than 21 days",
    "Older people lose muscle each day in bed; one in three could be at home.", _DISCHARGED,
    _DISCHARGED.where(length_of_stay_days=more_than(21)), polarity="lower_is_better",
    met=(_spell("2025-08-01", "2025-08-23", 22),), not_met=(_spell("2025-08-01", "2025-08-22", 21),),
    outside=(_spell("2024-01-01", "2024-02-10", 40),),
    notes="Ordinary admissions, by month of discharge. National reports count 21 days or more.",
)  # fmt: skip
stays_21_days_or_more = share(
    "stays_21_days_or_more", "Hospital stays of 21 days or more", "As national reports count long stays.", _DISCHARGED,
    _DISCHARGED.where(length_of_stay_days=at_least(21)), polarity="lower_is_better",
    met=(_spell("2025-08-01", "2025-08-22", 21),), not_met=(_spell("2025-08-01", "2025-08-21", 20),),
)  # fmt: skip
stays_over_14_days = share(
    "stays_over_14_days", "Hospital stays of more than 14 days", "People over two weeks in bed are those whom discharge teams can still help before the third.", _DISCHARGED,
    _DISCHARGED.where(length_of_stay_days=more_than(14)), polarity="lower_is_better",
    met=(_spell("2025-08-01", "2025-08-16", 15),), not_met=(_spell("2025-08-01", "2025-08-15", 14),),
)  # fmt: skip
_IN_HOSPITAL = contact.where(setting="apc", patient_classification="1").open()
in_hospital_over_21_days = share(
    "in_hospital_over_21_days", "People in hospital now: more than 21 days so far",
    "The beds that discharge teams can free today.", _IN_HOSPITAL, _IN_HOSPITAL.before(as_at - days(21)),
    polarity="lower_is_better",
    met=(row("contact", "2026-03-09", setting="apc", admission_method="21", patient_classification="1"),),
    not_met=(row("contact", "2026-03-10", setting="apc", admission_method="21", patient_classification="1"),),
    outside=(_spell("2026-02-01", "2026-03-01", 28),),
    notes="Open spells: only feeds that send them before discharge show any.",
)  # fmt: skip
_EMERGENCY_DISCHARGED = _DISCHARGED.where(admission_method=EMERGENCY_METHODS)
emergency_zero_day_share = share(
    "emergency_zero_day_share", "Emergency admissions without a night in hospital",
    "Stands for same day emergency care.", _EMERGENCY_DISCHARGED,
    _EMERGENCY_DISCHARGED.where(length_of_stay_days=at_most(0)),
    met=(_spell("2025-08-01", "2025-08-01", 0),), not_met=(_spell("2025-08-01", "2025-08-02", 1),),
    outside=(_spell("2025-08-01", "2025-08-01", 0, method="11"),), polarity="neither",
    notes="Same day emergency care that is recorded in ECDS (department 05) or as an outpatient clinic is not seen "
        "here.", target=30.0,
)  # fmt: skip
average_stay = ActivityMeasure(
    id="average_stay_emergency", title="Emergency admissions: average length of stay (nights)", source=NHS_RULES,
    **REVIEW, why_it_matters="Bed days are the scarcest resource.",
    denominator=_EMERGENCY_DISCHARGED, numerator=_EMERGENCY_DISCHARGED, sum_column="length_of_stay_days", per=1,
    polarity="lower_is_better", tags=("activity", "flow"),
    worked_patients=(
        WorkedPatient("in: stays of 2 and 5", (7, 2),
            (_spell("2025-08-01", "2025-08-03", 2), _spell("2025-10-01", "2025-10-06", 5))),
        WorkedPatient("outside: a planned stay", (0, 0), (_spell("2025-08-01", "2025-08-03", 2, method="11"),)),
        WorkedPatient("no date: the spell has no date", (0, 0), (_spell("", "2025-08-03", 2),)),
    ),
)  # fmt: skip

_ALIVE_AT_DISCHARGE = (
    contact.where(setting="apc", patient_classification=("1", "2"), discharge_method=not_in("4", "5"), end_date=present)
    .in_last(months=12, column="end_date")
    .on_or_before(as_at - days(30), column="end_date")
)
_TRANSFER = "2B"
"""Moved from another hospital in an emergency (NHS Data Dictionary): the same illness goes on, nobody came back."""
_UNPLANNED = contact.where(setting="apc", admission_method=tuple(one for one in EMERGENCY_METHODS if one != _TRANSFER))
readmission_30_days = ActivityMeasure(
    id="readmission_30_days", title="Emergency readmission within 30 days of discharge", source=NHS_RULES, **REVIEW,
    why_it_matters="Some are failures of discharge; all are hard on people.",
    denominator=_ALIVE_AT_DISCHARGE, numerator=_ALIVE_AT_DISCHARGE.followed_by(_UNPLANNED, within_days=30,
        own="end_date", other="start_date"), polarity="lower_is_better", tags=("activity", "flow"),
    notes="Any discharge alive after an ordinary admission or a day case is an index; regular day and night attenders "
        "(classification 3 and 4) are not. The readmission may be to any hospital and for any reason; an emergency "
        "transfer between hospitals (2B) is not one. Discharges of the last 30 days are not judged yet. The national "
        "indicator leaves out more kinds of spell: not comparable.",
    worked_patients=(
        WorkedPatient("in: back on day 30", (1, 1), (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"),
                row("contact", "2025-09-04", setting="apc", admission_method="21"))),
        WorkedPatient("out: back on day 31", (0, 1),
            (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"),
                row("contact", "2025-09-05", setting="apc", admission_method="21"))),
        WorkedPatient("out: planned return", (0, 1),
            (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"),
                row("contact", "2025-08-10", setting="apc", admission_method="13"))),
        WorkedPatient("in: back on the day of discharge", (1, 1),
            (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"),
                row("contact", "2025-08-05", setting="apc", admission_method="21"))),
        WorkedPatient("out: home the same day counts once, not as its own readmission", (0, 1),
            (_spell("2025-08-01", "2025-08-01", 0, discharge_method="1"),)),
        WorkedPatient("out: moved to another hospital", (0, 1),
            (_spell("2025-08-01", "2025-08-05", 4, discharge_method="1"),
                row("contact", "2025-08-05", setting="apc", admission_method="2B"))),
        WorkedPatient("outside: dialysis as a regular attender", (0, 0),
            (row("contact", "2025-08-05", setting="apc", admission_method="11", end_date="2025-08-05",
                    patient_classification="3", discharge_method="1"),)),
        WorkedPatient("outside: died in hospital", (0, 0),
            (_spell("2025-08-01", "2025-08-05", 4, discharge_method="4"),)),
        WorkedPatient("out: home 30 days ago", (0, 1), (_spell("2026-02-25", "2026-03-01", 4, discharge_method="1"),)),
        WorkedPatient("outside: home 29 days ago, and back", (0, 0), (_spell("2026-02-26", "2026-03-02", 4, discharge_method="1"),
                row("contact", "2026-03-10", setting="apc", admission_method="21"))),
        WorkedPatient("no date: the spell has no date", (0, 0), (_spell("", "", 4, discharge_method="1"),)),
    ),
)  # fmt: skip

# --- outpatients -----------------------------------------------------------------------------------------------------

_ATTENDED = contact.where(setting="op", attendance_status=("5", "6")).in_last(months=12)
_FIRST, _FOLLOW_UP = _ATTENDED.where(first_attendance=("1", "3")), _ATTENDED.where(first_attendance=("2", "4"))


def _clinic(day: str = SEEN, **columns):
    return row("contact", day, setting="op", **columns)


follow_up_ratio = ActivityMeasure(
    id="follow_up_ratio", title="Outpatient follow-ups for each first attendance", source=NHS_RULES, **REVIEW,
    why_it_matters="Unneeded follow-ups take the place of people who wait.",
    denominator=_FIRST, numerator=_FOLLOW_UP, is_ratio=True, per=1, polarity="lower_is_better",
    tags=("activity", "outpatients"),
    worked_patients=(
        WorkedPatient("in: one first, two follow-ups", (2, 1),
            (_clinic(attendance_status="5", first_attendance="1"),
                _clinic("2025-10-01", attendance_status="5", first_attendance="2"),
                _clinic("2025-11-01", attendance_status="6", first_attendance="4"))),
        WorkedPatient("out: not attended", (0, 1), (_clinic(attendance_status="5", first_attendance="3"),
                _clinic("2025-10-01", attendance_status="3", first_attendance="2"))),
        WorkedPatient("outside: an administrative clock stop", (0, 0),
            (_clinic(attendance_status="5", first_attendance="5"),)),
        WorkedPatient("no date: the attendance has no date", (0, 0),
            (_clinic("", attendance_status="5", first_attendance="1"),)),
    ),
)  # fmt: skip
_BOOKED = contact.where(setting="op", attendance_status=("3", "5", "6", "7")).in_last(months=12)
outpatient_dna_rate = share(
    "outpatient_dna_rate", "Outpatient appointments missed (did not attend)",
    "Wasted slots; often people who face barriers.", _BOOKED, _BOOKED.where(attendance_status=("3", "7")),
    polarity="lower_is_better",
    met=(_clinic(attendance_status="3"),), not_met=(_clinic(attendance_status="5"),),
    outside=(_clinic(attendance_status="4"), _clinic(attendance_status="2")),
    notes="3 did not attend and 7 arrived too late to be seen, over these and attended; cancellations are left out.",
    tags=("activity", "outpatients"),
)  # fmt: skip
_GP_BOOKED = contact.where(setting="gp", attendance_status=("3", "5", "6", "7")).in_last(months=12)
gp_missed_share = share(
    "gp_missed_share", "General practice appointments missed (did not attend)", "Access is lost; often people who face barriers.",
    _GP_BOOKED, _GP_BOOKED.where(attendance_status=("3", "7")), polarity="lower_is_better",
    met=(row("contact", SEEN, setting="gp", attendance_status="3"),), not_met=(row("contact", SEEN, setting="gp", attendance_status="5"),),
    outside=(row("contact", SEEN, setting="gp"), row("contact", SEEN, setting="gp", attendance_status="4"), _clinic(attendance_status="3")),
    notes="Appointments whose outcome the feed tells; cancelled ones are left out.", tags=("activity", "access"),
)  # fmt: skip
_MEDIUM = _ATTENDED.where(consultation_medium=present)
outpatient_remote_share = share(
    "outpatient_remote_share", "Outpatient attendances by telephone or video", "Saves journeys where it suits.",
    _MEDIUM, _MEDIUM.where(consultation_medium=("02", "03")), polarity="neither",
    met=(_clinic(attendance_status="5", consultation_medium="03"),),
    not_met=(_clinic(attendance_status="5", consultation_medium="01"),),
    outside=(_clinic(attendance_status="3", consultation_medium="03"),), tags=("activity", "outpatients"),
)  # fmt: skip
_CONTACTS = contact.where(setting=("apc", "op", "ae")).in_last(months=12)
uncosted_share = share(
    "uncosted_share", "Hospital contacts without a cost", "A total is only as good as its coverage.", _CONTACTS,
    _CONTACTS.where(cost_basis="uncosted"), polarity="lower_is_better", source=COMMONWEAL,
    met=(attended(cost_basis="uncosted"),), not_met=(attended(cost_basis="row_price"),),
    outside=(row("contact", SEEN, setting="gp", cost_basis="uncosted"),), tags=("cost",),
)  # fmt: skip
