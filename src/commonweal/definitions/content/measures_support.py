"""What people are given to look after themselves: education, programmes, written plans."""

from __future__ import annotations

from commonweal.definitions.content.common import NDA, coded, recorded_in_last, supplied
from commonweal.definitions.content.measures_activity import CHILDREN
from commonweal.definitions.content.measures_prevention import RECENT, among
from commonweal.definitions.declarations import Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import Condition, is_member, medication

_DIABETES = (row("event", "2015-01-01", "dm_cod"),)
diabetes_structured_education = among(
    "diabetes_structured_education", "Diabetes: structured education ever attended",
    "People who know their diabetes have fewer complications; most are referred and few attend.",
    population=is_member("diabetes"), has=_DIABETES,
    numerator=coded("diabetes_structured_education", *supplied("dsep_cod")),
    done=(row("event", RECENT, "diabetes_structured_education"),), source=NDA, target=45.0, tags=("diabetes",),
    notes="The official sets are not public: 22 codes of a programme attended or completed stand in. Education by an app or a "
        "website counts only where the practice codes it. The target is the London plan's for 2024/25.",
    patients=(
        WorkedPatient("resolved: diabetes resolved", "outside", (*_DIABETES, row("event", "2020-01-01", "dmres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", "denominator",
            (*_DIABETES, row("event", "2020-01-01", "dmres_cod"), row("event", "2022-01-01", "dm_cod"))),
        WorkedPatient("in: attended ten years ago", "numerator",
            (*_DIABETES, row("event", "2016-02-02", "diabetes_structured_education"))),
    ),
)  # fmt: skip
ndh_prevention_programme = among(
    "ndh_prevention_programme", "Non-diabetic hyperglycaemia: prevention programme begun or completed",
    "The programme lowers the risk of diabetes for those who finish it; most who are told of it never begin.",
    population=is_member("non_diabetic_hyperglycaemia"), has=(row("event", "2024-01-01", "ndh_cod"),),
    numerator=coded("diabetes_prevention_programme", *supplied("ndpp_cod")),
    done=(row("event", RECENT, "diabetes_prevention_programme"),),
    source=Source("NHS Diabetes Prevention Programme; NW London plan draft", "2019"), target=65.0, tags=("diabetes",),
    notes="The official sets are not public, and no code found says that the programme began: completed, and begun but not "
        "completed, stand in, so people who are in it now are missed. The target is the plan's, over those eligible.",
    patients=(WorkedPatient("outside: now diabetic", "outside",
            (row("event", "2024-01-01", "ndh_cod"), row("event", "2025-01-01", "dm_cod"))),),
)  # fmt: skip
_TYPE_1 = (row("event", "2015-01-01", "dm_cod"), row("event", "2015-01-01", "dmtype1_cod"))
_SENSOR = medication.coded("glucose_sensor").in_last(months=12).any()


def _with_sensor(measure_id: str, title: str, population: Condition, has: tuple, **options) -> Measure:
    return among(
        measure_id, title, "A sensor shows highs and lows as they come; who gets one differs by place and deprivation.",
        population=population, has=has, numerator=_SENSOR, done=(row("medication", RECENT, "glucose_sensor"),), tags=("diabetes",),
        notes="Sensors that the practice issued: those supplied by a hospital are missed.", born="1995-01-01",
        patients=(
            WorkedPatient("out: issued 12 months ago to the day", "denominator",
                (*has, row("medication", "2025-03-31", "glucose_sensor")), born="1995-01-01"),
            WorkedPatient("in: issued a day within 12 months", "numerator",
                (*has, row("medication", "2025-04-01", "glucose_sensor")), born="1995-01-01"),
            WorkedPatient("outside: type 2", "outside",
                (row("event", "2015-01-01", "dm_cod"), row("event", "2015-01-01", "dmtype2_cod")), born="1995-01-01"),
        ),
        **options,
    )  # fmt: skip


type_1_sensor = _with_sensor(
    "diabetes_type_1_glucose_sensor", "Type 1 diabetes: issued a glucose sensor within 12 months", is_member("diabetes_type_1"), _TYPE_1,
    source=Source("NHS Long Term Plan as quoted by the NW London plan draft 6.5", "2019"),
)  # fmt: skip
type_1_pregnant_sensor = _with_sensor(
    "diabetes_type_1_pregnant_glucose_sensor", "Pregnant women with type 1 diabetes: issued a glucose sensor within 12 months",
    is_member("diabetes_type_1") & is_member("pregnant"), (*_TYPE_1, row("event", "2026-01-05", "preg_cod")), target=100.0,
    source=Source("NHS Long Term Plan as quoted by the NW London plan draft 6.5: offered to all by 2020/21", "2019"),
)  # fmt: skip

asthma_children_plan = among(
    "asthma_children_action_plan", "Children with asthma: written action plan within 12 months",
    "Parents and school know what to do before it becomes an emergency.",
    population=is_member("asthma_under_18"), has=(row("event", "2019-01-01", "ast_cod"),),
    numerator=recorded_in_last("asthma_action_plan", *supplied("writpastp_cod"), months=12),
    done=(row("event", RECENT, "asthma_action_plan"),), source=CHILDREN, born="2014-05-05", target=100.0,
    tags=("respiratory", "children"),
    notes="The official set is not public: six codes of a plan in place, agreed or reviewed stand in. Whether child and family "
        "helped to write it is not coded.",
    patients=(
        WorkedPatient("resolved: asthma resolved", "outside",
            (row("event", "2019-01-01", "ast_cod"), row("event", "2022-01-01", "astres_cod")), born="2014-05-05"),
        WorkedPatient("diagnosed again: after it was resolved", "denominator",
            (row("event", "2019-01-01", "ast_cod"), row("event", "2022-01-01", "astres_cod"),
                row("event", "2024-01-01", "ast_cod")), born="2014-05-05"),
        WorkedPatient("out: plan 12 months ago to the day", "denominator",
            (row("event", "2019-01-01", "ast_cod"), row("event", "2025-03-31", "asthma_action_plan")), born="2014-05-05"),
    ),
)  # fmt: skip
