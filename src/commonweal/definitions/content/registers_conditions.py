"""Registers of breathing, cancer, bone, joint, nerve and other long-term conditions."""

from __future__ import annotations

from datetime import date

from commonweal.definitions.content.common import (
    QOF,
    REVIEW,
    coded,
    diagnosed,
    first_diagnosed_on,
    lacking,
    medication_in_last,
    supplied,
)
from commonweal.definitions.content.features import bmi
from commonweal.definitions.content.worked import born_for, days_before, months_before, standard
from commonweal.definitions.declarations import Register, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import DateValue, days, event, less_than, person, when

CYP = Source("Core20PLUS5 for children: asthma; National Bundle of Care for asthma", "2023")
ICB_LONG_TERM = Source("Register rules of a London ICB's open long-term condition models", "2026")
MULTIPLY = Source(
    "MULTIPLY-Initiative long-term condition lists", "c39c9c6", "https://github.com/Fabiola-Eto/MULTIPLY-Initiative"
)

_INHALER = row("medication", days_before(60), "asthma_medication")

asthma = Register(
    id="asthma", title="Asthma (6 and over, treated)", source=QOF, **REVIEW,
    why_it_matters="Most asthma deaths are preventable: a review, a plan and a preventer inhaler.",
    logic=(person.age >= 6)
    & diagnosed("ast_cod", resolved=("astres_cod",))
    & medication_in_last("asthma_medication", *supplied("asttrt_cod"), months=12),
    notes="ASTTRT_COD is not public: the OpenCodelists asthma treatment list stands in for it.",
    tags=("qof", "respiratory"),
    worked_patients=(
        *standard("ast_cod", resolved="astres_cod", from_age=6, also=(_INHALER,)),
        WorkedPatient("out: last medicine 12 months ago to the day", False,
            (row("event", "2015-03-02", "ast_cod"), row("medication", months_before(12), "asthma_medication"))),
        WorkedPatient("in: last medicine a day within 12 months", True,
            (row("event", "2015-03-02", "ast_cod"), row("medication", "2025-04-01", "asthma_medication"))),
    ),
)  # fmt: skip

asthma_under_18 = Register(
    id="asthma_under_18", title="Asthma in children and young people (diagnosed, under 18)", source=CYP, **REVIEW,
    why_it_matters="A frequent cause of children's emergency attendance and school absence.",
    logic=(person.age < 18) & diagnosed("ast_cod", resolved=("astres_cod",)), tags=("respiratory", "children"),
    worked_patients=standard("ast_cod", resolved="astres_cod", to_age=17, born="2014-06-15"),
)  # fmt: skip

copd = Register(
    id="copd", title="Chronic obstructive pulmonary disease", source=QOF, **REVIEW,
    why_it_matters="A leading cause of winter admissions; vaccination, rehabilitation and stopping smoking help.",
    logic=diagnosed("copd_cod", resolved=("copdres_cod",)),
    notes="Everyone with the diagnosis. The paid register asks for spirometry from April 2023: see `copd_confirmed`.",
    tags=("qof", "respiratory"), worked_patients=standard("copd_cod", resolved="copdres_cod"),
)  # fmt: skip

_COPD_SETS = ("fev1fvc_cod", "fev1fvcl70_cod", "spirpu_cod")
_first_copd = first_diagnosed_on("copd_cod")


def _obstruction_near(moment: DateValue):
    """FEV1/FVC below 0.7 from 93 days before to 186 days after this date (QOF v50 as run by a London ICB)."""
    opens, closes = moment - days(93), moment + days(186)
    return (
        event.coded("fev1fvcl70_cod").between(opens, closes).any()
        | event.coded("fev1fvc_cod").where(value=less_than(0.7)).between(opens, closes).any()
    )


