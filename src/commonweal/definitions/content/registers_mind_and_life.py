"""Registers of mind, development, frailty, and of how people live."""

from __future__ import annotations

from datetime import date

from commonweal.definitions.content.common import (
    NETWORK_DES,
    NHS_RULES,
    QOF,
    REVIEW,
    coded,
    diagnosed,
    lacking,
    latest_is,
    medication_in_last,
    supplied,
)
from commonweal.definitions.content.registers_conditions import ICB_LONG_TERM, MULTIPLY
from commonweal.definitions.content.worked import days_before, standard
from commonweal.definitions.declarations import Register, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import Condition, all_of, care_package, event, is_member, number_true, person

dementia = Register(
    id="dementia", title="Dementia", source=QOF, **REVIEW,
    why_it_matters="Diagnosis opens support for the person and the carer, and prevents crisis admission.",
    logic=coded("dem_cod"), tags=("qof", "mental_health"), worked_patients=standard("dem_cod"),
)  # fmt: skip

depression = Register(
    id="depression", title="Depression (18 and over, since April 2006)", source=QOF, **REVIEW,
    why_it_matters="Common, treatable, and doubles the cost of other conditions.",
    logic=(person.age >= 18) & diagnosed("depr_cod", resolved=("depres_cod",), since=date(2006, 4, 1)),
    tags=("qof", "mental_health"),
    worked_patients=(
        *standard("depr_cod", resolved="depres_cod", from_age=18),
        WorkedPatient("out: only before April 2006", False, (row("event", "2006-03-31", "depr_cod"),)),
    ),
)  # fmt: skip

anxiety = Register(
    id="anxiety", title="Anxiety disorder, ever diagnosed", source=MULTIPLY, **REVIEW,
    why_it_matters="Talking therapies work; few older and Black people reach them.",
    logic=diagnosed("anxiety", resolved=supplied("anxres_cod")), tags=("mental_health",),
    worked_patients=standard("anxiety"),
    notes="ANX_COD and ANXRES_COD are not public: nobody leaves when anxiety resolves.",
)  # fmt: skip

severe_mental_illness = Register(
    id="severe_mental_illness", title="Severe mental illness (psychosis, bipolar disorder, or on lithium)", source=QOF,
    **REVIEW,
    why_it_matters="People with these illnesses die 15 to 20 years early, mostly of physical disease.",
    logic=diagnosed("mh_cod", resolved=supplied("mhrem_cod")) | medication_in_last("lithium", *supplied("lit_cod"),
        months=6),
    notes="LIT_COD is not public: lithium products dispensed in 2025 stand in for it. MHREM_COD (remission) is not "
        "public: "
    "nobody leaves on remission.",
    tags=("qof", "mental_health"),
    worked_patients=(
        *standard("mh_cod"),
        WorkedPatient("in: lithium within six months", True, (row("medication", days_before(30), "lithium"),)),
        WorkedPatient("out: lithium seven months ago", False, (row("medication", "2025-08-31", "lithium"),)),
    ),
)  # fmt: skip

learning_disability = Register(
    id="learning_disability", title="Learning disability", source=QOF, **REVIEW,
    why_it_matters="Deaths from avoidable causes are twice as common: a yearly check finds what is missed.",
    logic=diagnosed("ld_cod", resolved=supplied("ldrem_cod")), notes="LDREM_COD (later excluded) is not public.",
    tags=("qof", "ld_autism"), worked_patients=standard("ld_cod"),
)  # fmt: skip

autism = Register(
    id="autism", title="Autism", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Reasonable adjustments; long waits for assessment.",
    logic=coded("autism_cod"), tags=("ld_autism",), worked_patients=standard("autism_cod"),
)  # fmt: skip

adhd = Register(
    id="adhd", title="Attention deficit hyperactivity disorder", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Fast rise in referral; medicines need review.",
    logic=diagnosed("adhd_cod", resolved=("adhdrem_cod",)), tags=("ld_autism",),
    worked_patients=standard("adhd_cod", resolved="adhdrem_cod"),
)  # fmt: skip

down_syndrome = Register(
    id="down_syndrome", title="Down syndrome", source=Source("NHS England primary care reference set DS_COD",
        "20250627"), **REVIEW,
    why_it_matters="Early dementia, thyroid and heart disease: yearly check.",
    logic=coded("ds_cod"), tags=("ld_autism",), worked_patients=standard("ds_cod"),
)  # fmt: skip

