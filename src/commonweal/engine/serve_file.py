"""Writes one serving file for one purpose. What a purpose may not see is not in its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from commonweal.definitions.declarations import Definition, Segment
from commonweal.engine import attributes, nodes_json
from commonweal.engine.codes import CodeBook
from commonweal.engine.columns import content_hash
from commonweal.engine.dialect import text_literal
from commonweal.engine.evidence import feature_id
from commonweal.engine.exclusions import Exclusion, reads
from commonweal.engine.measure_rows import Shape
from commonweal.engine.plan import Plan, not_computable
from commonweal.engine.public_cube import protected_cube, shown_cube
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.serve_order import in_order
from commonweal.engine.serving_columns import PERSON_KEY, answer_allowed, check_columns, person_columns
from commonweal.engine.views import VIEWS
from commonweal.engine.words import say, say_feature
from commonweal.errors import NotReady
from commonweal.governance.keys import KeyRing
from commonweal.governance.pseudonyms import install_serving_keys
from commonweal.governance.purpose import Purpose, PurposeRule

CARE_ORDER = "practice_code NULLS LAST, person_key"


@dataclass(frozen=True)
class ReleaseInfo:
    """What a release is, as every screen and file states it."""

    id: str
    created_at: datetime
    as_at: date
    purpose: str
    code_version: str
    stamp: str
    invented: bool


@dataclass(frozen=True)
class DefinitionTables:
    """The tables ``definition``, ``feature`` and ``codelist``: the same in the files of all purposes."""

    definition: pa.Table
    feature: pa.Table
    codelist: pa.Table

    @classmethod
    def of(
        cls,
        plan: Plan,
        list_titles: Mapping[str, str],
        list_versions: Mapping[str, str],
        codes: CodeBook,
        hashes: Mapping[str, str],
        uncomputed: Mapping[str, str],
    ) -> DefinitionTables:
        """All that is said of the definitions of a plan and of their codelists; `uncomputed`: to why, of this record."""
        own = {one.id: one.title for one in plan.definitions}

        def title(name: str) -> str:
            return list_titles.get(name) or own.get(name, name)

        return cls(
            definition_table(plan, title, hashes, uncomputed),
            feature_table(plan, title),
            codelist_table(list_titles, list_versions, codes),
        )


@dataclass(frozen=True)
class Content:
    """All that goes into a serving file besides rows."""

    info: ReleaseInfo
    plan: Plan
    codes: CodeBook
    described: DefinitionTables
    cube: pa.Table
    exclusions: tuple[Exclusion, ...] = ()


def write_serving_file(
    path: Path,
    rule: PurposeRule,
    content: Content,
    people: list[Path],
    features: list[Path],
    record: RecordFiles,
    keys: KeyRing,
) -> None:
    """Write the file. `people` and `features` are the derived Parquet files of the view that the purpose may read.

    `keys` gives the key under which people are known in the file of a purpose that names nobody.
    """
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET preserve_insertion_order = true")
        connection.execute("SET memory_limit = '1GB'")
        _write_release(connection, content.info)
        for name in ("definition", "feature", "codelist"):
            _write_table(connection, name, getattr(content.described, name))
        _write_exclusions(connection, content)
        _write_practices(connection, people)
        _write_table(connection, "cube", _cube_for(connection, content, rule))
        if rule.identifiable:
            _write_people_by_name(connection, rule, people)
            _write_evidence(connection, content, features)
            connection.execute(f"CREATE TABLE concept AS SELECT * FROM {record.relation('concept')}")
        elif rule.birth_date != "none":
            _write_people_by_key(connection, rule, people, keys)
        for table in ("organisation", "place"):
            connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {record.relation(table)}")
        check_columns(connection, rule)
        connection.execute("CHECKPOINT")


def _cube_for(connection: duckdb.DuckDBPyConnection, content: Content, rule: PurposeRule) -> pa.Table:
    """The cube as a purpose may hold it: exact behind the reader's door, or with each number as it may be shown."""
    profile = rule.profile
    if rule.purpose != Purpose.PUBLIC and (not profile.suppress_below or profile.round_to > 1):
        return content.cube
    shapes = [(one.id, Shape.of_definition(one)) for one in content.plan.definitions]
    if profile.round_to > 1:
        return shown_cube(content.cube, shapes, profile)
    practices = connection.execute(
        "SELECT practice_code, pcn_code, neighbourhood_code, borough_code, icb_code FROM practice"
    ).fetchall()
    return protected_cube(content.cube, shapes, profile, practices)


