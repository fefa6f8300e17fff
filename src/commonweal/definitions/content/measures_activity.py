"""Hospital use for each person: attendances, admissions, those that care in time might have prevented, and cost.

Rates are for 1,000 registered people over the 12 months to the as-at date.
"""

from __future__ import annotations

from commonweal.definitions.content.common import NHS_RULES, REVIEW
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Measure, Polarity, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Condition,
    Number,
    Rows,
    contact,
    diagnosis,
    is_member,
    missing,
    person,
    procedure,
    referral,
)

ACS = Source(
    "NHS Institute ambulatory care sensitive conditions (19), as coded by The Strategy Unit",
    "nhp_data cff9dde",
    "https://github.com/The-Strategy-Unit/nhp_data",
)
CHILDREN = Source("NW London intentions 2020/21, children and young people", "2020/21")

AE_TYPES = ("01", "02", "03", "04")
"""Departments counted as A&E; 05 is same day emergency care."""
ELECTIVE_METHODS = ("11", "12", "13")

ae_attendances = contact.where(setting="ae", department_type=AE_TYPES).in_last(months=12)
emergency_admissions = contact.where(setting="apc", admission_method=EMERGENCY_METHODS).in_last(months=12)
SEEN, LONG_AGO = "2025-09-14", "2025-03-31"


def attended(day: str = SEEN, kind: str = "01", **columns):
    """A worked row: one A&E attendance."""
    return row("contact", day, setting="ae", department_type=kind, **columns)


def admitted(day: str = SEEN, method: str = "21", code: str = "", **columns):
    """A worked row: one admission; `code` is the list of its primary diagnosis."""
    return row("contact", day, code, setting="apc", admission_method=method, **columns)


def rate(
    measure_id: str,
    title: str,
    why: str,
    numerator: Number,
    *,
    counted: tuple,
    not_counted: tuple,
    population: Condition | None = None,
    source: Source = NHS_RULES,
    notes: str = "",
    per: int = 1000,
    polarity: Polarity = "lower_is_better",
    amount: float = 1,
    extra: tuple = (),
    **options,
) -> Measure:
    """A rate: `counted` rows give `amount`, `not_counted` rows give nothing."""
    born = options.pop("born", "1960-06-15")
    before = options.pop("before", ())
    return Measure(
        id=measure_id, title=title, why_it_matters=why, source=source, **REVIEW, population=population,
        numerator=numerator, per=per,
        polarity=polarity, notes=notes, tags=options.pop("tags", ("activity",)),
        worked_patients=(
            WorkedPatient("in: counted", (amount, 1), (*before, *counted), born=born),
            WorkedPatient("out: not counted", (0, 1), (*before, *not_counted), born=born),
            WorkedPatient("no date: the contact has no date", (0, 1),
                (*before, *(type(one)(one.table, "", one.codelist, one.columns) for one in counted)), born=born),
            *extra,
        ),
        **options,
    )  # fmt: skip


