"""Flags: whom a hospital or community team should meet, keep at home, or hand back."""

from __future__ import annotations

from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.content.flags_use import TRIAL_NOTE
from commonweal.definitions.content.measures_activity import admitted, emergency_admissions
from commonweal.definitions.content.measures_mind import SIX_DONE
from commonweal.definitions.content.segments import EMERGENCY_METHODS
from commonweal.definitions.declarations import Flag, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    any_of,
    contact,
    diagnosis,
    is_member,
    missing,
    not_in,
    present,
    referral,
)

WITH_ALCOHOL = emergency_admissions.followed_by(diagnosis.coded("alcohol_misuse_icd10"), within_days=0)
"""Emergency admissions of 12 months with an alcohol diagnosis in any position."""


def _for_alcohol(day: str):
    return admitted(day), row("diagnosis", day, "alcohol_misuse_icd10", position=2)


alcohol_repeat_admission = Flag(
    id="alcohol_repeat_admission", title="Alcohol: two or more emergency admissions in 12 months",
    source=Source("NW London long-term plan draft 5.4: alcohol care teams where dependence brings most admissions", "October 2019"), **REVIEW,
    why_it_matters="People admitted for dependence often come back; a team at the bedside links them with treatment before they leave.",
    logic=WITH_ALCOHOL.count(distinct="start_date") >= 2, order_by=WITH_ALCOHOL.count(),
    suggested_action="Assess for dependence, offer assisted withdrawal and thiamine, and book the community alcohol service before discharge.",
    who_acts="Alcohol care team, with the community alcohol service", capacity_hint="About 3 a month per 10,000 people",
    harm_note="Sudden withdrawal kills: nobody should simply be told to stop.",
    notes="An alcohol diagnosis in any position on the day of admission; two on one day are one.", tags=("alcohol", "urgent_care"),
    worked_patients=(
        WorkedPatient("in: two", True, (*_for_alcohol("2025-06-01"), *_for_alcohol("2025-12-01"))),
        WorkedPatient("out: one", False, (*_for_alcohol("2025-06-01"), admitted("2025-12-01"))),
        WorkedPatient("out: two on one day", False, (*_for_alcohol("2025-06-01"), admitted("2025-06-01"))),
        WorkedPatient("out: one was over a year ago", False, (*_for_alcohol("2025-03-31"), *_for_alcohol("2025-12-01"))),
        WorkedPatient("out: planned", False,
            (*_for_alcohol("2025-06-01"), admitted("2025-12-01", method="11"), row("diagnosis", "2025-12-01", "alcohol_misuse_icd10", position=1))),
        WorkedPatient("no date: one admission has no date", False, (*_for_alcohol("2025-06-01"), *_for_alcohol(""))),
    ),
)  # fmt: skip

_MIND = contact.where(setting="mental_health")
_SEEN_BY_TEAM = _MIND.where(attendance_status=("5", "6")).in_last(months=12)
CRISIS_TEAMS = ("A02", "A03", "A11")
"""Crisis resolution with home treatment, crisis resolution, psychiatric liaison (NHS Data Dictionary, service or team type)."""
_PSYCHOSIS = (row("event", "2012-01-01", "mh_cod"),)
_VISITED = (row("contact", "2025-10-10", setting="mental_health", service_type="A06", attendance_status="5"),)

