"""Activity is near the published rates; clocks, prices and contract returns add up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from commonweal.synthetic import acute
from commonweal.synthetic.reference import read

YEARS = 2.5
EMERGENCY = "('21','22','23','24','2A','2B','2D')"


@pytest.fixture(scope="module")
def registered(district):
    return district.one("select count(*) from {truth/people} where registered_at_end = 'true'")


def test_emergency_attendances_per_resident(district, registered):
    """0.430: four trusts' attendances in the latest published year, at the ICB's share of each."""
    made = district.one("select count(*) from {sus_ae/emergency_care}") / registered / YEARS
    assert made == pytest.approx(0.430, rel=0.06)


def test_emergency_admissions_per_resident(district, registered):
    """0.0836, from the same file."""
    made = district.one(f'select count(*) from {{sus_apc/spell}} where "spell.admission.method" in {EMERGENCY}')
    assert made / registered / YEARS == pytest.approx(0.0836, rel=0.08)


@pytest.mark.parametrize(
    ("file", "year", "condition", "published"),
    [
        ("sus_apc/spell", "spell.patient.identity.birth_year", "\"spell.admission.patient_classification\" in ('2','3')", 0.1333),
        (
            "sus_apc/spell", "spell.patient.identity.birth_year",
            "\"spell.admission.patient_classification\" = '1' and \"spell.admission.method\" in ('11','12','13')", 0.0220,
        ),
        ("sus_op/appointment", "appointment.patient.identity.birth_year", "true", 2.1),
        (
            "sus_op/appointment", "appointment.patient.identity.birth_year",
            "\"appointment.commissioning.grouping.core_hrg\" not like 'WF%'", 0.3348,
        ),
    ],
    ids=["day cases", "ordinary elective", "outpatient appointments", "outpatient procedures"],
)  # fmt: skip
def test_rates_standardised_to_england(district, file, year, condition, published):
    """National cost collection 2024/25 per head (appointments: general knowledge), at England's ages."""
    band = "least(greatest(2025 - {}, 0) // 10 * 10, 80)"
    age = band.format(f'"{year}"::int')
    events = dict(district.all(f"select {age}, count(*) from {{{file}}} where {condition} group by 1"))
    people = dict(
        district.all(
            f"""select {band.format("year(birth_date::date)")}, sum(greatest(date_diff('day', date '2024-04-01',
                least(coalesce(death_date::date, date '2026-10-01'), coalesce(left_on::date, date '2026-10-01'))), 0)) / 365.25
                from {{truth/people}} group by 1"""
        )
    )
    england = read("england_population_2023.csv.gz")
    weights = england.groupby((england.age // 10 * 10).clip(upper=80))["count"].sum()
    standard = sum(weights[age] * events.get(age, 0) / people[age] for age in weights.index) / weights.sum()
    assert standard == pytest.approx(published, rel=0.07)


def test_four_hour_breaches_are_the_published_share(district):
    late = district.one(
        """select avg(("attendance.departure.time_since_arrival"::int > 240)::int) from {sus_ae/emergency_care}
           where "commissioning.service_agreement.provider" = 'R1K'"""
    )
    table = read("trust_emergency.csv.gz")
    table = table[(table.trust_code == "R1K") & (table.date >= sorted(table.date.unique())[-12])]
    assert late == pytest.approx(table.attendances_over_4hours.sum() / table.total_attendances.sum(), abs=0.025)


@pytest.mark.parametrize(
    ("arrived", "elapsed", "left"),
    [
        ("2025-10-26T00:30", 240, "2025-10-26T03:30"),  # the clocks go back: four hours show as three
        ("2026-03-29T00:30", 240, "2026-03-29T05:30"),  # forward: they show as five
        ("2026-06-01T23:50", 20, "2026-06-02T00:10"),
        ("2026-01-10T10:00", 61, "2026-01-10T11:01"),
    ],
)
def test_real_minutes_across_clock_changes(arrived, elapsed, left):
    minutes = np.array([np.datetime64(arrived).astype("datetime64[m]").astype(int)])
    day, minute = acute.after(minutes // 1440, minutes % 1440, np.array([elapsed]))
    assert np.datetime64(int(day[0] * 1440 + minute[0]), "m") == np.datetime64(left)


def test_nobody_is_in_two_beds_or_admitted_after_death(district):
    overlaps = district.one(
        """with s as (select "spell.patient.identity.local_patient_identifier.value" p, "spell.admission.date"::date a,
             coalesce("spell.discharge.date"::date, date '2026-10-01') d from {sus_apc/spell}
             where coalesce("spell.discharge.date"::date, date '2026-10-01') >= "spell.admission.date"::date)
           select count(*) from (select a, lag(d) over (partition by p order by a, d) earlier from s) where earlier >= a"""
    )
    assert overlaps == 0
    ghosts = district.one(
        """select count(*) from {sus_apc/spell} s
           join {truth/subjects} t on t.feed = 'sus'
             and t.issuer = s."spell.patient.identity.local_patient_identifier.issuer"
             and t.local_identifier = s."spell.patient.identity.local_patient_identifier.value"
           join {truth/people} p using (person_id) where s."spell.admission.date"::date > p.death_date::date"""
    )
    assert ghosts == 0


def test_every_child_row_has_its_parent_except_the_seeded_orphans(district):
    seeded = json.loads((district.folder / "truth" / "defects.json").read_text())["counts"]
    name = "sus_apc/spell.episodes.clinical_coding.diagnosis.icd"
    orphans = district.one(f"select count(*) from {{{name}}} anti join {{sus_apc/spell}} using (PRIMARYKEY_ID)")
    assert orphans == seeded[name]["orphan_row"] > 0
    for child, parent, keys in (
        ("sus_apc/spell.episodes", "sus_apc/spell", "PRIMARYKEY_ID"),
        ("sus_op/appointment.clinical_coding.procedure.opcs", "sus_op/appointment", "PRIMARYKEY_ID"),
        ("sus_ae/clinical.diagnoses.snomed", "sus_ae/emergency_care", "PRIMARYKEY_ID"),
        ("csds/CYP201CareContact", "csds/CYP101Referral", '"UNIQUE SERVICE REQUEST IDENTIFIER"'),
        ("csds/CYP101Referral", "csds/CYP001MPI", '"PERSON ID"'),
        ("mhsds/MHS201CareContact", "mhsds/MHS101Referral", "UniqServReqID"),
        ("mhsds/MHS101Referral", "mhsds/MHS001MPI", "Person_ID"),
    ):
        assert district.one(f"select count(*) from {{{child}}} anti join {{{parent}}} using ({keys})") == 0, child
    parents = district.one(
        """select count(*) from {olids/OBSERVATION} o where PARENT_OBSERVATION_ID is not null and not exists
           (select 1 from {olids/OBSERVATION} p where p.ID = o.PARENT_OBSERVATION_ID and p.PATIENT_ID = o.PATIENT_ID
              and p.MAPPED_CONCEPT_CODE = '163020007')"""
    )
    assert parents == 0


POD = """case
  when "spell.admission.patient_classification" in ('2','3') then 'DC'
  when "spell.commissioning.grouping.core_hrg" like 'NZ%' then 'NELNE'
  when "spell.admission.method" in ('11','12','13') then 'EL'
  when "spell.discharge.length_of_hospital_stay" = '0' then 'NELST' else 'NEL' end"""


def test_the_contract_return_equals_the_activity(district):
    """ACM against SUS by provider, month and point of delivery, worked from the feeds; ungroupable spells are counted, not grouped."""
    spells = district.all(
        f"""select "spell.commissioning.service_agreement.provider", {POD}, count(*),
              sum("spell.commissioning.tariff_calculation.initial_tariff"::decimal(12,2)) from {{sus_apc/spell}}
            where "spell.discharge.date" is not null and "spell.commissioning.grouping.core_hrg" <> 'UZ01Z' group by all"""
    )
    contract = {
        (provider, pod): (count, pounds)
        for provider, pod, count, pounds in district.all(
            """select "ORGANISATION IDENTIFIER (CODE OF PROVIDER)", "POINT OF DELIVERY CODE",
                 sum("CONTRACT MONITORING ACTUAL ACTIVITY"::int), sum("CONTRACT MONITORING ACTUAL PRICE"::decimal(14,2))
               from {acm/ACM} group by all"""
        )
    }
    compared = 0
    for provider, pod, count, pounds in spells:
        if count > 60:
            compared += 1
            assert contract[provider, pod][0] == pytest.approx(count, rel=0.012 + 3 / count), (provider, pod)
            assert float(contract[provider, pod][1]) == pytest.approx(float(pounds), rel=0.06), (provider, pod)
    assert compared >= 10


def test_plan_and_actual_agree_before_the_planted_changes(district):
    """Over the two years that the plan is taken from, plan and actual add up to the same, growth aside."""
    plan, actual = district.all(
        """select sum("CONTRACT MONITORING PLANNED ACTIVITY"::double), sum("CONTRACT MONITORING ACTUAL ACTIVITY"::int)
           from {acm/ACM} where "FINANCIAL YEAR" in ('202425', '202526')"""
    )[0]
    assert plan == pytest.approx(actual, rel=0.01)


def test_waiting_lists_have_the_national_shape(district, registered):
    """About 63 % of pathways under 18 weeks, 3 % over 52, 0.128 open a head; 78 % of tests under six weeks."""
    open_now, within, year = district.all(
        """with w as (select "Week_Ending_Date"::date - "REFERRAL_TO_TREATMENT_PERIOD_START_DATE"::date as days
             from {wl/WL_OpenPathways_Data} where "Week_Ending_Date" = '2026-09-27')
           select count(*), avg((days < 126)::int), avg((days >= 364)::int) from w"""
    )[0]
    assert within == pytest.approx(0.63, abs=0.03)
    assert 0.015 < year < 0.045
    # a young population waits for less than England's does
    assert 0.085 < open_now / registered < 0.135
    tests = district.one(
        """select avg(("Week_Ending_Date"::date - "Diagnostic_Clock_Start_Date"::date < 42)::int) from {wl/WL_Diagnostics_Data}"""
    )
    assert tests == pytest.approx(0.78, abs=0.03)


def test_a_pathway_keeps_its_start_from_week_to_week(district):
    assert (
        district.one(
            """select max(n) from (select count(distinct REFERRAL_TO_TREATMENT_PERIOD_START_DATE) n
               from {wl/WL_OpenPathways_Data} group by PATIENT_PATHWAY_IDENTIFIER)"""
        )
        == 1
    )
    assert district.one("""select count(distinct Week_Ending_Date) from {wl/WL_OpenPathways_Data}""") == 6


def test_electronic_referrals_are_the_first_appointments_that_practices_asked_for(district):
    """Each first appointment from general practice has its request, by the same person, trust, practice and priority."""
    merged, successor = (
        (district.folder / "reference" / "organisation_successors.csv").read_text().splitlines()[1].split(",")[:2]
    )
    lost = district.one(
        f"""with request as (select distinct NHS_NUMBER n, PROVIDER_ORG_ID t, PRIORITY_CD u, APPT_DT_TM::date d,
               replace(REFERRING_ORG_ID, '{merged}', '{successor}') p
             from {{ers/ebsx02UBRNAction}} where ACTION_DESC = 'Appointment booked')
           select count(*) from {{sus_op/appointment}} a
           join {{truth/subjects}} s on s.feed = 'sus' and s.issuer = "appointment.patient.identity.local_patient_identifier.issuer"
             and s.local_identifier = "appointment.patient.identity.local_patient_identifier.value"
           join {{truth/people}} who using (person_id)
           anti join request on n = nhs_number and t = "appointment.care_location.site_code_of_treatment" and d = "appointment.date"::date
             and u = "appointment.referral.priority_type" and p = replace("appointment.referral.referring_organisation", '{merged}', '{successor}')
           where "appointment.first_attendance" in ('1', '3') and "appointment.referral.source_op" = '03'
             and "appointment.date" >= '2024-06-01' and "appointment.referral.received_date" >= '2024-04-01'"""
    )
    assert lost == 0


def test_electronic_referrals_by_urgency_have_the_stated_rates(district):
    """Six in a hundred are two week waits, four in five of those booked within 14 days; one in ten requests comes to nothing."""
    ends = dict(
        district.all(
            """select ACTION_DESC, count(distinct UBRN) from {ers/ebsx02UBRNAction}
               where E_REFERRAL_PATHWAY_START between '2025-04-01' and '2026-05-01' group by all"""
        )
    )
    nothing = sum(
        ends[word] for word in ("Request returned with advice", "Request rejected", "Request cancelled by referrer")
    )
    assert nothing / ends["Request created"] == pytest.approx(0.1 / 1.1, abs=0.012)
    assert ends["Appointment not attended"] / ends["Appointment booked"] == pytest.approx(0.078 + 0.002, abs=0.015)
    urgent, in_time = district.all(
        """select avg((PRIORITY_CD = '3')::int), avg((APPT_DT_TM::date - E_REFERRAL_PATHWAY_START::date <= 14)::int)
             filter (PRIORITY_CD = '3') from {ers/ebsx02UBRNAction} where ACTION_DESC = 'Appointment booked'"""
    )[0]
    assert urgent == pytest.approx(0.06, abs=0.012)
    assert in_time == pytest.approx(0.8, abs=0.06)
    # nothing lies on or after the as-at date, and every request begins inside the window
    assert (
        district.one(
            "select count(*) from {ers/ebsx02UBRNAction} where greatest(ACTION_DT_TM, coalesce(APPT_DT_TM, '')) >= '2026-10-01'"
        )
        == 0
    )
    assert district.one("select min(E_REFERRAL_PATHWAY_START) from {ers/ebsx02UBRNAction}") >= "2024-04-01"