copd_confirmed = Register(
    id="copd_confirmed", title="COPD confirmed by spirometry where diagnosed from April 2023", source=QOF, **REVIEW,
    why_it_matters="A third of COPD diagnoses made without spirometry are wrong.",
    logic=diagnosed("copd_cod", resolved=("copdres_cod",))
    & (
        (_first_copd < date(2023, 4, 1))
        | _obstruction_near(_first_copd)
        | ((person.registered_since > _first_copd) & _obstruction_near(person.registered_since))
        | coded("spirpu_cod")
    ),
    valid_from=date(2023, 4, 1), missing_codelists=lacking(*_COPD_SETS), tags=("qof", "respiratory"),
    worked_patients=(
        WorkedPatient("in: diagnosed before April 2023", True, (row("event", "2023-03-31", "copd_cod"),)),
        WorkedPatient("out: diagnosed since, no spirometry", False, (row("event", "2023-04-01", "copd_cod"),)),
        WorkedPatient("in: ratio 0.62 within 93 days before", True,
            (row("event", "2024-06-01", "copd_cod"), row("event", "2024-03-01", "fev1fvc_cod", value=0.62))),
        WorkedPatient("out: ratio 0.70", False, (row("event", "2024-06-01", "copd_cod"),
                row("event", "2024-06-01", "fev1fvc_cod", value=0.7))),
        WorkedPatient("resolved: after the diagnosis", False,
            (row("event", "2020-06-01", "copd_cod"), row("event", "2021-06-01", "copdres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2020-06-01", "copd_cod"), row("event", "2021-06-01", "copdres_cod"),
                row("event", "2022-06-01", "copd_cod"))),
        WorkedPatient("no date: the diagnosis has no date", False, (row("event", "", "copd_cod"),)),
    ),
)  # fmt: skip

bronchiectasis = Register(
    id="bronchiectasis", title="Bronchiectasis", source=MULTIPLY, **REVIEW,
    why_it_matters="Frequent infections; often mistaken for COPD.",
    logic=coded("bronchiectasis"), tags=("respiratory",), worked_patients=standard("bronchiectasis"),
)  # fmt: skip

interstitial_lung_disease = Register(
    id="interstitial_lung_disease", title="Interstitial lung disease",
    source=Source("NHS England primary care reference set", "see the codelist"), **REVIEW,
    why_it_matters="Poor outlook; needs early specialist care and palliative planning.",
    logic=coded("interstitial_lung_disease_codes"), tags=("respiratory",),
    worked_patients=standard("interstitial_lung_disease_codes"),
)  # fmt: skip

_CANCER = ("c19can_cod", "c19haemcan_cod")

cancer = Register(
    id="cancer", title="Cancer diagnosed since April 2003", source=QOF, **REVIEW,
    why_it_matters="Care review, recovery support and watching for recurrence.",
    logic=diagnosed(*_CANCER, since=date(2003, 4, 1)),
    unverified=("the first day, 1 April 2003: as taken in November 2026",),
    notes="CAN_COD is not public in a current form: the 2021 sets made for COVID-19 risk (solid and haematological) "
        "stand "
    "in for it. They hold two codes of basal cell cancer, which QOF leaves out.",
    tags=("qof", "cancer"),
    worked_patients=(
        *standard("c19can_cod"),
        WorkedPatient("out: only before April 2003", False, (row("event", "2003-03-31", "c19can_cod"),),
            born="1950-01-01"),
        WorkedPatient("in: on the first day", True, (row("event", "2003-04-01", "c19haemcan_cod"),), born="1950-01-01"),
    ),
)  # fmt: skip

cancer_last_5_years = Register(
    id="cancer_last_5_years", title="Cancer coded in the last five years",
    source=Source("Payne and others, CMAJ 2020;192:E107", "2020"), **REVIEW,
    why_it_matters="The window in which cancer weighs most on need: a part of the Cambridge score.",
    logic=event.coded(*_CANCER).in_last(years=5).any(),
    notes="The score counts cancers diagnosed in five years. A code stands for a diagnosis here: an older cancer that was coded again counts.",
    tags=("cancer",),
    worked_patients=(
        WorkedPatient("in: two years ago", True, (row("event", "2024-03-31", "c19can_cod"),)),
        WorkedPatient("out: five years ago to the day", False, (row("event", "2021-03-31", "c19can_cod"),)),
        WorkedPatient("no date: the diagnosis has no date", False, (row("event", "", "c19can_cod"),)),
    ),
)  # fmt: skip

palliative_care = Register(
    id="palliative_care", title="Palliative care", source=QOF, **REVIEW,
    why_it_matters="People on the register more often die where they wish, with fewer emergency admissions.",
    logic=diagnosed("palcare_cod", resolved=("palcareni_cod",)),
    tags=("qof", "end_of_life"), worked_patients=standard("palcare_cod", resolved="palcareni_cod"),
)  # fmt: skip

