"""Readings and events that several definitions share, so that each is said once."""

from __future__ import annotations

from commonweal.definitions.content.common import supplied
from commonweal.definitions.vocabulary import Condition, Number, Rows, at_least, event, more_than, when

SYSTOLIC = ("systolic_bp", "systolic_bp_loinc")
DIASTOLIC = ("diabp_cod", "diastolic_bp_loinc")
SYSTOLIC_HOME, DIASTOLIC_HOME = "systolic_bp_home", "diastolic_bp_home"
"""Synthea sends LOINC; GP systems send SNOMED CT. Both count, in the same unit (mmHg)."""

systolic = event.coded(*SYSTOLIC).where(value=more_than(0))
diastolic = event.coded(*DIASTOLIC).where(value=more_than(0))
blood_pressure = event.coded("bp_cod", *SYSTOLIC, *DIASTOLIC, "bp_loinc")
"""Any record of a blood pressure: whether it was taken, not what it was."""

hba1c = event.coded("ifcchbam_cod").where(value=more_than(0))
"""HbA1c in mmol/mol (IFCC). Percentages are left out."""
hba1c_taken = event.coded("ifcchbam_cod", "hba1c_test", "hba1c_loinc")
"""Any HbA1c, of any unit: whether it was taken."""
cholesterol = event.coded("chol2_cod").where(value=more_than(0))
"""Total cholesterol in mmol/L."""
cholesterol_taken = event.coded("chol2_cod", "cholesterol_test", "cholesterol_loinc")
creatinine_taken = event.coded("cre_cod", "creatinine_test", "egfr_test", "egfr_level", "creatinine_loinc")
egfr = event.coded("egfr_level").where(value=more_than(0))
"""Estimated glomerular filtration rate, mL/min/1.73 m²."""
urine_acr = event.coded("urine_acr_level").where(value=at_least(0))
"""Urine albumin to creatinine ratio, mg/mmol."""
urine_acr_taken = event.coded("urine_acr_test", "urine_acr_level", "urine_acr_loinc")
bmi = event.coded("bmival_cod", "bmi_loinc").where(value=more_than(0))
"""Body mass index, kg/m²."""
bmi_taken = event.coded("bmival_cod", "bmi_loinc", "bmiobese_cod")
smoking_status = event.coded(
    "current_smoker", "ex_smoker", "never_smoked", *supplied("smok_cod", "exsmok_cod", "nsmok_cod")
)
alcohol_recorded = event.coded("alcohol_consumption", "excessalc_cod", *supplied("alc_cod"))
foot_check = event.coded("diabetic_foot_check", *supplied("footexam_cod"))
eye_screening = event.coded("diabetic_eye_screening", *supplied("retscren_cod"))


def blood_pressure_at_most(
    systolic_limit: int, diastolic_limit: int, *, home_less: int = 0, months: int = 12
) -> Condition:
    """The last reading within the months is at or under the limits, systolic and diastolic of one day.

    Of several readings on that day the lowest of each counts (QOF). Where the last systolic is a home or ambulatory one,
    `home_less` is taken off both limits (NICE NG136: 5 mmHg). Missing, so not controlled, where there is no pair.
    """
    last = systolic.in_last(months=months).latest(same_day="lowest")
    paired = diastolic.on(last.date).latest(same_day="lowest").value
    usual = (last.value <= systolic_limit) & (paired <= diastolic_limit)
    if not home_less:
        return usual
    at_home = event.coded(SYSTOLIC_HOME).where(value=more_than(0)).in_last(months=months).latest().date == last.date
    at_home_too = (last.value <= systolic_limit - home_less) & (paired <= diastolic_limit - home_less)
    return when((at_home, at_home_too), otherwise=usual)


def raised_days(systolic_limit: int, *, months: int, rows: Rows = systolic) -> Number:
    """On how many days of the months a systolic reading was at or over the limit."""
    return rows.where(value=at_least(systolic_limit)).in_last(months=months).count(distinct="date")
