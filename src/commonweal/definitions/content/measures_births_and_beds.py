"""Births, bed days, flows between services, and counts of people."""

from __future__ import annotations

from commonweal.definitions.content.common import COMMONWEAL, REVIEW, recorded_in_last, supplied
from commonweal.definitions.content.measures_activity import SEEN, attended
from commonweal.definitions.content.measures_flow import STANDARDS
from commonweal.definitions.content.measures_outcomes import PLANS
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.content.worked import born_for, days_after, days_before
from commonweal.definitions.declarations import ActivityMeasure, Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    as_at,
    contact,
    days,
    is_member,
    missing,
    months,
    more_than,
    not_in,
    person,
    present,
    referral,
    wait,
)

# --- births ----------------------------------------------------------------------------------------------------------

_BIRTHS = contact.where(setting="apc", admission_method=("82", "83", "2C")).in_last(months=12)


def _birth(measure_id: str, title: str, numerator, met: tuple, unmet: tuple, notes: str) -> ActivityMeasure:
    return ActivityMeasure(
        id=measure_id, title=title, source=PLANS, **REVIEW, why_it_matters="Smoking, growth that was not watched and late booking can be acted on: the national ambition is to halve it.",
        basis="everyone", denominator=_BIRTHS, numerator=numerator, per=1000, polarity="lower_is_better",
        tags=("maternity",), notes=notes,
        worked_patients=(
            WorkedPatient("in: counted", (1, 1), met, born="2025-11-11"),
            WorkedPatient("out: not counted", (0, 1), unmet, born="2025-11-11"),
            WorkedPatient("outside: an admission that is not a birth", (0, 0),
                (row("contact", "2025-11-11", setting="apc", admission_method="21"),), born="2025-11-11"),
            WorkedPatient("no date: the birth has no date", (0, 0),
                (type(met[0])(met[0].table, "", met[0].codelist, met[0].columns),), born="2025-11-11"),
        ),
    )  # fmt: skip


def _born(code: str = "", **columns):
    return row("contact", "2025-11-11", code, setting="apc", admission_method="82", **columns)


stillbirths = _birth(
    "stillbirths_per_1000_births",
    "Stillbirths per 1,000 births in hospital",
    _BIRTHS.where(discharge_method="5"),
    (_born(discharge_method="5"),),
    (_born(discharge_method="1"),),
    "Birth spells discharged as stillbirth (method 5).",
)
preterm_births = _birth(
    "preterm_births_per_1000",
    "Preterm births per 1,000 births in hospital",
    _BIRTHS.coded("preterm_birth_icd10"),
    (_born("preterm_birth_icd10"),),
    (_born(),),
    "By primary diagnosis of the birth spell (P07.2, P07.3): under-counts where it is secondary.",
)
neonatal_deaths = Measure(
    id="neonatal_deaths_per_1000", title="Deaths within 28 days of birth, per 1,000 born in 12 months", source=PLANS,
    **REVIEW, why_it_matters="Smoking, growth that was not watched and late booking can be acted on: the national ambition is to halve it.", basis="everyone",
    population=person.birth_date > as_at - months(12), numerator=person.death_date < person.birth_date + days(28),
    per=1000, polarity="lower_is_better", tags=("maternity",),
    notes="Outside direct care only the month of birth is known, so the 28 days are approximate there.",
    worked_patients=(
        WorkedPatient("in: died at 27 days", "numerator", born="2025-11-01", died="2025-11-28"),
        WorkedPatient("out: died at 28 days", "denominator", born="2025-11-01", died="2025-11-29"),
        WorkedPatient("out: alive", "denominator", born="2025-11-01"),
        WorkedPatient("outside: a year old today", "outside", born=born_for(1)),
    ),
)  # fmt: skip

# --- beds and flows --------------------------------------------------------------------------------------------------

_STAYS = contact.where(
    setting="apc", patient_classification="1", length_of_stay_days=present, end_date=present
).in_last(months=12, column="end_date")


