"""Diabetes: the care processes and the treatment targets, in historic and current forms."""

from __future__ import annotations

from datetime import date

from commonweal.definitions.content.common import (
    NDA,
    QOF,
    QOF_2026,
    QOF_V51,
    REVIEW,
    coded,
    first_diagnosed_on,
    medication_in_last,
    supplied,
)
from commonweal.definitions.content.features import (
    blood_pressure,
    blood_pressure_at_most,
    bmi_taken,
    cholesterol,
    cholesterol_taken,
    creatinine_taken,
    eye_screening,
    foot_check,
    hba1c,
    hba1c_taken,
    smoking_status,
    urine_acr_taken,
)
from commonweal.definitions.content.worked import CLINIC_DIASTOLIC, CLINIC_SYSTOLIC, born_for
from commonweal.definitions.declarations import Measure, WorkedPatient, row
from commonweal.definitions.vocabulary import Condition, Rows, all_of, as_at, event, is_member, months, person

HAS_DIABETES = row("event", "2015-01-01", "dm_cod")
RECENT, OLD = "2025-11-04", "2025-03-31"
_OUTSIDE = (
    WorkedPatient("outside: no diabetes", "outside"),
    WorkedPatient("resolved: diabetes resolved", "outside", (HAS_DIABETES, row("event", "2020-01-01", "dmres_cod"))),
    WorkedPatient("under age: 17 tomorrow", "outside", (HAS_DIABETES,), born=born_for(17, days_short=1)),
)


def _process(name: str, title: str, rows: Rows, codelist: str, note: str = "", target: float | None = None) -> Measure:
    """One care process: done in the 12 months to the as-at date, among people with diabetes."""
    return Measure(
        id=f"diabetes_process_{name}", title=f"Diabetes care process: {title}", source=NDA, **REVIEW,
        why_it_matters="One of the checks that every person with diabetes should have each year.",
        population=is_member("diabetes"), numerator=rows.in_last(months=12).any(), polarity="higher_is_better",
        notes=note,
        target=target, tags=("diabetes", "care_process"),
        worked_patients=(
            WorkedPatient("in: done within 12 months", "numerator", (HAS_DIABETES, row("event", RECENT, codelist))),
            WorkedPatient("out: done 12 months ago to the day", "denominator",
                (HAS_DIABETES, row("event", OLD, codelist))),
            WorkedPatient("no date: the check has no date", "denominator", (HAS_DIABETES, row("event", "", codelist))),
            *_OUTSIDE,
        ),
    )  # fmt: skip


_PROCESSES: dict[str, tuple[str, Rows, str, str]] = {
    "hba1c": ("HbA1c", hba1c_taken, "ifcchbam_cod", ""),
    "blood_pressure": ("blood pressure", blood_pressure, "systolic_bp", ""),
    "cholesterol": ("cholesterol", cholesterol_taken, "chol2_cod", ""),
    "creatinine": ("serum creatinine or eGFR", creatinine_taken, "cre_cod", ""),
    "urine_acr": ("urine albumin to creatinine ratio", urine_acr_taken, "urine_acr_level", ""),
    "foot_check": (
        "foot examination", foot_check, "diabetic_foot_check",
        "FOOTEXAM_COD is not public. Candidate codes of a foot examination or risk result stand in: one foot is "
            "enough, so this "
        "over-counts; amputation is not allowed for.",
    ),
    "bmi": ("body mass index", bmi_taken, "bmival_cod", ""),
    "smoking": ("smoking status", smoking_status, "current_smoker",
        "Research lists stand in for SMOK_COD, EXSMOK_COD and NSMOK_COD."),
}  # fmt: skip

care_processes = tuple(
    _process(name, title, rows, codelist, note) for name, (title, rows, codelist, note) in _PROCESSES.items()
)
retinal_screening = _process(
    "retinal_screening", "retinal screening (the ninth)", eye_screening, "diabetic_eye_screening",
    "RETSCREN_COD is not public: four candidate codes stand in, so this under-counts.",
)  # fmt: skip

_ALL_EIGHT = all_of(*(rows.in_last(months=12).any() for _, rows, _, _ in _PROCESSES.values()))
_EIGHT_ROWS = tuple(row("event", RECENT, codelist) for _, _, codelist, _ in _PROCESSES.values())


