"""Mental health, learning disability and dementia: checks and reviews."""

from __future__ import annotations

from commonweal.definitions.content.common import CORE20PLUS5, QOF, REVIEW, lacking, recorded_in_last, supplied
from commonweal.definitions.content.features import (
    alcohol_recorded,
    blood_pressure,
    bmi_taken,
    cholesterol_taken,
    hba1c_taken,
    smoking_status,
)
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Condition,
    as_at,
    days,
    event,
    is_member,
    medication,
    months,
    number_true,
    person,
)

RECENT, OLD = "2025-11-04", "2025-03-31"
_MIND = row("event", "2010-01-01", "mh_cod")
SIX_CHECKS: dict[str, tuple[str, Condition, str, str]] = {
    "bmi": ("weight or BMI", bmi_taken.in_last(months=12).any(), "bmival_cod", "QOF MH006"),
    "blood_pressure": ("blood pressure", blood_pressure.in_last(months=12).any(), "systolic_bp", "QOF MH003"),
    "alcohol": (
        "alcohol",
        alcohol_recorded.in_last(months=12).any(),
        "alcohol_consumption",
        "QOF MH007. ALC_COD is not public: a research list stands in for it",
    ),
    "smoking": (
        "smoking status",
        smoking_status.in_last(months=12).any(),
        "current_smoker",
        "Core20PLUS5. Research lists stand in for the status sets",
    ),
    "lipids": (
        "lipids",
        cholesterol_taken.in_last(months=12).any(),
        "chol2_cod",
        "QOF MH011, without its 24 months for those at lower risk",
    ),
    "glucose": (
        "glucose or HbA1c",
        hba1c_taken.in_last(months=12).any(),
        "ifcchbam_cod",
        "QOF MH012. The glucose code set is not public, so HbA1c alone counts",
    ),
}
"""Check: title, whether it was done within 12 months, a list for worked patients, and notes."""


def _mind(measure_id: str, title: str, numerator: Condition, done: tuple, missing: tuple, **options) -> Measure:
    return Measure(
        id=measure_id, title=title, **REVIEW, why_it_matters="People with severe mental illness die 15 to 20 years "
            "early, mostly of disease that these checks find.",
        population=is_member("severe_mental_illness"), numerator=numerator, polarity="higher_is_better",
        tags=("mental_health", "smi_check"),
        worked_patients=(
            WorkedPatient("in: done", "numerator", (_MIND, *done)),
            WorkedPatient("out: not done", "denominator", (_MIND, *missing)),
            WorkedPatient("out: done 12 months ago to the day", "denominator",
                (_MIND, *missing, row("event", OLD, done[0].codelist))),
            WorkedPatient("outside: not on the register", "outside", done),
            WorkedPatient("no date: a check has no date", "denominator",
                (_MIND, *missing, row("event", "", done[0].codelist))),
        ),
        **options,
    )  # fmt: skip


smi_checks = tuple(
    _mind(
        f"smi_check_{name}",
        f"Severe mental illness: {title} within 12 months",
        done,
        (row("event", RECENT, codelist),),
        (),
        source=QOF,
        notes=f"{notes}.",
    )
    for name, (title, done, codelist, notes) in SIX_CHECKS.items()
)
_SIX_ROWS = tuple(row("event", RECENT, codelist) for _, _, codelist, _ in SIX_CHECKS.values())
SIX_DONE = number_true(*(done for _, done, _, _ in SIX_CHECKS.values()))
"""How many of the six checks were done within 12 months."""
smi_six_checks = _mind(
    "smi_six_checks", "Severe mental illness: all six physical checks within 12 months", SIX_DONE == 6, _SIX_ROWS,
    _SIX_ROWS[1:], source=CORE20PLUS5, target=60.0,
    notes="QOF MH021 and the Core20PLUS5 target of 60%. Each check is in its own measure, with the code sets that "
        "stand in.",
)  # fmt: skip
_FIVE = number_true(*(done for name, (_, done, _, _) in SIX_CHECKS.items() if name != "smoking"))
smi_five_checks_2019 = _mind(
    "smi_five_checks_2019", "Severe mental illness: five checks (2019 form, smoking left out)", _FIVE == 5,
    tuple(one for one in _SIX_ROWS if one.codelist != "current_smoker"),
    tuple(one for one in _SIX_ROWS if one.codelist != "current_smoker")[1:],
    source=Source("NW London Long-Term Plan draft: five key physical health checks", "October 2019"), target=60.0,
    notes="The document does not name the five: smoking is left out here.",
)  # fmt: skip
smi_care_plan = Measure(
    id="smi_care_plan", title="Severe mental illness: care plan within 12 months", source=QOF, **REVIEW,
    why_it_matters="A plan agreed with the family prevents crises.", population=is_member("severe_mental_illness"),
    numerator=recorded_in_last("mhp_cod", months=12), polarity="higher_is_better", missing_codelists=lacking("mhp_cod"),
    notes="QOF MH002. MHP_COD is not public.", tags=("mental_health",),
    worked_patients=(
        WorkedPatient("in: planned", "numerator", (_MIND, row("event", RECENT, "mhp_cod"))),
        WorkedPatient("out: no plan", "denominator", (_MIND,)),
        WorkedPatient("no date: the plan has no date", "denominator", (_MIND, row("event", "", "mhp_cod"))),
    ),
)  # fmt: skip

