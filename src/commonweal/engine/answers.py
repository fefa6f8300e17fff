"""What a reader of a release gets back: plain, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from commonweal.engine.evidence import Evidence, SourceRow

SCOPE_COLUMNS = {
    "practice": "practice_code",
    "pcn": "pcn_code",
    "neighbourhood": "neighbourhood_code",
    "borough": "borough_code",
    "icb": "icb_code",
}


@dataclass(frozen=True)
class Scope:
    """Whose people may be seen. Made from the caller's permissions; an empty one sees nobody."""

    practice: tuple[str, ...] = ()
    pcn: tuple[str, ...] = ()
    neighbourhood: tuple[str, ...] = ()
    borough: tuple[str, ...] = ()
    icb: tuple[str, ...] = ()
    everyone: bool = False

    def sql(self, alias: str = "person") -> tuple[str, list[Any]]:
        """A condition on the person table, with its parameters."""
        if self.everyone:
            return "TRUE", []
        parts, values = [], []
        for kind, column in SCOPE_COLUMNS.items():
            codes = getattr(self, kind)
            if codes:
                parts.append(f"{alias}.{column} IN ({', '.join('?' for _ in codes)})")
                values += codes
        return (f"({' OR '.join(parts)})" if parts else "FALSE"), values


@dataclass(frozen=True)
class DefinitionInfo:
    """One definition as the release holds it."""

    id: str
    kind: str
    title: str
    hash: str
    computable: bool
    reason: str
    details: Mapping[str, Any] = field(repr=False)
    """All metadata: owner, source, dates, polarity, basis, words, codelists, and for a flag its action."""


@dataclass(frozen=True)
class Member:
    """One person on a list."""

    person_id: str
    birth_date: date | None
    practice_code: str | None
    age: int | None
    sex: str | None
    order: float | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class FeatureValue:
    """One feature of one person, with the rows that gave it."""

    feature: str
    description: str
    value: Any
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True)
class Explanation:
    """Why somebody is, or is not, on a list."""

    definition_id: str
    title: str
    person_id: str
    answer: Any
    in_words: str
    evidence: tuple[Evidence, ...]
    features: tuple[FeatureValue, ...]
    what_would_take_them_off: tuple[str, ...]
    release_id: str
    as_at: date
    hash: str
    excluded: tuple[str, ...] = ()
    """Why there is no answer: what failed its gate at the person's practice."""


@dataclass(frozen=True)
class PersonSummary:
    """What the record says of one person, without a name."""

    person_id: str
    birth_date: date | None
    age: int | None
    sex: str | None
    death_date: date | None
    ethnic_category: str | None
    practice_code: str | None
    pcn_code: str | None
    borough_code: str | None
    lsoa21: str | None
    imd_decile: int | None
    registers: tuple[str, ...]
    flags: tuple[str, ...]
    scores: Mapping[str, float]
    segments: Mapping[str, str]
    excluded: tuple[str, ...] = ()
    """What failed its gate at the person's practice: registers, flags and scores that read it have no answer."""
    person_key: int = field(default=-1, repr=False)
    """The key of their rows in this release's record. It is for reading them, and leaves the process with nobody."""
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The release's own row of them, which their reasons are told from (`Reader.reasons`)."""


@dataclass(frozen=True)
class TimelineItem:
    """One row of one table of the person's record."""

    date: date
    end_date: date | None
    table: str
    setting: str
    title: str
    code: str
    system: str
    value: float | None
    unit: str
    provider_code: str | None
    load_id: int
    record_number: int
    details: Mapping[str, Any]


@dataclass(frozen=True)
class History:
    """What the record says happened to one person, newest first, up to the as-at date."""

    items: list[TimelineItem]
    withheld: int
    """How many rows of the tables read the source marked as confidential: not shown, and that there are some is."""


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure for one group, after the disclosure door: None where a number is hidden.

    `state` is ``excluded`` where nobody of the group could be counted because their practices' data failed a gate (every
    number is None then, and that is not zero), ``part excluded`` where some could not; `excluded` is how many people.
    """

    group_type: str
    group_code: str
    numerator: float | None
    denominator: float | None
    value: float | None
    lower: float | None
    upper: float | None
    part: str = ""
    excluded: float | None = 0
    state: str = ""
