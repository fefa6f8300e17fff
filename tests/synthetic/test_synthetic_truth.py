"""The truth is true: identities, risk, planted effects, seeded defects, each counted again from the files."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import yaml
from invented import DISTRICT

from commonweal.errors import BadInput
from commonweal.synthetic import acute, conditions, population, risk
from commonweal.synthetic.events import SILENT_FROM
from commonweal.synthetic.generate import generate
from commonweal.synthetic.reference import load
from commonweal.synthetic.settings import NEVER, SIZES, Settings

LOCAL = {
    "olids": [("olids/PATIENT", "RECORD_OWNER_ORGANISATION_CODE", "ID")],
    "sus": [
        ("sus_apc/spell", "spell.patient.identity.local_patient_identifier.issuer", "spell.patient.identity.local_patient_identifier.value"),
        ("sus_op/appointment", "appointment.patient.identity.local_patient_identifier.issuer", "appointment.patient.identity.local_patient_identifier.value"),
        ("sus_ae/emergency_care", "patient.local_patient_identifier.issuer", "patient.local_patient_identifier.value"),
        ("wl/WL_OpenPathways_Data", "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER", "LOCAL_PATIENT_IDENTIFIER"),
    ],
    "csds": [("csds/CYP001MPI", "ORGANISATION IDENTIFIER (LOCAL PATIENT IDENTIFIER)", "LOCAL PATIENT IDENTIFIER (EXTENDED)")],
    "mhsds": [("mhsds/MHS001MPI", "OrgIDLocalPatientId", "LocalPatientId")],
    "asc": [("asc/Adult_Social_Care_CLD", "LA Code", "LA Person Unique Identifier")],
    "ers": [("ers/ebsx02UBRNAction", "PATIENT_ID", "PATIENT_ID")],
}  # fmt: skip


@pytest.fixture(scope="module")
def defects(district):
    return json.loads((district.folder / "truth" / "defects.json").read_text())


@pytest.mark.parametrize("feed", LOCAL)
def test_every_record_has_one_true_person(district, feed):
    assert district.one("select count(*) - count(distinct (feed, issuer, local_identifier)) from {truth/subjects}") == 0
    for file, issuer, local in LOCAL[feed]:
        # a merged practice's patients are with its successor; the truth names the practice they registered at;
        # the e-Referral Service has one issuer, itself
        by_issuer = "" if feed in ("olids", "ers") else f'and t.issuer = f."{issuer}"'
        lost = district.one(
            f"""select count(*) from {{{file}}} f anti join {{truth/subjects}} t
                on t.feed = '{feed}' and t.local_identifier = f."{local}" {by_issuer}"""
        )
        assert lost == 0, file


def test_most_numbers_are_right_and_eleven_per_cent_are_missing_where_planted(district):
    for provider, missing in (("R1K", 0.11), ("RYJ", 0.04)):
        share, right = district.all(
            f"""with seen as (select distinct "patient.local_patient_identifier.value" l, "patient.nhs_number.value" n
                  from {{sus_ae/emergency_care}} where "patient.local_patient_identifier.issuer" = '{provider}')
                select avg((n is null)::int), avg((n = p.nhs_number)::int) filter (n is not null) from seen
                join {{truth/subjects}} t on t.feed = 'sus' and t.issuer = '{provider}' and t.local_identifier = l
                join {{truth/people}} p using (person_id)"""
        )[0]
        assert share == pytest.approx(missing, abs=0.012)
        assert right > 0.993


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        ("date_1899", "CLINICAL_EFFECTIVE_DATE = '1899-12-30'"),
        ("date_2099", "CLINICAL_EFFECTIVE_DATE = '2099-01-01'"),
        ("deleted_row", "LDS_IS_DELETED = 'true'"),
        ("hba1c_in_percent_labelled", "RESULT_UNIT_DISPLAY = '%' and MAPPED_CONCEPT_CODE = '999791000000106'"),
        (
            "hba1c_in_percent_labelled_mmol_mol",
            "RESULT_UNIT_DISPLAY = 'mmol/mol' and RESULT_VALUE::double < 17 and MAPPED_CONCEPT_CODE = '999791000000106'",
        ),
        ("height_in_metres_labelled_cm", "MAPPED_CONCEPT_CODE = '162755006' and RESULT_VALUE::double < 3"),
        ("systolic_implausible", "MAPPED_CONCEPT_CODE = '271649006' and RESULT_VALUE::double > 400"),
    ],
)
def test_seeded_defects_are_counted(district, defects, kind, sql):
    found = district.one(f"select count(*) from {{olids/OBSERVATION}} where {sql}")
    assert found == defects["counts"]["olids/OBSERVATION"][kind] > 0


def test_hospital_defects_are_counted(district, defects):
    backwards = district.one(
        'select count(*) from {sus_apc/spell} where "spell.discharge.date"::date < "spell.admission.date"::date'
    )
    assert backwards == defects["counts"]["sus_apc/spell"]["discharged_before_admission"] > 0
    ungrouped = district.one(
        """select count(*) from {sus_apc/spell} where "spell.commissioning.grouping.core_hrg" = 'UZ01Z'"""
    )
    assert 0 < ungrouped <= defects["counts"]["sus_apc/spell"]["hrg_ungroupable"]


def test_the_feed_sent_twice_repeats_its_keys(district, defects):
    again = district.one("select count(*) from {sus_ae/emergency_care.resent}")
    known = district.one(
        """select count(*) from {sus_ae/emergency_care.resent} r semi join {sus_ae/emergency_care} using (PRIMARYKEY_ID)"""
    )
    assert again == known == defects["counts"]["sus_ae/emergency_care"]["rows_sent_twice"] > 0


def test_the_silent_practice_sends_nothing(district, defects):
    code = defects["silent_practice"]["practice_code"]
    since = np.datetime64(SILENT_FROM, "D")
    for file, column in (
        ("olids/OBSERVATION", "DATE_RECORDED"), ("olids/MEDICATION_ORDER", "CLINICAL_EFFECTIVE_DATE"), ("olids/APPOINTMENT", "START_DATE"),
    ):  # fmt: skip
        last = district.one(
            f"select max({column}::date) from {{{file}}} where RECORD_OWNER_ORGANISATION_CODE = '{code}'"
        )
        # a row may be entered up to three weeks after the day it is about
        assert np.datetime64(last) < since + 21, file


def test_the_merged_practice_has_a_successor_and_no_one_left(district, defects):
    merged, successor = defects["merged_practice"]["practice_code"], defects["merged_practice"]["successor_code"]
    open_there = district.one(
        f"""select count(*) from {{olids/EPISODE_OF_CARE}} where ORGANISATION_CODE_MANAGING = '{merged}'
            and (EPISODE_OF_CARE_END_DATE is null or EPISODE_OF_CARE_END_DATE > '2025-09-30')"""
    )
    moved = district.one(
        f"""select count(*) from {{olids/EPISODE_OF_CARE}} where ORGANISATION_CODE_MANAGING = '{successor}'
            and EPISODE_OF_CARE_START_DATE = '2025-10-01'"""
    )
    assert open_there == 0
    assert moved > 100
    assert successor in (district.folder / "reference" / "organisation_successors.csv").read_text()


def test_the_gap_is_in_the_feed_and_not_in_the_contract(district):
    provider = acute.TRUSTS[acute.GAP[0]]
    sent = district.one(
        f"""select count(*) from {{sus_op/appointment}} where "appointment.date" between '2026-03-01' and '2026-03-31'
            and "appointment.commissioning.service_agreement.provider" = '{provider}'"""
    )
    planted = json.loads((district.folder / "truth" / "planted.json").read_text())["effects"]
    gap = next(effect for effect in planted if effect["effect"] == "feed_gap")
    reported = district.one(
        f"""select sum("CONTRACT MONITORING ACTUAL ACTIVITY"::int) from {{acm/ACM}} where "FINANCIAL YEAR" = '202526'
            and "FINANCIAL MONTH" = '12' and "ORGANISATION IDENTIFIER (CODE OF PROVIDER)" = '{provider}'
            and ("POINT OF DELIVERY CODE" like 'OP%' or "POINT OF DELIVERY CODE" like 'NF2F%')"""
    )
    assert sent == 0
    assert reported == gap["missing_activity"] > 0


def test_type_one_choices_and_withheld_codes_are_there(district):
    site = (district.folder / "site.yaml").read_text()
    dissent = district.one("select count(*) from {olids/OBSERVATION} where SOURCE_CODE = 'INVENTED-TYPE1-DISSENT'")
    assert "INVENTED-TYPE1-DISSENT" in site
    assert dissent > 500
    assert district.one("select count(*) from {olids/OBSERVATION} where IS_CONFIDENTIAL = 'true'") > 50


@pytest.fixture(scope="module")
def crowd():
    """150,000 people and their rates, nothing written."""
    settings = Settings(replace(DISTRICT, people=150_000), 31)
    reference = load(settings.size)
    rng = np.random.default_rng(31)
    people = population.make(rng, settings, reference, np.arange(len(reference.practices)), 0)
    conditions.assign(rng, settings, reference, people)
    return settings, rng, people, risk.make(rng, settings, people)


def test_true_risk_is_calibrated(crowd):
    """In each tenth of true risk the share admitted is the risk, within what chance allows."""
    settings, rng, people, found = crowd
    here = people.alive(settings.end - 1)
    any_admission = (risk.future(rng, found) > 0)[here]
    known = found.true_risk[here]
    tenth = np.argsort(np.argsort(known)) * 10 // len(known)
    for number in range(10):
        mine = tenth == number
        error = np.sqrt(known[mine].mean() / mine.sum())
        assert any_admission[mine].mean() == pytest.approx(known[mine].mean(), abs=4.5 * error)


def test_true_risk_separates_people(crowd):
    settings, rng, people, found = crowd
    here = people.alive(settings.end - 1)
    admitted = (risk.future(rng, found) > 0)[here]
    rank = np.argsort(np.argsort(found.true_risk[here]))
    area = (rank[admitted].mean() - rank.mean()) / len(rank) / (1 - admitted.mean()) + 0.5
    assert 0.70 < area < 0.90


def test_the_scheme_that_works_has_its_true_rate_ratio(crowd):
    settings, rng, people, _ = crowd
    found = risk.make(np.random.default_rng(1), settings, people)
    works = risk.proactive_care(rng, settings, people, np.ones(people.practice.max() + 1, bool))
    enrolled = works.enrolled < NEVER
    untouched, risk_before = found.rates[2].copy(), found.true_risk.copy()
    avoided = risk.apply(found, works, people)
    assert enrolled.sum() > 1_000
    assert found.rates[2][enrolled].sum() / untouched[enrolled].sum() == pytest.approx(0.75)
    assert np.array_equal(found.rates[2][~enrolled], untouched[~enrolled])
    assert (found.true_risk[enrolled] < risk_before[enrolled]).all()
    # a quarter of what they would have had, less what those who died or left no longer have
    assert 0.85 * 0.25 < avoided / untouched[enrolled].sum() < 0.25


def test_the_other_scheme_only_regresses(crowd):
    """Those reviewed fall by half with nothing done, and so do those who were passed over."""
    settings, rng, people, found = crowd
    sums = np.zeros((2, 2))
    for _ in range(20):
        found.passing[1] = rng.gamma(risk.PASSING_SHAPE, 1 / risk.PASSING_SHAPE, len(people))
        before = risk.admissions(rng, found, 1)
        scheme = risk.frequent_review(rng, settings, people, before)
        frequent = (before >= 2) & people.alive(settings.end - 365)
        for row, group in enumerate((scheme.enrolled < NEVER, frequent & (scheme.enrolled >= NEVER))):
            sums[row] += before[group].sum(), found.rates[2][group].sum()
    reviewed, passed_over = sums[:, 1] / sums[:, 0]
    assert 0.25 < reviewed < 0.6
    assert reviewed == pytest.approx(passed_over, rel=0.08)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(BadInput, match="not an invented system"):
        generate(Settings(SIZES["small"], 1), tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_every_network_is_in_one_invented_neighbourhood_of_a_borough_it_lies_in(district):
    site = yaml.safe_load((district.folder / "site.yaml").read_text())["organisations"]
    places = {one["code"]: one["name"] for one in site if one["kind"] == "neighbourhood"}
    member = {one["code"]: one["parent_code"] for one in site if one["kind"] == "pcn"}
    practices = load(DISTRICT).practices
    boroughs = practices[practices.pcn_code != "U"].groupby("pcn_code").borough.agg(set)
    assert member.keys() == set(boroughs.index)
    for network, place in member.items():
        assert places[place].split(" neighbourhood ")[0] in boroughs[network] and places[place].endswith("(invented)")
    assert max(list(member.values()).count(place) for place in places) <= 2