mental_health_step_down = Flag(
    id="mental_health_step_down", title="Severe mental illness: stable in specialist care, ready to talk about primary care",
    source=Source("West London intentions 2014/15 3.8, shifting settings of care; what counts as stable is Commonweal's", "2014/15"), **REVIEW,
    why_it_matters="Specialist teams hold people who are well while others wait; people prefer care near home when help comes back fast.",
    logic=is_member("severe_mental_illness") & _SEEN_BY_TEAM.any()
        & _MIND.where(admission_method=present).in_last(months=24).none()
        & _MIND.where(admission_method=present).open().none()
        & _MIND.where(service_type=CRISIS_TEAMS).in_last(months=12).none(),
    order_by=SIX_DONE,
    suggested_action="With the person: agree whether to move to the practice, what would bring the team back, who checks, and the date of review.",
    who_acts="Community mental health team with the practice", capacity_hint="About 2 a month per network",
    harm_note="Stable with support is not stable without it: nobody is discharged by a list, and the way back is agreed first.",
    notes="On the register, seen by a mental health team in 12 months, not admitted in 24 months nor in hospital now, and no contact with a crisis "
        "or liaison team in 12 months. Those with most of the six checks done come first.", tags=("mental_health",),
    worked_patients=(
        WorkedPatient("in: visited, no crisis", True, (*_PSYCHOSIS, *_VISITED)),
        WorkedPatient("out: not seen by a team", False, _PSYCHOSIS),
        WorkedPatient("out: did not attend", False,
            (*_PSYCHOSIS, row("contact", "2025-10-10", setting="mental_health", service_type="A06", attendance_status="3"))),
        WorkedPatient("out: not on the register", False, _VISITED),
        WorkedPatient("out: crisis team in January", False,
            (*_PSYCHOSIS, *_VISITED, row("contact", "2026-01-10", setting="mental_health", service_type="A02", attendance_status="5"))),
        WorkedPatient("out: admitted last year", False, (*_PSYCHOSIS, *_VISITED,
                row("contact", "2024-06-10", setting="mental_health", admission_method="2D", end_date="2024-07-10"))),
        WorkedPatient("out: in hospital for three years", False,
            (*_PSYCHOSIS, *_VISITED, row("contact", "2023-01-10", setting="mental_health", admission_method="2D"))),
        WorkedPatient("in: admitted three years ago and home", True, (*_PSYCHOSIS, *_VISITED,
                row("contact", "2023-01-10", setting="mental_health", admission_method="2D", end_date="2023-03-10"))),
        WorkedPatient("no date: the visit has no date", False,
            (*_PSYCHOSIS, row("contact", "", setting="mental_health", service_type="A06", attendance_status="5"))),
    ),
)  # fmt: skip

_URGENT = referral.where(priority="3", service_type=missing).in_last(months=3)
_SINCE = contact.where(setting="op").on_or_after(_URGENT.latest().date)
_REFERRED = (row("referral", "2026-02-02", priority="3"),)


def _clinic(day: str, status: str):
    return row("contact", day, setting="op", attendance_status=status)


urgent_referral_not_attended = Flag(
    id="urgent_referral_not_attended", title="Urgent suspected cancer referral: appointment missed, not seen since",
    source=Source("NW London intentions 2020/21, cancer: access policy for people who do not respond; safety netting", "2020/21"), **REVIEW,
    why_it_matters="A missed first appointment is time lost where time matters, and some people never come back by themselves.",
    logic=_URGENT.any() & _SINCE.where(attendance_status=("3", "7")).any() & _SINCE.where(attendance_status=("5", "6")).none(),
    order_by=_URGENT.days_since(),
    suggested_action="Ring today: is the appointment understood, what stands in the way, is a new one booked? Tell the trust before it refers back.",
    who_acts="Practice safety-net lead or cancer care coordinator", capacity_hint="All",
    harm_note="Some have been seen elsewhere: ask before alarming anybody.",
    notes="Two week wait referrals (priority 3) of three months; missed is not attended or too late to be seen. An attended appointment of any "
        "specialty since the referral counts as seen.", tags=("cancer",),
    worked_patients=(
        WorkedPatient("in: missed and not seen", True, (*_REFERRED, _clinic("2026-02-12", "3"))),
        WorkedPatient("in: came too late to be seen", True, (*_REFERRED, _clinic("2026-02-12", "7"))),
        WorkedPatient("out: seen after that", False, (*_REFERRED, _clinic("2026-02-12", "3"), _clinic("2026-02-20", "5"))),
        WorkedPatient("in: seen before the referral only", True,
            (*_REFERRED, _clinic("2026-01-20", "5"), _clinic("2026-02-12", "3"))),
        WorkedPatient("out: missed before the referral", False, (*_REFERRED, _clinic("2026-01-20", "3"))),
        WorkedPatient("out: routine", False, (row("referral", "2026-02-02", priority="1"), _clinic("2026-02-12", "3"))),
        WorkedPatient("out: referred four months ago", False,
            (row("referral", "2025-12-01", priority="3"), _clinic("2025-12-12", "3"))),
        WorkedPatient("no date: the appointment has no date", False, (*_REFERRED, _clinic("", "3"))),
    ),
)  # fmt: skip

