"""Lipids, lifestyle and what readings alone show: the rest of CVDPREVENT."""

from __future__ import annotations

from datetime import date

from commonweal.definitions.content.common import (
    CVDPREVENT,
    QOF,
    REVIEW,
    coded,
    lacking,
    medication_in_last,
)
from commonweal.definitions.content.features import (
    blood_pressure,
    bmi_taken,
    cholesterol_taken,
    diastolic,
    hba1c,
    smoking_status,
    systolic,
)
from commonweal.definitions.content.measures_circulation import RECENT, reading, share
from commonweal.definitions.content.worked import CLINIC_DIASTOLIC, CLINIC_SYSTOLIC, born_for
from commonweal.definitions.declarations import Measure, WorkedPatient, row
from commonweal.definitions.vocabulary import event, is_member, person

# --- lipids and lifestyle --------------------------------------------------------------------------------------------

_STATIN_ROW = row("medication", "2026-01-10", "statin")
cvd_statin = share(
    "cvd_statin", "Cardiovascular disease: on a statin", "The most effective medicine after a heart attack or stroke.",
    register="cardiovascular_disease",
    code="chd_cod", numerator=medication_in_last("statin", months=6), done=(_STATIN_ROW,), source=CVDPREVENT,
    notes="CVDP009CHOL family.", target=95.0,
)  # fmt: skip
lipid_lowering_cvd_or_ckd = Measure(
    id="lipid_lowering_cvd_or_ckd", title="Cardiovascular or chronic kidney disease: on a statin", source=QOF, **REVIEW,
    why_it_matters="The most effective medicine after a heart attack or stroke.",
    population=is_member("cardiovascular_disease") | is_member("chronic_kidney_disease"),
    numerator=medication_in_last("statin", months=6), polarity="higher_is_better", target=95.0,
    notes="QOF CHOL003 (70–95%). Other lipid-lowering medicines after a declined statin are not counted: their code "
        "sets are not public, so this under-counts.", tags=("qof", "cardiovascular"),
    worked_patients=(
        WorkedPatient("in: kidney disease, on a statin", "numerator",
            (row("event", "2015-01-01", "ckd_cod"), _STATIN_ROW)),
        WorkedPatient("out: none", "denominator", (row("event", "2015-01-01", "pad_cod"),)),
        WorkedPatient("outside: neither", "outside", (_STATIN_ROW,)),
        WorkedPatient("no date: the issue has no date", "denominator",
            (row("event", "2015-01-01", "pad_cod"), row("medication", "", "statin"))),
    ),
)  # fmt: skip
cvd_cholesterol_to_target = Measure(
    id="cvd_cholesterol_to_target", title="Cardiovascular disease: LDL 2.0 or less, or non-HDL 2.6 or less", source=QOF,
    **REVIEW,
    why_it_matters="Lower is better, and most are not at target.", population=is_member("cardiovascular_disease"),
    numerator=(event.coded("ldlcchol_cod").in_last(months=12).latest().value <= 2.0)
    | (event.coded("ldlcchol_cod").in_last(months=12).none()
        & (event.coded("nonhdlcchol_cod").in_last(months=12).latest().value <= 2.6)),
    polarity="higher_is_better", target=50.0, missing_codelists=lacking("ldlcchol_cod", "nonhdlcchol_cod"),
    notes="QOF CHOL004 (20–50%), CVDP012CHOL. The value code sets are not public.", tags=("qof", "cardiovascular"),
    worked_patients=(
        WorkedPatient("in: LDL 2.0", "numerator", (row("event", "2015-01-01", "chd_cod"),
                reading("ldlcchol_cod", 2.0))),
        WorkedPatient("out: LDL 2.1, non-HDL 2.5", "denominator",
            (row("event", "2015-01-01", "chd_cod"), reading("ldlcchol_cod", 2.1), reading("nonhdlcchol_cod", 2.5))),
        WorkedPatient("no date: LDL has no date", "denominator",
            (row("event", "2015-01-01", "chd_cod"), reading("ldlcchol_cod", 2.0, ""))),
    ),
)  # fmt: skip
cvd_cholesterol_recorded = share(
    "cvd_cholesterol_recorded", "Cardiovascular disease: cholesterol within 12 months",
    "Shows whether treatment works.", register="cardiovascular_disease",
    code="chd_cod", numerator=cholesterol_taken.in_last(months=12).any(), done=(reading("chol2_cod", 4),),
    source=CVDPREVENT, notes="CVDP011CHOL.",
)  # fmt: skip
hypertension_bmi_recorded = share(
    "hypertension_bmi_recorded", "Hypertension: body mass index within 12 months", "Weight loss lowers blood pressure.",
    register="hypertension",
    code="hyp_cod", numerator=bmi_taken.in_last(months=12).any(), done=(reading("bmival_cod", 29),), source=CVDPREVENT,
    notes="CVDP001BMI, for hypertension.",
)  # fmt: skip
hypertension_smoking_recorded = share(
    "hypertension_smoking_recorded", "Hypertension: smoking status within 12 months",
    "Stopping smoking outdoes any tablet.", register="hypertension",
    code="hyp_cod", numerator=smoking_status.in_last(months=12).any(), done=(row("event", RECENT, "ex_smoker"),),
    source=CVDPREVENT, notes="CVDP001SMOK, for hypertension.",
)  # fmt: skip

# --- detection ------------------------------------------------------------------------------------------------------