def _bed_days(measure_id: str, title: str, why: str, stays, code: str = "", nights: int = 25) -> ActivityMeasure:
    spell = row(
        "contact",
        "2025-08-01",
        code,
        setting="apc",
        admission_method="21",
        patient_classification="1",
        end_date=days_after(nights, "2025-08-01"),
        length_of_stay_days=nights,
    )
    other = row(
        "contact",
        "2025-08-01",
        setting="apc",
        admission_method="21",
        patient_classification="1",
        end_date="2025-08-04",
        length_of_stay_days=3,
    )
    return ActivityMeasure(
        id=measure_id, title=title, why_it_matters=why, source=PLANS, **REVIEW, denominator=_STAYS, numerator=stays,
        sum_column="length_of_stay_days", per=1, polarity="lower_is_better", tags=("activity", "beds"),
        notes="The numerator is bed days in 12 months (divide by 365 for beds); the denominator is all ordinary stays.",
        worked_patients=(
            WorkedPatient("in: its bed days", (nights, 2), (spell, other)),
            WorkedPatient("out: a stay of another kind", (0, 1), (other,)),
            WorkedPatient("no date: the stay has no date", (0, 0),
                (type(spell)(spell.table, "", spell.codelist, spell.columns),)),
        ),
    )  # fmt: skip


long_stay_bed_days = _bed_days(
    "long_stay_bed_days",
    "Bed days of stays over 21 days",
    "What releasing beds is measured by.",
    _STAYS.where(length_of_stay_days=more_than(21)),
)
nstemi_bed_days = _bed_days(
    "nstemi_bed_days",
    "Bed days of admissions for NSTEMI",
    "Seven-day access to angiography shortens them.",
    _STAYS.coded("myocardial_infarction_icd10#I214"),
    "myocardial_infarction_icd10#I214",
    6,
)
stroke_bed_days = _bed_days(
    "stroke_bed_days",
    "Bed days of admissions for stroke",
    "Early supported discharge shortens them.",
    _STAYS.coded("ischaemic_stroke_icd10", "haemorrhagic_stroke_icd10"),
    "ischaemic_stroke_icd10",
    12,
)

_STROKE_HOME = (
    contact.where(setting="apc", end_date=present, discharge_method=not_in("4", "5"))
    .coded("ischaemic_stroke_icd10", "haemorrhagic_stroke_icd10")
    .in_last(years=2, column="end_date")
    .on_or_before(as_at - days(182), column="end_date")
)
_EMERGENCY = contact.where(setting="apc", admission_method=tuple(one for one in EMERGENCY_METHODS if one != "2B"))
"""Without 2B, the transfer from another hospital: from a hyper-acute stroke unit it is the usual way on."""
stroke_readmission = ActivityMeasure(
    id="stroke_readmission_6_months", title="Home after stroke: emergency admission within six months",
    source=Source("West London 2014/15: readmission in six months after stroke", "2014/15"), **REVIEW,
    why_it_matters="Rehabilitation, swallowing care and secondary prevention keep people at home.", denominator=_STROKE_HOME,
    numerator=_STROKE_HOME.followed_by(_EMERGENCY, within_days=182, own="end_date", other="start_date"),
    polarity="lower_is_better", tags=("cardiovascular", "flow"),
    notes="Discharges alive of two years, transfers between hospitals not counted as admissions; those of the last six months (182 days) are not judged yet.",
    worked_patients=(
        WorkedPatient("outside: died of the stroke in hospital", (0, 0),
            (row("contact", "2025-01-01", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date="2025-01-11", discharge_method="4"),)),
        WorkedPatient("out: moved to another hospital", (0, 1),
            (row("contact", "2025-01-01", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date="2025-01-04", discharge_method="1"),
                row("contact", "2025-01-04", setting="apc", admission_method="2B"))),
        WorkedPatient("in: back on day 182", (1, 1),
            (row("contact", "2025-01-01", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date="2025-01-11", discharge_method="1"), row("contact", "2025-07-12", setting="apc", admission_method="21"))),
        WorkedPatient("out: back on day 183", (0, 1),
            (row("contact", "2025-01-01", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date="2025-01-11", discharge_method="1"), row("contact", "2025-07-13", setting="apc", admission_method="21"))),
        WorkedPatient("outside: another illness", (0, 0),
            (row("contact", "2025-01-01", setting="apc", admission_method="21", end_date="2025-01-11", discharge_method="1"),)),
        WorkedPatient("out: home 182 days ago", (0, 1),
            (row("contact", "2025-09-01", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date=days_before(182), discharge_method="1"),)),
        WorkedPatient("outside: home 181 days ago", (0, 0),
            (row("contact", "2025-09-01", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date=days_before(181), discharge_method="1"),)),
        WorkedPatient("no date: the stay has no date", (0, 0),
            (row("contact", "", "ischaemic_stroke_icd10", setting="apc", admission_method="21",
                    end_date="2025-01-11", discharge_method="1"),)),
    ),
)  # fmt: skip

