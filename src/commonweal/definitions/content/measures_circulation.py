"""Blood pressure, atrial fibrillation, heart failure, lipids and kidneys: QOF by year, and CVDPREVENT."""

from __future__ import annotations

from datetime import date
from typing import Any

from commonweal.definitions.content.common import (
    CVDPREVENT,
    QOF,
    QOF_2026,
    QOF_V51,
    REVIEW,
    lacking,
    medication_in_last,
    recorded_in_last,
)
from commonweal.definitions.content.features import (
    blood_pressure,
    blood_pressure_at_most,
    egfr,
    urine_acr,
    urine_acr_taken,
)
from commonweal.definitions.content.worked import CLINIC_DIASTOLIC, CLINIC_SYSTOLIC
from commonweal.definitions.declarations import Measure, WorkedPatient, row
from commonweal.definitions.vocabulary import Condition, is_member, person, score_of

RECENT, OLD = "2025-11-04", "2025-03-31"
UNDER_80, OVER_80 = "1960-06-15", "1940-06-15"
BP_HARM = "A blood pressure that is not controlled is the largest avoidable cause of stroke."


def reading(codelist: str, value: float, on: str = RECENT):
    """One event with a value."""
    return row("event", on, codelist, value=value)


def _control(
    measure_id: str,
    title: str,
    register: str,
    code: str,
    *,
    ages: str,
    source,
    notes: str,
    target: float | None = None,
    **dates,
) -> Measure:
    """Last blood pressure within 12 months at target: 140/90 under 80, 150/90 from 80; home readings 5 mmHg less."""
    old = ages == "80 and over"
    limit = 150 if old else 140
    born, other = (OVER_80, UNDER_80) if old else (UNDER_80, OVER_80)
    has = row("event", "2015-01-01", code)
    return Measure(
        id=measure_id, title=title, source=source, **REVIEW, why_it_matters=BP_HARM, population=is_member(register),
        denominator=(person.age >= 80) if old else (person.age < 80),
        numerator=blood_pressure_at_most(limit, 90, home_less=5),
        polarity="higher_is_better", notes=notes, target=target, tags=("qof", "cardiovascular", "blood_pressure"),
        worked_patients=(
            WorkedPatient(f"in: {limit}/90", "numerator",
                (has, reading(CLINIC_SYSTOLIC, limit), reading(CLINIC_DIASTOLIC, 90)), born=born),
            WorkedPatient(f"out: {limit + 1}/80", "denominator",
                (has, reading(CLINIC_SYSTOLIC, limit + 1), reading(CLINIC_DIASTOLIC, 80)), born=born),
            WorkedPatient("out: diastolic 91", "denominator",
                (has, reading(CLINIC_SYSTOLIC, 120), reading(CLINIC_DIASTOLIC, 91)), born=born),
            WorkedPatient("out: measured 12 months ago to the day", "denominator",
                (has, reading(CLINIC_SYSTOLIC, 120, OLD), reading(CLINIC_DIASTOLIC, 70, OLD)), born=born),
            WorkedPatient("out: systolic alone", "denominator", (has, reading(CLINIC_SYSTOLIC, 120)), born=born),
            WorkedPatient("in: two on one day, the lower of each counts", "numerator",
                (has, reading(CLINIC_SYSTOLIC, limit + 12), reading(CLINIC_SYSTOLIC, limit - 2),
                    reading(CLINIC_DIASTOLIC, 95), reading(CLINIC_DIASTOLIC, 88)), born=born),
            WorkedPatient(f"out: home reading {limit - 4}/80", "denominator",
                (has, reading("systolic_bp_home", limit - 4), reading("diastolic_bp_home", 80)), born=born),
            WorkedPatient(f"in: home reading {limit - 5}/85", "numerator",
                (has, reading("systolic_bp_home", limit - 5), reading("diastolic_bp_home", 85)), born=born),
            WorkedPatient("population: of the other age", "population",
                (has, reading(CLINIC_SYSTOLIC, 120), reading(CLINIC_DIASTOLIC, 70)), born=other),
            WorkedPatient("outside: not on the register", "outside", born=born),
            WorkedPatient("no date: the reading has no date", "denominator",
                (has, reading(CLINIC_SYSTOLIC, 120, ""), reading(CLINIC_DIASTOLIC, 70, "")), born=born),
        ),
        **dates,
    )  # fmt: skip


_YOUNGER, _OLDER = "79 and under", "80 and over"
_TO_2026: dict[str, Any] = {"valid_to": date(2026, 3, 31)}
_FROM_2026: dict[str, Any] = {"valid_from": date(2026, 4, 1), "unverified": QOF_V51}