def _all_processes(measure_id: str, title: str, numerator: Condition, **options) -> Measure:
    extra = options.pop("extra_rows", ())
    return Measure(
        id=measure_id, title=title, **REVIEW, population=is_member("diabetes"), numerator=numerator,
        polarity="higher_is_better",
        why_it_matters="People who miss any check have more complications: half of those under 40 miss at least one.",
        tags=("diabetes", "care_process"),
        worked_patients=(
            WorkedPatient("in: all done within 12 months", "numerator", (HAS_DIABETES, *_EIGHT_ROWS, *extra)),
            WorkedPatient("out: all but one", "denominator", (HAS_DIABETES, *_EIGHT_ROWS[1:], *extra)),
            WorkedPatient("no date: one check has no date", "denominator",
                (HAS_DIABETES, *_EIGHT_ROWS[1:], *extra, row("event", "", "ifcchbam_cod"))),
            *_OUTSIDE,
        ),
        **options,
    )  # fmt: skip


diabetes_eight_processes = _all_processes(
    "diabetes_eight_processes", "Diabetes: all eight care processes", _ALL_EIGHT, source=QOF_2026, unverified=QOF_V51, target=90.0,
    valid_from=date(2026, 4, 1), notes="QOF DM037 from 2026/27 (40–90%, replaces DM012). Computed at earlier dates "
        "for trend.",
)  # fmt: skip
diabetes_eight_processes_audit = _all_processes(
    "diabetes_eight_processes_audit", "Diabetes: all eight care processes (audit form)", _ALL_EIGHT, source=NDA,
    notes="The National Diabetes Audit's form: no exceptions are taken out.",
)  # fmt: skip
diabetes_nine_processes = _all_processes(
    "diabetes_nine_processes", "Diabetes: all nine care processes, retinal screening included",
    _ALL_EIGHT & eye_screening.in_last(months=12).any(),
    source=NDA, extra_rows=(row("event", RECENT, "diabetic_eye_screening"),), valid_from=date(2013, 4, 1),
    valid_to=date(2019, 3, 31),
    notes="The form of the 2013–19 documents: nine processes within 12 months.",
)  # fmt: skip

# --- treatment targets --------------------------------------------------------------------------------------------

_LAST_HBA1C = hba1c.in_last(months=12).latest(same_day="lowest").value
_FRAIL = is_member("frailty_moderate") | is_member("frailty_severe")
_STATIN = medication_in_last("statin", months=6)


def _reading(codelist: str, value: float, on: str = RECENT):
    return row("event", on, codelist, value=value)


def _target(
    measure_id: str, title: str, numerator: Condition, patients: tuple[WorkedPatient, ...], **options
) -> Measure:
    defaults = {
        "population": is_member("diabetes"),
        "polarity": "higher_is_better",
        "tags": ("diabetes", "treatment_target"),
    }
    return Measure(
        id=measure_id, title=title, **REVIEW, why_it_matters="Control prevents blindness, kidney failure, amputation "
            "and heart attack.",
        numerator=numerator, worked_patients=(*patients, *_OUTSIDE), **{**defaults, **options},
    )  # fmt: skip


