"""Every definition written twice: the engine's answers are those of a script in SQL that shares nothing with it.

`benchmarks/all_definitions` says in SQL what each definition means. Here both run on all worked patients, whose answers are
written down, and on an invented record in which every list has codes and people have many things at once.
"""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks._all_definitions import differences, run_script, write_codes
from benchmarks.definitions_all import run_engine
from tests.definitions.crowded_record import AS_AT, crowded_record

from commonweal.definitions.declarations import WORKED_AS_AT
from commonweal.definitions.registry import all_definitions
from commonweal.engine.plan import not_computable
from commonweal.engine.worked_patients import answer_of, one_record, same, shape

COMPUTED = {one.id for one in all_definitions()} - set(not_computable(all_definitions()))


@pytest.fixture(scope="module")
def codes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codes")
    write_codes(folder)
    return folder


def both(record, codes, folder, as_at):
    run_script(record, codes, folder / "script", as_at)
    run_engine(record, folder / "engine", as_at)
    return differences(folder / "script", folder / "engine")


def test_worked_patients_get_their_answers_by_hand_too(codes, tmp_path):
    record, patients = one_record(all_definitions(), WORKED_AS_AT, tmp_path / "record")
    assert both(record, codes, tmp_path, WORKED_AS_AT) == {}
    rows = {row["person_key"]: row for row in pq.read_table(tmp_path / "script" / "care").to_pylist()}
    assert {one.id for _, one, _ in patients} == COMPUTED
    wrong = [
        (one.id, patient.label)
        for key, one, patient in patients
        if not same(shape(one, answer_of(one, rows[key]), patient.expected), patient.expected)
    ]
    assert wrong == []


def test_a_crowded_record_is_counted_alike(codes, tmp_path):
    record = crowded_record(tmp_path / "record", people=560, seed=3)
    assert both(record, codes, tmp_path, AS_AT) == {}
    counts = pq.read_table(tmp_path / "script" / "cube" / "restricted.parquet").to_pylist()
    met = {row["definition_id"] for row in counts if row["group_type"] == "all" and row["numerator"]}
    # The record is rich enough to tell: nearly every definition counts somebody outside direct care.
    assert len(COMPUTED - met) <= 20, sorted(COMPUTED - met)


def test_one_answer_changed_is_seen(codes, tmp_path):
    record = crowded_record(tmp_path / "record", people=20, seed=4)
    assert both(record, codes, tmp_path, AS_AT) == {}
    path = tmp_path / "engine" / "care" / "000.parquet"
    people = pq.read_table(path)
    answers = people.column("r_gout").to_pylist()
    changed = pa.array([not answers[0], *answers[1:]])
    pq.write_table(people.set_column(people.column_names.index("r_gout"), "r_gout", changed), path)
    assert differences(tmp_path / "script", tmp_path / "engine") == {"gout": ["care: r_gout of 1 people"]}
