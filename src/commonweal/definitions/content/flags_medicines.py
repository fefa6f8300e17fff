"""Flags: medicines that are missing, unsafe together, or too many."""

from __future__ import annotations

from commonweal.definitions.content.common import (
    CVDPREVENT,
    QOF,
    QOF_2026,
    QOF_V51,
    REVIEW,
    medication_in_last,
    recorded_in_last,
)
from commonweal.definitions.content.features import blood_pressure_at_most, egfr, systolic, urine_acr
from commonweal.definitions.content.flags_use import REVIEWS
from commonweal.definitions.content.worked import CLINIC_DIASTOLIC, CLINIC_SYSTOLIC, born_for
from commonweal.definitions.declarations import Flag, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import is_member, medication, number_true, person, score_of

ISSUED = "2026-02-10"
STOPPED = "2025-09-30"
"""Exactly six months before the worked date: no longer current."""


def issue(codelist: str, on: str = ISSUED):
    """A worked row: one issue of a medicine."""
    return row("medication", on, codelist)


_AF = row("event", "2015-01-01", "afib_cod")
af_no_anticoagulant = Flag(
    id="af_no_anticoagulant", title="Atrial fibrillation, CHA₂DS₂-VASc 2 or more, no anticoagulant in six months",
    source=QOF, **REVIEW, why_it_matters="Two in three strokes of atrial fibrillation can be prevented.",
    logic=is_member("atrial_fibrillation") & (score_of("cha2ds2_vasc") >= 2) & ~medication_in_last("anticoagulant",
        "doac", months=6) & ~is_member("palliative_care"), order_by=score_of("cha2ds2_vasc"),
    suggested_action="Virtual clinic: check why, bleeding risk, kidney function; start or record the refusal.",
    who_acts="Anticoagulation pharmacist with GP", capacity_hint="About 10 in a virtual clinic",
    harm_note="Bleeding: some have good reasons not to be treated; record and respect them.",
    notes="People in palliative care are left out.", tags=("cardiovascular", "medicines"),
    worked_patients=(
        WorkedPatient("in: woman of 80", True, (_AF,), born="1945-05-05"),
        WorkedPatient("out: palliative care", False, (_AF, row("event", "2025-06-01", "palcare_cod")), born="1945-05-05"),
        WorkedPatient("resolved: palliative care no longer indicated", True, (_AF, row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod")), born="1945-05-05"),
        WorkedPatient("diagnosed again: palliative care again", False,
            (_AF, row("event", "2025-06-01", "palcare_cod"), row("event", "2025-09-01", "palcareni_cod"), row("event", "2026-01-01", "palcare_cod")), born="1945-05-05"),
        WorkedPatient("out: stopped a day within six months", False, (_AF, issue("doac", "2025-10-01")), born="1945-05-05"),
        WorkedPatient("out: on a DOAC", False, (_AF, issue("doac")), born="1945-05-05"),
        WorkedPatient("in: stopped six months ago to the day", True, (_AF, issue("doac", STOPPED)), born="1945-05-05"),
        WorkedPatient("out: man of 50 without other risks", False, (_AF,), born="1975-05-05", sex="M"),
        WorkedPatient("out: no atrial fibrillation", False, born="1945-05-05"),
        WorkedPatient("no date: the issue has no date", True, (_AF, issue("doac", "")), born="1945-05-05"),
    ),
)  # fmt: skip

_COUNT = medication.in_last(months=3).count(distinct="concept")
polypharmacy = Flag(
    id="polypharmacy_no_review", title="Ten or more medicines in three months, no medicines review in 12",
    source=Source("Network Contract DES: structured medication review for complex polypharmacy", "2024/25"), **REVIEW,
    why_it_matters="Each added medicine raises the risk of a harmful admission.",
    logic=(_COUNT >= 10) & ~recorded_in_last(*REVIEWS, months=12), order_by=_COUNT,
    suggested_action="Structured medication review: what matters to you, what can stop?", who_acts="Network pharmacist",
    capacity_hint="About 5 a week per pharmacist",
    harm_note="Stopping several at once can harm; agree one at a time.",
    notes="Distinct products, so two strengths count as two and creams and dressings count too. A review of one illness or medicine is not one "
        "of all: MEDRVW_COD counts.", tags=("medicines",),
    worked_patients=(
        WorkedPatient("in: ten products", True, tuple(issue(one) for one in ("statin", "ace_inhibitor", "beta_blocker",
                    "calcium_channel_blocker", "insulin", "ssri", "proton_pump_inhibitor", "opioid_analgesic",
                    "laxative", "anticoagulant"))),
        WorkedPatient("out: nine products", False, tuple(issue(one) for one in ("statin", "ace_inhibitor",
                    "beta_blocker", "calcium_channel_blocker", "insulin", "ssri", "proton_pump_inhibitor",
                    "opioid_analgesic", "laxative"))),
        WorkedPatient("out: reviewed", False, (*(issue(one) for one in ("statin", "ace_inhibitor", "beta_blocker",
                        "calcium_channel_blocker", "insulin", "ssri", "proton_pump_inhibitor", "opioid_analgesic",
                        "laxative", "anticoagulant")), row("event", "2025-12-01", "structured_medication_review"))),
        WorkedPatient("no date: one of ten has no date", False,
            (*(issue(one) for one in ("statin", "ace_inhibitor", "beta_blocker", "calcium_channel_blocker", "insulin",
                        "ssri", "proton_pump_inhibitor", "opioid_analgesic", "laxative")), issue("anticoagulant", ""))),
    ),
)  # fmt: skip


def _unsafe(
    flag_id: str,
    title: str,
    why: str,
    logic,
    harmful: tuple,
    harmless: tuple,
    *,
    source: Source,
    action: str,
    harm: str,
    notes: str = "",
    born: str = "1950-05-05",
    sex: str = "F",
    patients: tuple = (),
) -> Flag:
    """A prescribing hazard: `harmful` rows together raise it, `harmless` do not."""
    undated = (type(harmful[0])(harmful[0].table, "", harmful[0].codelist, harmful[0].columns), *harmful[1:])
    return Flag(
        id=flag_id, title=title, why_it_matters=why, source=source, **REVIEW, logic=logic, order_by=person.age,
        suggested_action=action, who_acts="Practice pharmacist", capacity_hint="About 5 a week per 10,000 people",
        harm_note=harm, notes=notes, tags=("medicines", "safety"),
        worked_patients=(
            WorkedPatient("in: the hazard", True, harmful, born=born, sex=sex),
            WorkedPatient("out: not the hazard", False, harmless, born=born, sex=sex),
            WorkedPatient("out: nothing", False, born=born, sex=sex),
            WorkedPatient("no date: one row has no date", False, undated, born=born, sex=sex), *patients,
        ),
    )  # fmt: skip


nsaid_anticoagulant = _unsafe(
    "nsaid_with_anticoagulant", "NSAID and anticoagulant together in three months, no stomach protection",
    "Bleeding from the stomach kills.",
    medication_in_last("nsaid_oral", months=3) & medication_in_last("anticoagulant", "doac",
        months=3) & ~medication_in_last("proton_pump_inhibitor", months=3),
    (issue("nsaid_oral"), issue("doac")), (issue("nsaid_oral"), issue("doac"), issue("proton_pump_inhibitor")),
    source=Source("NHS England output description SMR02A", "2024/25"), action="Stop the NSAID, or protect the stomach.",
    harm="Do not stop the anticoagulant.",
)  # fmt: skip
nsaid_kidney = _unsafe(
    "nsaid_low_egfr", "NSAID in three months with eGFR under 45", "NSAIDs injure kidneys that are already weak.",
    medication_in_last("nsaid_oral", months=3) & (egfr.latest().value < 45) & (person.age >= 18),
    (issue("nsaid_oral"), row("event", "2025-11-01", "egfr_level", value=44)),
    (issue("nsaid_oral"), row("event", "2025-11-01", "egfr_level", value=45)),
    source=Source("NHS England output description SMR31", "2024/25"), action="Stop; offer another way to treat pain.",
    harm="Pain left untreated also harms.",
    patients=(WorkedPatient("under age: 18 tomorrow", False,
            (issue("nsaid_oral"), row("event", "2025-11-01", "egfr_level", value=40)),
            born=born_for(18, days_short=1)),),
)  # fmt: skip
valproate_childbearing = _unsafe(
    "valproate_child_bearing_age", "Valproate, woman or girl of 12 to 54",
    "One in nine babies exposed has a malformation, four in ten a developmental disorder.",
    (person.sex == "F") & (person.age >= 12) & (person.age < 55) & medication_in_last("valproate", months=3),
    (issue("valproate"),), (issue("valproate", "2025-12-31"),),
    source=Source("Valproate safety programme; the ages are Commonweal's setting", "2024"),
    action="Check that the pregnancy prevention programme is in place and the yearly form is signed.",
    harm="Never stop valproate suddenly: seizures can kill.", born="1995-05-05",
    patients=(
        WorkedPatient("out: man", False, (issue("valproate"),), born="1995-05-05", sex="M"),
        WorkedPatient("under age: 12 tomorrow", False, (issue("valproate"),), born=born_for(12, days_short=1)),
        WorkedPatient("over age: 55 today", False, (issue("valproate"),), born=born_for(55)),
    ),
)  # fmt: skip
_SABA = medication.coded("saba_inhaler").in_last(months=12)
saba_overuse = Flag(
    id="saba_overuse", title="Asthma: six or more issues of a reliever inhaler in 12 months",
    source=Source("NHS England output description RESP02", "2024/25"), **REVIEW,
    why_it_matters="Reliance on the reliever is a warning of death.",
    logic=(is_member("asthma") | is_member("asthma_under_18")) & (_SABA.count() >= 6), order_by=_SABA.count(),
    suggested_action="Review; start or switch to a preventer or combination inhaler.",
    who_acts="Asthma nurse or pharmacist", capacity_hint="About 5 a week per 10,000 people",
    harm_note="Refusing a reliever can kill: change the regime, do not cut supply.",
    notes="Issues, not inhalers: one issue of two counts once.", tags=("respiratory", "medicines"),
    worked_patients=(
        WorkedPatient("in: six", True, (row("event", "2015-01-01", "ast_cod"), issue("asthma_medication"),
                *(issue("saba_inhaler", f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("out: five", False, (row("event", "2015-01-01", "ast_cod"), issue("asthma_medication"),
                *(issue("saba_inhaler", f"2025-{month:02d}-05") for month in range(6, 11)))),
        WorkedPatient("resolved: asthma resolved", False,
            (row("event", "2015-01-01", "ast_cod"), row("event", "2020-01-01", "astres_cod"),
                issue("asthma_medication"), *(issue("saba_inhaler", f"2025-{month:02d}-05") for month in range(6,
                        12)))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2015-01-01", "ast_cod"), row("event", "2020-01-01", "astres_cod"),
                row("event", "2022-01-01", "ast_cod"), issue("asthma_medication"),
                *(issue("saba_inhaler", f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("no date: one of six has no date", False,
            (row("event", "2015-01-01", "ast_cod"), issue("asthma_medication"),
                *(issue("saba_inhaler", f"2025-{month:02d}-05") for month in range(6, 11)), issue("saba_inhaler", ""))),
    ),
)  # fmt: skip


def _untreated(
    flag_id: str,
    title: str,
    why: str,
    *,
    register: str,
    code: str,
    medicine: tuple[str, ...],
    source: Source,
    action: str,
    who: str,
    harm: str,
    also=None,
    before: tuple = (),
    notes: str = "",
    patients: tuple = (),
    resolved: str = "",
    unverified: tuple[str, ...] = (),
) -> Flag:
    """People on a register, not in palliative care, without an issue of the medicine in six months."""
    has = (row("event", "2015-01-01", code), *before)
    logic = is_member(register) & ~medication_in_last(*medicine, months=6) & ~is_member("palliative_care")
    made = (
        WorkedPatient("in: never issued", True, has),
        WorkedPatient("out: issued in February", False, (*has, issue(medicine[0]))),
        WorkedPatient("in: last issued six months ago to the day", True, (*has, issue(medicine[0], STOPPED))),
        WorkedPatient("out: last issued a day within six months", False, (*has, issue(medicine[0], "2025-10-01"))),
        WorkedPatient("out: not on the register", False, before),
        WorkedPatient("out: palliative care", False, (*has, row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("resolved: palliative care no longer indicated", True,
            (*has, row("event", "2024-06-01", "palcare_cod"), row("event", "2025-06-01", "palcareni_cod"))),
        WorkedPatient("diagnosed again: palliative care again", False,
            (*has, row("event", "2024-06-01", "palcare_cod"), row("event", "2025-06-01", "palcareni_cod"),
                row("event", "2025-09-01", "palcare_cod"))),
        WorkedPatient("no date: the issue has no date", True, (*has, issue(medicine[0], ""))),
    )  # fmt: skip
    if resolved:
        gone = (*has, row("event", "2020-01-01", resolved))
        made += (
            WorkedPatient("resolved: the condition is resolved", False, gone),
            WorkedPatient("diagnosed again: after it was resolved", True, (*gone, row("event", "2022-01-01", code))),
        )
    return Flag(
        id=flag_id, title=title, why_it_matters=why, source=source, **REVIEW,
        logic=logic if also is None else logic & also, order_by=person.age, suggested_action=action, who_acts=who,
        capacity_hint="About 10 a week per 10,000 people", harm_note=harm, notes=notes, unverified=unverified,
        tags=("medicines",), worked_patients=made + patients,
    )  # fmt: skip


cvd_no_statin = _untreated(
    "cvd_no_statin", "Cardiovascular disease, no statin in six months",
    "The most effective medicine after a heart attack or stroke.", register="cardiovascular_disease", code="chd_cod",
    medicine=("statin",), source=QOF, action="Offer or restart; if refused or not tolerated, offer another lipid "
        "medicine and record it.",
    who="Practice pharmacist", harm="Some have had muscle injury: ask.", notes="Haemorrhagic stroke is not taken out; people in palliative care are.",
)  # fmt: skip
diabetes_no_statin = _untreated(
    "diabetes_40_no_statin", "Diabetes, 40 and over, no statin in six months",
    "Heart disease is the commonest cause of death in diabetes.", register="diabetes", code="dm_cod",
    medicine=("statin",), source=QOF, action="Offer a statin after talking about risk.", who="Practice pharmacist",
    harm="Not in pregnancy or when it is planned.",
    also=(person.age >= 40) & ~is_member("cardiovascular_disease") & ~is_member("frailty_moderate") & ~is_member("frailty_severe"), resolved="dmres_cod",
    patients=(WorkedPatient("under age: 40 tomorrow", False, (row("event", "2015-01-01", "dm_cod"),),
            born=born_for(40, days_short=1)), WorkedPatient("out: severe frailty", False,
            (row("event", "2015-01-01", "dm_cod"), row("event", "2024-01-01", "sevfrail_cod")))),
)  # fmt: skip
ckd_no_ace = _untreated(
    "ckd_albuminuria_no_ace", "Kidney disease with ACR over 30, no ACE inhibitor or ARB",
    "Slows loss of kidney function.", register="chronic_kidney_disease", code="ckd_cod",
    medicine=("ace_inhibitor", "angiotensin_receptor_blocker"),
    source=CVDPREVENT, unverified=("urine ACR over 30 mg/mmol (CVDP005CKD): as taken in November 2026",),
    action="Start and titrate with bloods at two weeks.", who="Practice pharmacist",
    harm="Check potassium and kidney function after each step.", also=urine_acr.latest().value > 30,
    before=(row("event", "2025-11-01", "urine_acr_level", value=45),), resolved="ckdres_cod",
    patients=(WorkedPatient("out: ACR 30", False,
            (row("event", "2015-01-01", "ckd_cod"), row("event", "2025-11-01", "urine_acr_level", value=30))),),
)  # fmt: skip
_PILLARS = number_true(
    medication_in_last("ace_inhibitor", "angiotensin_receptor_blocker", "sacubitril_valsartan", months=6),
    medication_in_last("beta_blocker", months=6),
    medication_in_last("mineralocorticoid_antagonist", months=6),
    medication_in_last("sglt2_inhibitor", months=6),
)
_HEART = (row("event", "2015-01-01", "hf_cod"), row("event", "2015-01-01", "hflvsd_cod"))
heart_failure_pillars_missing = Flag(
    id="heart_failure_pillars_missing", title="Heart failure with LVSD: fewer than four pillars of treatment",
    source=QOF_2026, unverified=QOF_V51, **REVIEW, why_it_matters="The four together add years of life.",
    logic=is_member("heart_failure_reduced") & (_PILLARS < 4) & ~is_member("palliative_care"), order_by=4 - _PILLARS,
    suggested_action="Add what is missing, one at a time, with blood tests.",
    who_acts="Heart failure nurse or pharmacist", capacity_hint="About 3 a week per network",
    harm_note="Low blood pressure, potassium and kidney injury: go slowly.", tags=("cardiovascular", "medicines"),
    worked_patients=(
        WorkedPatient("in: three of four", True, (*_HEART, issue("ace_inhibitor"), issue("beta_blocker"),
                issue("sglt2_inhibitor"))), WorkedPatient("out: all four", False,
            (*_HEART, issue("ace_inhibitor"), issue("beta_blocker"), issue("sglt2_inhibitor"),
                issue("mineralocorticoid_antagonist"))),
        WorkedPatient("out: another kind of heart failure", False, (_HEART[0],)),
        WorkedPatient("out: palliative care", False, (*_HEART, row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("resolved: heart failure resolved", False, (*_HEART, row("event", "2020-01-01", "hfres_cod"))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (*_HEART, row("event", "2020-01-01", "hfres_cod"), row("event", "2022-01-01", "hf_cod"))),
        WorkedPatient("no date: one issue has no date", True,
            (*_HEART, issue("ace_inhibitor"), issue("beta_blocker"), issue("sglt2_inhibitor"),
                issue("mineralocorticoid_antagonist", ""))),
    ),
)  # fmt: skip

hypertension_not_controlled = Flag(
    id="hypertension_not_controlled", title="Hypertension: last blood pressure above target", source=QOF, **REVIEW,
    why_it_matters="The largest avoidable cause of stroke.",
    logic=is_member("hypertension") & ((person.age < 80) & ~blood_pressure_at_most(140, 90, home_less=5)
        | (person.age >= 80) & ~blood_pressure_at_most(150, 90, home_less=5)) & ~is_member("palliative_care"),
    order_by=systolic.in_last(months=12).latest(same_day="lowest").value,
    suggested_action="Home readings for a week; if still above target, step up.", who_acts="Practice pharmacist",
    capacity_hint="About 15 a week per 10,000 people",
    harm_note="In frail people lower is not always better: check for falls and dizziness.",
    notes="140/90 under 80, 150/90 from 80, home readings 5 mmHg less. A systolic above its limit is enough; one at or "
        "under it, without a diastolic of the same day, says nothing and is left out. So are people in palliative care.",
    tags=("cardiovascular",),
    worked_patients=(
        WorkedPatient("in: 141/80", True, (row("event", "2015-01-01", "hyp_cod"),
                row("event", "2025-11-01", CLINIC_SYSTOLIC, value=141),
                row("event", "2025-11-01", CLINIC_DIASTOLIC, value=80))),
        WorkedPatient("out: 140/90", False, (row("event", "2015-01-01", "hyp_cod"),
                row("event", "2025-11-01", CLINIC_SYSTOLIC, value=140),
                row("event", "2025-11-01", CLINIC_DIASTOLIC, value=90))),
        WorkedPatient("out: 145/80 at 85", False, (row("event", "2015-01-01", "hyp_cod"),
                row("event", "2025-11-01", CLINIC_SYSTOLIC, value=145),
                row("event", "2025-11-01", CLINIC_DIASTOLIC, value=80)), born="1940-05-05"),
        WorkedPatient("in: systolic 190 alone", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-11-01", CLINIC_SYSTOLIC, value=190))),
        WorkedPatient("out: systolic 130 alone", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-11-01", CLINIC_SYSTOLIC, value=130))),
        WorkedPatient("in: home reading 138/80", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-11-01", "systolic_bp_home", value=138),
                row("event", "2025-11-01", "diastolic_bp_home", value=80))),
        WorkedPatient("out: never measured", False, (row("event", "2015-01-01", "hyp_cod"),)),
        WorkedPatient("out: palliative care", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-11-01", CLINIC_SYSTOLIC, value=190), row("event", "2025-06-01", "palcare_cod"))),
        WorkedPatient("out: not measured within 12 months", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-03-31", CLINIC_SYSTOLIC, value=180))),
        WorkedPatient("resolved: hypertension resolved", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2020-01-01", "hypres_cod"),
                row("event", "2025-11-01", CLINIC_SYSTOLIC, value=160),
                row("event", "2025-11-01", CLINIC_DIASTOLIC, value=80))),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2020-01-01", "hypres_cod"),
                row("event", "2022-01-01", "hyp_cod"), row("event", "2025-11-01", CLINIC_SYSTOLIC, value=160),
                row("event", "2025-11-01", CLINIC_DIASTOLIC, value=80))),
        WorkedPatient("under age: 18 tomorrow", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "2025-11-01", CLINIC_SYSTOLIC, value=160),
                row("event", "2025-11-01", CLINIC_DIASTOLIC, value=80)), born=born_for(18, days_short=1)),
        WorkedPatient("no date: the reading has no date", False,
            (row("event", "2015-01-01", "hyp_cod"), row("event", "", CLINIC_SYSTOLIC, value=160))),
    ),
)  # fmt: skip

_OPIOID = medication.coded("opioid_analgesic").in_last(months=12)
_OPIOID_REVIEWS = ("medication_review_any#287031000000100", "medication_review_any#1811000124107")
"""Review of opioid medication; pain medication review."""
long_term_opioid = Flag(
    id="opioid_long_term_no_review", title="Opioid: six or more issues in 12 months, no cancer or palliative care, "
        "no review", source=Source("NHS England output description SMR01C: potentially addictive medicines; the six "
        "issues are Commonweal's setting", "2024/25"), **REVIEW,
    why_it_matters="Dependence without benefit; falls and deaths.",
    logic=(_OPIOID.episodes(gap_days=13) >= 6) & ~is_member("palliative_care") & ~is_member("cancer_last_5_years") & ~recorded_in_last(*REVIEWS, *_OPIOID_REVIEWS, months=12), order_by=_OPIOID.count(), suggested_action="Review pain and function; agree a slow reduction; offer other help.", who_acts="Pharmacist with pain training",
    capacity_hint="About 2 a week per pharmacist",
    harm_note="Fast reduction drives people to despair and illicit supply.",
    notes="Issues at least a fortnight apart count as separate.", tags=("medicines",),
    worked_patients=(
        WorkedPatient("in: six months", True, tuple(issue("opioid_analgesic",
                    f"2025-{month:02d}-05") for month in range(6, 12))),
        WorkedPatient("out: opioids reviewed", False, (row("event", "2026-01-05", "medication_review_any#287031000000100"),
                *(issue("opioid_analgesic", f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("in: anticoagulant reviewed alone", True, (row("event", "2026-01-05", "medication_review_any#922731000000106"),
                *(issue("opioid_analgesic", f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("out: five months", False, tuple(issue("opioid_analgesic",
                    f"2025-{month:02d}-05") for month in range(6, 11))),
        WorkedPatient("out: weekly for six weeks is one", False,
            tuple(issue("opioid_analgesic", f"2025-06-{day:02d}") for day in (1, 8, 15, 22, 29))),
        WorkedPatient("out: palliative care", False,
            (row("event", "2025-01-01", "palcare_cod"), *(issue("opioid_analgesic",
                        f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("resolved: palliative care no longer indicated", True,
            (row("event", "2024-01-01", "palcare_cod"), row("event", "2024-06-01", "palcareni_cod"),
                *(issue("opioid_analgesic", f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("diagnosed again: palliative care again", False,
            (row("event", "2024-01-01", "palcare_cod"), row("event", "2024-06-01", "palcareni_cod"),
                row("event", "2025-01-01", "palcare_cod"), *(issue("opioid_analgesic",
                        f"2025-{month:02d}-05") for month in range(6, 12)))),
        WorkedPatient("no date: one of six has no date", False,
            (*(issue("opioid_analgesic", f"2025-{month:02d}-05") for month in range(6, 11)),
                issue("opioid_analgesic", ""))),
    ),
)  # fmt: skip
ld_antipsychotic = Flag(
    id="ld_psychotropic_no_illness", title="Learning disability or autism: antipsychotic without a mental illness",
    source=Source("STOMP: stopping over-medication of people with a learning disability, autism or both", "2020"),
    **REVIEW, why_it_matters="Given for behaviour, they shorten lives.",
    logic=(is_member("learning_disability") | is_member("autism")) & medication_in_last("antipsychotic",
        months=3) & ~is_member("severe_mental_illness"),
    order_by=person.age, suggested_action="Structured review with family and psychiatry: what is it for, can it be "
        "reduced?", who_acts="Network pharmacist with the learning disability team",
    capacity_hint="About 1 a week per network", harm_note="Sudden stopping brings crises.",
    tags=("ld_autism", "medicines"),
    worked_patients=(
        WorkedPatient("in: no mental illness", True, (row("event", "2000-01-01", "ld_cod"), issue("antipsychotic"))),
        WorkedPatient("out: schizophrenia", False, (row("event", "2000-01-01", "ld_cod"),
                row("event", "2012-01-01", "mh_cod"), issue("antipsychotic"))),
        WorkedPatient("out: last issued in December", False,
            (row("event", "2000-01-01", "ld_cod"), issue("antipsychotic", "2025-12-31"))),
        WorkedPatient("no date: the issue has no date", False,
            (row("event", "2000-01-01", "ld_cod"), issue("antipsychotic", ""))),
    ),
)  # fmt: skip
