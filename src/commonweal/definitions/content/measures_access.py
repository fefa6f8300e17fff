"""Who reaches care: the end of life, mental health, community services."""

from __future__ import annotations

from commonweal.definitions.content.common import (
    REVIEW,
    recorded_in_last,
    supplied,
)
from commonweal.definitions.content.measures_prevention import RECENT, among
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import ActivityMeasure, Measure, Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    Condition,
    as_at,
    contact,
    days,
    event,
    is_member,
    months,
    person,
    present,
)

# --- end of life, mental health access, community -----------------------------------------------------------------------

_DIED = person.death_date > as_at - months(12)
_HOSPITAL_DEATH = contact.where(setting="apc", discharge_method="4").in_last(months=12, column="end_date").any()
died_in_hospital = Measure(
    id="died_in_hospital", title="Deaths in 12 months: in hospital",
    source=Source("NW London end of life programme; hospital spells that end in death", "2020/21"), **REVIEW,
    why_it_matters="Most people wish to die at home.", basis="everyone", population=_DIED, numerator=_HOSPITAL_DEATH,
    polarity="lower_is_better", tags=("end_of_life",),
    notes="Hospital deaths are spells discharged by death: deaths in A&E are not counted. The place of other deaths "
        "is not in the record.",
    worked_patients=(
        WorkedPatient("in: died in hospital", "numerator",
            (row("contact", "2025-12-01", setting="apc", admission_method="21", end_date="2025-12-10",
                    discharge_method="4"),), died="2025-12-10"),
        WorkedPatient("out: died elsewhere", "denominator", died="2025-12-10"),
        WorkedPatient("outside: alive", "outside"), WorkedPatient("outside: died over a year ago", "outside",
            died="2025-03-31"), WorkedPatient("no date: the spell has no end", "denominator",
            (row("contact", "2025-12-01", setting="apc", admission_method="21", discharge_method="4"),),
            died="2025-12-10"),
    ),
)  # fmt: skip
palliative_before_death = Measure(
    id="palliative_register_before_death", title="Deaths in 12 months: on the palliative register before",
    source=Source("NW London end of life programme", "2020/21"), **REVIEW, why_it_matters="A plan needs time.",
    basis="everyone", population=_DIED, numerator=event.coded("palcare_cod").any(), polarity="higher_is_better",
    tags=("end_of_life",),
    notes="Sudden deaths cannot be foreseen: 100% is not the aim.",
    worked_patients=(WorkedPatient("in: on the register", "numerator", (row("event", "2025-06-01", "palcare_cod"),),
            died="2025-12-10"), WorkedPatient("out: not", "denominator", died="2025-12-10"),
        WorkedPatient("outside: alive", "outside", (row("event", "2025-06-01", "palcare_cod"),)),
        WorkedPatient("no date: the code has no date", "denominator", (row("event", "", "palcare_cod"),),
            died="2025-12-10")),
)  # fmt: skip
end_of_life_plan = among(
    "palliative_plan_used",
    "Palliative register: care plan recorded",
    "A plan that crews can see.",
    population=is_member("palliative_care"),
    has=(row("event", "2025-06-01", "palcare_cod"),),
    numerator=recorded_in_last("end_of_life_plan", *supplied("eolcp_cod"), months=24),
    done=(row("event", RECENT, "end_of_life_plan"),),
    source=Source("NW London plan draft: care plan on CMC", "2019"),
    tags=("end_of_life",),
    outside=False,
    notes="The urgent care plan has no public code set: two codes of an end of life plan in place stand in. Whether crews used the "
    "plan is not in the record.",
    target=75.0,
)


def _seen_rate(
    measure_id: str,
    title: str,
    why: str,
    setting: str,
    at_least: int,
    *,
    population: Condition | None = None,
    born: str = "1960-06-15",
    patients: tuple = (),
    notes: str = "",
    sex: str = "F",
    has: tuple = (),
) -> Measure:
    seen = contact.where(setting=setting, attendance_status=("5", "6")).in_last(months=12).count() >= at_least
    rows = tuple(
        row("contact", f"2025-{6 + number:02d}-01", setting=setting, attendance_status="5")
        for number in range(at_least)
    )
    return Measure(
        id=measure_id, title=title, why_it_matters=why,
        source=Source("NHS Long Term Plan mental health access", "2019 to 2024"), **REVIEW, population=population,
        numerator=seen, per=1000, polarity="higher_is_better", tags=("mental_health", "access"), notes=notes,
        worked_patients=(
            WorkedPatient("in: seen", "numerator", (*has, *rows), born=born, sex=sex),
            WorkedPatient("out: one too few", "denominator", (*has, *rows[1:]), born=born, sex=sex),
            WorkedPatient("out: did not attend", "denominator",
                (*has, *(row("contact", f"2025-{6 + number:02d}-01", setting=setting,
                            attendance_status="3") for number in range(at_least))), born=born, sex=sex),
            WorkedPatient("no date: the contact has no date", "denominator",
                (*has, *rows[1:], row("contact", "", setting=setting, attendance_status="5")), born=born, sex=sex),
            *patients,
        ),
    )  # fmt: skip


