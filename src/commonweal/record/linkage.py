"""Linkage: which of the subjects that feeds sent are the same person.

Numbers first (`linkage_rules`), then Splink for those without a verified number (`linkage_model`, `linkage_score`),
then people's decisions above both, then one partition (`linkage_partition`) that the register turns into stable ids
(`register`). Everything is worked out again from all subjects each time, so that the order in which records arrived
does not matter; the register carries ids over.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from commonweal.errors import NotReady
from commonweal.record.control import writer
from commonweal.record.erasures import sweep
from commonweal.record.identities import IdentityStore
from commonweal.record.known_people import KnownPeople
from commonweal.record.linkage_model import save_model, train
from commonweal.record.linkage_nameless import RULE_NAMELESS, link_nameless
from commonweal.record.linkage_partition import NO_NUMBER, Links, Partition, partition
from commonweal.record.linkage_prepare import prepare_records
from commonweal.record.linkage_rules import link_by_number
from commonweal.record.linkage_score import RULE_SCORED, make_variants, score_pairs
from commonweal.record.register import Override, Register
from commonweal.store import MEMORY, Store

SPILL = ".spill"
RULE_HUMAN = "decided_by_a_person"
STEPS = ("records", "numbers", "scores", "partition", "register")
"""What `on_step` is told, in order."""


@dataclass(frozen=True)
class LinkResult:
    """`records` subjects became `persons`; the counts of `linked_by` add up to the difference."""

    records: int
    persons: int
    linked_by: dict[str, int]
    review: dict[str, int]
    created: int = 0
    merged: int = 0
    split: int = 0
    generation: int = 0

    def as_json(self) -> dict[str, object]:
        """What ``link --json`` prints."""
        return {
            "records": self.records,
            "persons": self.persons,
            "linked_by": self.linked_by,
            "review": sum(self.review.values()),
            "review_by_kind": self.review,
            "created": self.created,
            "merged": self.merged,
            "split": self.split,
            "generation": self.generation,
        }


@dataclass
class _Joined:
    """Links so far, and how many subjects each rule joined."""

    links: Links
    partition: Partition
    by_rule: dict[str, int] = field(default_factory=dict)


def link(
    store: Store,
    *,
    memory_limit: str = MEMORY,
    threads: int | None = None,
    on_step: Callable[[str], None] = lambda step: None,
) -> LinkResult:
    """Link every subject of the identity store and publish a new generation of the register.

    Raises `NotReady` where nothing was ingested, `Busy` while another process writes. Temporary tables spill into the store when memory is short.
    """
    identities, register = IdentityStore.of(store), Register.of(store)
    if not identities.load_ids():
        raise NotReady("no records have been loaded", remedy="run: commonweal ingest PATH")
    with writer(store, "link"):
        with closing(_connect(store, memory_limit, threads)) as connection:
            sweep(store)
            on_step("records")
            identities.subjects(connection).create_view("linkage_subject")
            overrides = register.overrides() if register.path.exists() else []
            linked_by = link_subjects(connection, "linkage_subject", overrides, on_step)
            on_step("register")
            counts = register.publish(
                connection,
                clusters="linkage_cluster",
                links="linkage_used",
                doubts="linkage_doubt",
                linked_by=json.dumps(linked_by, sort_keys=True),
            )
        KnownPeople(store).gather(memory_limit)  # the other connection has let go of its memory
    return LinkResult(
        counts.subjects,
        counts.persons,
        linked_by,
        register.review_counts(),
        counts.created,
        counts.merged,
        counts.split,
        register.generation() or 0,
    )


def train_on(store: Store, *, memory_limit: str = MEMORY, threads: int | None = None) -> Path:
    """Learn the store's own weights from its records with verified numbers; `link` uses them from then on."""
    identities = IdentityStore.of(store)
    if not identities.load_ids():
        raise NotReady("no records have been loaded", remedy="run: commonweal ingest PATH")
    with writer(store, "link"), closing(_connect(store, memory_limit, threads)) as connection:
        identities.subjects(connection).create_view("linkage_subject")
        prepare_records(connection, "linkage_subject")
        connection.execute("""
            CREATE OR REPLACE TEMP TABLE linkage_entity AS
            SELECT subject_key, CAST(row_number() OVER (ORDER BY subject_key) AS INTEGER) AS entity FROM linkage_record
        """)
        make_variants(connection)
        return save_model(store, train(connection))


def _connect(store: Store, memory_limit: str, threads: int | None) -> duckdb.DuckDBPyConnection:
    """A connection that spills into the store. The caller holds the writer lock: what another run spilled is left behind."""
    spill = store.root / SPILL
    shutil.rmtree(spill, ignore_errors=True)
    connection = duckdb.connect()
    settings = {"memory_limit": memory_limit, "temp_directory": str(spill), "threads": threads}
    for name, value in settings.items():
        if value is not None:
            connection.execute(f"SET {name} = '{value}'")
    return connection


