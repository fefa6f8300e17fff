"""Reviews, vaccination, smoking, medicines safety, children and the end of life."""

from __future__ import annotations

from commonweal.definitions.content.common import (
    CORE20PLUS5,
    QOF,
    QOF_V51,
    REVIEW,
    recorded_in_last,
    supplied,
)
from commonweal.definitions.content.features import bmi, smoking_status
from commonweal.definitions.content.measures_activity import AE_TYPES, CHILDREN
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import ActivityMeasure, Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Condition,
    as_at,
    contact,
    days,
    event,
    is_member,
    medication,
    months,
    person,
)

RECENT = "2025-12-01"


def among(
    measure_id: str,
    title: str,
    why: str,
    *,
    population: Condition,
    has: tuple,
    numerator: Condition,
    done: tuple,
    source: Source,
    born: str = "1960-06-15",
    sex: str = "F",
    patients: tuple = (),
    outside: bool = True,
    **options,
) -> Measure:
    """A share of the people who `has` rows put in the population; `done` puts them in the numerator."""
    undated = tuple(type(one)(one.table, "", one.codelist, one.columns) for one in done)
    made = (
        WorkedPatient("in: done", "numerator", (*has, *done), born=born, sex=sex),
        WorkedPatient("out: not done", "denominator", has, born=born, sex=sex),
        WorkedPatient("no date: what was done has no date", "denominator", (*has, *undated), born=born, sex=sex),
    )  # fmt: skip
    if outside and has:
        made += (WorkedPatient("outside: not of these people", "outside", done, born=born, sex=sex),)
    return Measure(
        id=measure_id, title=title, why_it_matters=why, source=source, **REVIEW, population=population,
        numerator=numerator, **{"polarity": "higher_is_better", "tags": ("prevention",), **options},
        worked_patients=made + patients,
    )  # fmt: skip


# --- breathing -------------------------------------------------------------------------------------------------------

INHALER = row("medication", "2026-01-10", "asthma_medication")
asthma_reviewed = among(
    "asthma_reviewed", "Asthma: reviewed within 12 months",
    "Two in three asthma deaths had no review in the year before.", population=is_member("asthma"),
    has=(row("event", "2015-01-01", "ast_cod"), INHALER),
    numerator=recorded_in_last("asthma_review", *supplied("rev_cod"), months=12),
    done=(row("event", RECENT, "asthma_review"),), source=QOF, tags=("qof", "respiratory"),
    notes="QOF AST007 without its four parts (control score, exacerbations, technique, plan): their code sets are not "
        "public.",
)  # fmt: skip
copd_reviewed = among(
    "copd_reviewed", "COPD: reviewed within 12 months",
    "Review brings rehabilitation, vaccination and the right inhaler.", population=is_member("copd"),
    has=(row("event", "2015-01-01", "copd_cod"),),
    numerator=recorded_in_last("copd_review", *supplied("copdrvw_cod"), months=12),
    done=(row("event", RECENT, "copd_review"),), source=QOF, tags=("qof", "respiratory"),
    notes="QOF COPD010 without exacerbations and the MRC scale: their code sets are not public.",
)  # fmt: skip
_SABA = medication.coded("saba_inhaler").in_last(months=12).count() >= 6
asthma_saba_six = among(
    "asthma_saba_six_or_more", "Treated asthma: six or more issues of a reliever inhaler in 12 months",
    "Reliance on the reliever is a warning of death.", population=is_member("asthma"),
    has=(row("event", "2015-01-01", "ast_cod"), INHALER), numerator=_SABA,
    done=tuple(row("medication", f"2025-{month:02d}-05", "saba_inhaler") for month in range(6, 12)),
    source=Source("NHS England output description RESP02", "2024/25"), polarity="lower_is_better",
    tags=("respiratory",), outside=False,
    patients=(WorkedPatient("outside: no asthma", "outside",
            tuple(row("medication", f"2025-{month:02d}-05", "saba_inhaler") for month in range(6, 12))),),
)  # fmt: skip
asthma_children_reviewed = among(
    "asthma_children_reviewed", "Children with asthma: reviewed within 12 months",
    "Annual check and inhaler teaching for every child.", population=is_member("asthma_under_18"),
    has=(row("event", "2019-01-01", "ast_cod"),),
    numerator=recorded_in_last("asthma_review", *supplied("rev_cod"), months=12),
    done=(row("event", RECENT, "asthma_review"),), source=CHILDREN, born="2014-05-05", target=100.0,
    tags=("respiratory", "children"),
)  # fmt: skip
_ATTACKS = contact.where(setting="ae", department_type=AE_TYPES).coded("ast_cod", "asthma_icd10").in_last(months=12)
_ATTACKS_2_DAYS, _ATTACKS_7_DAYS = (_ATTACKS.on_or_before(as_at - days(count)) for count in (2, 7))
"""Those of which the days to follow have passed."""
_SEEN = contact.where(setting=("gp", "community"))


