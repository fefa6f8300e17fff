"""Flags: how people use urgent and hospital care, and who is falling between services."""

from __future__ import annotations

from commonweal.definitions.content.common import COMMONWEAL, REVIEW, coded, recorded_in_last
from commonweal.definitions.content.measures_activity import (
    AE_TYPES,
    CHILDREN,
    admitted,
    ae_attendances,
    attended,
    emergency_admissions,
)
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Flag, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    as_at,
    coalesce,
    contact,
    days,
    event,
    is_member,
    medication,
    not_in,
    person,
    present,
    score_of,
)

GP_SEEN = contact.where(setting=("gp", "community"))
REVIEWS = ("medrvw_cod", "structured_medication_review")
"""Reviews of all that a person takes. Those of one illness or medicine, labels, repeats put in step, and invitations are no such review."""
ANY_LOOK = (*REVIEWS, "medication_review_any")
"""Whatever says that somebody has looked at the medicines, reconciliation after discharge included."""
TRIAL_NOTE = "Trials found that lists of high users alone can raise admissions (PRISMATIC: emergency admissions +1%): act on the list or do not make it."

_ASTHMA_AE = contact.where(setting="ae", department_type=AE_TYPES).coded("ast_cod", "asthma_icd10").in_last(months=12)
asthma_frequent_ae = Flag(
    id="asthma_frequent_ae", title="Asthma: A&E for asthma, or three A&E attendances in 12 months",
    source=Source("NW London long-term plan draft, case study 5.9: red flag on frequent A&E use; thresholds are "
        "Commonweal's", "2019"), **REVIEW,
    why_it_matters="A&E for asthma is the strongest warning of a death.",
    logic=(is_member("asthma") | is_member("asthma_under_18")) & (_ASTHMA_AE.any()
        | (ae_attendances.count(distinct="start_date") >= 3)),
    order_by=_ASTHMA_AE.count() * 10 + ae_attendances.count(),
    suggested_action="Review inhaler use and technique, give a written plan, and see again in a month.",
    who_acts="Asthma nurse or practice pharmacist",
    capacity_hint="About 3 a month per 10,000 people", harm_note=TRIAL_NOTE, tags=("respiratory", "urgent_care"),
    worked_patients=(
        WorkedPatient("in: child, one asthma attendance", True,
            (row("event", "2019-01-01", "ast_cod"), row("contact", "2025-11-11", "ast_cod", setting="ae",
                    department_type="01")), born="2014-01-01"),
        WorkedPatient("in: child, three attendances of any kind", True,
            (row("event", "2019-01-01", "ast_cod"), attended("2025-06-01"), attended("2025-08-01"),
                attended("2025-10-01")), born="2014-01-01"),
        WorkedPatient("out: two attendances of any kind", False,
            (row("event", "2019-01-01", "ast_cod"), attended("2025-06-01"), attended("2025-08-01")), born="2014-01-01"),
        WorkedPatient("out: adult without treatment is not on the register", False,
            (row("event", "2019-01-01", "ast_cod"), row("contact", "2025-11-11", "ast_cod", setting="ae",
                    department_type="01"))),
        WorkedPatient("in: treated adult", True, (row("event", "2019-01-01", "ast_cod"),
                row("medication", "2025-12-01", "asthma_medication"),
                row("contact", "2025-11-11", "ast_cod", setting="ae", department_type="01"))),
        WorkedPatient("resolved: asthma resolved", False,
            (row("event", "2019-01-01", "ast_cod"), row("event", "2022-01-01", "astres_cod"),
                row("contact", "2025-11-11", "ast_cod", setting="ae", department_type="01")), born="2014-01-01"),
        WorkedPatient("diagnosed again: after it was resolved", True,
            (row("event", "2019-01-01", "ast_cod"), row("event", "2022-01-01", "astres_cod"),
                row("event", "2024-01-01", "ast_cod"), row("contact", "2025-11-11", "ast_cod", setting="ae",
                    department_type="01")), born="2014-01-01"),
        WorkedPatient("under age: 6 tomorrow, still a child with asthma", True,
            (row("event", "2024-01-01", "ast_cod"), row("contact", "2025-11-11", "ast_cod", setting="ae",
                    department_type="01")), born=born_for(6, days_short=1)),
        WorkedPatient("no date: the attendance has no date", False,
            (row("event", "2019-01-01", "ast_cod"), row("contact", "", "ast_cod", setting="ae", department_type="01")),
            born="2014-01-01"),
    ),
)  # fmt: skip