def link_subjects(
    connection: duckdb.DuckDBPyConnection,
    subjects: str,
    overrides: list[Override],
    on_step: Callable[[str], None] = lambda step: None,
    model: dict[str, object] | None = None,
) -> dict[str, int]:
    """Partition the subjects of a relation; returns how many subjects each rule joined.

    Leaves the temp tables ``linkage_cluster`` (subject_key, cluster, practice_code), ``linkage_used`` (subject_a,
    subject_b, rule, weight, levels) and ``linkage_doubt`` (kind, reason, subject_a, subject_b, weight).
    """
    prepare_records(connection, subjects)
    on_step("numbers")
    link_by_number(connection)
    keys = _column(connection, "SELECT subject_key FROM linkage_record ORDER BY subject_key", np.int64)
    numbers = _column(
        connection,
        f"""SELECT CASE WHEN number_kind IN ('verified', 'pseudonym')
                THEN dense_rank() OVER (ORDER BY canonical_number) ELSE {NO_NUMBER} END
            FROM linkage_record ORDER BY subject_key""",
        np.int32,
    )
    apart = _positions(keys, [(item.subject_a, item.subject_b) for item in overrides if not item.same])
    joined = _join_people(connection, keys, numbers, apart, overrides)
    on_step("scores")
    apart = _join_scored(connection, keys, numbers, apart, joined, on_step, model)
    _join_nameless(connection, keys, numbers, apart, joined)
    label, by_rule = joined.partition.label, joined.by_rule
    del joined, numbers, apart  # what comes now needs the room
    _leave_tables(connection, keys, label)
    return by_rule


def _join_people(
    connection: duckdb.DuckDBPyConnection,
    keys: np.ndarray,
    numbers: np.ndarray,
    apart: np.ndarray,
    overrides: list[Override],
) -> _Joined:
    """People's decisions and the links by number, each counted by what it adds."""
    decided = _positions(keys, [(item.subject_a, item.subject_b) for item in overrides if item.same])
    links = Links(decided[:, 0], decided[:, 1], np.full(len(decided), np.inf), np.ones(len(decided), dtype=bool))
    joined = _Joined(links, partition(keys.size, links, numbers, apart))
    if len(decided):
        joined.by_rule[RULE_HUMAN] = keys.size - joined.partition.parts
    rules = [row[0] for row in connection.execute("SELECT DISTINCT rule FROM linkage_edge ORDER BY rule").fetchall()]
    for rule in rules:
        pairs = connection.execute(
            "SELECT subject_a, subject_b FROM linkage_edge WHERE rule = $1 ORDER BY ALL", [rule]
        ).fetchnumpy()
        added = Links.plain(_at(keys, pairs["subject_a"]), _at(keys, pairs["subject_b"]), 1e6)
        _add(joined, rule, added, keys.size, numbers, apart)
    return joined


