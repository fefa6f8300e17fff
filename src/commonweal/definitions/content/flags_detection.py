"""Flags: something is there that nobody has named, found from readings or from hospital diagnoses."""

from __future__ import annotations

from commonweal.definitions.content.common import COMMONWEAL, CVDPREVENT, NICE_NG136, REVIEW, coded
from commonweal.definitions.content.features import diastolic, egfr, hba1c, systolic, urine_acr
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Flag, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import Condition, at_least, diagnosis, is_member, less_than, person

RECENT = "2025-11-04"


def reading(codelist: str, value: float, on: str = RECENT):
    """A worked row with a value."""
    return row("event", on, codelist, value=value)


_NOT_PALLIATIVE = ~is_member("palliative_care")
"""What begins treatment for life is not looked for in people who are in palliative care."""
_LAST_SYSTOLIC = systolic.in_last(years=5).latest(same_day="lowest")
_LAST_DIASTOLIC = diastolic.in_last(years=5).latest(same_day="lowest")
_RAISED_DAYS = systolic.where(value=at_least(140)).in_last(years=5).count(distinct="date")
_RAISED_DIASTOLIC_DAYS = diastolic.where(value=at_least(90)).in_last(years=5).count(distinct="date")

hypertension_undiagnosed = Flag(
    id="hypertension_undiagnosed", title="Raised blood pressure, no diagnosis of hypertension", source=CVDPREVENT,
    **REVIEW,
    why_it_matters="Three in ten people with hypertension do not know; each year a stroke could be prevented.",
    logic=(person.age >= 18) & ~is_member("hypertension") & ((_LAST_SYSTOLIC.value >= 140)
        | (_LAST_DIASTOLIC.value >= 90)) & ((_RAISED_DAYS >= 2) | (_RAISED_DIASTOLIC_DAYS >= 2)) & _NOT_PALLIATIVE,
    order_by=_LAST_SYSTOLIC.value,
    suggested_action="Confirm by ambulatory or home readings; diagnose at 135/85 or more on average.",
    who_acts="Community pharmacy or healthcare assistant",
    capacity_hint="About 15 a week per 10,000 people",
    harm_note="A label and tablets for someone whose pressure is raised only at the clinic: confirm before diagnosing.",
    notes="The last reading is 140/90 or more (lowest of the day), and on at least two days in five years the systolic "
        "was 140 or more, or the diastolic 90 or more. "
    "CVDPREVENT counts one raised reading: see the measure `raised_bp_not_diagnosed`.",
    tags=("cardiovascular", "detection"),
    worked_patients=(
        WorkedPatient("out: palliative care", False,
            (reading("systolic_bp", 150, "2025-01-10"), reading("systolic_bp", 146), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("in: raised on two days, last raised", True,
            (reading("systolic_bp", 150, "2025-01-10"), reading("systolic_bp", 146))),
        WorkedPatient("in: diastolic alone raised on two days", True,
            (reading("systolic_bp", 132, "2025-01-10"), reading("diabp_cod", 96, "2025-01-10"),
                reading("systolic_bp", 134), reading("diabp_cod", 94))),
        WorkedPatient("out: raised once", False, (reading("systolic_bp", 170),)),
        WorkedPatient("out: raised twice on one day", False,
            (reading("systolic_bp", 170), reading("systolic_bp", 165))),
        WorkedPatient("out: last reading is normal", False,
            (reading("systolic_bp", 150, "2024-01-10"), reading("systolic_bp", 150, "2025-01-10"),
                reading("systolic_bp", 128), reading("diabp_cod", 80))),
        WorkedPatient("out: hypertension", False, (reading("systolic_bp", 150, "2025-01-10"),
                reading("systolic_bp", 146), row("event", "2025-12-01", "hyp_cod"))),
        WorkedPatient("resolved: raised again after hypertension resolved", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2018-01-01", "hypres_cod"),
                reading("systolic_bp", 150, "2025-01-10"), reading("systolic_bp", 146))),
        WorkedPatient("diagnosed again: after it was resolved", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2018-01-01", "hypres_cod"),
                row("event", "2025-12-01", "hyp_cod"), reading("systolic_bp", 150, "2025-01-10"),
                reading("systolic_bp", 146))),
        WorkedPatient("under age: 18 tomorrow", False,
            (reading("systolic_bp", 150, "2025-01-10"), reading("systolic_bp", 146)), born=born_for(18, days_short=1)),
        WorkedPatient("no date: one reading has no date", False,
            (reading("systolic_bp", 150, ""), reading("systolic_bp", 146))),
    ),
)  # fmt: skip