eating_disorder = Register(
    id="eating_disorder", title="Eating disorder, ever diagnosed", source=MULTIPLY, **REVIEW,
    why_it_matters="The highest mortality of any mental illness; waiting times have a standard for children.",
    logic=coded("eating_disorder"), tags=("mental_health",), worked_patients=standard("eating_disorder"),
)  # fmt: skip

personality_disorder = Register(
    id="personality_disorder", title="Personality disorder", source=MULTIPLY, **REVIEW,
    why_it_matters="Frequent crisis use; community care reduces it.",
    logic=coded("personality_disorder"), tags=("mental_health",), worked_patients=standard("personality_disorder"),
)  # fmt: skip

alcohol_problem = Register(
    id="alcohol_problem", title="Alcohol problem, ever recorded", source=MULTIPLY, **REVIEW,
    why_it_matters="Brief advice and alcohol care teams reduce admissions.",
    logic=coded("alcohol_dependence", "excessalc_cod"), tags=("lifestyle",),
    worked_patients=standard("alcohol_dependence"),
    notes="Holds advice and declined-intervention codes, as the published list does.",
)  # fmt: skip

substance_misuse = Register(
    id="substance_misuse", title="Substance misuse, ever recorded",
    source=Source("NHS England primary care reference set ILLSUB_COD", "see the codelist"), **REVIEW,
    why_it_matters="High emergency use; dual diagnosis falls between services.",
    logic=coded("illsub_cod"), tags=("lifestyle",), worked_patients=standard("illsub_cod"),
)  # fmt: skip

dual_diagnosis = Register(
    id="dual_diagnosis", title="Severe mental illness with an alcohol or drug problem", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Each service sends the person to the other; early deaths are most common here.",
    logic=is_member("severe_mental_illness") & (is_member("alcohol_problem") | is_member("substance_misuse")),
    notes="Either ever recorded: the alcohol list holds advice as well as dependence, so this is who to ask about, not a diagnosis.",
    tags=("mental_health", "lifestyle"),
    worked_patients=(
        WorkedPatient("in: psychosis and dependence", True, (row("event", "2015-01-01", "mh_cod"), row("event", "2020-01-01", "alcohol_dependence"))),
        WorkedPatient("in: psychosis and drugs", True, (row("event", "2015-01-01", "mh_cod"), row("event", "2020-01-01", "illsub_cod"))),
        WorkedPatient("out: psychosis alone", False, (row("event", "2015-01-01", "mh_cod"),)),
        WorkedPatient("out: dependence alone", False, (row("event", "2020-01-01", "alcohol_dependence"),)),
        WorkedPatient("no date: the drug code has no date", False, (row("event", "2015-01-01", "mh_cod"), row("event", "", "illsub_cod"))),
        WorkedPatient("died: no longer counted", False,
            (row("event", "2015-01-01", "mh_cod"), row("event", "2020-01-01", "illsub_cod")), died="2026-01-01"),
    ),
)  # fmt: skip

_SMOKES = ("current_smoker", *supplied("smok_cod"))
_DOES_NOT = ("ex_smoker", "never_smoked", *supplied("exsmok_cod", "nsmok_cod"))

