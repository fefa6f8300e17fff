"""Precision and recall on invented people with published error rates, and the evaluator itself by hand."""

from __future__ import annotations

import itertools
import random
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from commonweal.record.linkage import link_subjects
from commonweal.record.linkage_evaluation import error_kinds, evaluate
from commonweal.record.linkage_nameless import link_nameless
from commonweal.record.linkage_partition import Links, partition
from commonweal.record.linkage_people import RULE_HUMAN, People
from commonweal.record.linkage_prepare import prepare_records
from commonweal.record.linkage_rules import link_by_number
from commonweal.record.linkage_score import score_pairs
from commonweal.record.register import Override

from .invented_people import invented_people, subjects_of


def test_precision_and_recall_by_hand():
    """Truth {1,2,3} {4,5}; found {1,2} {3,4,5}: found pairs 12 34 35 45, right 12 45, true 12 13 23 45."""
    truth = pa.table({"subject_key": [1, 2, 3, 4, 5], "person": ["a", "a", "a", "b", "b"]})
    found = pa.table({"subject_key": [1, 2, 3, 4, 5], "person_key": [1, 1, 2, 2, 2]})
    quality = evaluate(truth, found)
    assert (quality.precision, quality.recall) == (2 / 4, 2 / 4)
    assert (quality.people_split, quality.joined_mixed) == (1, 1)


@pytest.fixture(scope="module")
def found():
    """Other people, and other errors, than the shipped model learnt from."""
    subjects, truth = subjects_of(invented_people(6000, seed=77), seed=78)
    connection = duckdb.connect()
    connection.register("subjects", subjects)
    linked_by = link_subjects(connection, "subjects", [])
    people = connection.sql("SELECT subject_key, cluster AS person_key FROM linkage_cluster").to_arrow_table()
    doubts = dict(connection.execute("SELECT kind, count(*) FROM linkage_doubt GROUP BY kind").fetchall())
    return subjects, truth, people, linked_by, doubts


def test_the_error_rates_are_there(found):
    subjects = found[0].to_pandas()
    hospital = subjects[subjects["feed"].isin(["apc", "ae", "social_care"])]
    assert 0.09 < hospital["nhs_number"].isna().mean() < 0.13


def test_precision_and_recall_on_the_invented_system(found):
    _, truth, people, _, _ = found
    quality = evaluate(truth, people)
    assert quality.precision >= 0.999
    assert quality.recall >= 0.98


def test_records_without_a_number_are_found_too(found):
    """Recall among pairs with a record that has no number, where verified numbers cannot help."""
    subjects, truth, people, linked_by, _ = found
    connection = duckdb.connect()
    for name, table in (("subjects", subjects), ("truth", truth), ("people", people)):
        connection.register(name, table)
    right, whole = connection.execute("""
        WITH bare AS (SELECT subject_key FROM subjects GROUP BY subject_key HAVING count(nhs_number) = 0),
             known AS (SELECT subject_key, person, person_key FROM truth JOIN people USING (subject_key))
        SELECT count(*) FILTER (a.person_key = b.person_key), count(*)
        FROM known AS a SEMI JOIN bare USING (subject_key) JOIN known AS b ON a.person = b.person
             AND a.subject_key <> b.subject_key
    """).fetchone()
    assert whole > 500
    assert right / whole >= 0.95
    assert linked_by["scored_by_comparison"] > 300


def test_no_twins_or_households_are_joined(found):
    subjects, truth, people, _, _ = found
    wrong = {kind.kind: kind.pairs for kind in error_kinds(truth, people, subjects) if kind.error == "wrong"}
    assert wrong.get("twins", 0) == wrong.get("one household", 0) == 0


def test_what_each_rule_joined_adds_up(found):
    _, _, people, linked_by, _ = found
    records = len(set(people["subject_key"].to_pylist()))
    persons = len(set(people["person_key"].to_pylist()))
    assert records - persons == sum(linked_by.values())