def _attack(day: str = "2025-11-10"):
    return row("contact", day, "ast_cod", setting="ae", department_type="01")


asthma_reviewed_48_hours = ActivityMeasure(
    id="asthma_reviewed_48_hours", title="Asthma attacks in A&E: seen by general practice or community within 48 hours",
    source=CHILDREN, **REVIEW, why_it_matters="The days after an attack are when the next one can be prevented.",
    denominator=_ATTACKS_2_DAYS, numerator=_ATTACKS_2_DAYS.followed_by(_SEEN, at_least_days=1, within_days=2), polarity="higher_is_better",
    target=100.0, tags=("respiratory", "children"),
    notes="The next two days, as contacts carry dates: a contact on the day itself is usually the one that sent the "
        "person in. All ages: group by age band for children. The kind of contact is not "
        "told: a contact stands for a review.",
    worked_patients=(
        WorkedPatient("out: sent in by the practice on the day, not seen since", (0, 1),
            (_attack(), row("contact", "2025-11-10", setting="gp"))),
        WorkedPatient("in: seen on the second day", (1, 1), (_attack(), row("contact", "2025-11-12", setting="gp"))),
        WorkedPatient("out: seen on the third day", (0, 1), (_attack(), row("contact", "2025-11-13", setting="gp"))),
        WorkedPatient("outside: A&E for something else", (0, 0),
            (row("contact", "2025-11-10", setting="ae", department_type="01"),
                row("contact", "2025-11-11", setting="gp"))),
        WorkedPatient("outside: yesterday", (0, 0), (_attack("2026-03-30"),)),
        WorkedPatient("no date: the attendance has no date", (0, 0), (_attack(""),)),
    ),
)  # fmt: skip
asthma_reattended_7_days = ActivityMeasure(
    id="asthma_reattended_7_days", title="Asthma attacks in A&E: another within 7 days", source=CHILDREN, **REVIEW,
    why_it_matters="A sign that the attack was not treated or followed up.", denominator=_ATTACKS_7_DAYS,
    numerator=_ATTACKS_7_DAYS.followed_by(contact.where(setting="ae", department_type=AE_TYPES).coded("ast_cod",
            "asthma_icd10"), within_days=7), polarity="lower_is_better", tags=("respiratory", "children"),
    worked_patients=(
        WorkedPatient("in: again on day 7", (1, 2), (_attack(), _attack("2025-11-17"))),
        WorkedPatient("out: again on day 8", (0, 2), (_attack(), _attack("2025-11-18"))),
        WorkedPatient("out: seven days ago, no other", (0, 1), (_attack("2026-03-24"),)),
        WorkedPatient("outside: six days ago, and again", (0, 0), (_attack("2026-03-25"), _attack("2026-03-28"))),
        WorkedPatient("no date: the second has no date", (0, 1), (_attack(), _attack(""))),
    ),
)  # fmt: skip

# --- vaccination -----------------------------------------------------------------------------------------------------

_SEASON = (
    "The 12 months to the as-at date: at 31 March that is this season and no other (QOF counts 1 September to 31 March); in "
    "autumn it still holds last season's, so do not call people by it then. FLUVAX_COD is not public: 14 codes of a "
    "vaccination given, and vaccine products, stand in."
)
_FLU = (
    event.coded("influenza_vaccination_given", *supplied("fluvax_cod", "laiv_cod")).in_last(months=12).any()
    | medication.coded("influenza_vaccine_product").in_last(months=12).any()
)
_JAB = (row("event", "2025-10-10", "influenza_vaccination_given"),)
_AT_RISK = (
    is_member("asthma") | is_member("copd") | is_member("cardiovascular_disease") | is_member("heart_failure") | is_member("chronic_kidney_disease") | is_member("chronic_liver_disease") | is_member("diabetes")
    | is_member("parkinsons_disease") | is_member("multiple_sclerosis") | is_member("learning_disability") | is_member("sickle_cell_disease") | (bmi.latest().value >= 40)
)  # fmt: skip