ae_attendance_rate = rate(
    "ae_attendance_rate", "A&E attendances per 1,000 people",
    "Shows pressure, and where community care might have been in time.", ae_attendances.count(),
    counted=(attended(),), not_counted=(attended(kind="05"), attended(LONG_AGO)),
    notes="Types 01 to 04, planned follow-ups in A&E included; same day emergency care (05) is not counted.",
    extra=(WorkedPatient("in: two on one day are two", (2, 1), (attended(), attended())),
        WorkedPatient("died: nobody to count", "outside", (attended(),), died="2026-01-01")),
)  # fmt: skip
ae_attendance_rate_under_18 = rate(
    "ae_attendance_rate_under_18", "A&E attendances per 1,000 under 18", "Most children's attendances are minor.",
    ae_attendances.count(), population=person.age < 18,
    counted=(attended(),), not_counted=(attended(kind="05"),), born="2015-05-05", source=CHILDREN,
    extra=(WorkedPatient("over age: 18 today", "outside", (attended(),), born=born_for(18)),),
)  # fmt: skip
emergency_admission_rate = rate(
    "emergency_admission_rate", "Emergency admissions per 1,000 people",
    "The largest avoidable cost, and harm to frail people.", emergency_admissions.count(),
    counted=(admitted(),), not_counted=(admitted(method="11"), admitted(method="31"), admitted(method="2C"), admitted(LONG_AGO)),
    notes="By date of admission, spells still open included. Maternity, births and transfers (31, 32, 81 to 83, 2C) are "
        "not emergencies.",
)  # fmt: skip
emergency_admission_rate_75_plus = rate(
    "emergency_admission_rate_75_plus", "Emergency admissions per 1,000 people of 75 and over",
    "Frailty teams at the front door aim at this.", emergency_admissions.count(),
    population=person.age >= 75, counted=(admitted(),), not_counted=(admitted(method="11"),), born="1940-05-05",
    extra=(WorkedPatient("under age: 75 tomorrow", "outside", (admitted(),), born=born_for(75, days_short=1)),),
)  # fmt: skip
emergency_admission_rate_under_18 = rate(
    "emergency_admission_rate_under_18", "Emergency admissions per 1,000 under 18", "A child seen by a paediatrician and a GP together, near home, often needs no hospital: child health hubs aim at this.",
    emergency_admissions.count(),
    population=person.age < 18, counted=(admitted(),), not_counted=(admitted(method="11"),), born="2015-05-05",
    source=CHILDREN,
    extra=(WorkedPatient("over age: 18 today", "outside", (admitted(),), born=born_for(18)),),
)  # fmt: skip
elective_admission_rate = rate(
    "elective_admission_rate", "Planned admissions and day cases per 1,000 people",
    "Planned care delivered, and its variation.",
    contact.where(setting="apc", admission_method=ELECTIVE_METHODS,
        patient_classification=("1", "2")).in_last(months=12).count(),
    counted=(admitted(method="11", patient_classification="2"),),
    not_counted=(admitted(method="11", patient_classification="3"), admitted()), polarity="neither",
    notes="Regular day and night attenders (classification 3, 4) are not counted.",
)  # fmt: skip
outpatient_attendance_rate = rate(
    "outpatient_attendance_rate", "Outpatient attendances per 1,000 people", "A third of follow-ups could be avoided.",
    contact.where(setting="op", attendance_status=("5", "6")).in_last(months=12).count(),
    counted=(row("contact", SEEN, setting="op", attendance_status="5"),),
    not_counted=(row("contact", SEEN, setting="op", attendance_status="3"),), polarity="neither",
)  # fmt: skip
outpatient_attendance_rate_under_18 = rate(
    "outpatient_attendance_rate_under_18", "Outpatient attendances per 1,000 under 18",
    "A child seen by a paediatrician and a GP together, near home, often needs no hospital: child health hubs aim at this.",
    contact.where(setting="op", attendance_status=("5", "6")).in_last(months=12).count(), population=person.age < 18,
    born="2015-05-05", source=CHILDREN,
    extra=(WorkedPatient("over age: 18 today", "outside", (row("contact", SEEN, setting="op", attendance_status="5"),),
            born=born_for(18)),),
    counted=(row("contact", SEEN, setting="op", attendance_status="5"),),
    not_counted=(row("contact", SEEN, setting="op", attendance_status="3"),),
)  # fmt: skip
gp_appointment_rate = rate(
    "gp_appointment_rate", "General practice appointments per 1,000 people", "Where few people are seen, more go to A&E; where many are, ask what could be done otherwise.",
    contact.where(setting="gp").in_last(months=12).count(),
    counted=(row("contact", SEEN, setting="gp"),), not_counted=(attended(),), polarity="neither",
    notes="As far as the feed sends them: appointments that were not kept may be among them.",
)  # fmt: skip
referral_rate = rate(
    "consultant_first_attendance_rate", "First outpatient attendances per 1,000 people",
    "Stands for referral variation between practices.",
    contact.where(setting="op", attendance_status=("5", "6"), first_attendance=("1", "3")).in_last(months=12).count(),
    polarity="neither",
    counted=(row("contact", SEEN, setting="op", attendance_status="5", first_attendance="1"),),
    not_counted=(row("contact", SEEN, setting="op", attendance_status="5", first_attendance="2"),),
)  # fmt: skip
gp_referral_rate = rate(
    "referrals_per_1000", "Referrals per 1,000 people", "Referral variation between practices.",
    referral.in_last(months=12).count(),
    counted=(row("referral", SEEN),), not_counted=(row("referral", LONG_AGO),), polarity="neither",
    notes="Every referral in the record, to any service.",
)  # fmt: skip
hospital_referral_rate = rate(
    "hospital_referrals_per_1000", "Referrals to hospital per 1,000 people", "What planned care has to see; practices differ twofold and more.",
    referral.where(service_type=missing).in_last(months=12).count(),
    counted=(row("referral", SEEN, priority="1"),), not_counted=(row("referral", SEEN, service_type="12"), row("referral", LONG_AGO)), polarity="neither",
    notes="Referrals without a community or mental health team: by general practice and by anybody else.",
)  # fmt: skip

