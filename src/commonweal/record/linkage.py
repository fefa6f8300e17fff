"""Linkage: which of the subjects that feeds sent are the same person.

Numbers first (`linkage_rules`), then Splink for those without a verified number (`linkage_model`, `linkage_score`),
then people's decisions above both, then one partition (`linkage_people`) that the register turns into stable ids
(`register`). Everything is worked out again from all subjects each time, so that the order in which records arrived
does not matter; the register carries ids over.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from commonweal.errors import NotReady
from commonweal.record.control import writer
from commonweal.record.erasures import sweep
from commonweal.record.identities import IdentityStore
from commonweal.record.known_people import KnownPeople
from commonweal.record.linkage_model import save_model, train
from commonweal.record.linkage_nameless import link_nameless
from commonweal.record.linkage_people import People
from commonweal.record.linkage_prepare import prepare_records
from commonweal.record.linkage_rules import link_by_number
from commonweal.record.linkage_score import make_variants, score_pairs
from commonweal.record.register import Override, Register
from commonweal.store import MEMORY, Store

SPILL = ".spill"
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

    Leaves the relations ``linkage_cluster`` (subject_key, cluster, practice_code), ``linkage_used`` (subject_a,
    subject_b, rule, weight, levels) and ``linkage_doubt`` (kind, reason, subject_a, subject_b, weight).
    """
    prepare_records(connection, subjects)
    on_step("numbers")
    link_by_number(connection)
    people = People.by_number(connection, overrides)
    on_step("scores")
    score_pairs(connection, model)
    on_step("partition")
    people.join_scored()
    link_nameless(connection)
    people.join_nameless()
    connection.execute("DROP TABLE linkage_record")
    return people.by_rule
