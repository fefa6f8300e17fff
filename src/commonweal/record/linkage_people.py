"""From links to people: the few records that take thought, and everybody else by the number that they carry.

A link by number leads from the hub of a number to another record (`linkage_rules`), and no record has two, so that these links alone make stars
and nothing can be wrong with them: whatever a star holds carries one number. Millions of records lie in such a star or alone, and
stay tables of the database. Only the records that a decision, a score or the rule for nameless records touches, with their hubs, become a
graph in memory (`Graph`), where the rules of `linkage_partition` hold. A record outside of it follows its hub.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import duckdb
import numpy as np
import pyarrow as pa

from commonweal.record.linkage_nameless import RULE_NAMELESS
from commonweal.record.linkage_partition import NO_NUMBER, Links, Partition, partition
from commonweal.record.linkage_score import RULE_SCORED
from commonweal.record.register import Override

RULE_HUMAN = "decided_by_a_person"
NUMBER_WEIGHT = 1e6
"""Binds before every score."""
_NONE = Links.plain(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


@dataclass(frozen=True)
class Graph:
    """`subjects`: sorted subject keys, int64: the nodes. `numbers`: int32 a node, as `partition` takes them. `stars`: the links by number
    that lead to a node, by rule. Links are between subject keys."""

    subjects: np.ndarray
    numbers: np.ndarray
    stars: dict[str, Links]
    apart: np.ndarray

    @classmethod
    def around(cls, connection: duckdb.DuckDBPyConnection, links: Sequence[Links], apart: np.ndarray) -> Graph:
        """The graph of every subject of `links` and `apart` (pairs of subject keys), and of the hubs of their numbers."""
        touched = np.unique(np.concatenate([apart.ravel(), *(end for one in links for end in (one.left, one.right))]))
        with _registered(connection, "linkage_touched", subject_b=touched):
            found = connection.execute(
                "SELECT rule, subject_a, subject_b FROM linkage_edge SEMI JOIN linkage_touched USING (subject_b) ORDER BY ALL"
            ).fetchnumpy()
        rules = np.asarray(found["rule"], dtype=str)
        stars = {
            str(rule): Links.plain(found["subject_a"][rules == rule], found["subject_b"][rules == rule], NUMBER_WEIGHT)
            for rule in np.unique(rules)
        }
        subjects = np.unique(np.concatenate([touched, found["subject_a"]]))
        return cls(subjects, _numbers(connection, subjects), stars, apart)

    def partition(self, links: Sequence[Links]) -> Partition:
        """The people among the nodes; `refused` counts through `links` in their order."""
        joined = reduce(add, links, _NONE)
        placed = Links(self.at(joined.left), self.at(joined.right), joined.weight, joined.binding)
        return partition(self.subjects.size, placed, self.numbers, self.at(self.apart))

    def first_subject(self, found: Partition) -> np.ndarray:
        """The smallest subject of each node's person: a name for that person that no other can have."""
        # Nodes are in order, so the first of a label is its smallest.
        _, first = np.unique(found.label, return_index=True)
        return self.subjects[first][found.label]

    def at(self, wanted: np.ndarray) -> np.ndarray:
        """The places of subjects among the nodes."""
        return np.searchsorted(self.subjects, wanted).astype(np.int32)