severe_blood_pressure = Flag(
    id="severe_blood_pressure", title="Last blood pressure 180/120 or more within three months, not read again",
    source=NICE_NG136, **REVIEW,
    why_it_matters="Needs same-day assessment for damage to eyes, kidneys and heart.",
    logic=(systolic.in_last(months=3).latest(same_day="lowest").value >= 180) | (diastolic.in_last(months=3).latest(same_day="lowest").value >= 120),
    order_by=systolic.in_last(months=3).latest(same_day="lowest").value,
    suggested_action="Telephone today; repeat the reading; refer the same day if there are symptoms.",
    who_acts="Duty doctor", capacity_hint="A few a week per 10,000 people: all of them",
    harm_note="The list is as old as the last load: it does not take the place of acting at the time of the reading.",
    tags=("cardiovascular", "safety"),
    worked_patients=(
        WorkedPatient("in: 180/100", True, (reading("systolic_bp", 180, "2026-03-01"),
                reading("diabp_cod", 100, "2026-03-01"))),
        WorkedPatient("in: 150/120", True, (reading("systolic_bp", 150, "2026-03-01"),
                reading("diabp_cod", 120, "2026-03-01"))),
        WorkedPatient("out: 179/119", False, (reading("systolic_bp", 179, "2026-03-01"),
                reading("diabp_cod", 119, "2026-03-01"))),
        WorkedPatient("out: read again, lower", False,
            (reading("systolic_bp", 190, "2026-03-01"), reading("systolic_bp", 150, "2026-03-02"))),
        WorkedPatient("no date: the reading has no date", False, (reading("systolic_bp", 190, ""),)),
    ),
)  # fmt: skip

diabetes_undiagnosed = Flag(
    id="diabetes_undiagnosed", title="HbA1c of 48 or more, no diagnosis of diabetes", source=CVDPREVENT, **REVIEW,
    why_it_matters="Years without treatment bring complications that cannot be undone.",
    logic=(hba1c.latest().value >= 48) & ~is_member("diabetes") & ~is_member("diabetes_under_17"),
    order_by=hba1c.latest().value, suggested_action="Repeat HbA1c within two weeks if there are no symptoms; at 48 or "
        "more again, diagnose and refer to education.", who_acts="GP or practice nurse",
    capacity_hint="About 5 a month per 10,000 people",
    harm_note="Anaemia, pregnancy and haemoglobin disorders mislead HbA1c.",
    notes="The last HbA1c ever. CVDP003DM family.", tags=("diabetes", "detection"),
    worked_patients=(
        WorkedPatient("in: 48", True, (reading("ifcchbam_cod", 48),)),
        WorkedPatient("out: 47", False, (reading("ifcchbam_cod", 47),)),
        WorkedPatient("out: last is lower", False, (reading("ifcchbam_cod", 50, "2024-01-01"),
                reading("ifcchbam_cod", 44))),
        WorkedPatient("in: two on one day, the higher counts", True,
            (reading("ifcchbam_cod", 46), reading("ifcchbam_cod", 49))),
        WorkedPatient("out: diabetes", False, (reading("ifcchbam_cod", 60), row("event", "2025-11-20", "dm_cod"))),
        WorkedPatient("resolved: back in the diabetic range after it was resolved", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                reading("ifcchbam_cod", 52))),
        WorkedPatient("diagnosed again: after it was resolved", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                row("event", "2025-12-01", "dm_cod"), reading("ifcchbam_cod", 52))),
        WorkedPatient("out: child with diabetes", False,
            (row("event", "2022-01-01", "dm_cod"), reading("ifcchbam_cod", 60)), born="2014-01-01"),
        WorkedPatient("no date: the reading has no date", False, (reading("ifcchbam_cod", 60, ""),)),
    ),
)  # fmt: skip