_LD = row("event", "2000-01-01", "ld_cod")
LD_CHECK = ("learning_disability_health_check", *supplied("ldhc_cod"))
ld_health_check = Measure(
    id="ld_health_check", title="Learning disability, 14 and over: annual health check",
    source=Source("Learning disabilities health check scheme (NHS England output descriptions)", "2024/25"), **REVIEW,
    why_it_matters="Four in ten deaths are avoidable; the check finds what people cannot say.",
    population=is_member("learning_disability") & (person.age >= 14), numerator=recorded_in_last(*LD_CHECK, months=12),
    polarity="higher_is_better", target=75.0, tags=("ld_autism",),
    notes="The official set is not public: two codes of a completed check stand in. The scheme counts the financial "
        "year; here 12 months. The action plan has its own code set, which is not public.",
    worked_patients=(
        WorkedPatient("in: checked", "numerator", (_LD, row("event", RECENT, "learning_disability_health_check")),
            born="1990-05-05"),
        WorkedPatient("out: checked 12 months ago to the day", "denominator",
            (_LD, row("event", OLD, "learning_disability_health_check")), born="1990-05-05"),
        WorkedPatient("under age: 14 tomorrow", "outside", (row("event", "2018-01-01", "ld_cod"),),
            born=born_for(14, days_short=1)),
        WorkedPatient("on the birthday: 14 today", "denominator", (row("event", "2018-01-01", "ld_cod"),),
            born=born_for(14)),
        WorkedPatient("no date: the check has no date", "denominator",
            (_LD, row("event", "", "learning_disability_health_check")), born="1990-05-05"),
    ),
)  # fmt: skip


def _reviewed(
    measure_id: str, title: str, why: str, register: str, code: str, review: tuple[str, ...], **options
) -> Measure:
    has = row("event", "2018-01-01", code)
    return Measure(
        id=measure_id, title=title, why_it_matters=why, **REVIEW, population=is_member(register),
        numerator=recorded_in_last(*review, months=12), polarity="higher_is_better",
        tags=("mental_health", "review"),
        worked_patients=(
            WorkedPatient("in: reviewed", "numerator", (has, row("event", RECENT, review[0]))),
            WorkedPatient("out: reviewed 12 months ago to the day", "denominator", (has, row("event", OLD, review[0]))),
            WorkedPatient("outside: not on the register", "outside", (row("event", RECENT, review[0]),)),
            WorkedPatient("no date: the review has no date", "denominator", (has, row("event", "", review[0]))),
        ),
        **options,
    )  # fmt: skip