def _join_scored(
    connection: duckdb.DuckDBPyConnection,
    keys: np.ndarray,
    numbers: np.ndarray,
    apart: np.ndarray,
    joined: _Joined,
    on_step: Callable[[str], None],
    model: dict[str, object] | None,
) -> np.ndarray:
    """Splink's links between the groups that the numbers made; returns `apart` with the pairs that chains may not join."""
    connection.register(
        "linkage_entity_arrow", pa.table({"subject_key": keys, "entity": joined.partition.label.astype(np.int32)})
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE linkage_entity AS FROM linkage_entity_arrow")
    connection.unregister("linkage_entity_arrow")
    entity = joined.partition.label
    score_pairs(connection, model)
    connection.execute("DROP TABLE linkage_variant; DROP TABLE linkage_entity")
    on_step("partition")
    pairs = connection.execute(
        "SELECT subject_a, subject_b, weight FROM linkage_scored WHERE accepted ORDER BY ALL"
    ).fetchnumpy()
    added = Links.plain(_at(keys, pairs["subject_a"]), _at(keys, pairs["subject_b"]), np.asarray(pairs["weight"]))
    before = _Joined(joined.links, joined.partition, dict(joined.by_rule))
    refused = _add(joined, RULE_SCORED, added, keys.size, numbers, apart)
    chained = _contradictions(connection, keys, joined.partition.label, entity)
    if chained.size:
        joined.links, joined.partition, joined.by_rule = before.links, before.partition, before.by_rule
        apart = np.concatenate([apart, chained])
        refused = _add(joined, RULE_SCORED, added, keys.size, numbers, apart)
    connection.register(
        "refused_pairs", pa.table({"subject_a": keys[added.left[refused]], "subject_b": keys[added.right[refused]]})
    )
    connection.execute("""
        INSERT INTO linkage_doubt
        SELECT 'link_breaks_a_rule', 'alike, but joining them would put two verified numbers, contradicting records, or '
               'records that someone kept apart, into one person', subject_a, subject_b, scored.weight
        FROM refused_pairs JOIN linkage_scored AS scored USING (subject_a, subject_b)
    """)
    connection.unregister("refused_pairs")
    return apart


def _join_nameless(
    connection: duckdb.DuckDBPyConnection, keys: np.ndarray, numbers: np.ndarray, apart: np.ndarray, joined: _Joined
) -> None:
    """Records that have neither name nor number."""
    _label_table(connection, keys, joined.partition.label)
    link_nameless(connection)
    pairs = connection.execute(
        "SELECT subject_a, subject_b, weight FROM linkage_scored WHERE rule = $1 ORDER BY ALL", [RULE_NAMELESS]
    ).fetchnumpy()
    added = Links.plain(_at(keys, pairs["subject_a"]), _at(keys, pairs["subject_b"]), np.asarray(pairs["weight"]))
    _add(joined, RULE_NAMELESS, added, keys.size, numbers, apart)


def _contradictions(
    connection: duckdb.DuckDBPyConnection, keys: np.ndarray, label: np.ndarray, entity: np.ndarray
) -> np.ndarray:
    """Pairs that a chain of scored links put together although they contradict each other, as positions.

    A is like B and B is like C, but A and C are born in different years, or have names that clash. `entity` are the labels
    before the scores joined any: each lies within one of `label`.
    """
    cluster_of = np.zeros(int(entity.max(initial=-1)) + 1, dtype=np.int32)
    cluster_of[entity] = label
    chosen = np.flatnonzero((np.bincount(cluster_of) > 2)[label]) if label.size else np.empty(0, dtype=np.int64)
    if not chosen.size:
        return np.empty((0, 2), dtype=np.int32)
    chained = pa.table({"subject_key": keys[chosen], "cluster": label[chosen], "entity": entity[chosen]})
    connection.register("chained", chained)
    pairs = connection.execute("""
        WITH members AS (SELECT cluster, entity, record.* FROM linkage_record AS record JOIN chained USING (subject_key))
        SELECT a.subject_key AS subject_a, b.subject_key AS subject_b FROM members AS a JOIN members AS b
          ON a.cluster = b.cluster AND a.entity <> b.entity AND a.subject_key < b.subject_key
        WHERE (left(a.birth_date, 4) <> left(b.birth_date, 4) AND NOT birth_dates_near(a.birth_date, b.birth_date))
           OR (given_names_clash(a.given, a.given_standard, b.given, b.given_standard)
               AND NOT coalesce(a.given = b.family OR b.given = a.family, false))
        ORDER BY ALL
    """).fetchnumpy()
    connection.unregister("chained")
    return np.stack([_at(keys, pairs["subject_a"]), _at(keys, pairs["subject_b"])], axis=1)


def _add(joined: _Joined, rule: str, added: Links, nodes: int, numbers: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Take `added` in; returns the positions within it of links that broke a rule."""
    before, offset = joined.partition.parts, joined.links.left.size
    joined.links = joined.links + added
    joined.partition = partition(nodes, joined.links, numbers, apart)
    count = before - joined.partition.parts
    if count:
        joined.by_rule[rule] = count
    refused = joined.partition.refused
    return refused[refused >= offset] - offset


def _label_table(connection: duckdb.DuckDBPyConnection, keys: np.ndarray, label: np.ndarray) -> None:
    """``linkage_label`` (subject_key, cluster): a table of the database, which can spill it and knows how many rows it has."""
    connection.register("linkage_label_arrow", pa.table({"subject_key": keys, "cluster": label.astype(np.int32)}))
    connection.execute("CREATE OR REPLACE TEMP TABLE linkage_label AS FROM linkage_label_arrow")
    connection.unregister("linkage_label_arrow")


def _leave_tables(connection: duckdb.DuckDBPyConnection, keys: np.ndarray, label: np.ndarray) -> None:
    _label_table(connection, keys, label)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_cluster AS
        SELECT subject_key, cluster, practice_code FROM linkage_label JOIN linkage_record USING (subject_key);
        DROP TABLE linkage_label;
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_used AS
        SELECT edge.subject_a, edge.subject_b, edge.rule, NULL::DOUBLE AS weight, NULL::VARCHAR AS levels
        FROM linkage_edge AS edge
        JOIN linkage_cluster AS a ON a.subject_key = edge.subject_a
        JOIN linkage_cluster AS b ON b.subject_key = edge.subject_b
        WHERE a.cluster = b.cluster
        UNION ALL
        SELECT scored.subject_a, scored.subject_b, rule, weight, levels FROM linkage_scored AS scored
        JOIN linkage_cluster AS a ON a.subject_key = scored.subject_a
        JOIN linkage_cluster AS b ON b.subject_key = scored.subject_b
        WHERE accepted AND a.cluster = b.cluster;
    """)


def _column(connection: duckdb.DuckDBPyConnection, query: str, dtype: type) -> np.ndarray:
    (values,) = connection.execute(query).fetchnumpy().values()
    return np.asarray(values, dtype=dtype)


def _at(keys: np.ndarray, wanted: Any) -> np.ndarray:
    """The positions of `wanted` within the sorted `keys`."""
    return np.searchsorted(keys, wanted).astype(np.int32)


def _positions(keys: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Pairs of subject keys as pairs of positions; pairs with a subject that is not there (yet) are left out."""
    wanted = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if not wanted.size:
        return wanted.astype(np.int32)
    found = np.minimum(_at(keys, wanted), keys.size - 1)
    return found[(keys[found] == wanted).all(axis=1)]