hyperglycaemia_not_coded = Flag(
    id="hyperglycaemia_not_coded", title="HbA1c 42 to 47, not coded as hyperglycaemia", source=CVDPREVENT, **REVIEW,
    why_it_matters="The diabetes prevention programme takes only those with the code.",
    logic=(person.age >= 18) & (hba1c.latest().value >= 42) & (hba1c.latest().value < 48) & ~coded("ndh_cod", "prediabetes") & ~is_member("diabetes") & _NOT_PALLIATIVE,
    order_by=hba1c.latest().value, suggested_action="Tell the person, code it, and offer the diabetes prevention "
        "programme.", who_acts="Healthcare assistant or link worker",
    capacity_hint="About 20 a month per 10,000 people",
    harm_note="Anxiety without an offer helps nobody: make the offer in the same message.", notes="CVDP002NDH.",
    tags=("diabetes", "detection"),
    worked_patients=(
        WorkedPatient("in: 42", True, (reading("ifcchbam_cod", 42),)),
        WorkedPatient("out: 41", False, (reading("ifcchbam_cod", 41),)),
        WorkedPatient("out: 48", False, (reading("ifcchbam_cod", 48),)),
        WorkedPatient("out: already coded", False, (reading("ifcchbam_cod", 44),
                row("event", "2025-11-20", "ndh_cod"))),
        WorkedPatient("out: palliative care", False, (reading("ifcchbam_cod", 44), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("out: coded at 17, so on no register", False,
            (row("event", "2020-01-01", "ndh_cod"), reading("ifcchbam_cod", 44)), born="2002-06-15"),
        WorkedPatient("resolved: diabetes resolved and not coded", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                reading("ifcchbam_cod", 43))),
        WorkedPatient("diagnosed again: diabetes", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                row("event", "2025-01-01", "dm_cod"), reading("ifcchbam_cod", 43))),
        WorkedPatient("under age: 18 tomorrow", False, (reading("ifcchbam_cod", 44),), born=born_for(18, days_short=1)),
        WorkedPatient("no date: the reading has no date", False, (reading("ifcchbam_cod", 44, ""),)),
    ),
)  # fmt: skip

_LOW = egfr.where(value=less_than(60))
_LOW_FOR_3_MONTHS = _LOW.preceded_by(_LOW, within_days=1096, at_least_days=90).in_last(years=2).any()
ckd_undiagnosed = Flag(
    id="ckd_undiagnosed", title="Reduced kidney function for three months or more, not coded",
    source=Source("CVDPREVENT detection gap", "2025"), **REVIEW,
    unverified=("eGFR under 60 twice, 90 days apart (NICE NG203): as taken in November 2026",),
    why_it_matters="Treatment slows loss; unsafe medicines are avoided only if it is known.",
    logic=(person.age >= 18) & ~is_member("chronic_kidney_disease") & (egfr.latest().value < 60) & _LOW_FOR_3_MONTHS & _NOT_PALLIATIVE,
    order_by=60 - egfr.latest().value, suggested_action="Check urine ACR, repeat eGFR, review medicines, code the "
        "stage.", who_acts="Practice pharmacist or GP", capacity_hint="About 10 a month per 10,000 people",
    harm_note="In very old people a mildly low eGFR may matter less than the label.", tags=("renal", "detection"),
    worked_patients=(
        WorkedPatient("out: palliative care", False,
            (reading("egfr_level", 55, "2025-06-01"), reading("egfr_level", 52, "2025-08-30"), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("in: 55 and 52, 90 days apart", True,
            (reading("egfr_level", 55, "2025-06-01"), reading("egfr_level", 52, "2025-08-30"))),
        WorkedPatient("out: 89 days apart", False, (reading("egfr_level", 55, "2025-06-01"),
                reading("egfr_level", 52, "2025-08-29"))),
        WorkedPatient("out: last is 60", False, (reading("egfr_level", 55, "2025-01-01"),
                reading("egfr_level", 52, "2025-06-30"), reading("egfr_level", 60))),
        WorkedPatient("out: already coded", False, (reading("egfr_level", 55, "2025-01-01"),
                reading("egfr_level", 52, "2025-06-30"), row("event", "2025-08-01", "ckd_cod"))),
        WorkedPatient("resolved: coded, resolved, and low again", True,
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2017-01-01", "ckdres_cod"),
                reading("egfr_level", 55, "2025-01-01"), reading("egfr_level", 52, "2025-06-30"))),
        WorkedPatient("diagnosed again: after it was resolved", False,
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2017-01-01", "ckdres_cod"),
                row("event", "2025-07-01", "ckd_cod"), reading("egfr_level", 55, "2025-01-01"),
                reading("egfr_level", 52, "2025-06-30"))),
        WorkedPatient("under age: 18 tomorrow", False,
            (reading("egfr_level", 55, "2025-01-01"), reading("egfr_level", 52, "2025-06-30")),
            born=born_for(18, days_short=1)),
        WorkedPatient("no date: one reading has no date", False,
            (reading("egfr_level", 55, ""), reading("egfr_level", 52, "2025-06-30"))),
    ),
)  # fmt: skip

