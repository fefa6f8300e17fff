"""Flags: a yearly check or review that has not been done, said in one way for all."""

from __future__ import annotations

from commonweal.definitions.content.common import (
    CORE20PLUS5,
    CVDPREVENT,
    NDA,
    QOF,
    REVIEW,
    medication_in_last,
    recorded_in_last,
    supplied,
)
from commonweal.definitions.content.features import (
    eye_screening,
    foot_check,
    hba1c,
    hba1c_taken,
    urine_acr_taken,
)
from commonweal.definitions.content.flags_overdue import NEVER
from commonweal.definitions.content.measures_mind import LD_CHECK, SIX_CHECKS, SIX_DONE
from commonweal.definitions.content.measures_prevention import SMOKING_CONDITIONS
from commonweal.definitions.content.registers_conditions import ICB_LONG_TERM
from commonweal.definitions.content.worked import born_for, days_after, months_before
from commonweal.definitions.declarations import Flag, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import Condition, Rows, coalesce, contact, event, is_member, person

RECENT, LAPSED = "2025-12-01", "2025-03-31"


def _overdue(
    flag_id: str,
    title: str,
    why: str,
    *,
    register: str,
    code: str,
    rows: Rows,
    check: str,
    action: str,
    who: str,
    capacity: str,
    harm: str,
    source: Source,
    months: int = 12,
    resolved: str = "",
    also: Condition | None = None,
    before: tuple = (),
    born: str = "1960-06-15",
    notes: str = "",
    tags: tuple[str, ...] = (),
    patients: tuple = (),
    to_the_end: bool = False,
) -> Flag:
    """People on `register` (code `code`) without `rows` in the months; `check` is a list that records it as done.

    Nobody in palliative care is called for a check, unless it is of use to the end of life (`to_the_end`).
    """
    has = (row("event", "2015-01-01", code), *before)
    logic = is_member(register) & rows.in_last(months=months).none()
    palliative = row("event", "2025-06-01", "palcare_cod")
    if not to_the_end:
        logic = logic & ~is_member("palliative_care")
    made = (
        WorkedPatient("in: never done", True, has, born=born),
        WorkedPatient("out: done in December", False, (*has, row("event", RECENT, check)), born=born),
        WorkedPatient("out: not on the register", False, before, born=born),
        WorkedPatient(f"{'in' if to_the_end else 'out'}: palliative care", to_the_end, (*has, palliative), born=born),
        WorkedPatient("no date: the check has no date", True, (*has, row("event", "", check)), born=born),
    )
    made += (
        WorkedPatient(f"in: done {months} months ago to the day", True, (*has, row("event", months_before(months), check)), born=born),
        WorkedPatient(f"out: done a day within {months} months", False,
            (*has, row("event", days_after(1, months_before(months)), check)), born=born),
    )  # fmt: skip
    if not resolved and not to_the_end:
        well = (*has, palliative, row("event", "2025-09-01", "palcareni_cod"))
        made += (
            WorkedPatient("resolved: palliative care no longer indicated", True, well, born=born),
            WorkedPatient(
                "diagnosed again: palliative care again",
                False,
                (*well, row("event", "2026-01-01", "palcare_cod")),
                born=born,
            ),
        )
    if resolved:
        gone = (*has, row("event", "2020-01-01", resolved))
        made += (
            WorkedPatient("resolved: the condition is resolved", False, gone, born=born),
            WorkedPatient(
                "diagnosed again: after it was resolved", True, (*gone, row("event", "2022-01-01", code)), born=born
            ),
        )
    return Flag(
        id=flag_id, title=title, why_it_matters=why, source=source, **REVIEW,
        logic=logic if also is None else logic & also, order_by=coalesce(rows.days_since(), NEVER),
        suggested_action=action,
        who_acts=who, capacity_hint=capacity, harm_note=harm, notes=notes, tags=("overdue", *tags),
        worked_patients=made + patients,
    )  # fmt: skip


_LETTERS = "Letters alone miss those who need it most: telephone, and offer times outside work."
_DIABETES = {
    "register": "diabetes",
    "code": "dm_cod",
    "resolved": "dmres_cod",
    "source": NDA,
    "tags": ("diabetes",),
    "harm": _LETTERS,
}