_URGENT_TREATMENT = contact.where(setting="ae", department_type="03").in_last(months=12)


def _after_utc(
    measure_id: str, title: str, following, kind: dict, polarity, target: float, notes: str
) -> ActivityMeasure:
    return ActivityMeasure(
        id=measure_id, title=title, source=PLANS, **REVIEW,
        why_it_matters="Shows whether people came to the right door.", denominator=_URGENT_TREATMENT,
        numerator=_URGENT_TREATMENT.followed_by(following, within_days=1), polarity=polarity, target=target,
        tags=("urgent_care",), notes=notes,
        worked_patients=(
            WorkedPatient("in: next day", (1, 1), (attended(kind="03"), row("contact", days_after(1, SEEN), **kind))),
            WorkedPatient("out: two days later", (0, 1),
                (attended(kind="03"), row("contact", days_after(2, SEEN), **kind))),
            WorkedPatient("outside: a main department", (0, 0), (attended(kind="02"),)),
            WorkedPatient("no date: the attendance has no date", (0, 0), (attended("", kind="03"),)),
        ),
    )  # fmt: skip


utc_to_ae = _after_utc(
    "utc_then_ae",
    "Urgent treatment centre: in a main A&E the same or next day",
    contact.where(setting="ae", department_type="01"),
    {"setting": "ae", "department_type": "01"},
    "lower_is_better",
    6.0,
    "Stands for referral on to A&E: the destination code is not used.",
)
utc_to_gp = _after_utc(
    "utc_then_gp",
    "Urgent treatment centre: seen in general practice the same or next day",
    contact.where(setting="gp"),
    {"setting": "gp"},
    "neither",
    6.0,
    "Stands for redirection to primary care: attendances before redirection are recorded differently between sites.",
)

_OUTPATIENT_REFERRALS = referral.where(source_code=present, service_type=missing).in_last(months=12)
consultant_referrals = ActivityMeasure(
    id="consultant_referral_share", title="Referrals that a consultant started",
    source=Source("NHS Data Dictionary: source of referral for outpatients 01, 02, 05, 10, 11", "2025/26"), **REVIEW,
    why_it_matters="Internally generated referrals bypass the GP.", denominator=_OUTPATIENT_REFERRALS,
    numerator=_OUTPATIENT_REFERRALS.where(source_code=("01", "02", "05", "10", "11")), polarity="lower_is_better",
    tags=("outpatients",), notes="Referrals to community and mental health teams, whose codes differ, are left out.",
    worked_patients=(WorkedPatient("in: consultant", (1, 1), (row("referral", SEEN, source_code="05"),)),
        WorkedPatient("out: general practice", (0, 1), (row("referral", SEEN, source_code="03"),)),
        WorkedPatient("outside: not stated", (0, 0), (row("referral", SEEN),)),
        WorkedPatient("no date: the referral has no date", (0, 0), (row("referral", "", source_code="05"),))),
)  # fmt: skip
LOCAL_TRUSTS = ("R1K", "RAS", "RQM", "RYJ")
"""North West London's acute trusts by ODS code: configuration, as are all local bodies in a definition."""
_FIRST_SEEN = contact.where(
    setting="op", attendance_status=("5", "6"), first_attendance=("1", "3"), provider_code=present
).in_last(months=12)
treated_locally = ActivityMeasure(
    id="first_attendance_local_share", title="First outpatient attendances at North West London's own trusts",
    source=PLANS, **REVIEW, why_it_matters="Care near home, at local prices.", denominator=_FIRST_SEEN,
    numerator=_FIRST_SEEN.where(provider_code=LOCAL_TRUSTS), polarity="higher_is_better", tags=("outpatients",),
    notes="The four acute trusts by code; sites and successors need adding at a merger.",
    worked_patients=(
        WorkedPatient("in: local", (1, 1), (row("contact", SEEN, setting="op", attendance_status="5",
                    first_attendance="1", provider_code="RYJ"),)),
        WorkedPatient("out: elsewhere", (0, 1), (row("contact", SEEN, setting="op", attendance_status="5",
                    first_attendance="1", provider_code="RRV"),)),
        WorkedPatient("outside: a follow-up", (0, 0),
            (row("contact", SEEN, setting="op", attendance_status="5", first_attendance="2", provider_code="RYJ"),)),
        WorkedPatient("no date: the attendance has no date", (0, 0),
            (row("contact", "", setting="op", attendance_status="5", first_attendance="1", provider_code="RYJ"),)),
    ),
)  # fmt: skip
_RTT = wait.where(list_type="rtt").open()
rtt_list_size = Measure(
    id="rtt_list_size", title="Referral to treatment: pathways waiting, per 1,000 people", source=STANDARDS, **REVIEW,
    why_it_matters="The size of the list is what people feel.", numerator=_RTT.count(), per=1000,
    polarity="lower_is_better", tags=("waits",),
    worked_patients=(
        WorkedPatient("in: two pathways", (2, 1), (row("wait", "2025-12-01", list_type="rtt",
                    snapshot_date="2026-03-29"), row("wait", "2026-01-01", list_type="rtt",
                    snapshot_date="2026-03-29"))), WorkedPatient("out: stopped", (0, 1),
            (row("wait", "2025-12-01", list_type="rtt", snapshot_date="2026-03-29", clock_stop_date="2026-03-20"),)),
        WorkedPatient("no date: the clock has no start", (0, 1),
            (row("wait", "", list_type="rtt", snapshot_date="2026-03-29"),)),
    ),
)  # fmt: skip