epilepsy = Register(
    id="epilepsy", title="Epilepsy (18 and over, treated in the last 6 months)", source=QOF, **REVIEW,
    why_it_matters="Review prevents seizures, emergency attendance and sudden death.",
    logic=(person.age >= 18)
    & diagnosed("epil_cod", resolved=("epilres_cod",))
    & medication_in_last("antiepileptic", *supplied("epildrug_cod"), months=6),
    unverified=("a medicine issued within six months: as taken in November 2026",),
    notes="EPILDRUG_COD is not public: products dispensed in 2025 whose ingredient is an anti-epileptic stand in for "
        "it.",
    tags=("qof", "neurology"),
    worked_patients=standard("epil_cod", resolved="epilres_cod", from_age=18,
        also=(row("medication", days_before(40), "antiepileptic"),)),
)  # fmt: skip

epilepsy_under_18 = Register(
    id="epilepsy_under_18", title="Epilepsy in children and young people",
    source=Source("Core20PLUS5 for children: epilepsy", "2023"), **REVIEW,
    why_it_matters="Access to epilepsy nurses in the first year, and for those with a learning disability or autism.",
    logic=(person.age < 18) & diagnosed("epil_cod", resolved=("epilres_cod",)), tags=("neurology", "children"),
    worked_patients=standard("epil_cod", resolved="epilres_cod", to_age=17, born="2014-06-15"),
)  # fmt: skip

parkinsons_disease = Register(
    id="parkinsons_disease", title="Parkinson's disease", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Timely medicines in hospital and fall prevention.",
    logic=coded("parkinsons_disease"), tags=("neurology",), worked_patients=standard("parkinsons_disease"),
)  # fmt: skip

multiple_sclerosis = Register(
    id="multiple_sclerosis", title="Multiple sclerosis", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Disease-modifying treatment, continence and infection prevention.",
    logic=coded("multiple_sclerosis_codes"), tags=("neurology",), worked_patients=standard("multiple_sclerosis_codes"),
)  # fmt: skip

motor_neurone_disease = Register(
    id="motor_neurone_disease", title="Motor neurone disease", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Fast decline: planning has to be early.",
    logic=coded("motor_neurone_disease"), tags=("neurology",), worked_patients=standard("motor_neurone_disease"),
)  # fmt: skip

cerebral_palsy = Register(
    id="cerebral_palsy", title="Cerebral palsy", source=MULTIPLY, **REVIEW,
    why_it_matters="Lifelong physical disability; transition from children's services is where care fails.",
    logic=coded("cerebral_palsy"), tags=("neurology",), worked_patients=standard("cerebral_palsy"),
)  # fmt: skip

_DXA = ("dxa_osteoporotic", *supplied("dxa_cod", "dxa2_cod"))
_OSTEOPOROSIS = coded("osteo_cod")


def _fracture_since(first: date):
    return event.coded("ff_cod").on_or_after(first).any()