@dataclass
class People:
    """People so far, in the database of `connection`: tables ``linkage_entity`` (subject_key, entity, practice_code), the people that numbers
    and decisions make, and ``linkage_moved`` (entity, cluster), those of them that other links put together since; both together are the view
    ``linkage_cluster`` (subject_key, cluster, practice_code).

    An entity, like a cluster, is named by one of its subjects. `by_rule` counts what each rule joined.
    """

    connection: duckdb.DuckDBPyConnection
    decided: Links
    apart: np.ndarray
    by_rule: dict[str, int]

    @classmethod
    def by_number(cls, connection: duckdb.DuckDBPyConnection, overrides: Sequence[Override]) -> People:
        """From ``linkage_record`` and ``linkage_edge``, and the decisions about subjects that are there."""
        same, apart = (_present(connection, [one for one in overrides if one.same is same]) for same in (True, False))
        decided = Links(same[:, 0], same[:, 1], np.full(len(same), np.inf), np.ones(len(same), dtype=bool))
        people = cls(connection, decided, apart, {})
        graph = Graph.around(connection, [decided], apart)
        found = people._count_rules(graph)
        with _registered(connection, "linkage_met", subject_key=graph.subjects, entity=graph.first_subject(found)):
            connection.execute("""
                CREATE OR REPLACE TEMP TABLE linkage_entity AS
                SELECT record.subject_key, coalesce(own.entity, hub.entity, edge.subject_a, record.subject_key) AS entity,
                       record.practice_code
                FROM linkage_record AS record
                LEFT JOIN linkage_edge AS edge ON edge.subject_b = record.subject_key
                LEFT JOIN linkage_met AS own ON own.subject_key = record.subject_key
                LEFT JOIN linkage_met AS hub ON hub.subject_key = edge.subject_a
            """)
        people._move(graph, found)
        connection.execute("""
            CREATE OR REPLACE TEMP VIEW linkage_cluster AS
            SELECT subject_key, coalesce(cluster, entity) AS cluster, practice_code
            FROM linkage_entity LEFT JOIN linkage_moved USING (entity)
        """)
        return people

    def _count_rules(self, graph: Graph) -> Partition:
        """Count what decisions and each rule about numbers joined, one after the other. Returns the people among the nodes."""
        everywhere = self.connection.execute("SELECT rule, count(*) FROM linkage_edge GROUP BY rule ORDER BY rule")
        links = [self.decided]
        found = graph.partition(links)
        self._count(RULE_HUMAN, graph.subjects.size - found.parts)
        for rule, count in everywhere.fetchall():
            before, here = found.parts, graph.stars.get(rule, _NONE)
            links.append(here)
            found = graph.partition(links)
            self._count(rule, count - here.left.size + before - found.parts)
        return found

    def join_scored(self) -> None:
        """Take in the accepted links of ``linkage_scored``; those that would break a rule go to ``linkage_doubt``."""
        scored = self._links_of(RULE_SCORED)
        before, found, graph = self._join(scored)
        self._move(graph, found)
        chained = self._contradictions()
        if chained.size:
            self.apart = np.concatenate([self.apart, chained])
            before, found, graph = self._join(scored)
            self._move(graph, found)
        self._count(RULE_SCORED, before.parts - found.parts)
        offset = self.decided.left.size + sum(one.left.size for one in graph.stars.values())
        self._doubt_refused(scored[found.refused[found.refused >= offset] - offset])

    def join_nameless(self) -> None:
        """Take in the links that `linkage_nameless` made, and leave ``linkage_used`` (subject_a, subject_b, rule, weight, levels): the
        links within people."""
        nameless = self._links_of(RULE_NAMELESS)
        scored = self._links_of(RULE_SCORED)
        before, found, graph = self._join(scored, nameless)
        self._count(RULE_NAMELESS, before.parts - found.parts)
        self._move(graph, found)
        links = reduce(add, [*graph.stars.values(), scored, nameless], _NONE)
        label = graph.first_subject(found)
        parted = label[graph.at(links.left)] != label[graph.at(links.right)]
        with _registered(self.connection, "parted", subject_a=links.left[parted], subject_b=links.right[parted]):
            self.connection.execute("CREATE OR REPLACE TEMP TABLE linkage_parted AS FROM parted")
        self.connection.execute("""
            CREATE OR REPLACE TEMP VIEW linkage_used AS
            SELECT subject_a, subject_b, rule, NULL::DOUBLE AS weight, NULL::VARCHAR AS levels
            FROM linkage_edge ANTI JOIN linkage_parted USING (subject_a, subject_b)
            UNION ALL
            SELECT subject_a, subject_b, rule, weight, levels
            FROM (FROM linkage_scored WHERE accepted) ANTI JOIN linkage_parted USING (subject_a, subject_b)
        """)

    def _join(self, *added: Links) -> tuple[Partition, Partition, Graph]:
        """The people without the last of `added` and with all, and their graph."""
        graph = Graph.around(self.connection, [self.decided, *added], self.apart)
        before = [self.decided, *graph.stars.values(), *added[:-1]]
        return graph.partition(before), graph.partition([*before, added[-1]]), graph

    def _links_of(self, rule: str) -> Links:
        pairs = self.connection.execute(
            "SELECT subject_a, subject_b, weight FROM linkage_scored WHERE rule = $1 AND accepted ORDER BY ALL", [rule]
        ).fetchnumpy()
        return Links.plain(*(np.asarray(pairs[name]) for name in ("subject_a", "subject_b", "weight")))

    def _move(self, graph: Graph, found: Partition) -> None:
        """Write ``linkage_moved``: each entity with a node lies within one of the people that were found."""
        with _registered(self.connection, "met", subject_key=graph.subjects, cluster=graph.first_subject(found)):
            self.connection.execute("""
                CREATE OR REPLACE TEMP TABLE linkage_moved AS
                SELECT DISTINCT entity, cluster FROM linkage_entity JOIN met USING (subject_key)
            """)

    def _contradictions(self) -> np.ndarray:
        """Pairs of subjects that a chain of scored links put together although they contradict each other.

        A is like B and B is like C, but A and C are born in different years, or have names that clash.
        """
        pairs = self.connection.execute("""
            WITH chained AS (
                SELECT entity, cluster FROM linkage_moved SEMI JOIN (
                    SELECT cluster FROM linkage_moved GROUP BY cluster HAVING count(*) > 2) AS long USING (cluster)
            ), members AS (
                SELECT cluster, entity, subject_key, birth_date, given, given_standard, family
                FROM linkage_record JOIN (FROM linkage_entity SEMI JOIN chained USING (entity)) AS of_record USING (subject_key)
                JOIN chained USING (entity)
            )
            SELECT a.subject_key AS subject_a, b.subject_key AS subject_b FROM members AS a JOIN members AS b
              ON a.cluster = b.cluster AND a.entity <> b.entity AND a.subject_key < b.subject_key
            WHERE (left(a.birth_date, 4) <> left(b.birth_date, 4) AND NOT birth_dates_near(a.birth_date, b.birth_date))
               OR (given_names_clash(a.given, a.given_standard, b.given, b.given_standard)
                   AND NOT coalesce(a.given = b.family OR b.given = a.family, false))
            ORDER BY ALL
        """).fetchnumpy()
        return np.stack([np.asarray(pairs["subject_a"]), np.asarray(pairs["subject_b"])], axis=1)

    def _doubt_refused(self, refused: Links) -> None:
        with _registered(self.connection, "refused", subject_a=refused.left, subject_b=refused.right):
            self.connection.execute("""
                INSERT INTO linkage_doubt
                SELECT 'link_breaks_a_rule', 'alike, but joining them would put two verified numbers, contradicting records, or '
                       'records that someone kept apart, into one person', subject_a, subject_b, scored.weight
                FROM refused JOIN linkage_scored AS scored USING (subject_a, subject_b)
            """)

    def _count(self, rule: str, joined: int) -> None:
        if joined:
            self.by_rule[rule] = joined