# --- people ----------------------------------------------------------------------------------------------------------

registered_people = Measure(
    id="registered_people", title="People registered", source=COMMONWEAL, **REVIEW,
    why_it_matters="The size of a practice or network; the denominator of most rates.", numerator=person.is_registered,
    per=100, polarity="neither", tags=("population",), notes="Read the numerator.",
    worked_patients=(WorkedPatient("in: registered", "numerator"),
        WorkedPatient("out: not registered", "outside", registered_from=""),
        WorkedPatient("died: no longer counted", "outside", died="2025-05-05")),
)  # fmt: skip
care_package_65_plus = Measure(
    id="care_package_65_plus", title="65 and over: with a care package now, per 1,000 people", source=PLANS, **REVIEW,
    why_it_matters="Shows where councils and continuing care carry the load, and where people are not reached.", population=person.age >= 65,
    numerator=is_member("social_care_user"), per=1000, polarity="neither", tags=("social_care",),
    notes="Open packages of the council or of continuing care, whoever pays. People who pay for their own care are not in the feed.",
    worked_patients=(
        WorkedPatient("in: open package", "numerator", (row("care_package", "2025-01-06", package_type="home_care"),), born="1940-05-05"),
        WorkedPatient("out: ended", "denominator",
            (row("care_package", "2025-01-06", package_type="home_care", end_date="2026-03-30"),), born="1940-05-05"),
        WorkedPatient("under age: 65 tomorrow", "outside", (row("care_package", "2025-01-06", package_type="home_care"),), born=born_for(65, days_short=1)),
        WorkedPatient("no date: the package has no start", "denominator", (row("care_package", "", package_type="home_care"),), born="1940-05-05"),
    ),
)  # fmt: skip
ld_inpatients_young = Measure(
    id="ld_autism_inpatients_under_18", title="Learning disability or autism: mental health inpatients now, per "
        "million under 18", source=PLANS, **REVIEW, why_it_matters="Hospitals are not homes.",
    population=person.age < 18, numerator=(is_member("learning_disability")
        | is_member("autism")) & contact.where(setting="mental_health", admission_method=present).open().any(),
    per=1_000_000, polarity="lower_is_better", target=15.0, tags=("ld_autism", "children"),
    notes="Needs a mental health inpatient feed that sends open stays.",
    worked_patients=(
        WorkedPatient("in: in hospital", "numerator",
            (row("event", "2016-01-01", "autism_cod"), row("contact", "2026-01-10", setting="mental_health",
                    admission_method="21")), born="2012-01-01"),
        WorkedPatient("out: at home", "denominator", (row("event", "2016-01-01", "autism_cod"),), born="2012-01-01"),
        WorkedPatient("over age: 18 today", "outside", born=born_for(18)),
        WorkedPatient("no date: the stay has no date", "denominator",
            (row("event", "2016-01-01", "autism_cod"), row("contact", "", setting="mental_health",
                    admission_method="21")), born="2012-01-01"),
    ),
)  # fmt: skip
perinatal_team = Measure(
    id="perinatal_team_referred", title="Women of 15 to 49 referred to a specialist perinatal team in 12 months, per "
        "1,000", source=PLANS, **REVIEW, why_it_matters="One in ten has need in pregnancy or the year after.",
    population=(person.sex == "F") & (person.age >= 15) & (person.age < 50),
    numerator=referral.where(service_type="C02").in_last(months=12).any(), per=1000, polarity="higher_is_better",
    tags=("maternity", "mental_health"), notes="Team type C02.",
    worked_patients=(
        WorkedPatient("in: referred", "numerator", (row("referral", SEEN, service_type="C02"),), born="1995-01-01"),
        WorkedPatient("out: another team", "denominator", (row("referral", SEEN, service_type="A06"),),
            born="1995-01-01"), WorkedPatient("over age: 50 today", "outside", born=born_for(50)),
        WorkedPatient("no date: the referral has no date", "denominator", (row("referral", "", service_type="C02"),),
            born="1995-01-01"),
    ),
)  # fmt: skip
weight_offer_risk = Measure(
    id="weight_offer_obesity_with_risk", title="Obesity with type 2 diabetes or hypertension: lifestyle or weight "
        "offer within 12 months", source=Source("NHS Long Term Plan weight management offer", "2019"), **REVIEW,
    why_it_matters="Losing a tenth of weight can end diabetes.",
    population=is_member("obesity") & (is_member("diabetes_type_2") | is_member("hypertension")),
    numerator=recorded_in_last("lifestyleint_cod", *supplied("wtmgint_cod"), months=12), polarity="higher_is_better",
    target=100.0, tags=("lifestyle",), notes="Lifestyle advice codes stand in for the weight management referral set.",
    worked_patients=(
        WorkedPatient("in: offered", "numerator", (row("event", "2025-09-01", "bmival_cod", value=33.0),
                row("event", "2015-01-01", "hyp_cod"), row("event", "2025-10-01", "lifestyleint_cod"))),
        WorkedPatient("out: not offered", "denominator",
            (row("event", "2025-09-01", "bmival_cod", value=33.0), row("event", "2015-01-01", "hyp_cod"))),
        WorkedPatient("outside: no risk condition", "outside", (row("event", "2025-09-01", "bmival_cod", value=33.0),)),
        WorkedPatient("no date: the offer has no date", "denominator",
            (row("event", "2025-09-01", "bmival_cod", value=33.0), row("event", "2015-01-01", "hyp_cod"),
                row("event", "", "lifestyleint_cod"))),
    ),
)  # fmt: skip
LOCAL_MENTAL_HEALTH_TRUSTS = ("RKL", "RV3")
"""North West London's mental health trusts by ODS code: configuration, as are all local bodies in a definition."""
_MENTAL_BEDS = contact.where(setting="mental_health", admission_method=present, provider_code=present).open()