diabetes_hba1c_58 = _target(
    "diabetes_hba1c_58", "Diabetes: last HbA1c 58 mmol/mol or less, without moderate or severe frailty",
    _LAST_HBA1C <= 58,
    (
        WorkedPatient("in: 58", "numerator", (HAS_DIABETES, _reading("ifcchbam_cod", 58))),
        WorkedPatient("out: 59", "denominator", (HAS_DIABETES, _reading("ifcchbam_cod", 59))),
        WorkedPatient("out: last is over", "denominator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 50, "2025-06-01"), _reading("ifcchbam_cod", 70))),
        WorkedPatient("in: two on one day, the lower counts", "numerator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 64), _reading("ifcchbam_cod", 57))),
        WorkedPatient("out: not measured within 12 months", "denominator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 50, OLD))),
        WorkedPatient("no date: the reading has no date", "denominator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 50, ""))),
        WorkedPatient("population: severe frailty", "population",
            (HAS_DIABETES, _reading("ifcchbam_cod", 50), row("event", "2024-01-01", "sevfrail_cod"))),
    ),
    source=QOF, denominator=~_FRAIL, notes="QOF DM020.",
)  # fmt: skip

diabetes_hba1c_75_frail = _target(
    "diabetes_hba1c_75_frail", "Diabetes with moderate or severe frailty: last HbA1c 75 mmol/mol or less",
    _LAST_HBA1C <= 75,
    (
        WorkedPatient("in: 75", "numerator", (HAS_DIABETES, _reading("ifcchbam_cod", 75),
                row("event", "2024-01-01", "modfrail_cod"))),
        WorkedPatient("out: 76", "denominator", (HAS_DIABETES, _reading("ifcchbam_cod", 76),
                row("event", "2024-01-01", "modfrail_cod"))),
        WorkedPatient("population: not frail", "population", (HAS_DIABETES, _reading("ifcchbam_cod", 50))),
        WorkedPatient("no date: the reading has no date", "denominator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 50, ""), row("event", "2024-01-01", "modfrail_cod"))),
    ),
    source=QOF, denominator=_FRAIL, notes="QOF DM021.",
)  # fmt: skip

diabetes_bp_140_90 = _target(
    "diabetes_bp_140_90", "Diabetes: last blood pressure 140/90 or less, under 80, without moderate or severe frailty",
    blood_pressure_at_most(140, 90, home_less=5),
    (
        WorkedPatient("in: 140/90", "numerator", (HAS_DIABETES, _reading(CLINIC_SYSTOLIC, 140),
                _reading(CLINIC_DIASTOLIC, 90))),
        WorkedPatient("out: 141/80", "denominator", (HAS_DIABETES, _reading(CLINIC_SYSTOLIC, 141),
                _reading(CLINIC_DIASTOLIC, 80))),
        WorkedPatient("out: diastolic on another day", "denominator",
            (HAS_DIABETES, _reading(CLINIC_SYSTOLIC, 130), _reading(CLINIC_DIASTOLIC, 80, "2025-10-01"))),
        WorkedPatient("out: home reading over 135", "denominator",
            (HAS_DIABETES, _reading("systolic_bp_home", 138), _reading("diastolic_bp_home", 80))),
        WorkedPatient("in: home reading 135/85", "numerator",
            (HAS_DIABETES, _reading("systolic_bp_home", 135), _reading("diastolic_bp_home", 85))),
        WorkedPatient("population: 80 today", "population",
            (HAS_DIABETES, _reading(CLINIC_SYSTOLIC, 130), _reading(CLINIC_DIASTOLIC, 80)), born=born_for(80)),
        WorkedPatient("no date: the reading has no date", "denominator",
            (HAS_DIABETES, _reading(CLINIC_SYSTOLIC, 130, ""), _reading(CLINIC_DIASTOLIC, 80, ""))),
    ),
    source=QOF, denominator=(person.age < 80) & ~_FRAIL, notes="QOF DM036 (2025/26).",
)  # fmt: skip

_HISTORIC_TRIPLE = (
    (_LAST_HBA1C <= 58)
    & blood_pressure_at_most(140, 80)
    & (cholesterol.in_last(months=12).latest(same_day="lowest").value < 5)
)
_TRIPLE_ROWS = (
    _reading("ifcchbam_cod", 55),
    _reading(CLINIC_SYSTOLIC, 138),
    _reading(CLINIC_DIASTOLIC, 80),
    _reading("chol2_cod", 4.9),
)

diabetes_triple_target_historic = _target(
    "diabetes_triple_target_historic", "Diabetes: three targets, 2013–19 form (HbA1c ≤58, BP ≤140/80, cholesterol <5)",
    _HISTORIC_TRIPLE,
    (
        WorkedPatient("in: all three", "numerator", (HAS_DIABETES, *_TRIPLE_ROWS)),
        WorkedPatient("out: cholesterol 5.0", "denominator",
            (HAS_DIABETES, *_TRIPLE_ROWS[:3], _reading("chol2_cod", 5.0))),
        WorkedPatient("out: diastolic 81", "denominator",
            (HAS_DIABETES, *_TRIPLE_ROWS[:2], _reading(CLINIC_DIASTOLIC, 81), _TRIPLE_ROWS[3])),
        WorkedPatient("out: no cholesterol", "denominator", (HAS_DIABETES, *_TRIPLE_ROWS[:3])),
        WorkedPatient("no date: HbA1c has no date", "denominator",
            (HAS_DIABETES, *_TRIPLE_ROWS[1:], _reading("ifcchbam_cod", 55, ""))),
    ),
    source=NDA, valid_from=date(2013, 4, 1), valid_to=date(2019, 3, 31),
    notes="The documents of 2013–19 use this form.",
    unverified=("the National Diabetes Audit's values to 2019 (HbA1c 58, 140/80, cholesterol under 5): as taken in November 2026",),
)  # fmt: skip

diabetes_triple_target = _target(
    "diabetes_triple_target", "Diabetes: three targets, current form (HbA1c ≤58, BP ≤140/90, statin)",
    (_LAST_HBA1C <= 58) & blood_pressure_at_most(140, 90, home_less=5) & _STATIN,
    (
        WorkedPatient("in: all three", "numerator", (HAS_DIABETES, *_TRIPLE_ROWS[:3],
                row("medication", "2026-02-01", "statin"))),
        WorkedPatient("out: no statin", "denominator", (HAS_DIABETES, *_TRIPLE_ROWS)),
        WorkedPatient("out: statin stopped over six months ago", "denominator",
            (HAS_DIABETES, *_TRIPLE_ROWS, row("medication", "2025-09-01", "statin"))),
        WorkedPatient("no date: HbA1c has no date", "denominator",
            (HAS_DIABETES, *_TRIPLE_ROWS[1:3], _reading("ifcchbam_cod", 55, ""),
                row("medication", "2026-02-01", "statin"))),
    ),
    source=NDA, valid_from=date(2019, 4, 1),
    notes="The audit counts the statin only in those for whom it is advised (40 and over, or with cardiovascular "
        "disease): here in all.",
    unverified=("the National Diabetes Audit's current values (HbA1c 58, 140/90, statin): as taken in November 2026",),
)  # fmt: skip

diabetes_triple_target_icb = _target(
    "diabetes_triple_target_icb", "Diabetes: three targets, London ICB form (HbA1c ≤58, BP <130/80, cholesterol <5)",
    (_LAST_HBA1C <= 58) & blood_pressure_at_most(129,
        79) & (cholesterol.in_last(months=12).latest(same_day="lowest").value < 5),
    (
        WorkedPatient("in: all three", "numerator", (HAS_DIABETES, _reading("ifcchbam_cod", 55),
                _reading(CLINIC_SYSTOLIC, 129), _reading(CLINIC_DIASTOLIC, 79), _reading("chol2_cod", 4.9))),
        WorkedPatient("out: systolic 130", "denominator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 55), _reading(CLINIC_SYSTOLIC, 130), _reading(CLINIC_DIASTOLIC, 79),
                _reading("chol2_cod", 4.9))),
        WorkedPatient("no date: HbA1c has no date", "denominator",
            (HAS_DIABETES, _reading("ifcchbam_cod", 55, ""), _reading(CLINIC_SYSTOLIC, 129),
                _reading(CLINIC_DIASTOLIC, 79), _reading("chol2_cod", 4.9))),
    ),
    source=NDA, notes="As run by West and North London ICB; readings in whole mmHg.",
)  # fmt: skip

diabetes_statin_40 = _target(
    "diabetes_statin_40", "Diabetes, 40 and over, no cardiovascular disease or frailty: on a statin", _STATIN,
    (
        WorkedPatient("in: on a statin", "numerator", (HAS_DIABETES, row("medication", "2026-02-01", "statin"))),
        WorkedPatient("out: none", "denominator", (HAS_DIABETES,)),
        WorkedPatient("population: 40 tomorrow", "population", (HAS_DIABETES,), born=born_for(40, days_short=1)),
        WorkedPatient("population: heart disease", "population", (HAS_DIABETES, row("event", "2020-01-01", "chd_cod"))),
        WorkedPatient("no date: the issue has no date", "denominator", (HAS_DIABETES, row("medication", "", "statin"))),
    ),
    source=QOF, denominator=(person.age >= 40) & ~is_member("cardiovascular_disease") & ~_FRAIL,
    notes="QOF DM034. People with type 2 diabetes and a risk score under 10% in three years are not taken out: the "
        "score's value codes are mixed.",
)  # fmt: skip

diabetes_statin_cvd = _target(
    "diabetes_statin_cvd", "Diabetes with cardiovascular disease: on a statin", _STATIN,
    (
        WorkedPatient("in: on a statin", "numerator",
            (HAS_DIABETES, row("event", "2020-01-01", "chd_cod"), row("medication", "2026-02-01", "statin"))),
        WorkedPatient("out: none", "denominator", (HAS_DIABETES, row("event", "2020-01-01", "chd_cod"))),
        WorkedPatient("population: no cardiovascular disease", "population", (HAS_DIABETES,)),
        WorkedPatient("no date: the issue has no date", "denominator",
            (HAS_DIABETES, row("event", "2020-01-01", "chd_cod"), row("medication", "", "statin"))),
    ),
    source=QOF, denominator=is_member("cardiovascular_disease"),
    notes="QOF DM035. Haemorrhagic stroke is not taken out.",
)  # fmt: skip

diabetes_nephropathy_ace = _target(
    "diabetes_nephropathy_ace", "Diabetes with proteinuria or microalbuminuria: on an ACE inhibitor or ARB",
    medication_in_last("ace_inhibitor", "angiotensin_receptor_blocker", months=6),
    (
        WorkedPatient("in: on an ARB", "numerator", (HAS_DIABETES, row("event", "2020-01-01", "prt_cod"),
                row("medication", "2026-02-01", "angiotensin_receptor_blocker"))),
        WorkedPatient("out: none", "denominator", (HAS_DIABETES, row("event", "2020-01-01", "mal_cod"))),
        WorkedPatient("population: no proteinuria", "population", (HAS_DIABETES,)),
        WorkedPatient("no date: the issue has no date", "denominator",
            (HAS_DIABETES, row("event", "2020-01-01", "mal_cod"), row("medication", "", "ace_inhibitor"))),
    ),
    source=QOF, denominator=coded("prt_cod", "mal_cod"), notes="QOF DM006.",
)  # fmt: skip

_DIAGNOSED_ON = first_diagnosed_on("dm_cod")
diabetes_education_referral = _target(
    "diabetes_education_referral", "Newly diagnosed diabetes: referred to structured education within 9 months",
    event.coded("structured_education_referral", *supplied("strueducref_cod")).between(_DIAGNOSED_ON, _DIAGNOSED_ON + months(9)).any(),
    (
        WorkedPatient("in: referred two months after", "numerator",
            (row("event", "2025-05-01", "dm_cod"), row("event", "2025-07-01", "structured_education_referral"))),
        WorkedPatient("out: not referred", "denominator", (row("event", "2025-05-01", "dm_cod"),)),
        WorkedPatient("population: diagnosed before", "population", (HAS_DIABETES,)),
        WorkedPatient("no date: the referral has no date", "denominator",
            (row("event", "2025-05-01", "dm_cod"), row("event", "", "structured_education_referral"))),
    ),
    source=QOF, denominator=as_at - months(12) < _DIAGNOSED_ON,
    notes="QOF DM014. STRUEDUCREF_COD is not public: candidate codes of a referral stand in. Those diagnosed in the last nine "
        "months still have time.",
)  # fmt: skip

ndh_hba1c_12_months = Measure(
    id="ndh_hba1c_12_months", title="Non-diabetic hyperglycaemia: HbA1c within 12 months", source=QOF, **REVIEW,
    why_it_matters="One in ten goes on to diabetes each year: a yearly test finds it early.", population=is_member("non_diabetic_hyperglycaemia"),
    numerator=hba1c_taken.in_last(months=12).any(), polarity="higher_is_better", tags=("diabetes",),
    notes="QOF NDH002, without fasting glucose: its code set is not public, so this under-counts.",
    worked_patients=(
        WorkedPatient("in: tested", "numerator", (row("event", "2020-01-01", "ndh_cod"),
                row("event", RECENT, "ifcchbam_cod", value=44))),
        WorkedPatient("out: not tested", "denominator", (row("event", "2020-01-01", "ndh_cod"),)),
        WorkedPatient("outside: diabetes", "outside", (row("event", "2020-01-01", "ndh_cod"), HAS_DIABETES)),
        WorkedPatient("no date: the test has no date", "denominator",
            (row("event", "2020-01-01", "ndh_cod"), row("event", "", "ifcchbam_cod", value=44))),
    ),
)  # fmt: skip

ndh_or_gestational_hba1c = Measure(
    id="ndh_or_gestational_hba1c", title="Non-diabetic hyperglycaemia or past gestational diabetes: HbA1c within 12 "
        "months", source=QOF_2026, unverified=QOF_V51, **REVIEW,
    why_it_matters="Finds diabetes early; women after gestational diabetes are often missed.",
    population=is_member("non_diabetic_hyperglycaemia") | (is_member("gestational_diabetes") & ~is_member("diabetes")),
    numerator=hba1c_taken.in_last(months=12).any(), polarity="higher_is_better", tags=("diabetes",),
    valid_from=date(2026, 4, 1),
    notes="QOF NDH003 from 2026/27, without fasting glucose.",
    worked_patients=(
        WorkedPatient("in: gestational, tested", "numerator",
            (row("event", "2020-01-01", "gestdiab_cod"), row("event", RECENT, "ifcchbam_cod", value=40))),
        WorkedPatient("out: gestational, not tested", "denominator", (row("event", "2020-01-01", "gestdiab_cod"),)),
        WorkedPatient("outside: diabetes since", "outside",
            (row("event", "2020-01-01", "gestdiab_cod"), row("event", "2022-01-01", "dm_cod"))),
        WorkedPatient("no date: the test has no date", "denominator",
            (row("event", "2020-01-01", "gestdiab_cod"), row("event", "", "ifcchbam_cod"))),
    ),
)  # fmt: skip
