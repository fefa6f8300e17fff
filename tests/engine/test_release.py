"""Releases: published whole or not at all, explained from their own files, compared, rolled back and pruned."""

from __future__ import annotations

import json
import os
import resource
import shutil
from dataclasses import replace
from datetime import date
from functools import partial

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.spec import definitions
from tests.spec.language import AS_AT, LISTS, codelist

from commonweal.engine import cache, serving
from commonweal.engine.answers import Scope
from commonweal.engine.bucket import ColumnRun
from commonweal.engine.naive import NaiveEvaluator, PersonRecord
from commonweal.engine.tiny_record import write_tiny_record
from commonweal.errors import BadInput, NotAllowed, NotReady, machine_failure
from commonweal.governance.disclosure import HES
from commonweal.governance.keys import KeyRing
from commonweal.governance.pseudonyms import serving_key
from commonweal.pipeline import releases
from commonweal.pipeline.release import make_release
from commonweal.store import Store

EVERYONE = Scope(everyone=True)


def make_build(store, rows, name="b1"):
    folder = store.root / "builds" / name
    files = write_tiny_record(folder / "record", rows, buckets=3)
    manifest = {
        "created_at": f"2026-04-0{len(list((store.root / 'builds').iterdir()))}",
        "as_at": AS_AT.isoformat(),
        "stamp": name,
        "inputs": {"load 1": name},
        "buckets": [{"name": one.name, "low": one.low, "high": one.high} for one in files.buckets],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="module")
def rows():
    return definitions.record(people=150, seed=5)


@pytest.fixture(scope="module")
def released(tmp_path_factory, rows):
    store = Store(tmp_path_factory.mktemp("store"))
    make_build(store, rows)
    made = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT)
    yield store, made
    serving.close_readers()


def naive_of(rows, key):
    own = {
        table: [
            {"load_id": 1, "record_number": number, **row}
            for number, row in enumerate(listed, 1)
            if row.get("person_key") == key and not (table == "event" and row["confidential"])
        ]
        for table, listed in rows.items()
    }
    person = own["person"][0]
    died = person["death_date"]
    attributes = {
        **person,
        "death_date": died if died and died <= AS_AT else None,
        "in_registered_population": bool(own["registration"]),
    }
    by_id = {one.id: one for one in definitions.DEFINITIONS}
    lists = {name: set(members) for name, members in LISTS.items()}
    from tests.spec.language import CODES

    return NaiveEvaluator(PersonRecord(attributes, own), AS_AT, lambda name: {CODES[one] for one in lists[name]}, by_id)


def test_members_are_those_whom_the_naive_evaluator_puts_on_the_list(released, rows):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    for name in ("asthma", "treated", "overdue", "worse"):
        definition = next(one for one in definitions.DEFINITIONS if one.id == name)
        expected = {
            f"P{one['person_key']}" for one in rows["person"] if naive_of(rows, one["person_key"]).answer(definition)
        }
        found = reader.members(name, scope=EVERYONE, limit=1000)
        assert {one.person_id for one in found} == expected
        assert expected, name
        assert all(one.evidence for one in found)
        everybody = [*(f"P{one['person_key']}" for one in rows["person"]), "nobody"]
        again = reader.members(name, scope=EVERYONE, limit=1000, among=everybody)
        assert again == found, "and says nothing of anybody else"
        assert reader.members(name, scope=EVERYONE, limit=1000, among=[]) == []


def test_a_person_s_reasons_are_what_each_of_their_lists_says(released):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    flags = [one.id for one in reader.definitions("flag") if one.computable]
    listed = {
        (member.person_id, flag): member.evidence
        for flag in flags
        for member in reader.members(flag, scope=EVERYONE, limit=1000)
    }
    told = {
        (person, flag): evidence
        for person in {one for one, _ in listed}
        for flag, evidence in reader.reasons(reader.person(person)).items()
    }
    assert len({flag for _, flag in listed}) > 1
    assert told == listed


def test_identifiers_are_the_members_in_their_order(released):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    members = reader.members("overdue", scope=EVERYONE, limit=1000)
    assert len(members) > 2
    assert reader.identifiers("overdue", scope=EVERYONE, limit=1000) == [one.person_id for one in members]
    assert reader.identifiers("overdue", scope=EVERYONE, limit=2) == [one.person_id for one in members[:2]]
    assert reader.identifiers("overdue", scope=Scope(), limit=2) == []