def test_two_verified_numbers_are_never_one_person(found):
    subjects, _, people, _, _ = found
    connection = duckdb.connect()
    connection.register("subjects", subjects)
    connection.register("people", people)
    worst = connection.execute("""
        SELECT max(numbers) FROM (
            SELECT count(DISTINCT nhs_number) FILTER (nhs_number_status = '01') AS numbers
            FROM subjects JOIN people USING (subject_key) GROUP BY person_key)
    """).fetchone()
    assert worst == (1,)


def test_a_partition_does_not_depend_on_the_order_of_its_links():
    import numpy as np

    random = np.random.default_rng(3)
    numbers = np.where(random.random(60) < 0.4, random.integers(0, 12, 60), -1)
    left, right = random.integers(0, 60, 90).astype(np.int32), random.integers(0, 60, 90).astype(np.int32)
    weight = random.random(90)
    apart = np.array([[1, 2], [5, 9]])
    seen = set()
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(90)
        label = partition(60, Links.plain(left[order], right[order], weight[order]), numbers, apart).label
        seen.add(frozenset(frozenset(np.flatnonzero(label == one).tolist()) for one in set(label.tolist())))
        for one in set(label.tolist()):
            held = set(numbers[label == one].tolist()) - {-1}
            assert len(held) <= 1
        assert label[1] != label[2]
        assert label[5] != label[9]
    assert len(seen) == 1


def test_people_are_those_of_the_whole_graph(found):
    """`People` holds few records in memory. Decisions at random, and one partition of every record by every link as the oracle."""
    connection = duckdb.connect()
    connection.register("subjects", found[0])
    draw = random.Random(11)
    near = [draw.sample(list(group), 2) for group in _groups(found[2]).values() if len(group) > 2]
    keys = [key for group in _groups(found[2]).values() for key in group]
    pairs = draw.sample(near, 150) + [draw.sample(keys, 2) for _ in range(150)]
    pairs += [[one[0], other[1]] for one, other in itertools.pairwise(pairs)]
    decisions = [Override(min(pair), max(pair), draw.random() < 0.5, "someone", "drawn") for pair in pairs]
    prepare_records(connection, "subjects")
    link_by_number(connection)
    people = People.by_number(connection, decisions)
    score_pairs(connection)
    people.join_scored()
    link_nameless(connection)
    people.join_nameless()

    records = connection.execute("""
        SELECT subject_key, CASE WHEN number_kind IN ('verified', 'pseudonym') THEN dense_rank() OVER (ORDER BY canonical_number)
               ELSE -1 END AS number FROM linkage_record ORDER BY subject_key
    """).fetchnumpy()
    links = connection.execute("""
        SELECT subject_a, subject_b, 1e6 AS weight FROM linkage_edge
        UNION ALL SELECT subject_a, subject_b, weight FROM linkage_scored WHERE accepted ORDER BY ALL
    """).fetchnumpy()
    at = partial(np.searchsorted, records["subject_key"])
    same = Links(at(people.decided.left), at(people.decided.right), people.decided.weight, people.decided.binding)
    whole = same + Links.plain(at(links["subject_a"]), at(links["subject_b"]), links["weight"])
    expected = partition(len(records["number"]), whole, records["number"].astype(np.int32), at(people.apart))
    clusters = dict(connection.execute("SELECT subject_key, cluster FROM linkage_cluster").fetchall())
    label = np.asarray([clusters[key] for key in records["subject_key"]])
    assert expected.refused.size > 50
    assert len(set(zip(label, expected.label, strict=True))) == expected.parts == len(set(label))
    assert sum(people.by_rule.values()) == len(label) - expected.parts
    assert people.by_rule.keys() >= {RULE_HUMAN, "verified_nhs_number", "scored_by_comparison"}
    used = connection.execute("SELECT subject_a, subject_b FROM linkage_used ORDER BY ALL").fetchall()
    ends = zip(links["subject_a"].tolist(), links["subject_b"].tolist(), strict=True)
    assert used == sorted((a, b) for a, b in ends if clusters[a] == clusters[b])


def _groups(people: pa.Table) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for subject, person in zip(*(people[name].to_pylist() for name in ("subject_key", "person_key")), strict=True):
        groups.setdefault(person, []).append(subject)
    return groups