dementia_review = _reviewed(
    "dementia_care_plan_review", "Dementia: care plan reviewed within 12 months",
    "Keeps the plan true, and asks how the carer is.", "dementia", "dem_cod", ("dementia_review",), source=QOF,
    notes="QOF DEM004. DEMCPRVW_COD is not public: five candidate codes stand in.",
)  # fmt: skip
dementia_medication_review = _reviewed(
    "dementia_medication_review", "Dementia: medicines reviewed within 12 months",
    "Antipsychotics and sedatives harm people with dementia.", "dementia", "dem_cod", ("demmedrvw_cod", "medrvw_cod"),
    source=QOF,
)  # fmt: skip
_NEW_DEPRESSION = event.coded("depr_cod").latest().date
depression_review = Measure(
    id="depression_review_10_to_56_days", title="New depression: reviewed 10 to 56 days after diagnosis", source=QOF,
    **REVIEW, why_it_matters="Early follow-up halves relapse.",
    population=is_member("depression"),
    denominator=(as_at - months(12) < _NEW_DEPRESSION) & (as_at - days(56) >= _NEW_DEPRESSION),
    numerator=event.coded("deprvw_cod").between(_NEW_DEPRESSION + days(10), _NEW_DEPRESSION + days(56)).any(),
    polarity="higher_is_better", tags=("mental_health", "review"),
    notes="QOF DEP004. The latest depression code stands for a new diagnosis: episodes are not told apart in the "
        "record.",
    worked_patients=(
        WorkedPatient("in: day 10", "numerator", (row("event", "2025-09-01", "depr_cod"),
                row("event", "2025-09-11", "deprvw_cod"))),
        WorkedPatient("out: day 9", "denominator", (row("event", "2025-09-01", "depr_cod"),
                row("event", "2025-09-10", "deprvw_cod"))),
        WorkedPatient("in: day 56", "numerator", (row("event", "2025-09-01", "depr_cod"),
                row("event", "2025-10-27", "deprvw_cod"))),
        WorkedPatient("out: day 57", "denominator", (row("event", "2025-09-01", "depr_cod"),
                row("event", "2025-10-28", "deprvw_cod"))),
        WorkedPatient("population: diagnosed before", "population", (row("event", "2023-09-01", "depr_cod"),)),
        WorkedPatient("resolved: depression resolved", "outside",
            (row("event", "2025-09-01", "depr_cod"), row("event", "2026-01-01", "depres_cod"))),
        WorkedPatient("no date: the review has no date", "denominator",
            (row("event", "2025-09-01", "depr_cod"), row("event", "", "deprvw_cod"))),
    ),
)  # fmt: skip
dementia_antipsychotic = Measure(
    id="dementia_antipsychotic", title="Dementia without psychosis: antipsychotic issued in six weeks",
    source=Source("NHS England output descriptions DEMMI205", "2024/25"), **REVIEW,
    why_it_matters="Raises stroke and death; most should stop.", population=is_member("dementia"),
    denominator=~is_member("severe_mental_illness"), numerator=medication.coded("antipsychotic").in_last(days=42).any(),
    polarity="lower_is_better", tags=("mental_health", "medicines"),
    worked_patients=(
        WorkedPatient("in: issued", "numerator", (row("event", "2020-01-01", "dem_cod"),
                row("medication", "2026-03-01", "antipsychotic"))),
        WorkedPatient("out: issued 42 days ago", "denominator",
            (row("event", "2020-01-01", "dem_cod"), row("medication", "2026-02-17", "antipsychotic"))),
        WorkedPatient("population: psychosis", "population",
            (row("event", "2020-01-01", "dem_cod"), _MIND, row("medication", "2026-03-01", "antipsychotic"))),
        WorkedPatient("no date: the issue has no date", "denominator",
            (row("event", "2020-01-01", "dem_cod"), row("medication", "", "antipsychotic"))),
    ),
)  # fmt: skip
dementia_65_plus = Measure(
    id="dementia_recorded_65_plus", title="People of 65 and over with dementia recorded",
    source=Source("NHS England output description DEMMI206", "2024/25"), **REVIEW,
    why_it_matters="Half of those with dementia had no diagnosis in 2013.",
    population=person.age >= 65, numerator=is_member("dementia"), polarity="neither", tags=("mental_health",),
    notes="The diagnosis rate divides by expected prevalence by age and sex, whose table is not public: this is the "
        "numerator as a share of people.",
    worked_patients=(
        WorkedPatient("in: dementia", "numerator", (row("event", "2020-01-01", "dem_cod"),), born="1940-01-01"),
        WorkedPatient("out: none", "denominator", born="1940-01-01"),
        WorkedPatient("under age: 65 tomorrow", "outside", (row("event", "2020-01-01", "dem_cod"),),
            born=born_for(65, days_short=1)),
        WorkedPatient("no date: the diagnosis has no date", "denominator", (row("event", "", "dem_cod"),),
            born="1940-01-01"),
    ),
)  # fmt: skip