_CHILD_ATTACK = contact.where(setting="ae", department_type=AE_TYPES).coded("ast_cod", "asthma_icd10").in_last(days=30)
asthma_child_no_review_48h = Flag(
    id="asthma_child_no_review_48h", title="Child's asthma attack in A&E, no review within 48 hours", source=CHILDREN,
    **REVIEW, why_it_matters="The days after an attack are when the next one can be prevented.",
    logic=(person.age < 18) & _CHILD_ATTACK.on_or_before(as_at - days(2)).not_followed_by(GP_SEEN, at_least_days=1,
        within_days=2, own="start_date").any() & ~event.coded("asthma_review").after(_CHILD_ATTACK.latest().date).any(),
    order_by=_CHILD_ATTACK.count(), suggested_action="Review by a trained professional within 48 hours: technique, "
        "plan, triggers, preventer.", who_acts="Asthma nurse, practice or school nursing",
    capacity_hint="One or two a week per network in winter",
    harm_note="A review by telephone without seeing the inhaler used is not a review.",
    notes="A general practice or community contact on one of the next two days, or an asthma review code after the last "
        "attack, counts as reviewed. A contact on the day itself is usually the one that sent the child to hospital.", tags=("respiratory", "children"),
    worked_patients=(
        WorkedPatient("in: no contact since", True, (row("contact", "2026-03-20", "ast_cod", setting="ae",
                    department_type="01"),), born="2015-01-01"),
        WorkedPatient("out: seen at the practice next day", False,
            (row("contact", "2026-03-20", "ast_cod", setting="ae", department_type="01"),
                row("contact", "2026-03-21", setting="gp")), born="2015-01-01"),
        WorkedPatient("in: seen by the practice on the day and sent to A&E, not since", True,
            (row("contact", "2026-03-20", "ast_cod", setting="ae", department_type="01"),
                row("contact", "2026-03-20", setting="gp")), born="2015-01-01"),
        WorkedPatient("in: seen on the third day", True,
            (row("contact", "2026-03-20", "ast_cod", setting="ae", department_type="01"),
                row("contact", "2026-03-23", setting="gp")), born="2015-01-01"),
        WorkedPatient("out: reviewed later", False, (row("contact", "2026-03-20", "ast_cod", setting="ae",
                    department_type="01"), row("event", "2026-03-25", "asthma_review")), born="2015-01-01"),
        WorkedPatient("out: attack yesterday", False,
            (row("contact", "2026-03-30", "ast_cod", setting="ae", department_type="01"),), born="2015-01-01"),
        WorkedPatient("over age: 18 today", False, (row("contact", "2026-03-20", "ast_cod", setting="ae",
                    department_type="01"),), born=born_for(18)),
        WorkedPatient("no date: the attendance has no date", False,
            (row("contact", "", "ast_cod", setting="ae", department_type="01"),), born="2015-01-01"),
    ),
)  # fmt: skip