# --- ambulatory care sensitive admissions ------------------------------------------------------------------------------

_PRIMARY_PLAIN = tuple(
    f"acs_{name}_icd10"
    for name in (
        "convulsions_and_epilepsy", "dehydration_and_gastroenteritis", "dental_conditions",
        "ear_nose_and_throat_infections",
        "pelvic_inflammatory_disease", "perforated_or_bleeding_ulcer", "pyelonephritis", "asthma", "copd",
        "iron_deficiency_anaemia", "nutritional_deficiencies",
    )
)  # fmt: skip
_CELLULITIS, _ANGINA, _HEART, _BRONCHITIS = (
    f"acs_{name}_icd10"
    for name in ("cellulitis", "angina", "congestive_heart_failure_hypertension", "copd_acute_bronchitis")
)
_ANY_POSITION = ("acs_gangrene_icd10", "acs_diabetes_complications_icd10", "acs_other_vaccine_preventable_icd10")
_FLU = "acs_influenza_and_pneumonia_icd10"
_ALL_PRIMARY = (*_PRIMARY_PLAIN, _CELLULITIS, _ANGINA, _HEART, _BRONCHITIS)
_STAY_DAYS = 30
"""A procedure within so many days of admission is taken as one of the stay: procedures carry a date, and no row is joined to its spell here."""


def _without_operation(diagnosis_list: str, operation_list: str, **position) -> Rows:
    operations = procedure.coded(operation_list)
    return emergency_admissions.coded(diagnosis_list).not_followed_by(
        operations.where(**position) if position else operations, within_days=_STAY_DAYS
    )


_OTHER = emergency_admissions.not_coded(*_ALL_PRIMARY)
_FLU_DIAGNOSIS = diagnosis.coded(_FLU)
acs_admissions = (
    emergency_admissions.coded(*_PRIMARY_PLAIN).count()
    + _without_operation(_CELLULITIS, "acs_operation_cellulitis_opcs4").count()
    + _without_operation(_ANGINA, "acs_operation_angina_opcs4", position=1).count()
    + _without_operation(_HEART, "acs_operation_heart_opcs4").count()
    + emergency_admissions.coded(_BRONCHITIS).followed_by(diagnosis.coded("acs_copd_icd10"), within_days=0).count()
    + _OTHER.followed_by(diagnosis.coded(*_ANY_POSITION), within_days=0).count()
    + _OTHER.not_followed_by(diagnosis.coded(*_ANY_POSITION), within_days=0)
    .followed_by(_FLU_DIAGNOSIS, within_days=0)
    .not_followed_by(diagnosis.coded("acs_sickle_cell_icd10"), within_days=0)
    .count()
)
"""Each emergency admission once: by primary diagnosis first, else by a diagnosis in any position on the day of admission."""