def _flu(
    name: str,
    title: str,
    population: Condition,
    has: tuple,
    source: Source,
    *,
    born: str = "1960-06-15",
    notes: str = "",
    patients: tuple = (),
    **options,
) -> Measure:
    late = WorkedPatient(
        "out: 12 months ago to the day",
        "denominator",
        (*has, row("event", "2025-03-31", "influenza_vaccination_given")),
        born=born,
    )
    in_time = WorkedPatient(
        "in: a day within 12 months",
        "numerator",
        (*has, row("event", "2025-04-01", "influenza_vaccination_given")),
        born=born,
    )
    product = WorkedPatient(
        "in: vaccine product issued",
        "numerator",
        (*has, row("medication", "2025-10-10", "influenza_vaccine_product")),
        born=born,
    )
    return among(
        f"flu_vaccinated_{name}", f"Influenza vaccination within 12 months: {title}", "Fewer winter admissions and deaths.",
        population=population, has=has, numerator=_FLU, done=_JAB, source=source, born=born, notes=f"{notes} {_SEASON}".strip(),
        tags=("vaccination",), patients=(late, in_time, product, *patients), **options,
    )  # fmt: skip


flu_65_plus = _flu(
    "65_plus",
    "65 and over",
    person.age >= 65,
    (),
    Source("NHS England output description VI01", "2024/25"),
    born="1940-01-01",
    patients=(WorkedPatient("under age: 65 tomorrow", "outside", _JAB, born=born_for(65, days_short=1)),),
)
flu_at_risk = _flu(
    "at_risk_18_64", "18 to 64 at risk", (person.age >= 18) & (person.age < 65) & _AT_RISK,
    (row("event", "2015-01-01", "dm_cod"),), Source("NHS England output description VI02; risk groups by this "
        "record's registers, and a last body mass index of 40 or more (SFLUCX011)", "2024/25"),
    notes="Immunosuppression and the code that says a vaccine is required have no public list, so some at risk are not counted.",
    born="1975-01-01", patients=(WorkedPatient("over age: 65 today", "outside",
            (row("event", "2015-01-01", "dm_cod"), *_JAB), born=born_for(65)),
        WorkedPatient("in: body mass index 40", "numerator", (row("event", "2024-01-01", "bmival_cod", value=40.0), *_JAB), born="1975-01-01"),
        WorkedPatient("outside: body mass index 39.9", "outside", (row("event", "2024-01-01", "bmival_cod", value=39.9), *_JAB), born="1975-01-01")),
)  # fmt: skip
_AT_THE_START = person.age_at(as_at - months(7))
flu_children = _flu(
    "2_and_3",
    "children who were 2 or 3 seven months before (31 August, as at 31 March)",
    (_AT_THE_START >= 2) & (_AT_THE_START < 4),
    (),
    Source("NHS England output description VI03: aged two or three on 31 August", "2024/25"),
    born="2023-01-01",
    notes="Seven months before 31 March is 31 August, the day by which the programme tells age.",
    patients=(
        WorkedPatient("in: turned 2 on 31 August", "numerator", _JAB, born="2023-08-31"),
        WorkedPatient("under age: turned 2 on 1 September", "outside", _JAB, born="2023-09-01"),
        WorkedPatient("in: turned 4 on 1 September", "numerator", _JAB, born="2021-09-01"),
        WorkedPatient("over age: turned 4 on 31 August", "outside", _JAB, born="2021-08-31"),
        WorkedPatient("over age: a grown-up", "outside", _JAB),
    ),
)
flu_copd = _flu("copd", "people with COPD", is_member("copd"), (row("event", "2015-01-01", "copd_cod"),), CORE20PLUS5)
flu_learning_disability = _flu(
    "learning_disability",
    "people with a learning disability",
    is_member("learning_disability"),
    (row("event", "2000-01-01", "ld_cod"),),
    Source("NHS England output description LDOB006", "2024/25"),
)
flu_pregnant = _flu(
    "pregnant",
    "pregnant women",
    is_member("pregnant"),
    (row("event", "2026-01-05", "preg_cod"),),
    Source("NHS seasonal influenza programme", "2025/26"),
    born="1995-01-01",
)
flu_carers = _flu(
    "carers",
    "unpaid carers",
    is_member("carer"),
    (row("event", "2020-01-05", "carer"),),
    Source("NHS seasonal influenza programme", "2025/26"),
)