_UNPLANNED_AE = ae_attendances.count() - ae_attendances.where(attendance_category="4").count()
high_intensity_user = Flag(
    id="high_intensity_user", title="High intensity user: five or more A&E attendances in 12 months",
    source=Source("NW London intentions: high intensity users. The local definition is not in the documents; five "
        "attendances is Commonweal's setting", "2020/21"), **REVIEW,
    why_it_matters="A few hundred people account for thousands of attendances; most are lonely, in pain or mentally "
        "ill.", logic=_UNPLANNED_AE >= 5, order_by=_UNPLANNED_AE,
    suggested_action="Offer a named person and a plan made together, shared with A&E and ambulance with consent.",
    who_acts="High intensity use lead with link worker", capacity_hint="One lead holds about 20 people",
    harm_note=TRIAL_NOTE, tags=("urgent_care",),
    notes="Planned follow-ups in A&E (attendance category 4) are not counted: somebody called back for dressings is no high intensity user.",
    worked_patients=(
        WorkedPatient("in: five", True, tuple(attended(f"2025-0{month}-02") for month in (5, 6, 7, 8, 9))),
        WorkedPatient("out: four", False, tuple(attended(f"2025-0{month}-02") for month in (5, 6, 7, 8))),
        WorkedPatient("out: one of five is a planned follow-up", False,
            (*(attended(f"2025-0{month}-02") for month in (5, 6, 7, 8)), attended("2025-09-02", attendance_category="4"))),
        WorkedPatient("in: five of which the category is told", True,
            tuple(attended(f"2025-0{month}-02", attendance_category="1") for month in (5, 6, 7, 8, 9))),
        WorkedPatient("out: one of five is same day emergency care", False,
            (*(attended(f"2025-0{month}-02") for month in (5, 6, 7, 8)), attended("2025-09-02", kind="05"))),
        WorkedPatient("no date: one of five has no date", False,
            (*(attended(f"2025-0{month}-02") for month in (5, 6, 7, 8)), attended(""))),
    ),
)  # fmt: skip

repeat_emergency_admission = Flag(
    id="repeat_emergency_admission", title="Two or more emergency admissions in 12 months",
    source=Source("NW London long-term plan draft 5.9: high non-elective rate", "2019"), **REVIEW,
    why_it_matters="The strongest simple predictor of the next.",
    logic=emergency_admissions.count(distinct="start_date") >= 2, order_by=emergency_admissions.count(),
    suggested_action="Discuss at the multidisciplinary meeting; agree a plan and a named contact.",
    who_acts="Neighbourhood team",
    capacity_hint="A meeting of an hour takes 6 to 8 people", harm_note=TRIAL_NOTE, tags=("urgent_care",),
    worked_patients=(
        WorkedPatient("in: two", True, (admitted("2025-06-01"), admitted("2025-12-01"))),
        WorkedPatient("out: one emergency, one planned", False,
            (admitted("2025-06-01"), admitted("2025-12-01", method="11"))),
        WorkedPatient("out: two on one day are one", False, (admitted("2025-06-01"), admitted("2025-06-01"))),
        WorkedPatient("no date: one has no date", False, (admitted("2025-06-01"), admitted(""))),
    ),
)  # fmt: skip