acs_admission_rate = rate(
    "acs_admission_rate", "Emergency admissions for ambulatory care sensitive conditions per 1,000 people",
    "Admissions that timely care outside hospital should prevent.",
    acs_admissions, source=ACS, counted=(admitted(code="acs_asthma_icd10"),),
    not_counted=(admitted(), admitted(method="11", code="acs_asthma_icd10")),
    notes="The 19-condition list, not the NHS Outcomes Framework lists 2.3i or 3a. Diagnoses in any position count on "
        "the day of admission only.",
    extra=(
        WorkedPatient("in: cellulitis without operation", (1, 1), (admitted(code="acs_cellulitis_icd10"),)),
        WorkedPatient("out: cellulitis with operation", (0, 1),
            (admitted(code="acs_cellulitis_icd10"), row("procedure", "2025-09-15", "acs_operation_cellulitis_opcs4",
                    position=1))),
        WorkedPatient("out: bronchitis without COPD", (0, 1), (admitted(code="acs_copd_acute_bronchitis_icd10"),)),
        WorkedPatient("in: bronchitis with COPD", (1, 1),
            (admitted(code="acs_copd_acute_bronchitis_icd10"), row("diagnosis", SEEN, "acs_copd_icd10", position=2))),
        WorkedPatient("in: gangrene as second diagnosis", (1, 1),
            (admitted(), row("diagnosis", SEEN, "acs_gangrene_icd10", position=2))),
        WorkedPatient("in: asthma with gangrene counts once", (1, 1),
            (admitted(code="acs_asthma_icd10"), row("diagnosis", SEEN, "acs_gangrene_icd10", position=2))),
        WorkedPatient("in: pneumonia", (1, 1), (admitted(),
                row("diagnosis", SEEN, "acs_influenza_and_pneumonia_icd10", position=1))),
        WorkedPatient("out: pneumonia with sickle cell", (0, 1),
            (admitted(), row("diagnosis", SEEN, "acs_influenza_and_pneumonia_icd10", position=1),
                row("diagnosis", SEEN, "acs_sickle_cell_icd10", position=2))),
    ),
)  # fmt: skip

# --- by condition ----------------------------------------------------------------------------------------------------


def _admissions_for(
    measure_id: str,
    title: str,
    why: str,
    *lists: str,
    population: Condition | None = None,
    before: tuple = (),
    source: Source = NHS_RULES,
    born: str = "1960-06-15",
    notes: str = "",
    extra: tuple = (),
) -> Measure:
    return rate(
        measure_id, title, why, emergency_admissions.coded(*lists).count(), population=population, source=source,
        born=born, before=before, notes=notes, extra=extra,
        counted=(admitted(code=lists[0]),), not_counted=(admitted(), admitted(LONG_AGO, code=lists[0])),
    )  # fmt: skip