albuminuria_not_coded = Flag(
    id="albuminuria_not_coded", title="Raised urine ACR, no code of kidney disease or proteinuria",
    source=Source("NICE NG203 Chronic kidney disease", "NG203"), **REVIEW,
    unverified=("urine ACR of 3 mg/mmol or more (NICE NG203): as taken in November 2026",),
    why_it_matters="The earliest sign of kidney and heart risk.",
    logic=(urine_acr.latest().value >= 3) & ~is_member("chronic_kidney_disease") & ~coded("prt_cod", "mal_cod",
        "ckd1and2_cod") & _NOT_PALLIATIVE, order_by=urine_acr.latest().value,
    suggested_action="Repeat an early-morning sample; if raised again, code it and review blood pressure medicines.",
    who_acts="Practice nurse or pharmacist", capacity_hint="About 10 a month per 10,000 people",
    harm_note="Infection and exercise raise it for a while: repeat before coding.", tags=("renal", "detection"),
    worked_patients=(
        WorkedPatient("in: 3", True, (reading("urine_acr_level", 3),)),
        WorkedPatient("out: palliative care", False, (reading("urine_acr_level", 3), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("out: 2.9", False, (reading("urine_acr_level", 2.9),)),
        WorkedPatient("out: coded", False, (reading("urine_acr_level", 30), row("event", RECENT, "prt_cod"))),
        WorkedPatient("no date: the reading has no date", False, (reading("urine_acr_level", 30, ""),)),
    ),
)  # fmt: skip


def _hospital_only(
    name: str, words: str, hospital: str, register: str, code: str, why: str, *, also_known: tuple[str, ...] = ()
) -> Flag:
    """Diagnosed in hospital within three years, and not on the practice's register."""
    known: Condition = coded(code, *also_known)
    rows = diagnosis.coded(hospital).in_last(years=3)
    return Flag(
        id=f"{name}_hospital_only", title=f"{words} diagnosed in hospital, not on the practice's register",
        source=COMMONWEAL, **REVIEW, why_it_matters=why, logic=rows.any() & ~is_member(register) & ~known,
        order_by=rows.count(distinct="date"), suggested_action="Read the discharge letter; if confirmed, code it and "
            "begin the register's care.", who_acts="Practice pharmacist or coder",
        capacity_hint="About 10 a month per 10,000 people",
        harm_note="Hospital codes hold suspected and mistaken diagnoses: confirm before coding.",
        notes="Hospital diagnosis in any position.", tags=("detection", "coding"),
        worked_patients=(
            WorkedPatient("in: hospital code, no practice code", True,
                (row("diagnosis", "2025-02-02", hospital, position=2),)),
            WorkedPatient("out: coded by the practice", False,
                (row("diagnosis", "2025-02-02", hospital, position=2), row("event", "2025-03-01", code))),
            WorkedPatient("out: more than three years ago", False,
                (row("diagnosis", "2023-03-31", hospital, position=2),)),
            WorkedPatient("out: nothing", False), WorkedPatient("no date: the diagnosis has no date", False,
                (row("diagnosis", "", hospital, position=2),)),
            *_resolved_by_practice(hospital, code, also_known),
        ),
    )  # fmt: skip


def _resolved_by_practice(hospital: str, code: str, resolved: tuple[str, ...]) -> tuple[WorkedPatient, ...]:
    """The practice has looked and resolved the condition: nobody asks again."""
    if not resolved:
        return ()
    seen = (row("diagnosis", "2025-02-02", hospital, position=2), row("event", "2025-03-01", resolved[0]))
    return (
        WorkedPatient("resolved: by the practice", False, seen),
        WorkedPatient("diagnosed again: by the practice", False, (*seen, row("event", "2025-06-01", code))),
    )


atrial_fibrillation_hospital_only = _hospital_only(
    "atrial_fibrillation",
    "Atrial fibrillation",
    "atrial_fibrillation_icd10",
    "atrial_fibrillation",
    "afib_cod",
    "Without the code nobody is offered an anticoagulant.",
)
heart_failure_hospital_only = _hospital_only(
    "heart_failure",
    "Heart failure",
    "heart_failure_icd10",
    "heart_failure",
    "hf_cod",
    "Without the code there is no review and no four-pillar therapy.",
    also_known=("hfres_cod",),
)
copd_hospital_only = _hospital_only(
    "copd",
    "COPD",
    "copd_icd10",
    "copd",
    "copd_cod",
    "Without the code there is no vaccination call or rehabilitation.",
    also_known=("copdres_cod",),
)
dementia_hospital_only = _hospital_only(
    "dementia",
    "Dementia",
    "dementia_icd10",
    "dementia",
    "dem_cod",
    "Diagnosis opens support; hospital is often the first to see it.",
)
ckd_hospital_only = _hospital_only(
    "ckd",
    "Chronic kidney disease",
    "chronic_kidney_disease_icd10",
    "chronic_kidney_disease",
    "ckd_cod",
    "Medicines need to be safe for the kidneys.",
    also_known=("ckdres_cod", "ckd1and2_cod"),
)
epilepsy_hospital_only = _hospital_only(
    "epilepsy",
    "Epilepsy",
    "epilepsy_icd10",
    "epilepsy",
    "epil_cod",
    "Sudden death in epilepsy is preventable by review.",
    also_known=("epilres_cod",),
)