_HOME = (
    contact.where(
        setting="apc", admission_method=EMERGENCY_METHODS, end_date=present, discharge_method=not_in("4", "5")
    )
    .in_last(days=30, column="end_date")
    .on_or_before(as_at - days(3), column="end_date")
)
_NOT_SEEN = _HOME.not_followed_by(GP_SEEN, at_least_days=1, within_days=30, own="end_date", other="start_date")
_BACK_IN_HOSPITAL = contact.where(setting="apc").open().any()
discharged_not_reviewed = Flag(
    id="discharged_not_reviewed", title="Home from an emergency admission, no contact since", source=COMMONWEAL,
    **REVIEW, why_it_matters="A third of readmissions happen in the first week; medicines errors are common.",
    logic=_NOT_SEEN.any() & ~_BACK_IN_HOSPITAL & ~event.coded(*ANY_LOOK).after(_HOME.latest().column("end_date")).any(),
    order_by=_NOT_SEEN.latest().column("length_of_stay_days"),
    suggested_action="Telephone within two days: how are you, do the medicines match, who is helping?",
    who_acts="Care coordinator or practice pharmacist", capacity_hint="About 5 a week per 10,000 people",
    harm_note="A call without the discharge letter at hand can add confusion.",
    notes="Discharged alive 3 to 30 days ago and not in hospital now, without a general practice or community contact "
        "from the next day or a medicines review since. A contact on the day of discharge may be the one that sent "
        "the person in.", tags=("urgent_care", "discharge"),
    worked_patients=(
        WorkedPatient("in: home ten days", True, (row("contact", "2026-03-15", setting="apc", admission_method="21",
                    end_date="2026-03-21", discharge_method="1"),)),
        WorkedPatient("out: seen by the practice", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="21", end_date="2026-03-21",
                    discharge_method="1"), row("contact", "2026-03-24", setting="gp"))),
        WorkedPatient("in: sent in by the practice and home the same day, no contact since", True,
            (row("contact", "2026-03-21", setting="gp"), row("contact", "2026-03-21", setting="apc",
                    admission_method="21", end_date="2026-03-21", discharge_method="1"))),
        WorkedPatient("out: back in hospital now", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="21", end_date="2026-03-21",
                    discharge_method="1"), row("contact", "2026-03-29", setting="apc", admission_method="21"))),
        WorkedPatient("out: medicines reviewed", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="21", end_date="2026-03-21",
                    discharge_method="1"), row("event", "2026-03-24", "medrvw_cod"))),
        WorkedPatient("out: home two days", False, (row("contact", "2026-03-15", setting="apc", admission_method="21",
                    end_date="2026-03-29", discharge_method="1"),)),
        WorkedPatient("out: died in hospital", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="21", end_date="2026-03-21",
                    discharge_method="4"),)),
        WorkedPatient("out: planned admission", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="11", end_date="2026-03-21",
                    discharge_method="1"),)),
        WorkedPatient("out: still in hospital", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="21"),)),
        WorkedPatient("no date: the discharge has no date", False,
            (row("contact", "2026-03-15", setting="apc", admission_method="21", discharge_method="1"),)),
    ),
)  # fmt: skip

in_hospital_long = Flag(
    id="in_hospital_over_14_days", title="In hospital now for more than 14 days",
    source=Source("NW London long-term plan draft 5.2: stays over 14 and 21 days", "2019"), **REVIEW,
    why_it_matters="Ten days in bed age muscles by ten years in those over 80.",
    logic=contact.where(setting="apc", patient_classification="1").open().before(as_at - days(14)).any(),
    order_by=contact.where(setting="apc", patient_classification="1").open().earliest().date.days_to(as_at),
    suggested_action="Ask what is needed to be at home; start reablement; share the care plan.",
    who_acts="Discharge team", capacity_hint="All, each week",
    harm_note="Pressure to leave must not outrun the care at home.",
    notes="Only feeds that send open spells show anybody.", tags=("discharge",),
    worked_patients=(
        WorkedPatient("in: 15 days", True, (row("contact", "2026-03-16", setting="apc", admission_method="21",
                    patient_classification="1"),)), WorkedPatient("out: 14 days", False,
            (row("contact", "2026-03-17", setting="apc", admission_method="21", patient_classification="1"),)),
        WorkedPatient("out: discharged", False, (row("contact", "2026-03-01", setting="apc", admission_method="21",
                    patient_classification="1", end_date="2026-03-30"),)),
        WorkedPatient("no date: the admission has no date", False,
            (row("contact", "", setting="apc", admission_method="21", patient_classification="1"),)),
    ),
)  # fmt: skip