_HOME = contact.where(
    setting="apc", admission_method=EMERGENCY_METHODS, end_date=present, discharge_method=not_in("4", "5")
).in_last(days=14, column="end_date")
_BACK = (admitted("2026-03-10", end_date="2026-03-20", discharge_method="1"),)
virtual_ward_candidate = Flag(
    id="virtual_ward_candidate", title="Home from an emergency admission in 14 days, and at risk of going back: virtual ward",
    source=Source("Harrow intentions 2017–19, section 5: virtual ward; who is at risk is Commonweal's rule", "2017"), **REVIEW,
    why_it_matters="The fortnight after discharge is when most come back; a team that looks in can hold people at home.",
    logic=_HOME.any() & contact.where(setting="apc").open().none()
        & any_of(is_member("frailty_moderate"), is_member("frailty_severe"), is_member("housebound"),
            is_member("heart_failure"), is_member("copd"), emergency_admissions.count(distinct="start_date") >= 2),
    order_by=emergency_admissions.count(),
    suggested_action="Admit to the virtual ward: call within a day, medicines reconciled, plan and escalation agreed, review each day until stable.",
    who_acts="Virtual ward team with the practice", capacity_hint="As many as the ward has places", harm_note=TRIAL_NOTE,
    notes="Discharged alive from an emergency admission in the last 14 days, not in hospital now, and moderate or severe frailty, housebound, heart "
        "failure, COPD, or two emergency admissions in 12 months. The list is the ward's: assign, note, and take off with the outcome.",
    tags=("frailty", "discharge"),
    worked_patients=(
        WorkedPatient("in: heart failure", True, (*_BACK, row("event", "2020-01-01", "hf_cod"))),
        WorkedPatient("in: second admission of the year", True, (*_BACK, admitted("2025-08-01", end_date="2025-08-03", discharge_method="1"))),
        WorkedPatient("out: first admission, nothing else", False, _BACK),
        WorkedPatient("resolved: heart failure resolved", False,
            (*_BACK, row("event", "2020-01-01", "hf_cod"), row("event", "2022-01-01", "hfres_cod"))),
        WorkedPatient("diagnosed again: heart failure again", True, (*_BACK, row("event", "2020-01-01", "hf_cod"),
                row("event", "2022-01-01", "hfres_cod"), row("event", "2024-01-01", "hf_cod"))),
        WorkedPatient("out: home 14 days ago to the day", False, (admitted("2026-03-10", end_date="2026-03-17", discharge_method="1"),
                row("event", "2020-01-01", "hf_cod"))),
        WorkedPatient("out: back in hospital", False, (*_BACK, row("event", "2020-01-01", "hf_cod"), admitted("2026-03-28"))),
        WorkedPatient("out: died there", False, (admitted("2026-03-10", end_date="2026-03-20", discharge_method="4"),
                row("event", "2020-01-01", "hf_cod"))),
        WorkedPatient("no date: the admission has no date", False,
            (admitted("", end_date="2026-03-20", discharge_method="1"), row("event", "2020-01-01", "hf_cod"))),
    ),
)  # fmt: skip