hypertension_control_under_80 = _control(
    "hypertension_control_under_80", "Hypertension, 79 and under: 140/90 or less", "hypertension", "hyp_cod",
    ages=_YOUNGER,
    source=QOF, notes="QOF HYP008 (thresholds 40–85 in 2025/26); HYP010 from 2026/27. CVDP002HYP.", target=85.0,
)  # fmt: skip
hypertension_control_80_plus = _control(
    "hypertension_control_80_plus", "Hypertension, 80 and over: 150/90 or less", "hypertension", "hyp_cod", ages=_OLDER,
    source=QOF, notes="QOF HYP009 (thresholds 40–85 in 2025/26); HYP011 from 2026/27. CVDP003HYP.", target=85.0,
)  # fmt: skip
chd_control_under_80 = _control(
    "chd_control_under_80", "Coronary heart disease, 79 and under: 140/90 or less", "coronary_heart_disease", "chd_cod",
    ages=_YOUNGER,
    source=QOF, notes="QOF CHD015, to 2025/26. CVDP002CHD.", **_TO_2026,
)  # fmt: skip
chd_control_80_plus = _control(
    "chd_control_80_plus", "Coronary heart disease, 80 and over: 150/90 or less", "coronary_heart_disease", "chd_cod",
    ages=_OLDER,
    source=QOF, notes="QOF CHD016, to 2025/26.", **_TO_2026,
)  # fmt: skip
stroke_control_under_80 = _control(
    "stroke_control_under_80", "Stroke or TIA, 79 and under: 140/90 or less", "stroke_or_tia", "strk_cod",
    ages=_YOUNGER,
    source=QOF, notes="QOF STIA014, to 2025/26. CVDP002STRK.", **_TO_2026,
)  # fmt: skip
stroke_control_80_plus = _control(
    "stroke_control_80_plus", "Stroke or TIA, 80 and over: 150/90 or less", "stroke_or_tia", "strk_cod", ages=_OLDER,
    source=QOF, notes="QOF STIA015, to 2025/26.", **_TO_2026,
)  # fmt: skip
cvd_control_under_80 = _control(
    "cvd_control_under_80", "Cardiovascular disease, 79 and under: 140/90 or less", "cardiovascular_disease", "chd_cod",
    ages=_YOUNGER,
    source=QOF_2026, notes="QOF CD001 from 2026/27: takes the place of CHD015 and STIA014.", **_FROM_2026,
)  # fmt: skip
cvd_control_80_plus = _control(
    "cvd_control_80_plus", "Cardiovascular disease, 80 and over: 150/90 or less", "cardiovascular_disease", "chd_cod",
    ages=_OLDER,
    source=QOF_2026, notes="QOF CD002 from 2026/27: takes the place of CHD016 and STIA015.", **_FROM_2026,
)  # fmt: skip
ckd_control_under_80 = _control(
    "ckd_control_under_80", "Chronic kidney disease, 79 and under: 140/90 or less", "chronic_kidney_disease", "ckd_cod",
    ages=_YOUNGER,
    source=CVDPREVENT, notes="CVDP007CKD without its tighter limit of 130/80 where ACR is 70 or more (NICE NG136).",
)  # fmt: skip


def share(
    measure_id: str,
    title: str,
    why: str,
    *,
    register: str,
    code: str,
    numerator: Condition,
    done: tuple,
    source,
    notes: str = "",
    **options,
) -> Measure:
    """A share of a register: `done` are the rows of a person in the numerator."""
    has = row("event", "2015-01-01", code)
    extra = options.pop("patients", ())
    undated = tuple(type(one)(one.table, "", one.codelist, one.columns) for one in done)
    return Measure(
        id=measure_id, title=title, why_it_matters=why, source=source, **REVIEW, population=is_member(register),
        numerator=numerator,
        notes=notes,
        worked_patients=(
            WorkedPatient("in: done", "numerator", (has, *done)),
            WorkedPatient("out: not done", "denominator", (has,)),
            WorkedPatient("no date: what was done has no date", "denominator", (has, *undated)),
            WorkedPatient("outside: not on the register", "outside", done),
            *extra,
        ),
        **{"polarity": "higher_is_better", "tags": ("cardiovascular",), **options},
    )  # fmt: skip