_FRAIL = is_member("frailty_moderate") | is_member("frailty_severe")
frailty_trigger = Flag(
    id="frailty_trigger_65_plus", title="65 and over: signs of frailty, no grade recorded",
    source=Source("Harrow frailty trigger tool (NW London long-term plan draft); the signs are Commonweal's", "2020"),
    **REVIEW,
    why_it_matters="Found early, frailty can be slowed by exercise, food and fewer medicines.",
    logic=(person.age >= 65) & ~_FRAIL & ~is_member("frailty_mild") & ((score_of("hospital_frailty_risk") >= 5)
        | is_member("housebound") | is_member("care_home_resident") | (emergency_admissions.count(distinct="start_date") >= 2) | coded("hip_fracture")),
    order_by=coalesce(score_of("hospital_frailty_risk"), 0), suggested_action="Assess with the Clinical Frailty Scale; grade and "
        "code; offer strength and balance, and a medicines review.", who_acts="Frailty nurse or care coordinator",
    capacity_hint="About 5 assessments a week per network",
    harm_note="The hospital score was validated at 75 and over in hospital: it is a prompt, never a diagnosis.",
    notes="The hospital score counts from 75, where it was validated; the other signs from 65.",
    tags=("frailty",),
    worked_patients=(
        WorkedPatient("in: hospital score 7.1", True,
            (row("diagnosis", "2025-06-01", "hospital_frailty_risk_score_icd10#F00", position=1),), born="1945-01-01"),
        WorkedPatient("out: 70, hospital score alone is not valid at this age", False,
            (row("diagnosis", "2025-06-01", "hospital_frailty_risk_score_icd10#F00", position=1),), born="1956-01-01"),
        WorkedPatient("in: 70, two emergency admissions", True,
            (admitted("2025-06-01"), admitted("2025-12-01")), born="1956-01-01"),
        WorkedPatient("in: housebound", True, (row("event", "2024-01-01", "housebound"),), born="1945-01-01"),
        WorkedPatient("resolved: no longer housebound", False,
            (row("event", "2024-01-01", "housebound"), row("event", "2024-06-01", "no_longer_housebound")),
            born="1945-01-01"),
        WorkedPatient("diagnosed again: housebound again", True,
            (row("event", "2024-01-01", "housebound"), row("event", "2024-06-01", "no_longer_housebound"),
                row("event", "2025-06-01", "housebound")), born="1945-01-01"),
        WorkedPatient("out: already graded", False, (row("event", "2024-01-01", "housebound"),
                row("event", "2024-02-01", "modfrail_cod")), born="1945-01-01"),
        WorkedPatient("out: no sign", False, born="1945-01-01"),
        WorkedPatient("under age: 65 tomorrow", False, (row("event", "2024-01-01", "housebound"),),
            born=born_for(65, days_short=1)), WorkedPatient("no date: the record has no date", False,
            (row("event", "", "housebound"),), born="1945-01-01"),
    ),
)  # fmt: skip

severe_frailty_no_review = Flag(
    id="severe_frailty_no_medicines_review", title="Severe frailty: no medicines review in 12 months",
    source=Source("GP contract: severe frailty and structured medication review (output description CCDCMI33)",
        "2024/25"), **REVIEW,
    why_it_matters="Falls and confusion from medicines are the commonest avoidable harm.",
    logic=is_member("frailty_severe") & ~recorded_in_last(*REVIEWS, months=12), order_by=emergency_admissions.count(),
    suggested_action="Structured medication review at home; ask about falls.",
    who_acts="Practice or network pharmacist", capacity_hint="About 3 a week per pharmacist",
    harm_note="Stopping several medicines at once can harm: one at a time.", tags=("frailty", "medicines"),
    worked_patients=(
        WorkedPatient("in: no review", True, (row("event", "2023-01-01", "sevfrail_cod"),)),
        WorkedPatient("out: reviewed", False, (row("event", "2023-01-01", "sevfrail_cod"),
                row("event", "2025-12-01", "structured_medication_review"))),
        WorkedPatient("in: reviewed 12 months ago to the day", True,
            (row("event", "2023-01-01", "sevfrail_cod"), row("event", "2025-03-31", "structured_medication_review"))),
        WorkedPatient("out: reviewed a day within 12 months", False,
            (row("event", "2023-01-01", "sevfrail_cod"), row("event", "2025-04-01", "structured_medication_review"))),
        WorkedPatient("in: asthma medicines reviewed alone", True,
            (row("event", "2023-01-01", "sevfrail_cod"), row("event", "2025-12-01", "medication_review_any#394720003"))),
        WorkedPatient("no date: the review has no date", True,
            (row("event", "2023-01-01", "sevfrail_cod"), row("event", "", "structured_medication_review"))),
    ),
)  # fmt: skip

