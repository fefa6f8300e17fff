"""Why two source records are, or are not, one person: in plain words, with the weight of each comparison.

Joined records are explained by the chain of links that the register kept. For records that are not joined, the rule that
keeps them apart is named, and they are compared afresh (without allowing for how common a name is).

The words say what agrees and differs, never the values: the values are seen through `IdentityStore.look`, with a reason.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from commonweal.errors import BadInput
from commonweal.record.identities import IdentityStore
from commonweal.record.linkage_model import comparisons, linker, load_model, with_prior
from commonweal.record.linkage_nameless import RULE_NAMELESS
from commonweal.record.linkage_people import RULE_HUMAN
from commonweal.record.linkage_prepare import prepare_records
from commonweal.record.linkage_rules import (
    MACROS,
    RULE_CORROBORATED,
    RULE_PSEUDONYM,
    RULE_SUPERSEDED,
    RULE_VERIFIED,
)
from commonweal.record.linkage_score import ACCEPT, LEVELS, RULE_SCORED, levels_sql, make_variants
from commonweal.record.register import Register
from commonweal.store import Store

_RULES = {
    RULE_VERIFIED: "both carry the same verified NHS number, and nothing else contradicts it",
    RULE_SUPERSEDED: "one carries an NHS number that was replaced by the number of the other",
    RULE_PSEUDONYM: "both carry the same pseudonym of an NHS number, and nothing else contradicts it",
    RULE_CORROBORATED: "both carry the same NHS number, not traced, and the date of birth or both names agree",
    RULE_SCORED: "they were compared field by field, and agree far beyond chance",
    RULE_NAMELESS: "one has neither name nor number; date of birth, sex and postcode agree, and fit one person only",
    RULE_HUMAN: "a person decided that they are the same",
}
_FIELDS = dict(
    zip(
        LEVELS,
        ("given name", "family name", "date of birth", "sex", "address", "telephone", "practice", "NHS number"),
        strict=True,
    )
)
_COMPARED_STEPS = 5
"""Links by number are compared afresh as well, for chains up to this long."""


@dataclass(frozen=True)
class Compared:
    """One field: what was found, and its weight in bits (each bit doubles the odds; negative speaks against)."""

    field: str
    finding: str
    weight: float


@dataclass(frozen=True)
class Step:
    """One link of the chain."""

    subject_a: int
    subject_b: int
    rule: str
    sentence: str
    weight: float | None
    compared: tuple[Compared, ...]


@dataclass(frozen=True)
class Why:
    """The answer: `steps` leads from the first record to the second where they are joined."""

    joined: bool
    summary: str
    steps: tuple[Step, ...]
    compared: tuple[Compared, ...] = ()

    def in_words(self) -> str:
        """The whole answer as lines of text."""
        lines = [self.summary]
        for step in self.steps:
            lines.append(f"- {step.sentence}" + (f" (weight {step.weight:+.1f})" if step.weight is not None else ""))
            lines += [f"    {one.field}: {one.finding} ({one.weight:+.1f})" for one in step.compared]
        lines += [f"    {one.field}: {one.finding} ({one.weight:+.1f})" for one in self.compared]
        return "\n".join(lines)


def why(store: Store, subject_a: int, subject_b: int) -> Why:
    """Explain two subjects of the current generation. Raises `BadInput` for one that the register does not know."""
    register = Register.of(store)
    with closing(duckdb.connect()) as connection:
        people = dict(
            connection.execute(
                f"SELECT subject_key, person_key FROM read_parquet('{register.subjects_path}') "
                "WHERE subject_key IN ($1, $2)",
                [subject_a, subject_b],
            ).fetchall()
        )
        for subject in (subject_a, subject_b):
            if subject not in people:
                raise BadInput("no such source record in the register", value=subject, remedy="run: commonweal link")
        if people[subject_a] == people[subject_b]:
            steps = _chain(connection, register, people[subject_a], subject_a, subject_b)
            if len(steps) <= _COMPARED_STEPS:
                steps = tuple(step if step.compared else _with_comparison(connection, store, step) for step in steps)
            return Why(True, "These are one person, because:", steps)
        return _why_not(connection, store, register, subject_a, subject_b)


def _chain(
    connection: duckdb.DuckDBPyConnection, register: Register, person_key: int, start: int, end: int
) -> tuple[Step, ...]:
    """The shortest chain of links between two subjects of one person; decisions of people count as links."""
    rows = connection.execute(
        f"""SELECT link.subject_a, link.subject_b, rule, weight, levels FROM read_parquet('{register.links_path}') AS link
            JOIN read_parquet('{register.subjects_path}') AS subject ON subject.subject_key = link.subject_a
            WHERE person_key = $1 ORDER BY weight DESC NULLS FIRST, 1, 2""",
        [person_key],
    ).fetchall()
    rows += [(item.subject_a, item.subject_b, RULE_HUMAN, None, None) for item in register.overrides() if item.same]
    near: dict[int, list[tuple]] = {}  # type: ignore[type-arg]
    for row in rows:
        near.setdefault(row[0], []).append(row)
        near.setdefault(row[1], []).append(row)
    came: dict[int, tuple[int, tuple] | None] = {start: None}  # type: ignore[type-arg]
    queue = deque([start])
    while queue and end not in came:
        here = queue.popleft()
        for row in near.get(here, []):
            there = row[1] if row[0] == here else row[0]
            if there not in came:
                came[there] = (here, row)
                queue.append(there)
    steps = []
    at = end
    while (previous := came.get(at)) is not None:
        at, row = previous
        steps.append(Step(row[0], row[1], row[2], _RULES[row[2]], row[3], _findings(row[4] or "")))
    return tuple(reversed(steps))


def _why_not(
    connection: duckdb.DuckDBPyConnection, store: Store, register: Register, subject_a: int, subject_b: int
) -> Why:
    low, high = sorted((subject_a, subject_b))
    for item in register.overrides():
        if (item.subject_a, item.subject_b, item.same) == (low, high, False):
            return Why(False, "A person decided that these are different people.", ())
    _prepare_two(connection, store, low, high)
    numbers = connection.execute("SELECT number_kind, canonical_number FROM linkage_record").fetchall()
    compared = _compare(connection, store)
    kinds = {kind for kind, _ in numbers}
    if len(numbers) == 2 and len({number for _, number in numbers}) == 2 and kinds <= {"verified", "pseudonym"}:
        return Why(
            False, "These carry two different verified numbers, which are never joined automatically.", (), compared
        )
    for item in register.review_queue(limit=1_000_000):
        if (item.subject_a, item.subject_b) == (low, high):
            return Why(False, f"Not joined, and waiting for review: {item.reason}.", (), compared)
    total = sum(one.weight for one in compared)
    enough = "but the rules on names and dates of birth keep them apart" if total >= ACCEPT else "which is too little"
    return Why(False, f"Not joined: the comparisons below come to {total:+.1f}, {enough}.", (), compared)


def _with_comparison(connection: duckdb.DuckDBPyConnection, store: Store, step: Step) -> Step:
    _prepare_two(connection, store, step.subject_a, step.subject_b)
    return replace(step, compared=_compare(connection, store))


def _prepare_two(connection: duckdb.DuckDBPyConnection, store: Store, subject_a: int, subject_b: int) -> None:
    sent = IdentityStore.of(store).subjects(connection).filter(f"subject_key IN ({subject_a}, {subject_b})")
    sent.create_view("two_subjects", replace=True)
    prepare_records(connection, "two_subjects")


def _compare(connection: duckdb.DuckDBPyConnection, store: Store) -> tuple[Compared, ...]:
    """Both records of ``linkage_record`` compared afresh; empty where there is too little to compare."""
    connection.execute(MACROS)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE linkage_entity AS
        SELECT subject_key, CAST(row_number() OVER (ORDER BY subject_key) AS INTEGER) AS entity FROM linkage_record
    """)
    make_variants(connection)
    model: dict[str, Any] = with_prior(load_model(store), 1000)
    model = model | {"blocking_rules_to_generate_predictions": [{"blocking_rule": "1=1"}]}
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            for key in [key for key in level if key.startswith("tf_")]:
                del level[key]
    predicted = linker(connection, model).inference.predict(threshold_match_weight=-1000)
    row = connection.execute(f"SELECT {levels_sql(connection, predicted.physical_name)} FROM {predicted.physical_name}")
    found = row.fetchone()
    return _findings(found[0]) if found else ()


def _findings(levels: str) -> tuple[Compared, ...]:
    """``given=5:9.1;…`` in words; fields that one of the two does not have are left out."""
    labels = _labels()
    found = []
    for part in filter(None, levels.split(";")):
        field, _, rest = part.partition("=")
        level, _, weight = rest.partition(":")
        if int(level) >= 0:
            found.append(Compared(labels[field][0], labels[field][1][int(level)], float(weight)))
    return tuple(found)


def _labels() -> dict[str, tuple[str, list[str]]]:
    """For each compared column its name in words, and its levels from 0 (differs) upward."""
    words = {}
    for comparison in comparisons():
        made = comparison.create_comparison_dict("duckdb")
        said = [
            level["label_for_charts"] for level in made["comparison_levels"] if not level.get("is_null_level", False)
        ]
        words[made["output_column_name"]] = (_FIELDS[made["output_column_name"]], said[::-1])
    return words
