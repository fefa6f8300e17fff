"""The ladder that a reader climbs down: the whole system, borough, neighbourhood, network, practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.errors import NotReady
from commonweal.web.core import reading

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader
    from commonweal.web.core.actor import Actor

LADDER = ("all", "borough", "neighbourhood", "pcn", "practice")
WHOLE = ("all", "all")
OWN = "group"
"""A group of practices that somebody put together: beside the ladder, with practices below it."""
PLURAL = {"borough": "Boroughs", "neighbourhood": "Neighbourhoods", "pcn": "Networks", "practice": "Practices"}


@dataclass(frozen=True)
class Group:
    """One group of the ladder with its name, the groups above it, and the kind below it."""

    kind: str
    code: str
    name: str
    above: tuple[tuple[str, str, str], ...]
    """(kind, code, name), the widest first."""
    below: str
    children: frozenset[str]
    practices: frozenset[str] = frozenset()
    """Every practice within it."""


@dataclass(frozen=True)
class Ladder:
    """Every group of a release."""

    paths: dict[str, tuple[str, str, str]]
    """Practice to PCN, neighbourhood and borough; empty where it has none."""
    names: dict[str, str]

    @classmethod
    def of(cls, reader: Reader) -> Ladder:
        found = {code: (up[0], up[1], up[2]) for code, up in reading.parents(reader).items()}
        return cls(
            found, {**reading.place_names(reader), **reading.organisation_names(reader), WHOLE[1]: "The whole system"}
        )

    def name(self, code: str) -> str:
        return self.names.get(code, code)

    def rows(self) -> list[dict[str, str]]:
        """One row a practice with each body above it."""
        return [
            {"practice": practice, "pcn": pcn, "neighbourhood": neighbourhood, "borough": borough, "all": WHOLE[1]}
            for practice, (pcn, neighbourhood, borough) in self.paths.items()
        ]

    def group(self, kind: str, code: str) -> Group:
        """One group, above the next kind that the release has; one neighbourhood by itself divides nothing, so it is passed over.

        Raises `NotReady` where the release has no such group.
        """
        rows = [row for row in self.rows() if row.get(kind) == code and code]
        if kind not in LADDER or not rows:
            raise NotReady("this release has no such group", remedy="climb down from the whole system")
        place = LADDER.index(kind)
        above = tuple((one, rows[0][one], self.name(rows[0][one])) for one in LADDER[:place] if rows[0][one])
        held = {one: {row[one] for row in rows if row[one]} for one in LADDER[place + 1 :]}
        below = next((one for one, codes in held.items() if len(codes) > (one == "neighbourhood")), "")
        return Group(
            kind, code, self.name(code), above, below, frozenset(held.get(below, ())),
            frozenset(row["practice"] for row in rows),
        )  # fmt: skip

    def start(self, actor: Actor) -> tuple[str, str]:
        """Where an actor begins: their own body where the release knows it, else the whole system."""
        for row in self.rows():
            if row.get(actor.organisation_kind) == actor.organisation_code:
                return actor.organisation_kind, actor.organisation_code
        return WHOLE
