"""Scores, each with what it was validated for and what it must not be used for."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW, coded
from commonweal.definitions.declarations import Band, Score, Source, Term, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Condition,
    diagnosis,
    is_member,
    medication,
    person,
)

# --- stroke risk in atrial fibrillation ----------------------------------------------------------------------------

cha2ds2_vasc = Score(
    id="cha2ds2_vasc", title="CHA₂DS₂-VASc", **REVIEW,
    source=Source("Lip and others, Chest 2010;137:263", "2010",
        "https://doi.org/10.1378/chest.09-1584"),
    unverified=("the weights of the paper: as taken in November 2026",),
    why_it_matters="Decides who with atrial fibrillation needs an anticoagulant.",
    terms=(
        Term("heart failure", is_member("heart_failure"), 1), Term("hypertension", is_member("hypertension"), 1),
        Term("75 or over", person.age >= 75, 2), Term("65 to 74", (person.age >= 65) & (person.age < 75), 1),
        Term("diabetes", is_member("diabetes"), 1), Term("stroke or TIA", is_member("stroke_or_tia"), 2),
        Term("vascular disease", coded("mi_cod") | is_member("peripheral_arterial_disease"), 1),
        Term("female", person.sex == "F", 1),
    ),
    valid_for=is_member("atrial_fibrillation"), validity="Adults with non-valvular atrial fibrillation; outcome: "
        "stroke within a year.",
    caveat="Computed from codes: an uncoded condition lowers it. A recorded score by a clinician outranks it. "
        "Thrombo-embolism and "
    "aortic plaque have no codelist here.",
    bands=(Band("low", "0 to 1", 0), Band("high", "2 or more", 2)), tags=("cardiovascular",),
    worked_patients=(
        WorkedPatient("woman of 80 with hypertension and diabetes: 2+1+1+1", 5,
            (row("event", "2015-01-01", "afib_cod"), row("event", "2015-01-01", "hyp_cod"),
                row("event", "2015-01-01", "dm_cod")), born="1945-05-05"),
        WorkedPatient("man of 50: nothing", 0, (row("event", "2015-01-01", "afib_cod"),), born="1975-05-05", sex="M"),
        WorkedPatient("man of 70 with stroke and heart attack: 1+2+1", 4,
            (row("event", "2015-01-01", "afib_cod"), row("event", "2016-01-01", "strk_cod"),
                row("event", "2016-01-01", "mi_cod")), born="1955-05-05", sex="M"),
        WorkedPatient("no atrial fibrillation: not valid", None, (row("event", "2015-01-01", "hyp_cod"),)),
        WorkedPatient("no date: the stroke has no date", 0,
            (row("event", "2015-01-01", "afib_cod"), row("event", "", "strk_cod")), born="1975-05-05", sex="M"),
    ),
)  # fmt: skip

# --- Charlson ------------------------------------------------------------------------------------------------------

CHARLSON = Source(
    "Quan and others, Medical Care 2005;43:1130 (codes); Charlson and others 1987 (weights)",
    "2005",
    "https://doi.org/10.1097/01.mlr.0000182534.19832.83",
)
_HOSPITAL_5_YEARS = diagnosis.in_last(years=5)


def _hospital(condition: str) -> Condition:
    return _HOSPITAL_5_YEARS.coded(f"charlson_{condition}_icd10").any()


def _graver(mild: str, grave: str) -> Condition:
    """The milder form, where the graver one is not coded: the two never count together."""
    return _hospital(mild) & ~_hospital(grave)


charlson = Score(
    id="charlson", title="Charlson comorbidity index (Quan, hospital diagnoses of five years)", source=CHARLSON,
    **REVIEW,
    why_it_matters="Adjusts hospital outcomes for how ill people were.",
    terms=(
        Term("heart attack", _hospital("ami"), 1), Term("heart failure", _hospital("chf"), 1),
        Term("peripheral vascular", _hospital("pvd"), 1),
        Term("cerebrovascular", _hospital("cevd"), 1), Term("dementia", _hospital("dementia"), 1),
        Term("chronic lung", _hospital("copd"), 1),
        Term("rheumatic", _hospital("rheumd"), 1), Term("peptic ulcer", _hospital("pud"), 1),
        Term("mild liver", _graver("mld", "msld"), 1),
        Term("diabetes", _graver("diab", "diabwc"), 1), Term("diabetes with complications", _hospital("diabwc"), 2),
        Term("hemiplegia", _hospital("hp"), 2), Term("renal", _hospital("rend"), 2),
        Term("cancer", _graver("canc", "metacanc"), 2),
        Term("severe liver", _hospital("msld"), 3), Term("metastatic cancer", _hospital("metacanc"), 6),
        Term("AIDS", _hospital("aids"), 6),
    ),
    valid_for=person.age >= 18, basis="everyone",
    validity="Adults admitted to hospital; outcome: death within a year.",
    caveat="From hospital diagnoses only: people never admitted score 0. Not for deciding on one person's care. AIDS "
        "is a withheld "
    "category outside direct care, so the score is lower there.",
    bands=(Band("none", "0", 0), Band("some", "1 to 2", 1), Band("high", "3 or more", 3)), tags=("hospital",),
    worked_patients=(
        WorkedPatient("nothing coded", 0),
        WorkedPatient("heart failure and dementia: 1+1", 2,
            (row("diagnosis", "2024-05-05", "charlson_chf_icd10", position=1),
                row("diagnosis", "2024-05-05", "charlson_dementia_icd10", position=2))),
        WorkedPatient("diabetes with and without complications counts once: 2", 2,
            (row("diagnosis", "2024-05-05", "charlson_diab_icd10", position=2),
                row("diagnosis", "2024-05-05", "charlson_diabwc_icd10", position=3))),
        WorkedPatient("cancer with metastases: 6, not 8", 6,
            (row("diagnosis", "2024-05-05", "charlson_canc_icd10", position=1),
                row("diagnosis", "2024-05-05", "charlson_metacanc_icd10", position=2))),
        WorkedPatient("under age: 18 tomorrow", None,
            (row("diagnosis", "2024-05-05", "charlson_chf_icd10", position=1),), born="2008-04-01"),
        WorkedPatient("over five years ago", 0, (row("diagnosis", "2021-03-31", "charlson_chf_icd10", position=1),)),
        WorkedPatient("no date: the diagnosis has no date", 0,
            (row("diagnosis", "", "charlson_chf_icd10", position=1),)),
    ),
)  # fmt: skip

# --- Cambridge Multimorbidity Score ----------------------------------------------------------------------------------

CAMBRIDGE = Source(
    "Payne and others, CMAJ 2020;192:E107 (20 conditions), transcribed from public research code",
    "2020",
    "https://doi.org/10.1503/cmaj.190757",
)
_painful = (medication.coded("opioid_analgesic").in_last(months=12).count() >= 4) | (
    (medication.coded("antiepileptic").in_last(months=12).count() >= 4) & ~coded("epil_cod")
)
_CAMBRIDGE_CONDITIONS: tuple[tuple[str, Condition, float, float], ...] = (
    ("hypertension", is_member("hypertension"), 0.08, -2.09),
    ("anxiety or depression", is_member("anxiety") | is_member("depression"), 0.50, 7.04),
    ("painful condition", _painful, 0.92, 16.46),
    ("hearing loss", is_member("hearing_loss"), 0.09, -3.94),
    ("irritable bowel syndrome", coded("irritable_bowel_syndrome"), 0.21, -1.33),
    ("asthma", is_member("asthma"), 0.19, -2.73),
    ("diabetes", is_member("diabetes"), 0.75, 10.23),
    ("coronary heart disease", is_member("coronary_heart_disease"), 0.49, 4.22),
    ("chronic kidney disease", is_member("chronic_kidney_disease"), 0.53, 16.61),
    ("atrial fibrillation", is_member("atrial_fibrillation"), 1.34, 22.14),
    ("constipation, treated", medication.coded("laxative").in_last(months=12).count() >= 4, 1.12, 35.42),
    ("stroke or TIA", is_member("stroke_or_tia"), 0.80, 20.63),
    ("COPD", is_member("copd"), 1.46, 42.50),
    ("connective tissue disease", coded("connective_tissue_disease", "rarth_cod"), 0.43, -0.39),
    ("cancer in five years", is_member("cancer_last_5_years"), 1.53, 62.00),
    ("alcohol problem", is_member("alcohol_problem"), 0.65, 12.72),
    ("heart failure", is_member("heart_failure"), 1.18, 43.47),
    ("dementia", is_member("dementia"), 2.50, 124.42),
    ("psychosis or bipolar disorder", is_member("severe_mental_illness"), 0.64, 7.20),
    ("epilepsy", is_member("epilepsy"), 0.92, 18.26),
)
_CAMBRIDGE_CAVEAT = (
    "The paper's own codelists could not be had: registers stand in for them. Painful condition and treated "
    "constipation are counted as "
    "four or more issues in 12 months of medicines picked by ingredient. Not for deciding on one person's care; no "
    "published risk bands."
)
_CAMBRIDGE_VALIDITY = (
    "Adults of 20 and over in English general practice; outcomes: consultations, unplanned admission, death."
)


def _three(code: str, *more: str):
    return tuple(row("event", "2015-01-01", one) for one in (code, *more))


cambridge_multimorbidity = Score(
    id="cambridge_multimorbidity", title="Cambridge Multimorbidity Score (general outcome weights)", source=CAMBRIDGE,
    **REVIEW,
    why_it_matters="One number for the burden of illness, better than counting conditions.",
    terms=tuple(Term(label, condition, general) for label, condition, general, _ in _CAMBRIDGE_CONDITIONS),
    valid_for=person.age >= 20, validity=_CAMBRIDGE_VALIDITY, caveat=_CAMBRIDGE_CAVEAT, tags=("multimorbidity",),
    worked_patients=(
        WorkedPatient("healthy", 0),
        WorkedPatient("diabetes, heart failure, dementia: 0.75+1.18+2.50", 4.43, _three("dm_cod", "hf_cod", "dem_cod")),
        WorkedPatient("resolved: diabetes resolved", 0, (*_three("dm_cod"), row("event", "2020-01-01", "dmres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", 0.75,
            (*_three("dm_cod"), row("event", "2020-01-01", "dmres_cod"), row("event", "2022-01-01", "dm_cod"))),
        WorkedPatient("under age: 20 tomorrow", None, _three("chd_cod"), born="2006-04-01"),
        WorkedPatient("four laxatives: 1.12", 1.12, (*tuple(row("medication", f"2026-0{month}-05",
                        "laxative") for month in (1, 2, 3)), row("medication", "2025-12-05", "laxative"))),
        WorkedPatient("no date: a diagnosis has no date", 0, (row("event", "", "chd_cod"),)),
    ),
)  # fmt: skip

cambridge_multimorbidity_mortality = Score(
    id="cambridge_multimorbidity_mortality", title="Cambridge Multimorbidity Score (mortality weights)",
    source=CAMBRIDGE, **REVIEW,
    why_it_matters="Weighs conditions by the risk of death.",
    terms=tuple(Term(label, condition, mortality) for label, condition, _, mortality in _CAMBRIDGE_CONDITIONS),
    valid_for=person.age >= 20, validity=_CAMBRIDGE_VALIDITY,
    caveat=f"{_CAMBRIDGE_CAVEAT} The mortality weights come from one transcription only: check against the paper. Can be negative.",
    tags=("multimorbidity",),
    worked_patients=(
        WorkedPatient("healthy", 0),
        WorkedPatient("hypertension alone is negative", -2.09, _three("hyp_cod")),
        WorkedPatient("COPD and dementia: 42.50+124.42", 166.92, _three("copd_cod", "dem_cod")),
        WorkedPatient("under age: 20 tomorrow", None, _three("chd_cod"), born="2006-04-01"),
        WorkedPatient("no date: a diagnosis has no date", 0, (row("event", "", "chd_cod"),)),
    ),
)  # fmt: skip