def test_explain_leads_to_source_rows_that_hold_the_values(released, rows):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    person = reader.members("overdue", scope=EVERYONE, limit=1)[0]
    found = reader.explain("overdue", person.person_id)
    assert found.answer is True
    cited = [row for feature in found.features for row in feature.rows]
    assert cited
    for row in cited:
        source = rows[row.table][row.record_number - 1]
        assert f"P{source['person_key']}" == person.person_id
        assert row.date in (source.get("date"), source.get("start_date"))
    assert any("contact" in way for way in found.what_would_take_them_off)


def test_every_line_of_evidence_with_a_date_names_the_row_of_that_date(released, rows):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    before_the_window = 0
    for name in ("asthma", "treated", "overdue", "worse", "reviewed"):
        for person in reader.members(name, scope=EVERYONE, limit=1000):
            lines = [line for line in reader.explain(name, person.person_id).evidence if line.date is not None]
            for line in lines:
                (row,) = line.rows
                source = rows[row.table][row.record_number - 1]
                assert f"P{source['person_key']}" == person.person_id
                assert source.get("date", source.get("start_date")) == row.date == line.date
            before_the_window += sum(line.value is False for line in lines)
    assert before_the_window, "the last one before the window is told too"


def test_a_flag_with_an_order_shows_the_highest_first(released):
    store, _ = released
    found = serving.open_reader(store, "direct_care").members("overdue", scope=EVERYONE, limit=1000)
    assert [one.order for one in found] == sorted((one.order for one in found), reverse=True)


def test_scope_limits_people_and_an_empty_scope_sees_nobody(released):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    inside = reader.members("asthma", scope=Scope(practice=("P1",)), limit=1000)
    assert {one.practice_code for one in inside} == {"P1"}
    assert reader.members("asthma", scope=Scope(), limit=1000) == []


def test_planning_shows_no_people_and_passes_the_disclosure_door(released, rows):
    store, _ = released
    planning = serving.open_reader(store, "planning")
    with pytest.raises(NotAllowed):
        planning.members("asthma", scope=EVERYONE)
    with pytest.raises(NotAllowed):
        planning.explain("asthma", "P1")
    with pytest.raises(NotAllowed):
        planning.rows_of("event", 1)
    with pytest.raises(NotAllowed):
        planning.person_key("P1")
    for row in planning.measure("asthma", by="practice"):
        for number in (row.numerator, row.denominator):
            assert number is None or number == 0 or (number >= HES.suppress_below and number % HES.round_to == 0)


def test_objectors_are_not_in_the_planning_file(released, rows):
    store, made = released
    keys = KeyRing(store.keys)
    key_of = {one["person_key"]: serving_key(keys, "planning", f"P{one['person_key']}") for one in rows["person"]}
    objectors = {key_of[one["person_key"]] for one in rows["person"] if one["type1_opt_out"] or one["national_opt_out"]}
    with duckdb.connect(str(made.folder / "serve" / "planning.duckdb"), read_only=True) as connection:
        kept = {row[0] for row in connection.execute("SELECT person_key FROM person").fetchall()}
        columns = {
            row[0]
            for row in connection.execute(
                "SELECT column_name FROM duckdb_columns() WHERE table_name = 'person'"
            ).fetchall()
        }
        tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert objectors
    assert not kept & objectors
    assert kept == set(key_of.values()) - objectors
    assert not columns & {"birth_date", "person_id"}
    assert "evidence" not in tables
    with duckdb.connect(str(made.folder / "serve" / "public.duckdb"), read_only=True) as connection:
        assert not {"person", "wide", "evidence"} & {
            row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }


def test_cube_adds_up_to_the_people(released, rows):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    whole = reader.measure("asthma", by="all")[0]
    for by in ("practice", "age_band", "sex", "ethnic_group"):
        parts = reader.measure("asthma", by=by)
        assert sum(one.numerator for one in parts) == whole.numerator
        assert sum(one.denominator for one in parts) == whole.denominator
    assert whole.numerator == len(reader.members("asthma", scope=EVERYONE, limit=1000))


def test_rows_are_counted_by_provider(released, rows):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    stays = [one for one in rows["contact"] if one["admission_method"] in ("21", "22") and one["start_date"] <= AS_AT]
    for row in reader.measure("mean_stay", by="provider"):
        wanted = [one for one in stays if (one["provider_code"] or "unknown") == row.group_code]
        assert row.denominator == len(wanted)
        assert row.numerator == sum(one["length_of_stay_days"] for one in wanted)


def test_what_cannot_be_computed_says_why(released):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    found = {one.id: one for one in reader.definitions()}
    assert not found["missing"].computable
    assert "gone" in found["missing"].reason
    assert not found["builds_on"].computable
    with pytest.raises(NotReady, match="cannot be computed"):
        reader.measure("builds_on")
    with pytest.raises(BadInput, match="asthma"):
        reader.measure("astma")