care_home_no_review = Flag(
    id="care_home_no_review", title="Care home resident: no medicines review in 12 months",
    source=Source("Enhanced Health in Care Homes (output description SMR01D)", "2024/25"), **REVIEW,
    why_it_matters="Residents take nine medicines on average; half could be reduced.",
    logic=is_member("care_home_resident") & ~recorded_in_last(*REVIEWS, months=12),
    order_by=medication.in_last(months=3).count(distinct="concept"),
    suggested_action="Structured medication review and a care plan at the weekly round.",
    who_acts="Network pharmacist and care home lead",
    capacity_hint="About 5 residents a round", harm_note="Residents who moved out may still be listed: check with the "
        "home.", tags=("care_home", "medicines"),
    worked_patients=(
        WorkedPatient("in: no review", True, (row("event", "2023-01-01", "lives_in_care_home"),)),
        WorkedPatient("out: reviewed", False, (row("event", "2023-01-01", "lives_in_care_home"),
                row("event", "2025-12-01", "medrvw_cod"))),
        WorkedPatient("out: not a resident", False),
        WorkedPatient("in: repeats put in step", True,
            (row("event", "2023-01-01", "lives_in_care_home"), row("event", "2025-12-01", "medication_review_any#415693003"))),
        WorkedPatient("no date: the review has no date", True,
            (row("event", "2023-01-01", "lives_in_care_home"), row("event", "", "medrvw_cod"))),
    ),
)  # fmt: skip

housebound_not_seen = Flag(
    id="housebound_not_seen", title="Housebound: no general practice, community or social care contact in 12 months", source=COMMONWEAL, **REVIEW,
    why_it_matters="Every check that needs a journey is missed.",
    logic=is_member("housebound") & ~contact.where(setting=("gp", "community", "social_care")).in_last(months=12).any(),
    order_by=person.age, suggested_action="Home visit: bloods, blood pressure, medicines, falls, carer.",
    who_acts="Home visiting nurse", capacity_hint="About 5 a week per network",
    harm_note="Some are seen by services that send no data: ask first.", tags=("living",),
    worked_patients=(
        WorkedPatient("in: not seen", True, (row("event", "2023-01-01", "housebound"),)),
        WorkedPatient("out: district nurse in June", False,
            (row("event", "2023-01-01", "housebound"), row("contact", "2025-06-06", setting="community"))),
        WorkedPatient("resolved: no longer housebound", False,
            (row("event", "2023-01-01", "housebound"), row("event", "2024-01-01", "no_longer_housebound"))),
        WorkedPatient("diagnosed again: housebound again", True,
            (row("event", "2023-01-01", "housebound"), row("event", "2024-01-01", "no_longer_housebound"),
                row("event", "2025-01-01", "housebound"))),
        WorkedPatient("no date: the contact has no date", True,
            (row("event", "2023-01-01", "housebound"), row("contact", "", setting="community"))),
    ),
)  # fmt: skip

_MISSED = contact.where(setting="op", attendance_status=("3", "7")).in_last(months=12)
child_not_brought = Flag(
    id="child_not_brought", title="Child not brought to two or more hospital appointments", source=CHILDREN, **REVIEW,
    why_it_matters="A sign of families in difficulty, and sometimes of neglect.",
    logic=(person.age < 18) & (_MISSED.count(distinct="start_date") >= 2),
    order_by=_MISSED.count(), suggested_action="Ask the family what stands in the way; consider safeguarding; rebook "
        "with help.", who_acts="Practice safeguarding lead or health visitor",
    capacity_hint="About 3 a week per 10,000 people", harm_note="Blame drives families away.", tags=("children",),
    worked_patients=(
        WorkedPatient("in: two", True, (row("contact", "2025-06-01", setting="op", attendance_status="3"),
                row("contact", "2025-09-01", setting="op", attendance_status="7")), born="2015-01-01"),
        WorkedPatient("out: one", False, (row("contact", "2025-06-01", setting="op", attendance_status="3"),),
            born="2015-01-01"),
        WorkedPatient("over age: 18 today", False, (row("contact", "2025-06-01", setting="op", attendance_status="3"),
                row("contact", "2025-09-01", setting="op", attendance_status="3")), born=born_for(18)),
        WorkedPatient("no date: one has no date", False,
            (row("contact", "2025-06-01", setting="op", attendance_status="3"),
                row("contact", "", setting="op", attendance_status="3")), born="2015-01-01"),
    ),
)  # fmt: skip