flu_diabetes = _flu(
    "diabetes",
    "people with diabetes",
    is_member("diabetes"),
    (row("event", "2015-01-01", "dm_cod"),),
    Source("NHS seasonal influenza programme", "2025/26"),
)
flu_cardiovascular = _flu(
    "cardiovascular_disease",
    "people with coronary heart disease, stroke, TIA or peripheral arterial disease",
    is_member("cardiovascular_disease"),
    (row("event", "2015-01-01", "chd_cod"),),
    Source("NHS seasonal influenza programme", "2025/26"),
)
flu_chronic_kidney_disease = _flu(
    "chronic_kidney_disease",
    "people with chronic kidney disease",
    is_member("chronic_kidney_disease"),
    (row("event", "2015-01-01", "ckd_cod"),),
    Source("NHS seasonal influenza programme", "2025/26"),
)
flu_asthma = _flu(
    "asthma",
    "people with treated asthma",
    is_member("asthma"),
    (row("event", "2015-01-01", "ast_cod"), INHALER),
    Source("NHS seasonal influenza programme", "2025/26"),
)

pneumococcal_65 = among(
    "pneumococcal_65_plus", "65 and over: pneumococcal vaccine ever issued", "Prevents pneumonia and sepsis.",
    population=person.age >= 65, has=(), numerator=medication.coded("pneumococcal_vaccine_product").any(),
    done=(row("medication", "2019-10-10", "pneumococcal_vaccine_product"),),
    source=Source("NHS England output description PNEU001", "2024/25"), born="1940-01-01",
    notes="The clinical code set is not public in SNOMED CT: products issued alone count, so this under-counts.",
    tags=("vaccination",),
    patients=(WorkedPatient("under age: 65 tomorrow", "outside", born=born_for(65, days_short=1)),),
)  # fmt: skip
_NEEDS = {
    "mmr_18_months": ("MMR once, by 18 months", ("mmr_cod",), 18, 30),
    "mmr_5_years": ("MMR twice, by 5 years", ("mmr_cod",), 60, 72),
    "six_in_one_8_months": ("six-in-one three times, by 8 months", ("dtap_cod",), 8, 20),
}  # fmt: skip


def _immunised(name: str, words: str, lists: tuple[str, ...], month: int, until: int) -> Measure:
    doses = {"mmr_18_months": 1, "mmr_5_years": 2, "six_in_one_8_months": 3}[name]
    birthday = person.birth_date + months(month)
    given = event.coded(*lists).before(birthday).count(distinct="date")
    return Measure(
        id=f"immunised_{name}", title=f"Children who reached the age in the last 12 months: {words}", source=QOF,
        **REVIEW, why_it_matters="Measles returns where fewer than 95% are immune.",
        population=(person.age_months >= month) & (person.age_months < until), numerator=given >= doses,
        polarity="higher_is_better", target=95.0, missing_codelists=tuple(one for one in lists if not supplied(one)),
        notes="QOF VI001 to VI003. The vaccination code sets are not public.", tags=("vaccination", "children"),
        worked_patients=(
            WorkedPatient("in: enough doses", "numerator",
                tuple(row("event", day, lists[0]) for day in ("2024-11-01", "2025-01-01", "2025-02-01")),
                born="2024-08-31" if month < 60 else "2020-08-31"),
            WorkedPatient("over age: past the year in which it counts", "outside", born="2010-01-01"),
            WorkedPatient("out: none", "denominator", born="2024-08-31" if month < 60 else "2020-08-31"),
            WorkedPatient("no date: the dose has no date", "denominator", (row("event", "", lists[0]),),
                born="2024-08-31" if month < 60 else "2020-08-31"),
        ),
    )  # fmt: skip


immunisations = tuple(_immunised(name, *parts) for name, parts in _NEEDS.items())

# --- smoking and weight ------------------------------------------------------------------------------------------------