hypertension_bp_recorded = share(
    "hypertension_bp_recorded", "Hypertension: blood pressure recorded within 12 months",
    "What is not measured is not treated.",
    register="hypertension", code="hyp_cod", numerator=blood_pressure.in_last(months=12).any(),
    done=(reading(CLINIC_SYSTOLIC, 150),),
    source=CVDPREVENT, notes="CVDP004HYP.", tags=("cardiovascular", "blood_pressure"),
)  # fmt: skip
hypertension_acr_recorded = share(
    "hypertension_acr_recorded", "Hypertension: urine ACR within 12 months", "Finds kidney disease early.",
    register="hypertension",
    code="hyp_cod", numerator=urine_acr_taken.in_last(months=12).any(), done=(reading("urine_acr_level", 2),),
    source=CVDPREVENT, notes="CVDP009HYP.",
)  # fmt: skip
ckd_acr_recorded = share(
    "ckd_acr_recorded", "Chronic kidney disease: urine ACR within 12 months",
    "Albuminuria decides treatment and outlook.",
    register="chronic_kidney_disease", code="ckd_cod", numerator=urine_acr_taken.in_last(months=12).any(),
    done=(reading("urine_acr_level", 2),),
    source=CVDPREVENT, notes="CVDP004CKD.",
)  # fmt: skip
ckd_egfr_recorded = share(
    "ckd_egfr_recorded", "Chronic kidney disease: eGFR within 12 months", "Shows who is losing function fast.",
    register="chronic_kidney_disease", code="ckd_cod", numerator=egfr.in_last(months=12).any(),
    done=(reading("egfr_level", 50),),
    source=CVDPREVENT, notes="CVDP006CKD.",
)  # fmt: skip
ckd_statin = share(
    "ckd_statin", "Chronic kidney disease: on a statin",
    "Heart disease is the commonest cause of death in kidney disease.",
    register="chronic_kidney_disease", code="ckd_cod", numerator=medication_in_last("statin", months=6),
    done=(row("medication", "2026-01-10", "statin"),),
    source=CVDPREVENT, notes="CVDP008CKD family.",
)  # fmt: skip
ckd_ace_acr = Measure(
    id="ckd_ace_acr", title="Chronic kidney disease, hypertension and ACR over 30: on an ACE inhibitor or ARB",
    source=CVDPREVENT, **REVIEW,
    why_it_matters="Slows the loss of kidney function.",
    population=is_member("chronic_kidney_disease") & is_member("hypertension"),
    denominator=urine_acr.latest().value > 30, numerator=medication_in_last("ace_inhibitor",
        "angiotensin_receptor_blocker", months=6),
    polarity="higher_is_better", notes="CVDP005CKD.",
    unverified=("urine ACR over 30 mg/mmol (CVDP005CKD): as taken in November 2026",),
    tags=("cardiovascular", "renal"),
    worked_patients=(
        WorkedPatient("in: treated", "numerator", (row("event", "2015-01-01", "ckd_cod"),
                row("event", "2015-01-01", "hyp_cod"), reading("urine_acr_level", 31),
                row("medication", "2026-01-10", "ace_inhibitor"))),
        WorkedPatient("out: not treated", "denominator",
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2015-01-01", "hyp_cod"),
                reading("urine_acr_level", 31))),
        WorkedPatient("population: ACR 30", "population",
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2015-01-01", "hyp_cod"),
                reading("urine_acr_level", 30))),
        WorkedPatient("outside: no kidney disease", "outside"),
        WorkedPatient("no date: the ACR has no date", "population",
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2015-01-01", "hyp_cod"),
                reading("urine_acr_level", 31, ""))),
    ),
)  # fmt: skip

# --- atrial fibrillation --------------------------------------------------------------------------------------------