def _write_table(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("_source", table)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM _source")
    connection.unregister("_source")


def _write_release(connection: duckdb.DuckDBPyConnection, info: ReleaseInfo) -> None:
    connection.execute(
        "CREATE TABLE release (id VARCHAR, created_at TIMESTAMP, as_at DATE, purpose VARCHAR, code_version VARCHAR, "
        "stamp VARCHAR, invented BOOLEAN)"
    )
    connection.execute(
        "INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)",
        [info.id, info.created_at, info.as_at, info.purpose, info.code_version, info.stamp, info.invented],
    )


def _files(paths: list[Path]) -> str:
    return "read_parquet([" + ", ".join(text_literal(str(path)) for path in paths) + "])"


def people_of(folder: Path, rule: PurposeRule) -> str:
    """The people of a release whom a purpose may count, with the record's own keys: SQL that can stand in FROM."""
    files = sorted((folder / "derived" / VIEWS[str(rule.purpose)] / "people").glob("*.parquet"))
    return f"(SELECT * FROM {_files(files)}{' WHERE NOT objected' if rule.opt_outs else ''})"


def _write_practices(connection: duckdb.DuckDBPyConnection, people: list[Path]) -> None:
    """Table ``practice``: each practice that has people, and the bodies above it."""
    connection.execute(
        "CREATE TABLE practice AS SELECT DISTINCT practice_code, pcn_code, neighbourhood_code, borough_code, icb_code "
        f"FROM {_files(people)} WHERE practice_code IS NOT NULL ORDER BY ALL"
    )


def _answers(connection: duckdb.DuckDBPyConnection, rule: PurposeRule, source: str) -> list[str]:
    """The columns of the derived people that are answers and that the purpose may have."""
    held = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    return [name for name in held if name not in attributes.COLUMNS and answer_allowed(name, rule)]


def _write_people_by_name(connection: duckdb.DuckDBPyConnection, rule: PurposeRule, people: list[Path]) -> None:
    """Tables ``person`` (attributes, sorted by practice) and ``wide`` (answers, by person: sorting so many columns costs
    more than reading one of them whole)."""
    source = _files(people)
    shown = ", ".join([PERSON_KEY, *(f"{sql} AS {name}" for name, sql in person_columns(rule).items())])
    connection.execute(f"CREATE TABLE person AS SELECT {shown} FROM {source} ORDER BY {CARE_ORDER}")
    _fill(connection, "wide", ", ".join([PERSON_KEY, *_answers(connection, rule, source)]), people)


def _fill(connection: duckdb.DuckDBPyConnection, table: str, columns: str, files: list[Path]) -> None:
    """A table of hundreds of columns: each thread that writes holds a group of rows, half a gigabyte of them, so one does."""
    connection.execute("SET threads = 1")
    connection.execute(f"CREATE TABLE {table} AS SELECT {columns} FROM {_files(files)}")
    connection.execute("RESET threads")


def _write_people_by_key(
    connection: duckdb.DuckDBPyConnection, rule: PurposeRule, people: list[Path], keys: KeyRing
) -> None:
    """The same two tables under the purpose's own key and in its order, so that no other file can be laid beside them."""
    install_serving_keys(connection, keys, str(rule.purpose))
    source = f"(SELECT * FROM {_files(people)}{' WHERE NOT objected' if rule.opt_outs else ''})"
    connection.execute(
        f"CREATE TEMP TABLE known AS SELECT person_key AS record_key, serving_key(person_id) AS served FROM {source}"
    )
    shown = ", ".join([f"served AS {PERSON_KEY}", *(f"{sql} AS {name}" for name, sql in person_columns(rule).items())])
    joined = f"{source} AS people JOIN known ON known.record_key = people.person_key"
    connection.execute(f"CREATE TABLE person AS SELECT {shown} FROM {joined} ORDER BY served")
    known = connection.execute("SELECT record_key, served FROM known ORDER BY served").to_arrow_table()
    connection.execute("DROP TABLE known")
    served = known.column("served").to_numpy()
    if len(np.unique(served)) < len(served):  # one chance in millions: better no file than two people in one
        raise NotReady("two people were given one key", where=str(rule.purpose), remedy="rotate the purpose's key")
    keys_held = known.column("record_key").to_numpy()
    places = np.full(int(keys_held.max(initial=0)) + 1, -1, dtype=np.int64)
    places[keys_held] = np.arange(len(keys_held))
    beside = Path(connection.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchall()[0][0]).parent
    columns = _answers(connection, rule, source)
    with in_order(people, columns, places, served, beside) as files:
        _fill(connection, "wide", ", ".join([PERSON_KEY, *columns]), files)


def _write_evidence(connection: duckdb.DuckDBPyConnection, content: Content, features: list[Path]) -> None:
    """Table ``evidence``: the stored columns behind every answer; and the concepts of every codelist."""
    _fill(connection, "evidence", "*", features)
    pairs = [(name, concept) for name, found in sorted(content.codes.concepts.items()) for concept in sorted(found)]
    _write_table(
        connection,
        "codelist_concept",
        pa.table(
            {
                "codelist": pa.array([name for name, _ in pairs], pa.string()),
                "concept": pa.array([concept for _, concept in pairs], pa.int32()),
            }
        ),
    )


def definition_table(plan: Plan, title: Any, hashes: Mapping[str, str], uncomputed: Mapping[str, str]) -> pa.Table:
    """One row a definition: id, kind, title, json (everything about it), hash, computable, reason."""
    reasons = {**uncomputed, **not_computable(plan.definitions)}
    by_id = {one.id: one for one in plan.definitions}
    rows = [
        {
            "id": one.id,
            "kind": one.kind,
            "title": one.title,
            "json": json.dumps(
                {**definition_json(one, title), "reads": sorted(reads(one, by_id))}, default=str, ensure_ascii=False
            ),
            "hash": hashes.get(one.id, ""),
            "computable": one.id not in reasons,
            "reason": reasons.get(one.id, ""),
        }
        for one in plan.definitions
    ]
    schema = pa.schema(
        [(n, pa.string()) for n in ("id", "kind", "title", "json", "hash")]
        + [("computable", pa.bool_()), ("reason", pa.string())]
    )
    return pa.Table.from_pylist(rows, schema)


def codelist_table(titles: Mapping[str, str], versions: Mapping[str, str], codes: CodeBook) -> pa.Table:
    """One row a codelist: id, title, version, hash."""
    lists = sorted(titles)
    return pa.table(
        {
            "id": pa.array(lists, pa.string()),
            "title": pa.array([titles[name] for name in lists], pa.string()),
            "version": pa.array([versions.get(name, "") for name in lists], pa.string()),
            "hash": pa.array([codes.hashes.get(name, "") for name in lists], pa.string()),
        }
    )


def _write_exclusions(connection: duckdb.DuckDBPyConnection, content: Content) -> None:
    """Table ``exclusion``: which practices failed a gate, of what they sent, since when and why."""
    connection.execute(
        "CREATE TABLE exclusion (practice_code VARCHAR, sources VARCHAR[], reasons VARCHAR[], feed VARCHAR, layout VARCHAR, since DATE)"
    )
    for one in content.exclusions:
        row = [one.practice_code, list(one.sources), list(one.reasons), one.feed, one.layout, one.since]
        connection.execute("INSERT INTO exclusion VALUES (?, ?, ?, ?, ?, ?)", row)


def feature_table(plan: Plan, title: Any) -> pa.Table:
    """One row a feature: id, words, table, the stored columns that it reads, and the definitions that use it."""
    users: dict[Any, list[str]] = {}
    for one in plan.definitions:
        for feature in one.features():
            users.setdefault(feature, []).append(one.id)
    listed = [(feature, node) for feature, node in plan.rewritten.items() if feature in users]
    return pa.table(
        {
            "id": pa.array([feature_id(feature) for feature, _ in listed], pa.string()),
            "description": pa.array([say_feature(feature, title) for feature, _ in listed], pa.string()),
            "source": pa.array([feature.rows.table for feature, _ in listed], pa.string()),
            "columns": pa.array([sorted(plan.stored_in(node)) for _, node in listed], pa.list_(pa.string())),
            "definitions": pa.array([users[feature] for feature, _ in listed], pa.list_(pa.string())),
        }
    )


def definition_json(definition: Definition, title: Any) -> dict[str, Any]:
    """Everything about a definition: metadata, logic as nodes and in words, classes or bands where it has them."""
    parts = definition.expressions()
    made: dict[str, Any] = {
        **_plain(definition.metadata()),
        "codelists": definition.codelists(),
        "uses": definition.uses(),
        "logic": {part: nodes_json.to_json(node) for part, node in parts.items()},
        "words": {part: say(node, title) for part, node in parts.items()},
        "rows": {part: nodes_json.to_json(rows.rows) for part, rows in definition.row_sets().items()},
        "is_rate": bool(getattr(definition, "is_rate", False)),
        "logic_hash": content_hash(parts),
    }
    if isinstance(definition, Segment):
        made["classes"] = definition.classes
    return made


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