def _mental_bed(day: str = "2026-01-05", **columns):
    return row("contact", day, setting="mental_health", admission_method="2D", **columns)


mental_health_out_of_area = ActivityMeasure(
    id="mental_health_out_of_area", title="Mental health inpatients now: in a bed of another area's provider",
    source=PLANS, **REVIEW, why_it_matters="Far from family, people stay longer and come home to strangers.",
    denominator=_MENTAL_BEDS, numerator=_MENTAL_BEDS.where(provider_code=not_in(*LOCAL_MENTAL_HEALTH_TRUSTS)),
    polarity="lower_is_better", target=0.0, tags=("mental_health", "beds"),
    notes="Stands for inappropriate out of area placements, which the national return marks by hand: specialised beds that "
        "nobody has locally are counted too. Needs open stays of providers elsewhere.",
    worked_patients=(
        WorkedPatient("in: another area's trust", (1, 1), (_mental_bed(provider_code="RV5"),)),
        WorkedPatient("out: a local trust", (0, 1), (_mental_bed(provider_code="RV3"),)),
        WorkedPatient("outside: discharged", (0, 0), (_mental_bed(provider_code="RV5", end_date="2026-02-01"),)),
        WorkedPatient("no date: the stay has no date", (0, 0), (_mental_bed("", provider_code="RV5"),)),
    ),
)  # fmt: skip