_AF = row("event", "2015-01-01", "afib_cod")
_ANTICOAGULANT = medication_in_last("anticoagulant", "doac", months=6)
af_anticoagulated = Measure(
    id="af_anticoagulated", title="Atrial fibrillation with CHA₂DS₂-VASc of 2 or more: on an anticoagulant", source=QOF,
    **REVIEW,
    why_it_matters="Anticoagulants prevent two strokes in three; a fifth of those at risk are untreated.",
    population=is_member("atrial_fibrillation"), denominator=score_of("cha2ds2_vasc") >= 2, numerator=_ANTICOAGULANT,
    polarity="higher_is_better",
    notes="QOF AF008 and CVDP002AF. The score is computed from this record. AF008 counts warfarin only where a DOAC "
        "was declined or unsuitable: both count here.",
    tags=("qof", "cardiovascular"),
    worked_patients=(
        WorkedPatient("in: 80, on a DOAC", "numerator", (_AF, row("medication", "2026-01-10", "doac")),
            born="1945-05-05"),
        WorkedPatient("in: 80, on warfarin or other", "numerator",
            (_AF, row("medication", "2026-01-10", "anticoagulant")), born="1945-05-05"),
        WorkedPatient("out: 80, none", "denominator", (_AF,), born="1945-05-05"),
        WorkedPatient("out: 80, stopped over six months ago", "denominator",
            (_AF, row("medication", "2025-09-30", "doac")), born="1945-05-05"),
        WorkedPatient("population: man of 50, no other risk", "population", (_AF,), born="1975-05-05", sex="M"),
        WorkedPatient("outside: no atrial fibrillation", "outside", born="1945-05-05"),
        WorkedPatient("no date: the issue has no date", "denominator", (_AF, row("medication", "", "doac")),
            born="1945-05-05"),
    ),
)  # fmt: skip
af_stroke_risk_assessed = Measure(
    id="af_stroke_risk_assessed", title="Atrial fibrillation: CHA₂DS₂-VASc recorded within 12 months", source=QOF,
    **REVIEW,
    why_it_matters="The score decides who needs an anticoagulant.", population=is_member("atrial_fibrillation"),
    numerator=recorded_in_last("cha2ds2vascscr_cod", months=12), polarity="higher_is_better",
    missing_codelists=lacking("cha2ds2vascscr_cod"),
    notes="QOF AF006. The code set is not public (CHAD_COD is CHADS₂, not this score). `cha2ds2_vasc` computes the "
        "score itself.", tags=("qof", "cardiovascular"),
    worked_patients=(
        WorkedPatient("in: recorded", "numerator", (_AF, row("event", RECENT, "cha2ds2vascscr_cod"))),
        WorkedPatient("out: not recorded", "denominator", (_AF,)),
        WorkedPatient("no date: the score has no date", "denominator", (_AF, row("event", "", "cha2ds2vascscr_cod"))),
    ),
)  # fmt: skip

# --- heart failure --------------------------------------------------------------------------------------------------

_LVSD = (row("event", "2015-01-01", "hf_cod"), row("event", "2015-01-01", "hflvsd_cod"))
_RAAS = medication_in_last("ace_inhibitor", "angiotensin_receptor_blocker", "sacubitril_valsartan", months=6)
_BETA = medication_in_last("beta_blocker", months=6)


def _pillar(
    measure_id: str, title: str, numerator: Condition, medicines: tuple[str, ...], notes: str, source=QOF, **dates
) -> Measure:
    issues = tuple(row("medication", "2026-01-10", one) for one in medicines)
    return Measure(
        id=measure_id, title=title, source=source, **REVIEW,
        why_it_matters="Each of the four medicines prolongs life and prevents admission.",
        population=is_member("heart_failure_reduced"), numerator=numerator, polarity="higher_is_better", notes=notes,
        tags=("cardiovascular",),
        worked_patients=(
            WorkedPatient("in: treated", "numerator", (*_LVSD, *issues)),
            WorkedPatient("out: one missing", "denominator", (*_LVSD, *issues[1:])),
            WorkedPatient("outside: heart failure of another kind", "outside", (_LVSD[0], *issues)),
            WorkedPatient("no date: an issue has no date", "denominator",
                (*_LVSD, *issues[1:], row("medication", "", medicines[0]))),
        ),
        **dates,
    )  # fmt: skip


hf_ace_or_arb = _pillar(
    "hf_ace_or_arb",
    "Heart failure with LVSD: on an ACE inhibitor, ARB or sacubitril-valsartan",
    _RAAS,
    ("ace_inhibitor",),
    "QOF HF003, to 2025/26.",
    **_TO_2026,
)
hf_beta_blocker = _pillar(
    "hf_beta_blocker",
    "Heart failure with LVSD: on a beta blocker",
    _BETA,
    ("beta_blocker",),
    "QOF HF006, to 2025/26. Any beta blocker counts, licensed for heart failure or not.",
    **_TO_2026,
)
hf_four_pillars = _pillar(
    "hf_four_pillars", "Heart failure with LVSD: on all four pillars",
    _RAAS & _BETA & medication_in_last("mineralocorticoid_antagonist", months=6) & medication_in_last("sglt2_inhibitor",
        months=6),
    ("ace_inhibitor", "beta_blocker", "mineralocorticoid_antagonist", "sglt2_inhibitor"),
    "QOF HF009 from 2026/27 (20–50%); CVDP003HF.", source=QOF_2026, **_FROM_2026,
)  # fmt: skip
hf_review = share(
    "hf_review", "Heart failure: reviewed within 12 months", "Review finds fluid early and raises doses.",
    register="heart_failure", code="hf_cod",
    numerator=recorded_in_last("heart_failure_review", months=12), done=(row("event", RECENT, "heart_failure_review"),),
    source=QOF,
    notes="QOF HF007. HFRVW_COD is not public: four candidate codes stand in, and functional assessment is not asked "
        "for.",
)  # fmt: skip