osteoporosis = Register(
    id="osteoporosis", title="Osteoporosis with fragility fracture", source=QOF, **REVIEW,
    why_it_matters="A fracture foretells the next: treatment halves the risk.",
    logic=_OSTEOPOROSIS
    & when(
        (person.age >= 75, _fracture_since(date(2014, 4, 1))),
        (person.age >= 50, _fracture_since(date(2012, 4, 1)) & coded(*_DXA)),
        otherwise=False,
    ),
    notes="DXA_COD and DXA2_COD are not public: codes of a DXA result in the osteoporotic range stand in for them, so "
    "people of 50 to 74 whose scan is coded as done, or as a T-score, are missed.",
    tags=("qof", "bone"),
    worked_patients=(
        WorkedPatient("in: 60, fracture, diagnosis and DXA", True,
            (row("event", "2020-01-01", "osteo_cod"), row("event", "2019-12-01", "ff_cod"),
                row("event", "2019-12-20", "dxa_osteoporotic")), born="1965-06-01"),
        WorkedPatient("out: 60, no DXA", False, (row("event", "2020-01-01", "osteo_cod"),
                row("event", "2019-12-01", "ff_cod")), born="1965-06-01"),
        WorkedPatient("in: 80, no DXA needed", True,
            (row("event", "2020-01-01", "osteo_cod"), row("event", "2019-12-01", "ff_cod")), born="1945-06-01"),
        WorkedPatient("out: 80, fracture before April 2014", False,
            (row("event", "2013-01-01", "osteo_cod"), row("event", "2014-03-31", "ff_cod")), born="1945-06-01"),
        WorkedPatient("on the birthday: 75 today, no DXA", True,
            (row("event", "2020-01-01", "osteo_cod"), row("event", "2019-12-01", "ff_cod")), born=born_for(75)),
        WorkedPatient("under age: 75 tomorrow, no DXA", False,
            (row("event", "2020-01-01", "osteo_cod"), row("event", "2019-12-01", "ff_cod")),
            born=born_for(75, days_short=1)),
        WorkedPatient("under age: 50 tomorrow", False,
            (row("event", "2020-01-01", "osteo_cod"), row("event", "2019-12-01", "ff_cod"),
                row("event", "2019-12-20", "dxa_osteoporotic")), born=born_for(50, days_short=1)),
        WorkedPatient("no date: the fracture has no date", False,
            (row("event", "2020-01-01", "osteo_cod"), row("event", "", "ff_cod")), born="1945-06-01"),
    ),
)  # fmt: skip

rheumatoid_arthritis = Register(
    id="rheumatoid_arthritis", title="Rheumatoid arthritis", source=QOF, **REVIEW,
    why_it_matters="Raises heart risk; early treatment keeps people at work.",
    logic=(person.age >= 16) & (person.age_at(first_diagnosed_on("rarth_cod")) >= 16),
    tags=("qof", "musculoskeletal"),
    worked_patients=(
        *standard("rarth_cod", from_age=16, on="2026-03-31"),
        WorkedPatient("under age: 15 when diagnosed", False, (row("event", "2016-03-30", "rarth_cod"),),
            born="2000-03-31"),
    ),
)  # fmt: skip

osteoarthritis = Register(
    id="osteoarthritis", title="Osteoarthritis", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="The commonest reason for joint replacement; exercise and weight loss come first.",
    logic=coded("osteoarthritis"), tags=("musculoskeletal",), worked_patients=standard("osteoarthritis"),
)  # fmt: skip

gout = Register(
    id="gout", title="Gout", source=MULTIPLY, **REVIEW,
    why_it_matters="Curable by urate lowering, seldom treated to target.",
    logic=coded("gout"), tags=("musculoskeletal",), worked_patients=standard("gout"),
)  # fmt: skip

chronic_liver_disease = Register(
    id="chronic_liver_disease", title="Chronic liver disease", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Deaths rise fastest here; most are found too late.",
    logic=coded("cirrhosis_cod", "cldatrisk1_cod"), tags=("liver",), worked_patients=standard("cirrhosis_cod"),
)  # fmt: skip

hypothyroidism = Register(
    id="hypothyroidism", title="Hypothyroidism", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Treated for life: a yearly blood test keeps the dose right.", logic=coded("thy_cod"), tags=("endocrine",),
    worked_patients=standard("thy_cod"),
)  # fmt: skip

sickle_cell_disease = Register(
    id="sickle_cell_disease", title="Sickle cell disease", source=MULTIPLY, **REVIEW,
    why_it_matters="Unequal care in emergencies; infection prevention is life-saving.",
    logic=coded("sickle_cell_disease"), tags=("blood",), worked_patients=standard("sickle_cell_disease"),
)  # fmt: skip

coeliac_disease = Register(
    id="coeliac_disease", title="Coeliac disease",
    source=Source("NHS England primary care reference set", "see the codelist"), **REVIEW,
    why_it_matters="Bones thin and iron falls where the diet slips: a yearly review finds it.", logic=coded("coeliac_disease_codes"), tags=("digestive",),
    worked_patients=standard("coeliac_disease_codes"),
)  # fmt: skip