current_smoker = Register(
    id="current_smoker", title="Current smoker (15 and over)", source=QOF, **REVIEW,
    why_it_matters="Still the largest cause of avoidable death; very brief advice works.",
    logic=(person.age >= 15) & diagnosed(*_SMOKES, resolved=_DOES_NOT),
    notes="SMOK_COD, EXSMOK_COD and NSMOK_COD are not public: published research lists stand in for them. The latest "
        "status "
    "counts; on one day, not smoking.",
    tags=("qof", "lifestyle"),
    worked_patients=(
        *standard("current_smoker", resolved="ex_smoker", from_age=15),
        WorkedPatient("out: later recorded as never", False,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2024-01-01", "never_smoked"))),
    ),
)  # fmt: skip


def _frailty(own: str, *, graver: tuple[str, ...], milder: tuple[str, ...]) -> Condition:
    """This grade is the last recorded; of several on one day the gravest counts."""
    latest = event.coded(own).latest().date
    outdone = [event.coded(other).none() | (event.coded(other).latest().date < latest) for other in graver]
    outlasted = [event.coded(other).none() | (event.coded(other).latest().date <= latest) for other in milder]
    return all_of(coded(own), *outdone, *outlasted)


_FRAILTY_NOTE = (
    "As coded by the practice after clinical judgement. The electronic frailty index itself is a score (validated at "
    "65 and "
    "over) whose deficit lists are not public."
)

frailty_severe = Register(
    id="frailty_severe", title="Severe frailty, as last recorded", source=NETWORK_DES, **REVIEW,
    why_it_matters="High risk of admission, falls and death: needs a plan, a medicines review and a named contact.",
    logic=_frailty("sevfrail_cod", graver=(), milder=("modfrail_cod", "mildfrail_cod")), notes=_FRAILTY_NOTE,
    tags=("frailty",),
    worked_patients=(
        *standard("sevfrail_cod"),
        WorkedPatient("out: later recorded as moderate", False,
            (row("event", "2023-01-01", "sevfrail_cod"), row("event", "2024-01-01", "modfrail_cod"))),
        WorkedPatient("in: severe and moderate on one day", True,
            (row("event", "2023-01-01", "sevfrail_cod"), row("event", "2023-01-01", "modfrail_cod"))),
    ),
)  # fmt: skip

frailty_moderate = Register(
    id="frailty_moderate", title="Moderate frailty, as last recorded", source=NETWORK_DES, **REVIEW,
    why_it_matters="The group in whom decline can still be slowed.",
    logic=_frailty("modfrail_cod", graver=("sevfrail_cod",), milder=("mildfrail_cod",)), notes=_FRAILTY_NOTE,
    tags=("frailty",),
    worked_patients=(
        *standard("modfrail_cod"),
        WorkedPatient("out: later severe", False, (row("event", "2023-01-01", "modfrail_cod"),
                row("event", "2024-01-01", "sevfrail_cod"))),
        WorkedPatient("out: severe on the same day", False,
            (row("event", "2023-01-01", "modfrail_cod"), row("event", "2023-01-01", "sevfrail_cod"))),
        WorkedPatient("in: earlier mild", True, (row("event", "2022-01-01", "mildfrail_cod"),
                row("event", "2023-01-01", "modfrail_cod"))),
    ),
)  # fmt: skip

frailty_mild = Register(
    id="frailty_mild", title="Mild frailty, as last recorded", source=NETWORK_DES, **REVIEW,
    why_it_matters="Exercise, vaccination and medicines review keep people well.",
    logic=_frailty("mildfrail_cod", graver=("modfrail_cod", "sevfrail_cod"), milder=()), notes=_FRAILTY_NOTE,
    tags=("frailty",),
    worked_patients=(
        *standard("mildfrail_cod"),
        WorkedPatient("out: later moderate", False, (row("event", "2023-01-01", "mildfrail_cod"),
                row("event", "2024-01-01", "modfrail_cod"))),
    ),
)  # fmt: skip

care_home_resident = Register(
    id="care_home_resident", title="Lives in a care home", source=NETWORK_DES, **REVIEW,
    why_it_matters="A plan and a medicines review for each resident prevent admissions at the end of life.",
    logic=coded("lives_in_care_home"),
    notes="CAREHOME_COD also holds visits, referrals and deaths in care homes, so the narrower PRIMIS residence list "
        "is used. "
    "No public list says that somebody has left a care home: people who returned home stay on.",
    tags=("living",), worked_patients=standard("lives_in_care_home"),
)  # fmt: skip

housebound = Register(
    id="housebound", title="Housebound", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Misses every check that needs a visit to the practice.",
    logic=latest_is(("housebound",), ("no_longer_housebound",)), tags=("living",),
    worked_patients=standard("housebound", resolved="no_longer_housebound"),
)  # fmt: skip

homeless = Register(
    id="homeless", title="Homeless, recorded in the last 12 months", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Average age at death is under 50; high use of emergency care.",
    logic=event.coded("homeless_cod").in_last(months=12).any(),
    notes="RESIDE_COD (now housed) is not public, so a record counts for 12 months and no longer.",
    tags=("living",),
    worked_patients=(
        WorkedPatient("in: recorded within 12 months", True, (row("event", "2025-10-10", "homeless_cod"),)),
        WorkedPatient("out: recorded 12 months ago to the day", False, (row("event", "2025-03-31", "homeless_cod"),)),
        WorkedPatient("in: recorded a day within 12 months", True, (row("event", "2025-04-01", "homeless_cod"),)),
        WorkedPatient("no date: the record has no date", False, (row("event", "", "homeless_cod"),)),
        WorkedPatient("died: no longer counted", False, (row("event", "2025-10-10", "homeless_cod"),),
            died="2026-01-01"),
    ),
)  # fmt: skip

carer = Register(
    id="carer", title="Unpaid carer", source=NETWORK_DES, **REVIEW,
    why_it_matters="Carers neglect their own health; a breakdown of care is an admission.",
    logic=latest_is(("carer", *supplied("isacarer_cod", "unpaidcarer_cod")), ("not_carer", *supplied("notacarer_cod"))),
    tags=("living",), worked_patients=standard("carer", resolved="not_carer"),
)  # fmt: skip

_PREGNANT_DAYS = 294
_PREGNANT = event.coded("preg_cod").in_last(days=_PREGNANT_DAYS)
_ENDED = event.coded("pregnancy_ended", *supplied("pregdel_cod")).in_last(days=_PREGNANT_DAYS)

pregnant = Register(
    id="pregnant", title="Pregnant (recorded in the last 42 weeks, and no birth or loss since)", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Continuity of carer, vaccination, stopping smoking.",
    logic=(person.sex == "F")
    & _PREGNANT.any()
    & (_ENDED.none() | (_ENDED.latest().date < _PREGNANT.latest().date)),
    notes="A set of endings alone is not public: PRIMIS codes of pregnancy or delivery that are not codes of pregnancy stand in. "
        "Losses are often coded late or not at all, so never use this list to write to anyone without checking. On one day the "
        "ending counts.",
    tags=("maternity",),
    worked_patients=(
        WorkedPatient("in: recorded three months ago", True, (row("event", "2025-12-31", "preg_cod"),),
            born="1994-05-05"),
        WorkedPatient("out: recorded 42 weeks ago to the day", False, (row("event", days_before(294), "preg_cod"),),
            born="1994-05-05"),
        WorkedPatient("in: 41 weeks and 6 days ago", True, (row("event", days_before(293), "preg_cod"),),
            born="1994-05-05"),
        WorkedPatient("resolved: birth recorded since", False,
            (row("event", "2025-10-31", "preg_cod"), row("event", "2026-03-20", "pregnancy_ended")), born="1994-05-05"),
        WorkedPatient("resolved: birth and a pregnancy code on one day", False,
            (row("event", "2026-03-20", "preg_cod"), row("event", "2026-03-20", "pregnancy_ended")), born="1994-05-05"),
        WorkedPatient("diagnosed again: pregnant after a loss", True,
            (row("event", "2025-08-31", "preg_cod"), row("event", "2025-09-20", "pregnancy_ended"),
                row("event", "2026-02-01", "preg_cod")), born="1994-05-05"),
        WorkedPatient("out: recorded in error for a man", False, (row("event", "2025-12-31", "preg_cod"),),
            born="1994-05-05", sex="M"),
        WorkedPatient("no date: the record has no date", False, (row("event", "", "preg_cod"),), born="1994-05-05"),
    ),
)  # fmt: skip

interpreter_needed = Register(
    id="interpreter_needed", title="Needs an interpreter", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Missed appointments and unsafe consent.",
    logic=coded("interpreter_needed"), tags=("living",), worked_patients=standard("interpreter_needed"),
)  # fmt: skip

hearing_loss = Register(
    id="hearing_loss", title="Hearing loss", source=MULTIPLY, **REVIEW,
    why_it_matters="Raises the risk of dementia and isolation.", logic=coded("hearing_loss"), tags=("sensory",),
    worked_patients=standard("hearing_loss"),
)  # fmt: skip

visual_impairment = Register(
    id="visual_impairment", title="Visual impairment or blindness", source=MULTIPLY, **REVIEW,
    why_it_matters="Falls, medicines errors; letters that cannot be read.", logic=coded("visual_impairment"),
    tags=("sensory",),
    worked_patients=standard("visual_impairment"),
)  # fmt: skip

social_care_user = Register(
    id="social_care_user", title="Has a care package now (social care or continuing care)", source=NHS_RULES, **REVIEW,
    why_it_matters="Joined care: most are also known to community nursing.",
    logic=care_package.open().any(), tags=("living", "social_care"), basis="registered",
    notes="Any package that is open on the day, whoever pays: short-term help such as reablement counts where the council sends it as a "
        "service, because councils name their services in their own words.",
    worked_patients=(
        WorkedPatient("in: open package", True, (row("care_package", "2025-01-06", package_type="home_care",
                    funder="local_authority"),)),
        WorkedPatient("out: package has ended", False,
            (row("care_package", "2025-01-06", package_type="home_care", funder="local_authority",
                    end_date="2025-12-01"),)),
        WorkedPatient("in: paid by continuing care", True,
            (row("care_package", "2025-01-06", package_type="home_care", funder="nhs_continuing_care"),)),
        WorkedPatient("died: no longer counted", False,
            (row("care_package", "2025-01-06", package_type="home_care", funder="local_authority"),), died="2026-01-01"),
        WorkedPatient("in: ends today", True, (row("care_package", "2025-01-06", package_type="home_care",
                    funder="local_authority", end_date="2026-03-31"),)),
        WorkedPatient("out: begins tomorrow", False,
            (row("care_package", "2026-04-01", package_type="home_care", funder="local_authority"),)),
        WorkedPatient("no date: the package has no start", False,
            (row("care_package", "", package_type="home_care", funder="local_authority"),)),
    ),
)  # fmt: skip

continuing_care = Register(
    id="continuing_care", title="NHS continuing healthcare", source=NHS_RULES, **REVIEW,
    why_it_matters="High cost; reviews at three and twelve months are a duty.",
    logic=care_package.where(funder="nhs_continuing_care").open().any(), tags=("living", "social_care"),
    worked_patients=(
        WorkedPatient("in: open package", True, (row("care_package", "2025-01-06", package_type="home_care",
                    funder="nhs_continuing_care"),)),
        WorkedPatient("out: ended yesterday", False, (row("care_package", "2025-01-06", package_type="home_care",
                    funder="nhs_continuing_care", end_date="2026-03-30"),)),
        WorkedPatient("out: council package", False,
            (row("care_package", "2025-01-06", package_type="home_care", funder="local_authority"),)),
        WorkedPatient("no date: the package has no start", False,
            (row("care_package", "", package_type="home_care", funder="nhs_continuing_care"),)),
    ),
)  # fmt: skip

looked_after_child = Register(
    id="looked_after_child", title="Looked-after child", source=ICB_LONG_TERM, **REVIEW,
    why_it_matters="Health assessments are a duty; records are lost at each move.",
    logic=(person.age < 18) & coded("looked_after_child"), missing_codelists=lacking("looked_after_child"),
    notes="No public list.", tags=("children",),
    worked_patients=standard("looked_after_child", to_age=17, born="2014-06-15"),
)  # fmt: skip

multiple_conditions = Register(
    id="multiple_conditions", title="Four or more long-term conditions",
    source=Source("Suffolk and North East Essex ICS: high complexity", "2024", "https://snee-ics.github.io/SNEEdocs/"),
    **REVIEW,
    why_it_matters="Where single-disease reviews become one long conversation.",
    logic=number_true(
        *(
            is_member(one)
            for one in (
                "anxiety", "asthma", "atrial_fibrillation", "chronic_kidney_disease", "copd", "depression", "diabetes",
                "epilepsy",
                "heart_failure", "hypertension", "learning_disability", "osteoporosis", "peripheral_arterial_disease",
                "stroke",
                "transient_ischaemic_attack",
            )
        )
    ) >= 4,
    notes="Counts the fifteen conditions of the source by this record's registers (treated asthma and epilepsy; "
        "osteoporosis "
    "with fracture), which is narrower than any code.",
    tags=("multimorbidity",),
    worked_patients=(
        WorkedPatient("in: four conditions", True, tuple(row("event", "2015-01-01", code) for code in ("afib_cod",
                    "hyp_cod", "dm_cod", "hf_cod"))),
        WorkedPatient("out: three conditions", False,
            tuple(row("event", "2015-01-01", code) for code in ("afib_cod", "hyp_cod", "dm_cod"))),
        WorkedPatient("resolved: one of four", False,
            (*(row("event", "2015-01-01", code) for code in ("afib_cod", "hyp_cod", "dm_cod", "hf_cod")),
                row("event", "2019-01-01", "dmres_cod"))),
        WorkedPatient("no date: one of four has no date", False,
            (*(row("event", "2015-01-01", code) for code in ("afib_cod", "hyp_cod", "dm_cod")),
                row("event", "", "hf_cod"))),
    ),
)  # fmt: skip