def test_killed_at_any_step_the_last_release_serves_and_the_next_run_recovers(tmp_path, rows, monkeypatch):
    store = Store(tmp_path)
    make_build(store, rows)
    first = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist)
    steps = []
    make_release(
        store,
        definitions=definitions.DEFINITIONS,
        loader=codelist,
        step=lambda *one: steps.append(one),
        switch_to_it=False,
    )

    class Killed(BaseException):
        pass

    for position in range(len(steps)):
        count = iter(range(1000))

        def die(*_, count=count, position=position):
            if next(count) == position:
                raise Killed

        with pytest.raises(Killed):
            make_release(store, definitions=definitions.DEFINITIONS, loader=codelist, step=die)
        assert serving.current_release(store) == first.id
        assert serving.open_reader(store, "direct_care").release().id == first.id
    last = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist)
    assert serving.current_release(store) == last.id
    assert not [path for path in store.releases.iterdir() if path.is_dir() and path.name.startswith(".")]
    serving.close_readers()


@pytest.mark.parametrize("room", [4_096, 40_000, 150_000])
def test_a_full_disk_is_said_and_the_release_of_before_serves(tmp_path, rows, room):
    """No file may grow past `room`: the database's journal fails when it commits, Parquet when it is written."""
    store = Store(tmp_path)
    make_build(store, rows)
    make = partial(make_release, store, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT)
    first = make()
    build = make_build(store, rows, "b2")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises((duckdb.Error, OSError)) as failed:
            make()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    said = machine_failure(failed.value)
    assert said is not None
    assert "the disk is full" in said.message
    assert releases.ids(store) == [first.id]
    assert serving.open_reader(store, "direct_care").release().id == first.id
    assert list(build.glob(".*")) == []
    second = make()
    assert releases.ids(store) == [first.id, second.id]
    serving.close_readers()


def test_columns_are_reused_and_a_changed_codelist_costs_only_what_uses_it(tmp_path, rows, monkeypatch):
    store = Store(tmp_path)
    make_build(store, rows)
    queries, fetch = [], ColumnRun._fetch
    monkeypatch.setattr(ColumnRun, "_fetch", lambda run, sql: queries.append(sql) or fetch(run, sql))
    first = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist)
    assert first.computed_columns > 0
    assert queries
    queries.clear()
    again = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist)
    assert again.computed_columns == 0
    assert queries == [], "nor are the columns behind measures that count rows, whose rows are read again"
    from dataclasses import replace

    def changed(name):
        found = codelist(name)
        return replace(found, codes=frozenset({"A", "X"}), sha256="changed") if name == "a" else found

    third = make_release(store, definitions=definitions.DEFINITIONS, loader=changed)
    assert 0 < third.computed_columns < first.computed_columns
    why = {one["id"]: one["why"] for one in releases.compare(store, again.id, third.id)["definitions"]}
    assert why["asthma"] == "codelist"
    assert "older" not in why
    # Reused and recomputed columns together must give what a build without a cache gives.
    shutil.rmtree(store.root / "builds" / "b1" / "features")
    fresh = make_release(store, definitions=definitions.DEFINITIONS, loader=changed)
    for path in sorted((third.folder / "derived").rglob("*.parquet")):
        other = fresh.folder / path.relative_to(third.folder)
        with duckdb.connect() as connection:
            assert connection.execute(f"FROM '{path}' EXCEPT ALL FROM '{other}'").fetchall() == []
    serving.close_readers()


