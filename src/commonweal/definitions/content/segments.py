"""Segment schemes: everybody in one class, the first that fits."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW, coded
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Segment, SegmentRule, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import any_of, contact, is_member, number_true, person

EMERGENCY_METHODS = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2D")
"""Admission methods of an emergency (NHS Data Dictionary), without 2C: a baby born at home as intended is a birth."""

_LONG_TERM = (
    "asthma", "atrial_fibrillation", "cancer", "chronic_kidney_disease", "chronic_liver_disease", "copd",
    "coronary_heart_disease",
    "depression", "diabetes", "epilepsy", "hypertension", "multiple_sclerosis", "osteoporosis", "parkinsons_disease",
    "peripheral_arterial_disease", "rheumatoid_arthritis", "severe_mental_illness", "stroke_or_tia",
)  # fmt: skip
_INCURABLE_CANCER = coded("metastatic_cancer") | (is_member("cancer") & is_member("palliative_care"))
_ORGAN_FAILURE = any_of(
    is_member("heart_failure"), is_member("copd") & is_member("palliative_care"), is_member("dialysis_or_transplant"),
    coded("end_stage_renal_disease"), coded("liver_failure"),
)  # fmt: skip
_PHYSICAL_DISABILITY = any_of(
    is_member("cerebral_palsy"),
    is_member("motor_neurone_disease"),
    is_member("multiple_sclerosis"),
    coded("spina_bifida"),
    coded("hemiplegia"),
)
_FRAILTY_OR_DEMENTIA = is_member("dementia") | is_member("frailty_severe") | is_member("frailty_moderate")
_ANY_LONG_TERM = number_true(*(is_member(one) for one in _LONG_TERM)) >= 1
_ACUTE = contact.where(setting="apc", admission_method=EMERGENCY_METHODS).in_last(months=3).any()

bridges_to_health = Segment(
    id="bridges_to_health", title="Bridges to Health", **REVIEW,
    source=Source("Lynn and others 2007; NHS England and Outcomes Based Healthcare segmentation data set", "2024",
        "https://outcomesbasedhealthcare.com/"),
    why_it_matters="Whole populations planned by what people need rather than by service.",
    unverified=("the order of precedence of the segments: as taken in November 2026",),
    notes="The published condition lists are not public: registers stand in for them. "
    "Fixed criteria may not tell people apart locally: look at the spread of cost within each segment.",
    rules=(
        SegmentRule("incurable_cancer", "Incurable cancer", _INCURABLE_CANCER),
        SegmentRule("frailty_and_dementia", "Frailty and dementia", _FRAILTY_OR_DEMENTIA),
        SegmentRule("organ_failure", "Organ failure", _ORGAN_FAILURE),
        SegmentRule("disability", "Disability", is_member("learning_disability") | _PHYSICAL_DISABILITY),
        SegmentRule("long_term_conditions", "Long-term conditions", _ANY_LONG_TERM),
        SegmentRule("maternal_and_infant", "Maternal and infant health", is_member("pregnant") | (person.age < 1)),
        SegmentRule("acutely_ill", "Acutely ill", _ACUTE),
    ),
    otherwise=("healthy", "Healthy or generally well"), tags=("segmentation",),
    worked_patients=(
        WorkedPatient("healthy", "healthy"),
        WorkedPatient("diabetes", "long_term_conditions", (row("event", "2020-01-01", "dm_cod"),)),
        WorkedPatient("resolved: diabetes resolved", "healthy",
            (row("event", "2020-01-01", "dm_cod"), row("event", "2022-01-01", "dmres_cod"))),
        WorkedPatient("diabetes and dementia", "frailty_and_dementia",
            (row("event", "2020-01-01", "dm_cod"), row("event", "2022-01-01", "dem_cod"))),
        WorkedPatient("dementia and metastases", "incurable_cancer",
            (row("event", "2022-01-01", "dem_cod"), row("event", "2024-01-01", "metastatic_cancer"))),
        WorkedPatient("heart failure", "organ_failure", (row("event", "2022-01-01", "hf_cod"),)),
        WorkedPatient("learning disability and diabetes", "disability",
            (row("event", "2020-01-01", "dm_cod"), row("event", "2002-01-01", "ld_cod"))),
        WorkedPatient("pregnant", "maternal_and_infant", (row("event", "2026-01-01", "preg_cod"),), born="1995-01-01"),
        WorkedPatient("infant: first birthday tomorrow", "maternal_and_infant", born=born_for(1, days_short=1)),
        WorkedPatient("first birthday today", "healthy", born=born_for(1)),
        WorkedPatient("emergency admission in February", "acutely_ill",
            (row("contact", "2026-02-10", setting="apc", admission_method="21"),)),
        WorkedPatient("planned admission in February", "healthy",
            (row("contact", "2026-02-10", setting="apc", admission_method="11"),)),
        WorkedPatient("no date: the diagnosis has no date", "healthy", (row("event", "", "dm_cod"),)),
    ),
)  # fmt: skip

_SOCIALLY_EXCLUDED = is_member("homeless") | is_member("substance_misuse")


def _by_age(need: str, title: str, condition) -> tuple[SegmentRule, ...]:
    bands = (
        ("0_15", "0 to 15", person.age < 16),
        ("16_74", "16 to 74", person.age < 75),
        ("75_plus", "75 and over", person.age >= 75),
    )
    return tuple(
        SegmentRule(f"{need}_{band}", f"{title}, {words}", condition & in_band) for band, words, in_band in bands
    )


whole_systems_grid = Segment(
    id="whole_systems_grid", title="North West London whole-systems grid (age by need)", **REVIEW,
    source=Source("North West London Whole Systems Integrated Care groups", "2013", ""),
    unverified=("the grid of needs by age: as taken in November 2026",),
    why_it_matters="The grid on which North West London planned integrated care: ten needs by age.",
    notes="Where a person fits several needs the first in this order counts: dementia, disability, learning "
        "disability, mental illness, cancer, social "
    "exclusion, long-term condition, healthy.",
    rules=(
        *_by_age("advanced_dementia", "Advanced organic brain disorder", is_member("dementia")),
        *_by_age("severe_physical_disability", "Severe and enduring physical disability", _PHYSICAL_DISABILITY),
        *_by_age("learning_disability", "Learning disability", is_member("learning_disability")),
        *_by_age("severe_mental_illness", "Severe and enduring mental illness", is_member("severe_mental_illness")),
        *_by_age("cancer", "Cancer", is_member("cancer_last_5_years")),
        *_by_age("socially_excluded", "Socially excluded", _SOCIALLY_EXCLUDED),
        *_by_age("long_term_conditions", "One or more long-term conditions", _ANY_LONG_TERM | _ORGAN_FAILURE),
        *_by_age("mostly_healthy", "Mostly healthy", person.age >= 0),
    ),
    otherwise=("age_not_known", "Age not known"), tags=("segmentation",),
    worked_patients=(
        WorkedPatient("healthy at 65", "mostly_healthy_16_74"),
        WorkedPatient("healthy child", "mostly_healthy_0_15", born="2015-01-01"),
        WorkedPatient("75 today", "mostly_healthy_75_plus", born=born_for(75)),
        WorkedPatient("75 tomorrow", "mostly_healthy_16_74", born=born_for(75, days_short=1)),
        WorkedPatient("dementia outranks cancer", "advanced_dementia_75_plus",
            (row("event", "2022-01-01", "dem_cod"), row("event", "2024-01-01", "c19can_cod")), born="1940-01-01"),
        WorkedPatient("psychosis and diabetes", "severe_mental_illness_16_74",
            (row("event", "2012-01-01", "mh_cod"), row("event", "2014-01-01", "dm_cod"))),
        WorkedPatient("resolved: diabetes resolved", "mostly_healthy_16_74",
            (row("event", "2014-01-01", "dm_cod"), row("event", "2018-01-01", "dmres_cod"))),
        WorkedPatient("no date: the diagnosis has no date", "mostly_healthy_16_74", (row("event", "", "dm_cod"),)),
    ),
)  # fmt: skip
