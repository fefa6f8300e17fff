"""A practice whose data failed its gate is left out and said to be, in every answer; it is never a zero."""

from __future__ import annotations

import json
from datetime import date, timedelta

import duckdb
import pytest
from tests.engine.test_release import EVERYONE, make_build
from tests.spec import definitions
from tests.spec.language import AS_AT, codelist

from commonweal.engine import serving
from commonweal.engine.answers import Scope
from commonweal.engine.exclusions import Exclusion, reads
from commonweal.errors import NotReady
from commonweal.pipeline.release import make_release
from commonweal.store import Store

BY_ID = {one.id: one for one in definitions.DEFINITIONS}


def release_of(folder, rows, excluded=(), **options):
    store = Store(folder)
    build = make_build(store, rows)
    manifest = json.loads((build / "manifest.json").read_text())
    (build / "manifest.json").write_text(json.dumps({**manifest, "excluded": [one.as_json() for one in excluded]}))
    make_release(store, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT, **options)
    return store


def busiest(rows):
    """The practice that most people are registered with."""
    codes = [row["practice_code"] for row in rows["registration"]]
    return max(sorted(set(codes)), key=codes.count)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """The same record: as it is, with one practice excluded for its events, and without that practice's people."""
    rows = definitions.record(people=150, seed=5)
    code = busiest(rows)
    gate = Exclusion(
        code, ("event",), ("its newest row is old",), "olids", "olids.observation", AS_AT - timedelta(days=90)
    )
    folder = tmp_path_factory.mktemp("exclusions")
    whole = release_of(folder / "whole", rows)
    with duckdb.connect(str(next(whole.releases.glob("2*/serve/direct_care.duckdb"))), read_only=True) as connection:
        gone = {
            row[0]
            for row in connection.execute("SELECT person_key FROM person WHERE practice_code = ?", [code]).fetchall()
        }
    rest = {table: [row for row in listed if row.get("person_key") not in gone] for table, listed in rows.items()}
    stores = {
        "code": code, "people": len(gone), "whole": whole,
        "excluded": release_of(folder / "excluded", rows, [gate], history=(AS_AT - timedelta(days=120),)),
        "without": release_of(folder / "without", rest),
    }  # fmt: skip
    assert len(gone) > 10
    yield stores
    serving.close_readers()


def read(stores, name, purpose="direct_care"):
    return serving.open_reader(stores[name], purpose)


def counts(rows):
    return {(row.group_code, row.part): (row.numerator, row.denominator) for row in rows}


@pytest.mark.parametrize("definition_id", ["asthma", "reviewed", "overdue", "worse", "burden", "need"])
def test_what_reads_the_failed_source_counts_as_if_its_people_were_not_there(stores, definition_id) -> None:
    for by in ("all", "sex", "age_band"):
        found = read(stores, "excluded").measure(definition_id, by=by)
        expected = counts(read(stores, "without").measure(definition_id, by=by))
        own = counts(found)
        assert {key: own[key] for key in expected} == {key: pytest.approx(value) for key, value in expected.items()}
    (everybody,) = {row.excluded for row in read(stores, "excluded").measure(definition_id, by="all")}
    assert 0 < everybody <= stores["people"]


def test_the_practice_itself_is_excluded_and_not_zero(stores) -> None:
    (own,) = [row for row in read(stores, "excluded").measure("asthma") if row.group_code == stores["code"]]
    assert (own.numerator, own.denominator, own.value, own.state) == (None, None, None, "excluded")
    assert own.excluded > 0
    (everybody,) = read(stores, "excluded").measure("asthma", by="all")
    assert everybody.state == "part excluded"
    public = {row.group_code: row.state for row in read(stores, "excluded", "public").measure("asthma")}
    assert public[stores["code"]] == "excluded"
    assert set(public.values()) == {"", "excluded"}


def test_what_reads_something_else_counts_everybody(stores) -> None:
    for definition_id in ("attendance", "readmitted", "mean_stay", "treated"):
        for by in ("practice", "all", *(("provider",) if definition_id == "readmitted" else ())):
            found = read(stores, "excluded").measure(definition_id, by=by)
            assert counts(found) == counts(read(stores, "whole").measure(definition_id, by=by))
            assert {row.state for row in found} <= {""}


def test_dates_before_the_practice_stopped_are_whole(stores) -> None:
    then = AS_AT - timedelta(days=120)
    found = read(stores, "excluded").measure("asthma", as_at=then)
    assert stores["code"] in {row.group_code for row in found if row.denominator}
    assert {row.state for row in found} == {""}


def test_nobody_of_the_practice_is_on_a_list_and_the_list_says_so(stores) -> None:
    reader = read(stores, "excluded")
    before = read(stores, "whole").members("asthma", scope=EVERYONE, limit=1000)
    own = [one.person_id for one in before if one.practice_code == stores["code"]]
    now = reader.members("asthma", scope=EVERYONE, limit=1000)
    assert own and {one.person_id for one in now} == {one.person_id for one in before} - set(own)
    assert reader.count("asthma", scope=Scope(practice=(stores["code"],))).value == 0
    (exclusion,) = reader.exclusions("asthma")
    assert (exclusion.practice_code, exclusion.feed) == (stores["code"], "olids")
    assert reader.exclusions("attendance") == []
    explained = reader.explain("asthma", own[0])
    assert explained.answer is None and stores["code"] in explained.excluded[0]
    summary = reader.person(own[0])
    assert "asthma" not in summary.registers and summary.excluded


def test_the_manifest_names_what_is_excluded(stores) -> None:
    manifest = json.loads(next(stores["excluded"].releases.glob("2*/manifest.json")).read_text())
    assert [one["practice_code"] for one in manifest["excluded"]] == [stores["code"]]
    assert manifest["excluded"][0]["reasons"] == ["its newest row is old"]


def test_a_source_that_nobody_sent_makes_no_zeroes(tmp_path) -> None:
    rows = {**definitions.record(people=40, seed=6), "medication": []}
    store = release_of(tmp_path / "store", rows)
    reader = serving.open_reader(store, "direct_care")
    info = reader.definition("treated")
    assert not info.computable and "medication" in info.reason
    with pytest.raises(NotReady, match="medication"):
        reader.measure("treated", by="all")
    assert reader.definition("asthma").computable
    serving.close_readers()


def test_a_definition_reads_what_it_builds_on_reads() -> None:
    assert reads(BY_ID["reviewed"], BY_ID) == {"contact[gp]", "event", "registration", "subject"}
    assert reads(BY_ID["treated"], BY_ID) == {"medication"}
    assert reads(BY_ID["readmitted"], BY_ID) == {"contact[apc]"}


def test_an_exclusion_bears_on_the_days_after_its_last_row() -> None:
    gate = Exclusion("E1", ("event",), ("why",), since=date(2026, 5, 29))
    assert not gate.holds(date(2026, 5, 29)) and gate.holds(date(2026, 5, 30))
    assert Exclusion("E1", ("event",), ("why",)).holds(date(1990, 1, 1))