SMOKING_CONDITIONS = (
    is_member("coronary_heart_disease") | is_member("peripheral_arterial_disease") | is_member("stroke_or_tia") | is_member("hypertension") | is_member("diabetes")
    | is_member("copd") | is_member("chronic_kidney_disease") | is_member("asthma") | is_member("severe_mental_illness")
)  # fmt: skip
"""The conditions in which QOF asks for smoking status and for help to stop (SMOK002, SMOK005)."""
_SMOKES = row("event", "2020-01-01", "current_smoker")
smoking_recorded_long_term = among(
    "smoking_recorded_long_term", "Long-term condition: smoking status within 12 months",
    "Stopping adds more years than any medicine.", population=SMOKING_CONDITIONS, has=(row("event", "2015-01-01", "hyp_cod"),),
    numerator=smoking_status.in_last(months=12).any(), done=(row("event", RECENT, "never_smoked"),), source=QOF,
    notes="QOF SMOK002.", tags=("qof", "lifestyle"),
)  # fmt: skip
smoking_support = among(
    "smoking_support_24_months", "Smokers of 15 and over: offered help within 24 months", "Very brief advice works.",
    population=is_member("current_smoker"), has=(_SMOKES,),
    numerator=recorded_in_last("smoking_cessation_support", months=24),
    done=(row("event", RECENT, "smoking_cessation_support"),), source=QOF, notes="QOF SMOK004.",
    tags=("qof", "lifestyle"),
)  # fmt: skip
smoking_support_long_term = among(
    "smoking_support_long_term", "Smokers with a long-term condition: offered help within 12 months",
    "Stopping adds more years than any medicine.", population=is_member("current_smoker") & SMOKING_CONDITIONS,
    has=(_SMOKES, row("event", "2015-01-01", "hyp_cod")),
    numerator=recorded_in_last("smoking_cessation_support", months=12),
    done=(row("event", RECENT, "smoking_cessation_support"),), source=QOF, notes="QOF SMOK005, CVDP002SMOK.",
    tags=("qof", "lifestyle"),
)  # fmt: skip
smoking_support_inpatients = among(
    "smoking_support_inpatients", "Smokers admitted in 12 months: offered help within 12 months",
    "Hospital is a moment when people stop.",
    population=is_member("current_smoker") & contact.where(setting="apc").in_last(months=12).any(),
    has=(_SMOKES, row("contact", "2025-09-01", setting="apc", admission_method="21")),
    numerator=recorded_in_last("smoking_cessation_support", months=12),
    done=(row("event", RECENT, "smoking_cessation_support"),),
    source=Source("NHS Long Term Plan tobacco treatment; NW London plan draft", "2019"), target=100.0,
    tags=("lifestyle",),
)  # fmt: skip
smoking_in_pregnancy = among(
    "smoking_in_pregnancy", "Pregnant women: smokers, by the last status", "Stillbirth, early birth and cot death: help before birth works.",
    population=is_member("pregnant"), has=(row("event", "2026-01-05", "preg_cod"),), born="1995-01-01",
    numerator=is_member("current_smoker"), done=(_SMOKES,),
    source=Source("NHS Long Term Plan; NW London plan draft 6.2", "2019"), polarity="lower_is_better", tags=("maternity", "lifestyle"),
    notes="As the practice's record has it, at any time before: smoking at delivery is told by the maternity data set, which has no table here.",
    patients=(
        WorkedPatient("out: stopped since", "denominator",
            (row("event", "2026-01-05", "preg_cod"), _SMOKES, row("event", "2026-02-01", "ex_smoker")), born="1995-01-01"),
    ),
)  # fmt: skip
obesity_weight_offer = among(
    "obesity_weight_management_referral", "Obesity: lifestyle or weight advice within 12 months",
    "Losing weight prevents diabetes and heart disease, and treatment now works: few are offered it.", population=is_member("obesity"),
    has=(row("event", "2025-09-01", "bmival_cod", value=33.0),),
    numerator=recorded_in_last("lifestyleint_cod", *supplied("wtmgint_cod"), months=12),
    done=(row("event", RECENT, "lifestyleint_cod"),),
    source=Source("QOF OB004 (2026/27), from secondary summaries; lifestyle advice stands in for referral",
        "v51, unverified"), tags=("lifestyle",), unverified=QOF_V51, notes="The weight management referral set is not public: lifestyle "
            "advice codes stand in.",
)  # fmt: skip