homeless_in_ae = Flag(
    id="homeless_in_ae", title="Homeless, and in A&E in the last three months", source=COMMONWEAL, **REVIEW,
    why_it_matters="Average age at death is under 50; hospital is often the only door.",
    logic=is_member("homeless") & contact.where(setting="ae", department_type=AE_TYPES).in_last(months=3).any(),
    order_by=ae_attendances.count(), suggested_action="Link with the homeless health team; register; housing referral.",
    who_acts="Homeless health nurse", capacity_hint="All",
    harm_note="A list of homeless people is dangerous in the wrong hands: share for care only.", tags=("inclusion",),
    worked_patients=(
        WorkedPatient("in: homeless and attended", True,
            (row("event", "2025-10-10", "homeless_cod"), attended("2026-02-02"))),
        WorkedPatient("out: attended four months ago", False,
            (row("event", "2025-10-10", "homeless_cod"), attended("2025-11-30"))),
        WorkedPatient("out: not homeless", False, (attended("2026-02-02"),)),
        WorkedPatient("no date: the attendance has no date", False,
            (row("event", "2025-10-10", "homeless_cod"), attended(""))),
    ),
)  # fmt: skip

_COPD_HOME = (
    contact.where(setting="apc", end_date=present, discharge_method=not_in("4", "5"))
    .coded("copd_icd10")
    .in_last(days=30, column="end_date")
)
copd_after_admission = Flag(
    id="copd_after_admission", title="COPD: home from admission in 30 days, no COPD review since",
    source=Source("West London 2014/15: COPD discharge bundle", "2014/15"), **REVIEW,
    why_it_matters="A bundle at discharge and a review soon after halve readmission.",
    logic=_COPD_HOME.any() & event.coded("copd_review").on_or_after(_COPD_HOME.latest().column("end_date")).none(),
    order_by=emergency_admissions.coded("copd_icd10").count(),
    suggested_action="Inhaler technique, rescue pack, rehabilitation referral, stop smoking.",
    who_acts="Respiratory nurse", capacity_hint="About 1 a week per 10,000 people",
    harm_note="Rescue packs without teaching are misused.", tags=("respiratory", "discharge"),
    worked_patients=(
        WorkedPatient("in: home, no review", True, (row("contact", "2026-03-10", "copd_icd10", setting="apc",
                    admission_method="21", end_date="2026-03-14", discharge_method="1"),)),
        WorkedPatient("out: reviewed", False, (row("contact", "2026-03-10", "copd_icd10", setting="apc",
                    admission_method="21", end_date="2026-03-14", discharge_method="1"),
                row("event", "2026-03-20", "copd_review"))),
        WorkedPatient("out: reviewed on the day of discharge", False,
            (row("contact", "2026-03-10", "copd_icd10", setting="apc", admission_method="21", end_date="2026-03-14",
                    discharge_method="1"), row("event", "2026-03-14", "copd_review"))),
        WorkedPatient("in: reviewed a week before the admission, not since", True,
            (row("contact", "2026-03-10", "copd_icd10", setting="apc", admission_method="21", end_date="2026-03-14",
                    discharge_method="1"), row("event", "2026-03-05", "copd_review"))),
        WorkedPatient("out: home 30 days ago to the day", False,
            (row("contact", "2026-02-20", "copd_icd10", setting="apc", admission_method="21", end_date="2026-03-01",
                    discharge_method="1"),)), WorkedPatient("no date: the admission has no date", False,
            (row("contact", "", "copd_icd10", setting="apc", admission_method="21", discharge_method="1"),)),
    ),
)  # fmt: skip