diabetes_acr_overdue = _overdue(
    "diabetes_acr_overdue", "Diabetes: urine ACR overdue",
    "The check most often missed; it finds kidney disease while it can be treated.", rows=urine_acr_taken,
    check="urine_acr_level",
    action="Send a home urine kit or ask for a sample at the next visit.", who="Healthcare assistant",
    capacity="About 15 a week per 1,000 people with diabetes", **_DIABETES,
)  # fmt: skip
diabetes_foot_overdue = _overdue(
    "diabetes_foot_overdue", "Diabetes: foot examination overdue",
    "Most amputations begin with an ulcer that nobody saw.", rows=foot_check, check="diabetic_foot_check",
    action="Examine both feet; refer increased risk to foot protection.", who="Healthcare assistant or podiatry",
    capacity="About 10 a week per 1,000 people with diabetes",
    notes="Candidate codes stand in for FOOTEXAM_COD: some done checks may be missed. Amputation of both legs is not "
        "allowed for.", **_DIABETES,
)  # fmt: skip
diabetes_eye_overdue = _overdue(
    "diabetes_eye_overdue", "Diabetes: retinal screening overdue (24 months)",
    "The commonest preventable blindness at working age.", rows=eye_screening, check="diabetic_eye_screening",
    months=24,
    action="Check with the screening service; rebook.", who="Practice administrator",
    capacity="About 10 a week per 1,000 people with diabetes",
    notes="People at low risk are called every two years. Candidate codes stand in for RETSCREN_COD: screening that "
        "came by letter is often not coded.", **_DIABETES,
)  # fmt: skip
ckd_acr_overdue = _overdue(
    "ckd_acr_overdue", "Chronic kidney disease: urine ACR overdue",
    "Albumin decides treatment; half have none measured.", register="chronic_kidney_disease", code="ckd_cod",
    resolved="ckdres_cod", rows=urine_acr_taken, check="urine_acr_level",
    action="Ask for an early-morning sample.", who="Healthcare assistant",
    capacity="About 10 a week per 1,000 people with kidney disease", harm=_LETTERS, source=CVDPREVENT, tags=("renal",),
)  # fmt: skip
asthma_review_overdue = _overdue(
    "asthma_review_overdue", "Asthma, under 18: review overdue", "Two in three asthma deaths had no review in the year before.",
    register="asthma_under_18", code="ast_cod", resolved="astres_cod", born="2013-06-15",
    rows=event.coded("asthma_review", *supplied("rev_cod")), check="asthma_review",
    action="Review control, technique, and plan.", who="Asthma nurse",
    capacity="About 5 a week per 1,000 people with asthma", harm=_LETTERS, source=QOF, tags=("respiratory", "children"),
    notes="Children and young people, treated or not. Adults: see `asthma_adult_review_overdue`.",
)  # fmt: skip
asthma_adult_review_overdue = _overdue(
    "asthma_adult_review_overdue", "Asthma, 18 and over and treated: review overdue",
    "Two in three asthma deaths had no review in the year before.", register="asthma", code="ast_cod",
    resolved="astres_cod", also=person.age >= 18,
    before=(row("medication", "2026-01-10", "asthma_medication"),),
    rows=event.coded("asthma_review", *supplied("rev_cod")), check="asthma_review",
    action="Review control, technique, and plan.", who="Asthma nurse or pharmacist",
    capacity="About 5 a week per 1,000 people with asthma", harm=_LETTERS, source=QOF, tags=("respiratory",),
    patients=(WorkedPatient("under age: 18 tomorrow", False,
            (row("event", "2015-01-01", "ast_cod"), row("medication", "2026-01-10", "asthma_medication")),
            born=born_for(18, days_short=1)),),
)  # fmt: skip
copd_review_overdue = _overdue(
    "copd_review_overdue", "COPD: review overdue", "Review brings rehabilitation, vaccination and the right inhaler.",
    register="copd", code="copd_cod", resolved="copdres_cod", rows=event.coded("copd_review", *supplied("copdrvw_cod")),
    check="copd_review",
    action="Review breathlessness, exacerbations, technique; refer to rehabilitation.", who="Respiratory nurse",
    capacity="About 5 a week per 1,000 people with COPD", harm=_LETTERS, source=QOF, tags=("respiratory",),
)  # fmt: skip
heart_failure_review_overdue = _overdue(
    "heart_failure_review_overdue", "Heart failure: review overdue", "Review finds fluid early and raises doses.",
    register="heart_failure", code="hf_cod", resolved="hfres_cod",
    rows=event.coded("heart_failure_review", *supplied("hfrvw_cod")), check="heart_failure_review",
    action="Review symptoms, weight, bloods and the four medicines.", who="Heart failure nurse or pharmacist",
    capacity="About 5 a week per 1,000 people with heart failure", harm=_LETTERS, source=QOF, tags=("cardiovascular",),
    notes="Candidate codes stand in for the official review set.",
)  # fmt: skip
dementia_review_overdue = _overdue(
    "dementia_review_overdue", "Dementia: care plan review overdue", "Keeps the plan true, and asks how the carer is.",
    to_the_end=True,
    register="dementia", code="dem_cod", rows=event.coded("dementia_review", *supplied("demcprvw_cod")),
    check="dementia_review",
    action="Review the plan with the person and carer.", who="Dementia link worker or GP",
    capacity="About 3 a week per network", harm="A review without the carer misses most of what matters.", source=QOF,
    tags=("mental_health",), notes="Candidate codes stand in for the official review set.",
)  # fmt: skip
depression_no_review = _overdue(
    "depression_long_no_review", "Depression, on an SSRI: no review in 12 months",
    "People stay on tablets for years without being asked.", register="depression", code="depr_cod", to_the_end=True,
    resolved="depres_cod", also=medication_in_last("ssri", months=6), before=(row("medication", "2026-02-10", "ssri"),), rows=event.coded("deprvw_cod", "medrvw_cod"), check="deprvw_cod",
    action="Ask how they are; review tablets; offer talking therapy.", who="GP or practice pharmacist",
    capacity="About 10 a week per 10,000 people", harm="Stopping antidepressants fast causes withdrawal.", source=QOF,
    tags=("mental_health",),
    notes="SSRIs alone have a public list: people on other antidepressants are missed. A depression code without tablets is not a "
        "reason for a call.",
    patients=(WorkedPatient("out: no tablets in six months", False,
            (row("event", "2015-01-01", "depr_cod"), row("medication", "2025-09-30", "ssri"))),),
)  # fmt: skip
ndh_hba1c_overdue = _overdue(
    "ndh_hba1c_overdue", "Non-diabetic hyperglycaemia: HbA1c overdue", "One in ten goes on to diabetes each year.",
    register="non_diabetic_hyperglycaemia", code="ndh_cod", rows=hba1c_taken, check="ifcchbam_cod",
    action="Invite for HbA1c; offer the prevention programme.",
    who="Healthcare assistant", capacity="About 10 a week per 10,000 people", harm=_LETTERS, source=QOF,
    tags=("diabetes",),
)  # fmt: skip
gestational_hba1c_overdue = _overdue(
    "gestational_hba1c_overdue", "After gestational diabetes: HbA1c overdue",
    "Half develop type 2 diabetes; few are followed.", register="gestational_diabetes", code="gestdiab_cod",
    rows=hba1c_taken, check="ifcchbam_cod", also=~is_member("diabetes"),
    action="Yearly HbA1c; offer the prevention programme and contraception advice.", who="Practice nurse",
    capacity="About 2 a week per 10,000 people", harm="Never by open letter: pregnancy history is private.",
    source=ICB_LONG_TERM, tags=("diabetes", "maternity"), born="1988-01-01",
)  # fmt: skip
ld_check_overdue = _overdue(
    "ld_check_overdue", "Learning disability, 14 and over: health check overdue",
    "Four in ten deaths are avoidable; the check finds what people cannot say.", register="learning_disability",
    code="ld_cod", to_the_end=True, rows=event.coded(*LD_CHECK), check="learning_disability_health_check", also=person.age >= 14,
    action="Invite with easy-read material and a longer slot; make an action plan.",
    who="Practice nurse with the learning disability nurse", capacity="About 1 a week per 10,000 people",
    harm="A check in a strange place may distress: ask what helps.",
    source=Source("Learning disabilities health check scheme", "2024/25"), tags=("ld_autism",),
    patients=(WorkedPatient("under age: 14 tomorrow", False, (row("event", "2018-01-01", "ld_cod"),),
            born=born_for(14, days_short=1)), WorkedPatient("on the birthday: 14 today", True,
            (row("event", "2018-01-01", "ld_cod"),), born=born_for(14))),
)  # fmt: skip
carer_check_overdue = _overdue(
    "carer_no_contact", "Unpaid carer: no blood pressure or review in 24 months", "Carers neglect their own health.",
    register="carer", code="carer", resolved="not_carer", to_the_end=True,
    rows=event.coded("bp_cod", "systolic_bp", "medrvw_cod", "medication_review_any"), check="systolic_bp", months=24,
    action="Offer a carer's health check at a time when somebody else can sit in.", who="Link worker",
    capacity="About 5 a week per network", harm="Do not assume that the carer wants to go on caring.",
    source=ICB_LONG_TERM, tags=("living",),
)  # fmt: skip