def test_compare_roll_back_and_prune(tmp_path, rows):
    store = Store(tmp_path)
    make_build(store, rows)
    made = [make_release(store, definitions=definitions.DEFINITIONS, loader=codelist).id]
    fewer = {**rows, "event": rows["event"][: len(rows["event"]) // 2]}
    make_build(store, fewer, "b2")
    made += [make_release(store, definitions=definitions.DEFINITIONS, loader=codelist).id for _ in range(3)]
    found = releases.compare(store, made[0], made[1])
    assert found["inputs"]["load 1"] == ["b1", "b2"]
    assert {one["why"] for one in found["definitions"]} == {"data"}
    assert releases.roll_back(store) == made[2]
    assert serving.open_reader(store, "direct_care").release().id == made[2]
    (store.releases / "citations.txt").write_text(made[0])
    gone = releases.prune(store, keep=1)
    assert gone == [made[1]]
    assert releases.ids(store) == [made[0], made[2], made[3]]
    with pytest.raises(NotReady):
        releases.switch(store, made[1])
    serving.close_readers()


def test_columns_that_no_release_or_code_can_use_again_are_removed(tmp_path, rows, monkeypatch):
    """What an earlier version kept, another date's, and what a killed run left, go with a release or a prune; the rest is reused."""
    store = Store(tmp_path)
    kept = make_build(store, rows) / "features"
    make = partial(make_release, store, definitions=definitions.DEFINITIONS, loader=codelist)
    earlier = date(2025, 3, 31)
    first = make(as_at=earlier)
    (own,) = kept.iterdir()
    by_older_code, killed, under_way = kept / "older", kept / "killed", kept / "under_way"
    shutil.copytree(own, by_older_code)
    index = json.loads((own / "columns.json").read_text())
    (by_older_code / "columns.json").write_text(json.dumps(index["columns"]))
    for left in (killed, under_way):
        (left / "care").mkdir(parents=True)
    os.utime(killed, (0, 0))
    second = make(as_at=AS_AT)
    assert second.computed_columns > 0
    assert (by_older_code.exists(), killed.exists(), under_way.exists()) == (False, False, True)
    assert own.exists()
    assert make(as_at=earlier).computed_columns == 0

    releases.remove(
        store, [one for one in releases.ids(store) if releases.manifest(store, one)["as_at"] == earlier.isoformat()]
    )
    assert first.id not in releases.ids(store)
    releases.prune(store, keep=1)
    assert not own.exists()
    assert make(as_at=AS_AT).computed_columns == 0

    monkeypatch.setattr(cache, "code_version", lambda: "a later version")
    assert make(as_at=AS_AT).computed_columns == second.computed_columns
    assert len(list(kept.glob("*/columns.json"))) == 1
    serving.close_readers()


def test_a_run_that_is_pruned_while_it_is_read_is_computed_again(tmp_path, rows, monkeypatch):
    store = Store(tmp_path)
    kept, pruned = make_build(store, rows) / "features", []
    make = partial(make_release, store, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT)
    first = make()
    read = pq.read_schema

    def gone(path):
        if path.parents[2] == kept:
            shutil.rmtree(path.parents[1])
            pruned.append(path)
        return read(path)

    monkeypatch.setattr(cache.pq, "read_schema", gone)
    second = make()
    assert pruned
    for path in sorted((first.folder / "derived").rglob("*.parquet")):
        other = second.folder / path.relative_to(first.folder)
        assert pq.read_table(path).equals(pq.read_table(other))
    serving.close_readers()


def test_same_inputs_same_stamp_and_history(tmp_path, rows):
    store = Store(tmp_path)
    make_build(store, rows)
    first = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist, history=(date(2025, 3, 31),))
    second = make_release(store, definitions=definitions.DEFINITIONS, loader=codelist)
    assert first.stamp == second.stamp
    reader = serving.open_reader(store, "direct_care", first.id)
    earlier = reader.measure("asthma", by="all", as_at=date(2025, 3, 31))
    make_release(store, definitions=definitions.DEFINITIONS, loader=codelist, as_at=date(2025, 3, 31))
    assert earlier == serving.open_reader(store, "direct_care").measure("asthma", by="all")
    serving.close_readers()


def test_many_numbers_in_one_question_are_those_asked_one_by_one(released):
    store, _ = released
    reader = serving.open_reader(store, "planning")
    day = reader.release().as_at
    names = [one.id for one in reader.definitions() if one.computable and one.kind in ("measure", "register", "flag")]
    practices = sorted({row.group_code for row in reader.measure(names[0], by="practice")})
    chosen = practices[:2]
    found = reader.measures(names, {"all": None, "practice": chosen, "imd_quintile": None}, [day])
    assert found and len(chosen) == 2
    for name in names:
        for by in ("all", "practice", "imd_quintile"):
            singly = [one for one in reader.measure(name, by=by) if by != "practice" or one.group_code in chosen]
            assert found.get((name, by, day), []) == singly
    assert reader.measures(names, {"practice": []}, [day]) == {}


def test_fewer_columns_are_read_of_a_person_and_the_items_are_the_same(released):
    store, _ = released
    reader = serving.open_reader(store, "direct_care")
    keys = [row[0] for row in reader.cursor.execute("SELECT person_key FROM person ORDER BY 1 LIMIT 20").fetchall()]
    some = 0
    for key in keys:
        every = [one for one in reader.history(key).items if one.table in ("event", "contact")]
        few = reader.history(key, {"event": (), "contact": ("treatment_function_code",)}).items
        assert [replace(one, details={}) for one in few] == [replace(one, details={}) for one in every]
        for one, whole in zip(few, every, strict=True):
            assert one.details.items() <= whole.details.items()
            assert one.details.get("treatment_function_code") == whole.details.get("treatment_function_code")
        some += len(few)
    assert some