talking_therapies_access = _seen_rate(
    "talking_therapies_access",
    "Talking therapies: seen at least once in 12 months, per 1,000 adults",
    "Access is unequal by age and ethnic group.",
    "talking_therapies",
    1,
    population=person.age >= 18,
    patients=(WorkedPatient("under age: 18 tomorrow", "outside", born=born_for(18, days_short=1)),),
    notes="The national access target divides by expected need, which is not in the record.",
)
young_mental_health_access = _seen_rate(
    "cyp_mental_health_access",
    "Under 18: seen by mental health services in 12 months, per 1,000",
    "One in six children has a disorder; a third are seen.",
    "mental_health",
    1,
    population=person.age < 18,
    born="2012-01-01",
    patients=(WorkedPatient("over age: 18 today", "outside", born=born_for(18)),),
    notes="The national access target divides by expected need, which is not in the record.",
)
perinatal_access = _seen_rate(
    "perinatal_mental_health_access",
    "Pregnant women seen by mental health services in 12 months, per 1,000",
    "One woman in ten has need.",
    "mental_health",
    1,
    population=is_member("pregnant"),
    born="1995-01-01",
    has=(row("event", "2026-01-05", "preg_cod"),),
    notes="Any mental health team; women in the year after birth are not found.",
)
community_contact_rate = _seen_rate(
    "community_services_seen",
    "65 and over: seen by community services in 12 months, per 1,000",
    "Nurses and therapists at home prevent falls, wounds and admissions: reach differs by borough.",
    "community",
    1,
    population=person.age >= 65,
    born="1940-01-01",
    patients=(WorkedPatient("under age: 65 tomorrow", "outside", born=born_for(65, days_short=1)),),
)
_MENTAL_STAYS = (
    contact.where(setting="mental_health", length_of_stay_days=present)
    .in_last(months=12, column="end_date")
    .on_or_before(as_at - days(30), column="end_date")
)
mental_health_readmission = ActivityMeasure(
    id="mental_health_readmission_30_days", title="Mental health inpatients: readmitted within 30 days",
    source=Source("Harrow intentions 2017–19", "2017"), **REVIEW,
    why_it_matters="A sign of discharge too soon or without support.",
    denominator=_MENTAL_STAYS,
    numerator=_MENTAL_STAYS.followed_by(contact.where(setting="mental_health", admission_method=present), within_days=30,
        own="end_date", other="start_date"),
    polarity="lower_is_better", tags=("mental_health",),
    notes="Discharges of the last 30 days are not judged yet.",
    worked_patients=(
        WorkedPatient("outside: home 29 days ago", (0, 0),
            (row("contact", "2026-02-01", setting="mental_health", end_date="2026-03-02", length_of_stay_days=29, admission_method="21"),)),
        WorkedPatient("in: back on day 30", (1, 1), (row("contact", "2025-08-01", setting="mental_health",
                    end_date="2025-08-11", length_of_stay_days=10, admission_method="21"),
                row("contact", "2025-09-10", setting="mental_health", admission_method="21"))),
        WorkedPatient("out: back on day 31", (0, 1),
            (row("contact", "2025-08-01", setting="mental_health", end_date="2025-08-11", length_of_stay_days=10,
                    admission_method="21"), row("contact", "2025-09-11", setting="mental_health",
                    admission_method="21"))),
        WorkedPatient("outside: a visit", (0, 0), (row("contact", "2025-08-01", setting="mental_health"),)),
        WorkedPatient("no date: the stay has no date", (0, 0),
            (row("contact", "", setting="mental_health", length_of_stay_days=10),)),
    ),
)  # fmt: skip
ld_inpatients = Measure(
    id="ld_autism_inpatients", title="Learning disability or autism: mental health inpatients now, per million adults",
    source=Source("Transforming care; NW London plan draft", "2019"), **REVIEW,
    why_it_matters="Hospitals are not homes.", population=person.age >= 18,
    numerator=(is_member("learning_disability") | is_member("autism")) & contact.where(setting="mental_health",
        admission_method=present).open().any(), per=1_000_000, polarity="lower_is_better", target=30.0,
    tags=("ld_autism",), notes="Needs a mental health inpatient feed that sends open stays.",
    worked_patients=(
        WorkedPatient("in: in hospital", "numerator",
            (row("event", "2000-01-01", "ld_cod"), row("contact", "2026-01-10", setting="mental_health",
                    admission_method="21"))), WorkedPatient("out: discharged", "denominator",
            (row("event", "2000-01-01", "ld_cod"), row("contact", "2026-01-10", setting="mental_health",
                    admission_method="21", end_date="2026-02-10"))),
        WorkedPatient("out: no learning disability", "denominator",
            (row("contact", "2026-01-10", setting="mental_health", admission_method="21"),)),
        WorkedPatient("under age: 18 tomorrow", "outside", born=born_for(18, days_short=1)),
        WorkedPatient("no date: the stay has no date", "denominator",
            (row("event", "2000-01-01", "ld_cod"), row("contact", "", setting="mental_health", admission_method="21"))),
    ),
)  # fmt: skip