_DM = (row("event", "2015-01-01", "dm_cod"),)
diabetes_complication_admissions = _admissions_for(
    "diabetes_complication_admissions", "Diabetes: emergency admissions for complications per 1,000 people with "
        "diabetes", "Good control prevents most.",
    "acs_diabetes_complications_icd10", population=is_member("diabetes"), before=_DM,
    notes="Primary diagnosis E10 to E14 with a complication.",
)  # fmt: skip
ketoacidosis_admissions = _admissions_for(
    "ketoacidosis_admissions", "Diabetes: emergency admissions for ketoacidosis per 1,000 people with diabetes",
    "Preventable; education and technology help.",
    "diabetic_ketoacidosis_icd10", population=is_member("diabetes"), before=_DM,
)  # fmt: skip
copd_admissions = _admissions_for(
    "copd_admissions", "COPD: emergency admissions per 1,000 people with COPD",
    "Rehabilitation, vaccination and rescue packs prevent many.", "copd_icd10",
    population=is_member("copd"), before=(row("event", "2015-01-01", "copd_cod"),),
)  # fmt: skip
asthma_admissions_under_19 = _admissions_for(
    "asthma_admissions_under_19", "Asthma: emergency admissions per 1,000 under 19", "A review, a plan and a preventer inhaler prevent nearly all.",
    "asthma_icd10", population=person.age < 19, source=CHILDREN, born="2014-05-05",
    extra=(WorkedPatient("over age: 19 today", "outside", (admitted(code="asthma_icd10"),), born=born_for(19)),),
)  # fmt: skip
heart_failure_admissions = _admissions_for(
    "heart_failure_admissions", "Heart failure: emergency admissions per 1,000 people with heart failure",
    "Review and four-pillar therapy prevent many.", "heart_failure_icd10",
    population=is_member("heart_failure"), before=(row("event", "2015-01-01", "hf_cod"),),
)  # fmt: skip
stroke_admissions = _admissions_for(
    "stroke_admissions", "Emergency admissions for stroke per 1,000 people",
    "Blood pressure and anticoagulants prevent most.", "ischaemic_stroke_icd10", "haemorrhagic_stroke_icd10",
)  # fmt: skip
heart_attack_admissions = _admissions_for(
    "heart_attack_admissions", "Emergency admissions for heart attack per 1,000 people",
    "Most first heart attacks come from pressure, lipids and smoking that were known.",
    "myocardial_infarction_icd10", notes="CVDP001ADMN family.",
)  # fmt: skip
self_harm_admissions = rate(
    "self_harm_admissions", "Emergency admissions for self-harm per 1,000 people",
    "Follow-up within a week saves lives.",
    emergency_admissions.followed_by(diagnosis.coded("self_harm_icd10"), within_days=0).count(),
    counted=(admitted(), row("diagnosis", SEEN, "self_harm_icd10", position=2)), not_counted=(admitted(),),
)  # fmt: skip
alcohol_admissions = rate(
    "alcohol_admissions", "Emergency admissions with an alcohol diagnosis per 1,000 people",
    "Alcohol care teams prevent readmission.",
    emergency_admissions.followed_by(diagnosis.coded("alcohol_misuse_icd10"), within_days=0).count(),
    counted=(admitted(), row("diagnosis", SEEN, "alcohol_misuse_icd10", position=3)), not_counted=(admitted(),),
    notes="Any position; not the alcohol-attributable fraction method.",
)  # fmt: skip
care_home_admissions = rate(
    "care_home_admissions", "Care home residents: emergency admissions per 1,000",
    "Plans and enhanced support prevent many.", emergency_admissions.count(),
    population=is_member("care_home_resident"),
    before=(row("event", "2023-01-01", "lives_in_care_home"),), counted=(admitted(),),
    not_counted=(admitted(method="11"),),
)  # fmt: skip
end_of_life_admissions = rate(
    "end_of_life_admissions", "Palliative care register: emergency admissions per 1,000",
    "Fewer with a plan that is known to ambulance crews.", emergency_admissions.count(),
    population=is_member("palliative_care"),
    before=(row("event", "2025-01-01", "palcare_cod"),), counted=(admitted(),), not_counted=(admitted(method="11"),),
)  # fmt: skip
smi_ae_attendances = rate(
    "smi_ae_attendances", "Severe mental illness: A&E attendances per 1,000",
    "Community mental health care should reduce it.", ae_attendances.count(),
    population=is_member("severe_mental_illness"),
    before=(row("event", "2015-01-01", "mh_cod"),), counted=(attended(),), not_counted=(attended(kind="05"),),
)  # fmt: skip
asthma_ae_under_18 = rate(
    "asthma_ae_under_18", "Asthma: A&E attendances for asthma per 1,000 children with asthma",
    "Each is a sign that the plan failed.", ae_attendances.coded("ast_cod", "asthma_icd10").count(),
    population=is_member("asthma_under_18"), before=(row("event", "2019-01-01", "ast_cod"),), born="2014-05-05",
    source=CHILDREN,
    counted=(row("contact", SEEN, "ast_cod", setting="ae", department_type="01"),), not_counted=(attended(),),
)  # fmt: skip
dental_extractions_under_10 = rate(
    "dental_extractions_under_10", "Children under 10: hospital tooth extractions per 1,000",
    "The commonest reason for planned admission at this age, and preventable.",
    procedure.coded("tooth_extraction_opcs4").in_last(months=12).count(distinct="date"), population=person.age < 10,
    born="2019-05-05", source=Source("Core20PLUS5 for children: oral health", "2023"),
    counted=(row("procedure", SEEN, "tooth_extraction_opcs4", position=1),
        row("procedure", SEEN, "tooth_extraction_opcs4", position=2)),
    not_counted=(row("procedure", LONG_AGO, "tooth_extraction_opcs4", position=1),),
    notes="Days with an extraction, so that several teeth on one day count once.",
    extra=(WorkedPatient("over age: 10 today", "outside",
            (row("procedure", SEEN, "tooth_extraction_opcs4", position=1),), born=born_for(10)),),
)  # fmt: skip
amputations = rate(
    "diabetes_amputations", "Diabetes: lower limb amputations per 1,000 people with diabetes",
    "Four in five are preventable by foot care.",
    procedure.coded("lower_limb_amputation_opcs4").in_last(months=12).count(distinct="date"),
    population=is_member("diabetes"), before=_DM,
    counted=(row("procedure", SEEN, "lower_limb_amputation_opcs4", position=1),),
    not_counted=(row("procedure", LONG_AGO, "lower_limb_amputation_opcs4", position=1),),
    notes="Leg, foot and toe together.",
)  # fmt: skip
