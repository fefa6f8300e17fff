"""Whose risk is moving: the same signs as at two dates, a year apart, set beside each other."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.content.features import cholesterol, diastolic, egfr, systolic
from commonweal.definitions.content.flags_use import TRIAL_NOTE
from commonweal.definitions.content.measures_activity import AE_TYPES, admitted, attended
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Flag, Segment, SegmentRule, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Number,
    Rows,
    any_of,
    as_at,
    contact,
    event,
    is_member,
    months,
    number_true,
    person,
)

A_YEAR_AGO, HALF_A_YEAR_AGO = as_at - months(12), as_at - months(6)
BEFORE, SINCE = "2024-06-01", "2025-11-04"
"""Worked dates: before the day a year ago, and since."""


def _signs(systolic_rows: Rows, diastolic_rows: Rows, cholesterol_rows: Rows, fibrillation: Rows) -> Number:
    """How many of three: last pressure 140/90 or more, last total cholesterol 5 mmol/L or more, atrial fibrillation."""
    raised = (systolic_rows.latest(same_day="lowest").value >= 140) | (
        diastolic_rows.latest(same_day="lowest").value >= 90
    )
    return number_true(raised, cholesterol_rows.latest(same_day="lowest").value >= 5, fibrillation.any())


_FIBRILLATION = event.coded("afib_cod")
SIGNS_NOW = _signs(systolic, diastolic, cholesterol, _FIBRILLATION)
SIGNS_A_YEAR_AGO = _signs(
    *(rows.on_or_before(A_YEAR_AGO) for rows in (systolic, diastolic, cholesterol, _FIBRILLATION))
)
_PLAN = Source("NW London long-term plan draft 6.4: movement through no, some and rising risk for blood pressure, atrial fibrillation "
    "and cholesterol; levels are NICE NG136 (140/90) and the audit of 2013 to 2019 (cholesterol 5)", "October 2019")  # fmt: skip


def _systolic(value: float, on: str):
    return row("event", on, "systolic_bp", value=value)


_ROSE = (_systolic(128, BEFORE), _systolic(152, SINCE))

cardiovascular_risk_movement = Segment(
    id="cardiovascular_risk_movement", title="Cardiovascular risk: where people stand, and which way they move", **REVIEW,
    source=_PLAN, why_it_matters="A level that rises is caught while it is small.",
    notes="Signs: last blood pressure 140/90 or more (lowest of the day), last total cholesterol 5 mmol/L or more, atrial fibrillation. Their "
        "number on the as-at date is set beside the number a year before, by what was known then. A first reading that is high counts as a "
        "rise; somebody never read has no sign, which is not the same as no risk.",
    rules=(
        SegmentRule("under_18", "Under 18", person.age < 18),
        SegmentRule("risen", "Risk has risen: more signs than a year ago", SIGNS_NOW > SIGNS_A_YEAR_AGO),
        SegmentRule("fallen", "Risk has fallen: fewer signs than a year ago", SIGNS_NOW < SIGNS_A_YEAR_AGO),
        SegmentRule("some", "Some risk, as a year ago", SIGNS_NOW >= 1),
    ),
    otherwise=("none", "No sign, now or a year ago"), tags=("cardiovascular", "segmentation"),
    worked_patients=(
        WorkedPatient("nothing read", "none"),
        WorkedPatient("pressure rose", "risen", _ROSE),
        WorkedPatient("pressure fell", "fallen", (_systolic(152, BEFORE), _systolic(128, SINCE))),
        WorkedPatient("raised then and now", "some", (_systolic(150, BEFORE), _systolic(152, SINCE))),
        WorkedPatient("one sign for another", "some",
            (_systolic(150, BEFORE), _systolic(128, SINCE), row("event", SINCE, "chol2_cod", value=5.0))),
        WorkedPatient("a year ago to the day is then", "some", (_systolic(150, "2025-03-31"),)),
        WorkedPatient("the day after is now", "risen", (_systolic(150, "2025-04-01"),)),
        WorkedPatient("diastolic alone", "risen", (_systolic(130, SINCE), row("event", SINCE, "diabp_cod", value=90))),
        WorkedPatient("atrial fibrillation found", "risen", (row("event", SINCE, "afib_cod"),)),
        WorkedPatient("17", "under_18", _ROSE, born=born_for(18, days_short=1)),
        WorkedPatient("18 today", "risen", _ROSE, born=born_for(18)),
        WorkedPatient("no date: the reading has no date", "none", (_systolic(152, ""),)),
    ),
)  # fmt: skip

cardiovascular_risk_risen = Flag(
    id="cardiovascular_risk_risen", title="Cardiovascular risk has risen in a year", source=_PLAN, **REVIEW,
    why_it_matters="Pressure, cholesterol and rhythm are the three that treatment moves; a sign that is new is the time to begin.",
    logic=(person.age >= 18) & (SIGNS_NOW > SIGNS_A_YEAR_AGO) & ~is_member("palliative_care"), order_by=SIGNS_NOW,
    suggested_action="Confirm the reading, work out the ten-year risk, agree treatment and a date to look again.",
    who_acts="Practice pharmacist or practice nurse", capacity_hint="About 15 a week per 10,000 people",
    harm_note="One high reading is not a diagnosis: confirm before treating.",
    notes="More of the three signs (pressure 140/90, cholesterol 5 mmol/L, atrial fibrillation) than a year ago. A first reading counts.",
    tags=("cardiovascular", "rising_risk"),
    worked_patients=(
        WorkedPatient("in: pressure rose", True, _ROSE),
        WorkedPatient("in: first cholesterol, high", True, (row("event", SINCE, "chol2_cod", value=5.0),)),
        WorkedPatient("out: cholesterol just under", False, (row("event", SINCE, "chol2_cod", value=4.9),)),
        WorkedPatient("out: raised already a year ago", False, (_systolic(150, BEFORE), _systolic(170, SINCE))),
        WorkedPatient("out: palliative care", False, (*_ROSE, row("event", SINCE, "palcare_cod"))),
        WorkedPatient("resolved: palliative care ended", True,
            (*_ROSE, row("event", BEFORE, "palcare_cod"), row("event", SINCE, "palcareni_cod"))),
        WorkedPatient("diagnosed again: palliative care again", False, (*_ROSE, row("event", BEFORE, "palcare_cod"),
                row("event", "2025-01-01", "palcareni_cod"), row("event", SINCE, "palcare_cod"))),
        WorkedPatient("under age: 18 tomorrow", False, _ROSE, born=born_for(18, days_short=1)),
        WorkedPatient("no date: the reading has no date", False, (_systolic(152, ""),)),
    ),
)  # fmt: skip

NEW_CONDITIONS = ("dm_cod", "copd_cod", "hf_cod", "afib_cod", "chd_cod", "strk_cod", "ckd_cod", "dem_cod")
"""Long-term conditions of which a first code in the year is a sign."""
_AE = contact.where(setting="ae", department_type=AE_TYPES)
_EMERGENCY = contact.where(setting="apc", admission_method=EMERGENCY_METHODS)
_UNPLANNED = _AE.in_last(months=6).count() + _EMERGENCY.in_last(months=6).count()
_UNPLANNED_BEFORE = (
    _AE.after(A_YEAR_AGO).on_or_before(HALF_A_YEAR_AGO).count()
    + _EMERGENCY.after(A_YEAR_AGO).on_or_before(HALF_A_YEAR_AGO).count()
)
_MORE_UNPLANNED = _UNPLANNED >= _UNPLANNED_BEFORE + 2
_NEW_CONDITION = any_of(*(event.coded(one).earliest().date > A_YEAR_AGO for one in NEW_CONDITIONS))
_KIDNEY_FELL = (egfr.latest().date > A_YEAR_AGO) & (
    egfr.latest().value <= 0.75 * egfr.on_or_before(A_YEAR_AGO).latest().value
)
_FRAILER = event.coded("modfrail_cod", "sevfrail_cod").earliest().date > A_YEAR_AGO
RISING_SIGNS = number_true(_MORE_UNPLANNED, _NEW_CONDITION, _KIDNEY_FELL, _FRAILER)

_BUSIER = (attended("2025-11-11"), attended("2026-01-11"))
_NEWLY = (row("event", SINCE, "hf_cod"),)

rising_risk = Flag(
    id="rising_risk", title="Rising risk: two or more signs that things are getting worse",
    source=Source("Commonweal working rule for the NW London intentions 2020/21 (rising risk: people whose risk is increasing, before crisis)", "1"),
    **REVIEW,
    why_it_matters="Many of next year's emergencies are not among this year's: help comes in time where the change is seen.",
    logic=(person.age >= 18) & (RISING_SIGNS >= 2) & ~is_member("palliative_care"), order_by=RISING_SIGNS,
    suggested_action="Talk at the network's team meeting: what changed, what matters to the person, who leads; agree a plan and a date.",
    who_acts="Network team with a named care coordinator", capacity_hint="About 5 a week per network", harm_note=TRIAL_NOTE,
    unverified=("a fall of eGFR by a quarter (NICE NG203, accelerated progression): as taken in November 2026",),
    notes="Signs: two or more unplanned contacts (A&E, emergency admission) more in the last six months than in the six before; a first code "
        "of diabetes, COPD, heart failure, atrial fibrillation, coronary disease, stroke, kidney disease or dementia within 12 months; eGFR a "
        "quarter or more below what it was a year ago; moderate or severe frailty first graded within 12 months. No weights are fitted: it is "
        "not a probability.",
    tags=("rising_risk",),
    worked_patients=(
        WorkedPatient("in: busier and a new condition", True, (*_BUSIER, *_NEWLY)),
        WorkedPatient("out: busier alone", False, _BUSIER),
        WorkedPatient("out: a new condition alone", False, _NEWLY),
        WorkedPatient("out: as busy in the half-year before", False,
            (*_BUSIER, *_NEWLY, attended("2025-06-11"), admitted("2025-08-11"))),
        WorkedPatient("in: one before, three since", True,
            (*_BUSIER, *_NEWLY, attended("2025-06-11"), admitted("2026-02-11"))),
        WorkedPatient("out: the condition is older", False, (*_BUSIER, row("event", BEFORE, "hf_cod"), *_NEWLY)),
        WorkedPatient("in: kidneys and frailty", True,
            (row("event", BEFORE, "egfr_level", value=80), row("event", SINCE, "egfr_level", value=60),
                row("event", SINCE, "modfrail_cod"))),
        WorkedPatient("out: eGFR fell by less than a quarter", False,
            (row("event", BEFORE, "egfr_level", value=80), row("event", SINCE, "egfr_level", value=61),
                row("event", SINCE, "modfrail_cod"))),
        WorkedPatient("out: palliative care", False, (*_BUSIER, *_NEWLY, row("event", SINCE, "palcare_cod"))),
        WorkedPatient("resolved: palliative care ended", True,
            (*_BUSIER, *_NEWLY, row("event", BEFORE, "palcare_cod"), row("event", SINCE, "palcareni_cod"))),
        WorkedPatient("diagnosed again: palliative care again", False, (*_BUSIER, *_NEWLY, row("event", BEFORE, "palcare_cod"),
                row("event", "2025-01-01", "palcareni_cod"), row("event", SINCE, "palcare_cod"))),
        WorkedPatient("under age: 18 tomorrow", False, (*_BUSIER, *_NEWLY), born=born_for(18, days_short=1)),
        WorkedPatient("no date: the new condition has no date", False, (*_BUSIER, row("event", "", "hf_cod"))),
    ),
)  # fmt: skip