raised_bp_not_diagnosed = Measure(
    id="raised_bp_not_diagnosed", title="Last blood pressure 140/90 or more, without a diagnosis of hypertension",
    source=CVDPREVENT, **REVIEW,
    why_it_matters="Three in ten people with hypertension do not know.",
    population=(person.age >= 18) & ~is_member("hypertension"),
    denominator=systolic.in_last(years=5).any(),
    numerator=(systolic.in_last(years=5).latest(same_day="lowest").value >= 140) | (diastolic.in_last(years=5).latest(same_day="lowest").value >= 90),
    polarity="lower_is_better", notes="CVDP005HYP: one raised reading, within five years here.",
    tags=("cardiovascular", "detection"),
    worked_patients=(
        WorkedPatient("in: 140/80", "numerator", (reading(CLINIC_SYSTOLIC, 140), reading(CLINIC_DIASTOLIC, 80))),
        WorkedPatient("out: 139/89", "denominator", (reading(CLINIC_SYSTOLIC, 139), reading(CLINIC_DIASTOLIC, 89))),
        WorkedPatient("in: 120/90", "numerator", (reading(CLINIC_SYSTOLIC, 120), reading(CLINIC_DIASTOLIC, 90))),
        WorkedPatient("population: never measured", "population"),
        WorkedPatient("outside: hypertension", "outside",
            (row("event", "2015-01-01", "hyp_cod"), reading(CLINIC_SYSTOLIC, 180))),
        WorkedPatient("under age: 18 tomorrow", "outside", (reading(CLINIC_SYSTOLIC, 180),),
            born=born_for(18, days_short=1)),
        WorkedPatient("no date: the reading has no date", "population", (reading(CLINIC_SYSTOLIC, 180, ""),)),
    ),
)  # fmt: skip
hba1c_42_47_not_coded = Measure(
    id="hba1c_42_47_not_coded", title="Last HbA1c 42 to 47 mmol/mol, without a code of hyperglycaemia or diabetes",
    source=CVDPREVENT, **REVIEW,
    why_it_matters="The diabetes prevention programme needs the code.",
    population=(person.age >= 18) & ~coded("ndh_cod", "prediabetes") & ~is_member("diabetes"),
    denominator=hba1c.any(),
    numerator=(hba1c.latest().value >= 42) & (hba1c.latest().value < 48), polarity="lower_is_better",
    notes="CVDP002NDH.", tags=("diabetes", "detection"),
    worked_patients=(
        WorkedPatient("in: 42", "numerator", (reading("ifcchbam_cod", 42),)),
        WorkedPatient("out: 41", "denominator", (reading("ifcchbam_cod", 41),)),
        WorkedPatient("out: 48", "denominator", (reading("ifcchbam_cod", 48),)),
        WorkedPatient("under age: 18 tomorrow", "outside", (reading("ifcchbam_cod", 44),),
            born=born_for(18, days_short=1)),
        WorkedPatient("outside: coded at 17, so on no register", "outside",
            (row("event", "2020-01-01", "ndh_cod"), reading("ifcchbam_cod", 44)), born="2002-06-15"),
        WorkedPatient("outside: already coded", "outside",
            (reading("ifcchbam_cod", 44), row("event", "2025-11-10", "ndh_cod"))),
        WorkedPatient("no date: the reading has no date", "population", (reading("ifcchbam_cod", 44, ""),)),
    ),
)  # fmt: skip
bp_recorded_45_plus = Measure(
    id="bp_recorded_45_plus", title="45 and over: blood pressure recorded within five years", source=QOF, **REVIEW,
    why_it_matters="Case-finding begins with a reading.", population=person.age >= 45,
    numerator=blood_pressure.in_last(years=5).any(),
    polarity="higher_is_better", notes="QOF BP002, to 2024/25.", valid_to=date(2025, 3, 31),
    tags=("qof", "cardiovascular"),
    worked_patients=(
        WorkedPatient("in: four years ago", "numerator", (reading(CLINIC_SYSTOLIC, 120, "2022-01-01"),)),
        WorkedPatient("out: five years ago to the day", "denominator", (reading(CLINIC_SYSTOLIC, 120, "2021-03-31"),)),
        WorkedPatient("under age: 45 tomorrow", "outside", born=born_for(45, days_short=1)),
        WorkedPatient("no date: the reading has no date", "denominator", (reading(CLINIC_SYSTOLIC, 120, ""),)),
    ),
)  # fmt: skip
hypertension_overtreated = Measure(
    id="hypertension_overtreated", title="Hypertension, treated: last systolic 100 or less", source=CVDPREVENT,
    **REVIEW,
    why_it_matters="Falls and kidney injury: some are treated too hard.", population=is_member("hypertension"),
    denominator=medication_in_last("ace_inhibitor", "angiotensin_receptor_blocker", "calcium_channel_blocker",
        "thiazide_diuretic", months=6),
    numerator=systolic.in_last(months=12).latest().value <= 100, polarity="lower_is_better", notes="CVDP006HYP.",
    tags=("cardiovascular",),
    worked_patients=(
        WorkedPatient("in: systolic 100", "numerator",
            (row("event", "2015-01-01", "hyp_cod"), row("medication", "2026-01-10", "ace_inhibitor"),
                reading(CLINIC_SYSTOLIC, 100))),
        WorkedPatient("out: systolic 101", "denominator",
            (row("event", "2015-01-01", "hyp_cod"), row("medication", "2026-01-10", "ace_inhibitor"),
                reading(CLINIC_SYSTOLIC, 101))),
        WorkedPatient("population: not treated", "population",
            (row("event", "2015-01-01", "hyp_cod"), reading(CLINIC_SYSTOLIC, 95))),
        WorkedPatient("no date: the reading has no date", "denominator",
            (row("event", "2015-01-01", "hyp_cod"), row("medication", "2026-01-10", "ace_inhibitor"),
                reading(CLINIC_SYSTOLIC, 95, ""))),
    ),
)  # fmt: skip
