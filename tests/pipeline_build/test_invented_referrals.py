"""Electronic referrals of the invented system, from file to list: who missed an urgent appointment is who the truth says."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from commonweal.cli import main
from commonweal.definitions.registry import all_definitions
from commonweal.engine.answers import Scope
from commonweal.engine.serving import open_reader
from commonweal.pipeline.release import make_release
from commonweal.record.identities import IdentityStore
from commonweal.record.register import Register
from commonweal.store import Store
from commonweal.synthetic.generate import generate
from commonweal.synthetic.settings import SIZES, Settings

FLAG, MEASURE = "urgent_referral_not_attended", "urgent_seen_two_weeks"
URGENT = """
  SELECT DISTINCT UBRN, NHS_NUMBER AS nhs_number, E_REFERRAL_PATHWAY_START::DATE AS asked
  FROM read_csv('{0}/ers/ebsx02UBRNAction.csv.gz', all_varchar = true)
  WHERE PRIORITY_DESC = 'Two Week Wait' AND NHS_NUMBER NOT IN
    (SELECT nhs_number FROM read_csv('{0}/truth/people.csv.gz', all_varchar = true) WHERE registered_at_end = 'false')
"""
VISITS = """
  SELECT p.nhs_number, "appointment.date"::DATE AS day, "appointment.attended_or_dna" IN ('5', '6') AS seen,
    "appointment.attended_or_dna" IN ('3', '7') AS missed
  FROM read_csv('{0}/sus_op/appointment.csv.gz', all_varchar = true) a
  JOIN read_csv('{0}/truth/subjects.csv.gz', all_varchar = true) s ON s.feed = 'sus'
    AND s.issuer = "appointment.patient.identity.local_patient_identifier.issuer"
    AND s.local_identifier = "appointment.patient.identity.local_patient_identifier.value"
  JOIN read_csv('{0}/truth/people.csv.gz', all_varchar = true) p USING (person_id)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Store:
    """A store with demographics, outpatients and referrals, released with the two definitions that read them."""
    store = Store(tmp_path_factory.mktemp("referrals") / "store")
    incoming = store.root / "incoming"
    generate(Settings(SIZES["small"], 1), incoming)
    (store.root / "site.yaml").write_text((incoming / "site.yaml").read_text())
    at = ["--store", str(store.root)]
    feeds = [str(incoming / feed) for feed in ("pds", "sus_op", "ers")]
    for words in (["ingest", *feeds], ["link"], ["build", "--as-at", "2026-10-01"]):
        assert main([*words, *at]) in (0, 3), words
    wanted = [one for one in all_definitions() if one.id in (FLAG, MEASURE)]
    make_release(store, definitions=wanted, as_at=date(2026, 10, 1))
    return store


def _numbers(store: Store, person_id: str) -> set[str]:
    keys = Register.of(store).subject_keys(person_id)
    with duckdb.connect() as connection:
        IdentityStore.of(store).subjects(connection).create_view("held")
        rows = connection.execute("SELECT nhs_number FROM held WHERE list_contains($1, subject_key)", [keys]).fetchall()
    return {number for (number,) in rows}


def test_who_missed_an_urgent_appointment_is_who_the_truth_says(made):
    folder = made.root / "incoming"
    with duckdb.connect() as connection:
        truth = connection.execute(
            f"""WITH urgent AS ({URGENT}), visit AS ({VISITS}), latest AS (
                  SELECT nhs_number, max(asked) AS asked FROM urgent WHERE asked >= DATE '2026-07-01' GROUP BY ALL)
                SELECT nhs_number FROM latest JOIN visit USING (nhs_number) WHERE day >= asked
                GROUP BY ALL HAVING bool_or(missed) AND NOT bool_or(seen)""".format(folder)
        ).fetchall()
    expected = {number for (number,) in truth}
    assert len(expected) >= 4
    members = open_reader(made, "direct_care").members(FLAG, scope=Scope(everyone=True), limit=100)
    found = [_numbers(made, member.person_id) & expected for member in members]
    assert all(found)
    assert set().union(*found) == expected


def test_seen_within_two_weeks_counts_requests_as_the_truth_does(made):
    folder = made.root / "incoming"
    with duckdb.connect() as connection:
        asked, seen = connection.execute(
            f"""WITH urgent AS ({URGENT}), visit AS ({VISITS}), year AS (
                  SELECT * FROM urgent WHERE asked BETWEEN DATE '2025-10-01' AND DATE '2026-09-17')
                SELECT count(*), count(*) FILTER (EXISTS (SELECT 1 FROM visit v WHERE v.nhs_number = year.nhs_number AND v.seen
                  AND v.day BETWEEN year.asked AND year.asked + 14)) FROM year""".format(folder)
        ).fetchone()
    (row,) = open_reader(made, "direct_care").measure(MEASURE, by="all", scope=Scope(everyone=True))
    assert row.denominator == asked
    # a hospital record without a number that links to nobody loses a visit, never gains one
    assert seen - 2 <= row.numerator <= seen
    assert 0.5 < row.value < 90