_MIND = row("event", "2010-01-01", "mh_cod")
_CHECK_ROWS = tuple(row("event", RECENT, codelist) for _, _, codelist, _ in SIX_CHECKS.values())
smi_checks_missing = Flag(
    id="smi_checks_missing", title="Severe mental illness: physical checks missing", source=CORE20PLUS5, **REVIEW,
    why_it_matters="People with severe mental illness die 15 to 20 years early, mostly of disease that these checks "
        "find.",
    logic=is_member("severe_mental_illness") & (SIX_DONE < 6) & ~is_member("palliative_care"), order_by=6 - SIX_DONE,
    suggested_action="One visit for all that is missing; bloods at the same time; act on what is found.",
    who_acts="Practice nurse with the community mental health team",
    capacity_hint="About 2 a week per 10,000 people", harm_note="Checks without follow-up help nobody.",
    tags=("mental_health", "overdue"),
    worked_patients=(
        WorkedPatient("in: none done", True, (_MIND,)),
        WorkedPatient("in: five of six", True, (_MIND, *_CHECK_ROWS[1:])),
        WorkedPatient("out: palliative care", False, (_MIND, row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("resolved: palliative care no longer indicated", True, (_MIND, row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod"))),
        WorkedPatient("diagnosed again: palliative care again", False,
            (_MIND, row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod"), row("event", "2026-01-01", "palcare_cod"))),
        WorkedPatient("out: all six", False, (_MIND, *_CHECK_ROWS)), WorkedPatient("out: not on the register", False),
        WorkedPatient("no date: one check has no date", True,
            (_MIND, *_CHECK_ROWS[1:], row("event", "", "bmival_cod"))),
    ),
)  # fmt: skip

_LAST = hba1c.in_last(months=12).latest().value
diabetes_hba1c_high = Flag(
    id="diabetes_hba1c_high", title="Diabetes: last HbA1c over 75", source=QOF, **REVIEW,
    why_it_matters="Well above any target: the risk of complications is several times higher.",
    logic=is_member("diabetes") & (_LAST > 75) & ~is_member("palliative_care"), order_by=_LAST,
    suggested_action="Ask about tablets taken, food, mood and money; step up treatment; offer education.",
    who_acts="Diabetes nurse or GP with interest", capacity_hint="About 5 a week per 1,000 people with diabetes",
    harm_note="Driving it down fast in frail people causes hypoglycaemia.",
    notes="75 mmol/mol is the target for frail people (QOF DM021): nobody should be above it, but at the end of life.", tags=("diabetes",),
    worked_patients=(
        WorkedPatient("out: palliative care", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", RECENT, "ifcchbam_cod", value=90), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("in: 76", True, (row("event", "2015-01-01", "dm_cod"),
                row("event", RECENT, "ifcchbam_cod", value=76))),
        WorkedPatient("out: 75", False, (row("event", "2015-01-01", "dm_cod"),
                row("event", RECENT, "ifcchbam_cod", value=75))),
        WorkedPatient("out: last is lower", False, (row("event", "2015-01-01", "dm_cod"),
                row("event", "2025-06-01", "ifcchbam_cod", value=90), row("event", RECENT, "ifcchbam_cod", value=70))),
        WorkedPatient("out: over 12 months ago", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", LAPSED, "ifcchbam_cod", value=90))),
        WorkedPatient("resolved: diabetes resolved", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                row("event", RECENT, "ifcchbam_cod", value=76))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2020-01-01", "dmres_cod"),
                row("event", "2022-01-01", "dm_cod"), row("event", RECENT, "ifcchbam_cod", value=76))),
        WorkedPatient("under age: 17 tomorrow", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", RECENT, "ifcchbam_cod", value=90)),
            born=born_for(17, days_short=1)), WorkedPatient("no date: the reading has no date", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "", "ifcchbam_cod", value=90))),
    ),
)  # fmt: skip

palliative_no_plan = Flag(
    id="palliative_no_contact", title="Palliative care register: no contact in three months", source=QOF, **REVIEW,
    why_it_matters="Plans made early and kept current let people die where they wish.",
    logic=is_member("palliative_care") & contact.where(setting=("gp", "community",
            "social_care")).in_last(months=3).none() & ~recorded_in_last("palcare_cod", months=3), order_by=person.age,
    suggested_action="Call; review the urgent care plan, medicines at home and carer.",
    who_acts="GP or palliative nurse", capacity_hint="All, each month",
    harm_note="Ask before speaking of dying: not everybody knows or wants to.",
    notes="Contacts need general practice or community feeds.", tags=("end_of_life",),
    worked_patients=(
        WorkedPatient("in: no contact", True, (row("event", "2025-06-01", "palcare_cod"),)),
        WorkedPatient("out: nurse in March", False, (row("event", "2025-06-01", "palcare_cod"),
                row("contact", "2026-03-01", setting="community"))),
        WorkedPatient("out: plan reviewed in February", False,
            (row("event", "2025-06-01", "palcare_cod"), row("event", "2026-02-01", "palcare_cod"))),
        WorkedPatient("resolved: palliative care no longer indicated", False,
            (row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod"))),
        WorkedPatient("diagnosed again: indicated again", True,
            (row("event", "2025-03-01", "palcare_cod"), row("event", "2025-06-01", "palcareni_cod"),
                row("event", "2025-09-01", "palcare_cod"))),
        WorkedPatient("no date: the contact has no date", True,
            (row("event", "2025-06-01", "palcare_cod"), row("contact", "", setting="community"))),
    ),
)  # fmt: skip

smoker_no_support = Flag(
    id="smoker_long_term_no_support", title="Smokes, has a long-term condition, no offer of help in 12 months",
    source=QOF, **REVIEW, why_it_matters="Stopping adds more years than any medicine.",
    logic=is_member("current_smoker") & SMOKING_CONDITIONS & ~recorded_in_last("smoking_cessation_support", months=12) & ~is_member("palliative_care"),
    order_by=person.age, suggested_action="Very brief advice and referral, with medicines.",
    who_acts="Anyone who sees them", capacity_hint="About 20 a week per 10,000 people",
    harm_note="A telling-off is not an offer.", notes="QOF SMOK005 turned into a list, without people in palliative care.", tags=("lifestyle",),
    worked_patients=(
        WorkedPatient("in: smokes, diabetes, no offer", True,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2015-01-01", "dm_cod"))),
        WorkedPatient("out: offered", False, (row("event", "2020-01-01", "current_smoker"),
                row("event", "2015-01-01", "dm_cod"), row("event", RECENT, "smoking_cessation_support"))),
        WorkedPatient("in: smokes, treated asthma", True,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2015-01-01", "ast_cod"), row("medication", "2026-01-10", "asthma_medication"))),
        WorkedPatient("out: palliative care", False,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2015-01-01", "dm_cod"), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("out: no condition", False, (row("event", "2020-01-01", "current_smoker"),)),
        WorkedPatient("resolved: stopped smoking", False,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2024-01-01", "ex_smoker"),
                row("event", "2015-01-01", "dm_cod"))),
        WorkedPatient("diagnosed again: smoking again", True,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2022-01-01", "ex_smoker"),
                row("event", "2024-01-01", "current_smoker"), row("event", "2015-01-01", "dm_cod"))),
        WorkedPatient("no date: the offer has no date", True,
            (row("event", "2020-01-01", "current_smoker"), row("event", "2015-01-01", "dm_cod"),
                row("event", "", "smoking_cessation_support"))),
    ),
)  # fmt: skip
