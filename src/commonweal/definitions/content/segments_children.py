"""Children and young people by need: the children's counterpart of the adult segments."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW, coded
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Segment, SegmentRule, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import any_of, is_member, number_true, person

LONG_TERM = (
    "asthma_under_18", "diabetes_under_17", "diabetes", "epilepsy_under_18", "autism", "adhd", "sickle_cell_disease", "coeliac_disease",
    "inflammatory_bowel_disease", "eating_disorder",
)  # fmt: skip
"""Registers of conditions that a child lives with; diabetes has one register to 16 and another from 17."""
_LASTING = number_true(*(is_member(one) for one in LONG_TERM))
_COMPLEX = any_of(
    is_member("learning_disability"), is_member("down_syndrome"), is_member("cerebral_palsy"), is_member("palliative_care"),
    is_member("cancer_last_5_years"), is_member("dialysis_or_transplant"), is_member("continuing_care"), coded("spina_bifida"),
    coded("hemiplegia"), _LASTING >= 2,
)  # fmt: skip
_ASTHMA = row("event", "2020-01-01", "ast_cod")

children_by_need = Segment(
    id="children_by_need", title="Children and young people: healthy, long-term condition, complex needs", **REVIEW,
    source=Source("NW London long-term plan draft 5.9: a risk stratification for children; what counts as complex is Commonweal's", "October 2019"),
    why_it_matters="Networks plan for healthy children, for those with a condition, and for the few who need many services.",
    notes="Complex: learning disability, Down syndrome, cerebral palsy, spina bifida, hemiplegia, palliative care, cancer within five years, "
        "dialysis or transplant, continuing care, or two of the long-term conditions. No public list says what complex needs are: agree it locally.",
    rules=(
        SegmentRule("adult", "18 and over", person.age >= 18),
        SegmentRule("complex", "Complex needs", _COMPLEX),
        SegmentRule("long_term_condition", "A long-term condition", _LASTING >= 1),
    ),
    otherwise=("healthy", "Healthy"), tags=("children", "segmentation"),
    worked_patients=(
        WorkedPatient("healthy", "healthy", born="2015-01-01"),
        WorkedPatient("asthma", "long_term_condition", (_ASTHMA,), born="2015-01-01"),
        WorkedPatient("resolved: asthma resolved", "healthy", (_ASTHMA, row("event", "2022-01-01", "astres_cod")), born="2015-01-01"),
        WorkedPatient("diagnosed again: asthma again", "long_term_condition",
            (_ASTHMA, row("event", "2022-01-01", "astres_cod"), row("event", "2024-01-01", "ast_cod")), born="2015-01-01"),
        WorkedPatient("asthma and autism", "complex", (_ASTHMA, row("event", "2021-01-01", "autism_cod")), born="2015-01-01"),
        WorkedPatient("cerebral palsy", "complex", (row("event", "2016-01-01", "cerebral_palsy"),), born="2015-01-01"),
        WorkedPatient("spina bifida", "complex", (row("event", "2016-01-01", "spina_bifida"),), born="2015-01-01"),
        WorkedPatient("17", "long_term_condition", (_ASTHMA,), born=born_for(18, days_short=1)),
        WorkedPatient("diabetes at 17", "long_term_condition", (row("event", "2020-01-01", "dm_cod"),), born=born_for(18, days_short=1)),
        WorkedPatient("18 today", "adult", (_ASTHMA,), born=born_for(18)),
        WorkedPatient("no date: the diagnosis has no date", "healthy", (row("event", "", "ast_cod"),), born="2015-01-01"),
    ),
)  # fmt: skip
