"""What people read in place of codelist titles: several lists of one thing share one plain label, and a unit.

A title tells one list from another ("HbA1c value, IFCC"; "HbA1c test of any unit"). A clinician who reads why somebody is
on a list wants the thing itself, once. Nothing is matched by these words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

_LISTS_OF = {
    "HbA1c": ("ifcchbam_cod", "hba1c_test", "hba1c_loinc"),
    "blood pressure": ("bp_cod", "bp_loinc"),
    "systolic blood pressure": ("systolic_bp", "systolic_bp_loinc"),
    "diastolic blood pressure": ("diabp_cod", "diastolic_bp_loinc"),
    "home or ambulatory systolic blood pressure": ("systolic_bp_home",),
    "home or ambulatory diastolic blood pressure": ("diastolic_bp_home",),
    "cholesterol": ("chol2_cod", "cholesterol_test", "cholesterol_loinc"),
    "creatinine": ("cre_cod", "creatinine_test", "creatinine_loinc"),
    "eGFR": ("egfr_level", "egfr_test"),
    "urine ACR": ("urine_acr_level", "urine_acr_test", "urine_acr_loinc"),
    "BMI": ("bmival_cod", "bmi_loinc"),
    "obesity finding": ("bmiobese_cod",),
    "alcohol intake": ("alcohol_consumption",),
    "cancer": ("c19can_cod", "c19haemcan_cod"),
    "medication review": ("medrvw_cod", "medication_review_any"),
    "structured medication review": ("structured_medication_review",),
    "oral anticoagulant": ("anticoagulant",),
    "direct-acting oral anticoagulant": ("doac",),
    "severe mental illness": ("mh_cod",),
    "hypothyroidism": ("thy_cod",),
    "asthma": ("ast_cod", "asthma_icd10"),
    "COPD": ("copd_cod", "copd_icd10"),
    "COPD resolved": ("copdres_cod",),
    "pre-diabetes or non-diabetic hyperglycaemia": ("ndh_cod", "prediabetes"),
    "current smoker": ("current_smoker",),
    "ex-smoker": ("ex_smoker",),
    "never smoked": ("never_smoked",),
    "learning disability health check": ("learning_disability_health_check",),
    "diabetic foot check": ("diabetic_foot_check",),
    "diabetic eye screening": ("diabetic_eye_screening",),
}
LABELS = {list_id: label for label, lists in _LISTS_OF.items() for list_id in lists}
"""Codelist id to what people read."""

UNITS = {
    "ifcchbam_cod": "mmol/mol",
    "systolic_bp": "mmHg",
    "systolic_bp_loinc": "mmHg",
    "systolic_bp_home": "mmHg",
    "diabp_cod": "mmHg",
    "diastolic_bp_loinc": "mmHg",
    "diastolic_bp_home": "mmHg",
    "chol2_cod": "mmol/L",
    "egfr_level": "mL/min/1.73 m²",
    "urine_acr_level": "mg/mmol",
    "bmival_cod": "kg/m²",
    "bmi_loinc": "kg/m²",
}
"""The unit in which values of a list stand in the record, which converts them when they land."""

LAST_VALUE_LISTS = {
    "HbA1c": ("ifcchbam_cod",),
    "cholesterol": ("chol2_cod",),
    "eGFR": ("egfr_level",),
    "BMI": ("bmival_cod", "bmi_loinc"),
}
"""Of a thing that counts as done under several lists, those whose values are all in one unit."""

_COVERED = {
    "medication review": ("structured medication review",),
    "oral anticoagulant": ("direct-acting oral anticoagulant",),
    "blood pressure": ("systolic blood pressure", "diastolic blood pressure"),
    "BMI": ("obesity finding",),
    "alcohol intake": ("drinking above the recommended level",),
}
"""What need not be said beside a wider thing of the same union."""

SMOKING_STATUS = frozenset({"current_smoker", "ex_smoker", "never_smoked"})

_NAMES = ("Alzheimer", "Charlson", "Crohn", "Down", "Hospital Frailty", "Parkinson")


def plain(title: str) -> str:
    """A title as it stands within a sentence: a lower-case first letter, unless it is a name or an abbreviation."""
    first = title.split(" ", 1)[0].split("-", 1)[0]
    if title.startswith(_NAMES) or not first[1:].islower():
        return title
    return title[:1].lower() + title[1:]


def label(lists: Iterable[str], title: Callable[[str], str]) -> str:
    """What people read for the rows of these lists together; `title` gives the title of one."""
    ids = [one.partition("#")[0] if one.partition("#")[0] in LABELS else one for one in lists]
    if SMOKING_STATUS.issubset(ids):
        return "smoking status"
    words = dict.fromkeys(LABELS[one] if one in LABELS else plain(title(one)) for one in ids)
    covered = {narrow for wide in words for narrow in _COVERED.get(wide, ())}
    return " or ".join(one for one in words if one not in covered)


def unit(lists: Iterable[str]) -> str:
    """The one unit of these lists' values; empty where they have none, or not the same."""
    units = {UNITS.get(one.partition("#")[0], "") for one in lists}
    return units.pop() if len(units) == 1 else ""