inflammatory_bowel_disease = Register(
    id="inflammatory_bowel_disease", title="Inflammatory bowel disease",
    source=Source("NHS England primary care reference sets", "see the codelists"), **REVIEW,
    why_it_matters="Flares need quick access; quiet years need no clinic: suited to follow-up that the patient initiates.",
    logic=coded("crohns_disease_codes", "ulcerative_colitis_uc_codes"), tags=("digestive",),
    worked_patients=standard("crohns_disease_codes"),
)  # fmt: skip

_OBESE_BMI = 30
_OBESE_BMI_HIGHER_RISK = 27.5
_BMI_12_MONTHS = bmi.in_last(months=12).latest().value

obesity = Register(
    id="obesity", title="Obesity (18 and over)", source=QOF, **REVIEW,
    why_it_matters="Raises the risk of thirteen cancers, diabetes and arthritis; treatment now works.",
    logic=(person.age >= 18)
    & (
        (_BMI_12_MONTHS >= _OBESE_BMI)
        | ((_BMI_12_MONTHS >= _OBESE_BMI_HIGHER_RISK) & person.ethnic_group.is_in(("asian", "black", "mixed", "other")))
        | event.coded("bmiobese_cod", *supplied("bmi30_cod")).in_last(months=12).any()
    ),
    notes="BMI of 27.5 counts for Asian, Black, mixed and other ethnic groups. QOF names South Asian, Chinese, other "
        "Asian, "
    "Middle Eastern, Black African and African-Caribbean backgrounds: groups A to S cannot separate all of these. "
    "BMI30_COD is not public: the 2021 obesity findings stand in for it.",
    tags=("qof", "lifestyle"),
    worked_patients=(
        WorkedPatient("in: BMI 30", True, (row("event", "2025-09-01", "bmival_cod", value=30.0),)),
        WorkedPatient("out: White, BMI 29.9", False, (row("event", "2025-09-01", "bmival_cod", value=29.9),)),
        WorkedPatient("in: Indian, BMI 27.5", True, (row("event", "2025-09-01", "bmival_cod", value=27.5),),
            ethnic_category="H"),
        WorkedPatient("out: Indian, BMI 27.4", False, (row("event", "2025-09-01", "bmival_cod", value=27.4),),
            ethnic_category="H"),
        WorkedPatient("out: latest BMI is lower", False,
            (row("event", "2025-06-01", "bmival_cod", value=31.0),
                row("event", "2026-01-01", "bmival_cod", value=29.0))),
        WorkedPatient("in: a later reading of 0 is not a reading", True,
            (row("event", "2025-06-01", "bmival_cod", value=31.0),
                row("event", "2026-01-01", "bmival_cod", value=0.0))),
        WorkedPatient("out: BMI more than 12 months ago", False,
            (row("event", "2025-03-31", "bmival_cod", value=35.0),)),
        WorkedPatient("under age: 18 tomorrow", False, (row("event", "2025-09-01", "bmival_cod", value=36.0),),
            born=born_for(18, days_short=1)),
        WorkedPatient("no date: the reading has no date", False, (row("event", "", "bmival_cod", value=36.0),)),
    ),
)  # fmt: skip

_EVER_SMOKED = coded("current_smoker", "ex_smoker", *supplied("smok_cod", "exsmok_cod"))
lung_health_check_eligible = Register(
    id="lung_health_check_eligible", title="Lung health check: 55 to 74 and ever smoked", **REVIEW,
    source=Source("Targeted lung health checks (NHS England standard protocol): aged 55 to 74, ever smoked; NW London pilot in two boroughs, 2019", "2019"),
    why_it_matters="Lung cancer found by a scan can be cured; found by symptoms it seldom is.",
    logic=person.age.between(55, 74) & _EVER_SMOKED,
    unverified=("ages 55 to 74 and ever smoked as the invitation rule: as taken in November 2026",),
    notes="Who can be invited. The risk score, the scan and its result have no public code sets. Research lists stand in for smoking status; "
        "a code of never smoked does not take off somebody who once smoked.",
    tags=("cancer", "lifestyle"),
    worked_patients=(
        *standard("current_smoker", from_age=55, to_age=74),
        WorkedPatient("in: gave up long ago", True, (row("event", "1999-01-01", "ex_smoker"),)),
        WorkedPatient("out: never smoked", False, (row("event", "2015-03-02", "never_smoked"),)),
    ),
)  # fmt: skip