class _registered:  # noqa: N801 (reads as a statement)
    """``with _registered(connection, name, column=array, …)``: the arrays as a table of that name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str, **columns: np.ndarray) -> None:
        self.connection, self.name, self.columns = connection, name, columns

    def __enter__(self) -> None:
        self.connection.register(self.name, pa.table(self.columns))

    def __exit__(self, *_: object) -> None:
        self.connection.unregister(self.name)


def _numbers(connection: duckdb.DuckDBPyConnection, subjects: np.ndarray) -> np.ndarray:
    """One int32 for each of the sorted `subjects`: equal where the number that a person may have only one of is equal."""
    with _registered(connection, "linkage_node", subject_key=subjects):
        found = connection.execute(f"""
            SELECT CASE WHEN number_kind IN ('verified', 'pseudonym')
                   THEN dense_rank() OVER (ORDER BY canonical_number) ELSE {NO_NUMBER} END AS number
            FROM linkage_record SEMI JOIN linkage_node USING (subject_key) ORDER BY subject_key
        """).fetchnumpy()
    return np.asarray(found["number"], dtype=np.int32)


def _present(connection: duckdb.DuckDBPyConnection, decisions: Sequence[Override]) -> np.ndarray:
    """Shape (k, 2): the pairs of `decisions` whose subjects are both there; the others wait for their records."""
    pairs = np.asarray([(one.subject_a, one.subject_b) for one in decisions], dtype=np.int64).reshape(-1, 2)
    with _registered(connection, "named", subject_key=np.unique(pairs)):
        found = connection.execute(
            "SELECT subject_key FROM linkage_record SEMI JOIN named USING (subject_key)"
        ).fetchnumpy()
    return pairs[np.isin(pairs, np.asarray(found["subject_key"], dtype=np.int64)).all(axis=1)]
