"""The five documents' tables, typed. Nothing else in the package reads these files.

Every loader returns a tuple of frozen rows in file order. Empty cells are empty text or None for a number. Amounts keep
the unit of the print, which the field's name says (``_k`` thousands of pounds, ``_m`` millions); `pence` converts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources

DATA = resources.files("commonweal.commissioning") / "data"


@dataclass(frozen=True)
class Document:
    """One source document. `published` is the month it is dated; `place` is the area that it plans for."""

    key: str
    title: str
    place: str
    published: str


DOCUMENTS = (
    Document("nwl-2020-21", "North West London System Intentions 2020/21", "North West London", "2019-10"),
    Document(
        "jhosc-2019-10",
        "Joint Health Overview and Scrutiny Committee: financial recovery and draft Long-Term Plan",
        "North West London",
        "2019-10",
    ),
    Document("wl-2014-15", "West London CCG Commissioning Intentions 2014/15", "West London", "2013"),
    Document("harrow-2017-19", "Harrow CCG Commissioning Intentions 2017/18-2018/19", "Harrow", "2016"),
    Document(
        "swl-2016-17", "South West London Commissioning Intentions 2016/17 (draft v0.3)", "South West London", "2015-08"
    ),
)


@dataclass(frozen=True)
class SourceIntention:
    """One line of a document's lists, as a row of the register. Names stand only where the document names them."""

    id: str
    source: str
    section: str
    theme: str
    kind: str
    title: str
    summary: str
    year_or_period: str
    lead: str
    senior_owner: str
    clinical_lead: str
    affected: str
    measure_of_success: str
    supporting_strategy: str
    procurement: str
    target_ids: tuple[str, ...]


@dataclass(frozen=True)
class SourceTarget:
    """One ambition, standard or target. `value` is None for a dated milestone or a trend; percent in points, £ in pounds."""

    id: str
    source: str
    section: str
    programme: str
    indicator: str
    population: str
    statistic: str
    direction: str
    value: Decimal | None
    baseline_value: Decimal | None
    baseline_period: str
    due: str
    data_domain: str
    note: str
    target_type: str


@dataclass(frozen=True)
class Engagement:
    """A "you said, we did" pair. `status_basis` is ``stated`` or ``inferred``: an inferred status was never said."""

    id: str
    theme: str
    item_no: str
    you_said: str
    we_did: str
    status: str
    status_basis: str
    source: str
    section: str

    @property
    def inferred(self) -> bool:
        return self.status_basis == "inferred"


@dataclass(frozen=True)
class Event:
    """An engagement or scrutiny event. `period` is a date, a month, a year or "from to to"."""

    id: str
    event: str
    audience: str
    period: str
    participants: int | None
    note: str
    source: str
    section: str


@dataclass(frozen=True)
class Body:
    """An organisation, board, programme or count of bodies named in a document."""

    id: str
    name: str
    abbreviation: str
    kind: str
    parent_area: str
    count: int | None
    note: str
    source: str
    section: str


@dataclass(frozen=True)
class NamedSystem:
    """A system, register, tool or process that a document names."""

    id: str
    name: str
    what_it_is: str
    what_it_must_do: str
    who_uses_it: str
    data_it_needs: str
    source: str
    section: str
    also_in: str


@dataclass(frozen=True)
class Pathway:
    """What one document measures, finds and does for one condition."""

    id: str
    condition: str
    condition_group: str
    measured: str
    found: str
    done: str
    improved: str
    numbers: str
    target_ids: tuple[str, ...]
    source: str
    section: str


@dataclass(frozen=True)
class PipelineItem:
    """A planned procurement of West London 2014/15. Annual value in thousands of pounds, None where not stated."""

    id: str
    service_area: str
    service_kind: str
    annual_value_k: Decimal | None
    indicative_start: str
    quarter_start: str
    note: str
    source: str
    section: str


@dataclass(frozen=True)
class EnhancedService:
    """How one local enhanced service moves to another contract."""

    id: str
    group: str
    group_title: str
    service: str
    route: str
    coverage: str
    rationale: str
    note: str
    source: str
    section: str


@dataclass(frozen=True)
class FitRow:
    """One intention against strategies and provider sectors, exactly as ticked."""

    intention: str
    ticks: tuple[tuple[str, bool], ...]
    source: str
    section: str


@dataclass(frozen=True)
class GridItem:
    """One item of the 2013 Regulations' decision tree and evidence grid."""

    id: str
    node: str
    node_question: str
    item: str
    consideration: str
    action: str
    evidence: str
    regulation: str


@dataclass(frozen=True)
class Support:
    """Who supports a programme and why (`part` is ``who``), or a benefit expected of it (``benefit``)."""

    theme: str
    part: str
    text: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO((DATA / name).read_bytes().decode("utf-8"), newline=""))


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _integer(text: str) -> int | None:
    return int(text) if text else None


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(";") if part)


@cache
def intentions() -> tuple[SourceIntention, ...]:
    """1,161 rows: strategic changes, contract changes, intentions, principles and enablers of the five documents."""
    return tuple(
        SourceIntention(
            id=row["id"],
            source=row["source"],
            section=row["section"],
            theme=row["theme"],
            kind=row["kind"],
            title=row["title"],
            summary=row["summary"],
            year_or_period=row["year_or_period"],
            lead=row["lead"],
            senior_owner=row["sro"],
            clinical_lead=row["clinical_lead"],
            affected=row["providers_or_sectors_affected"],
            measure_of_success=row["measure_of_success"],
            supporting_strategy=row["supporting_strategy"],
            procurement=row["procurement"],
            target_ids=_ids(row["target_ids"]),
        )
        for row in _rows("intentions.csv")
    )


@cache
def targets() -> tuple[SourceTarget, ...]:
    """406 rows."""
    return tuple(
        SourceTarget(
            **{
                **row,
                "value": _decimal(row["value"]),
                "baseline_value": _decimal(row["baseline_value"]),
            }  # type: ignore[arg-type]
        )
        for row in _rows("targets.csv")
    )


@cache
def engagement() -> tuple[Engagement, ...]:
    """242 rows, of which 175 carry an inferred status."""
    return tuple(Engagement(**row) for row in _rows("engagement.csv"))


@cache
def events() -> tuple[Event, ...]:
    """48 rows."""
    return tuple(
        Event(**{**row, "participants": _integer(row["participants"])})  # type: ignore[arg-type]
        for row in _rows("engagement_events.csv")
    )


@cache
def bodies() -> tuple[Body, ...]:
    """201 rows."""
    return tuple(
        Body(**{**row, "count": _integer(row["count"])})  # type: ignore[arg-type]
        for row in _rows("organisations.csv")
    )


@cache
def named_systems() -> tuple[NamedSystem, ...]:
    """338 rows."""
    return tuple(NamedSystem(**row) for row in _rows("named_systems.csv"))


@cache
def pathways() -> tuple[Pathway, ...]:
    """133 rows."""
    return tuple(
        Pathway(**{**row, "target_ids": _ids(row["target_ids"])})  # type: ignore[arg-type]
        for row in _rows("conditions_and_pathways.csv")
    )


@cache
def procurement_pipeline() -> tuple[PipelineItem, ...]:
    """10 rows of West London 2014/15."""
    return tuple(
        PipelineItem(
            id=row["id"],
            service_area=row["service_area"],
            service_kind=row["service_kind"],
            annual_value_k=_decimal(row["indicative_annual_value_k"]),
            indicative_start=row["indicative_start"],
            quarter_start=row["quarter_start"],
            note=row["note"].replace("les_transitions table", "the table of enhanced services"),
            source=row["source"],
            section=row["section"],
        )
        for row in _rows("procurement_pipeline_wl_2014_15.csv")
    )


@cache
def enhanced_services() -> tuple[EnhancedService, ...]:
    """21 rows of West London 2014/15."""
    return tuple(EnhancedService(**row) for row in _rows("les_transitions_wl_2014_15.csv"))


@cache
def strategic_fit() -> tuple[FitRow, ...]:
    """13 rows of West London 2014/15: six strategies, then six provider sectors."""
    fixed = {"intention", "source", "section"}
    return tuple(
        FitRow(
            intention=row["intention"],
            ticks=tuple((name, value == "1") for name, value in row.items() if name not in fixed),
            source=row["source"],
            section=row["section"],
        )
        for row in _rows("strategic_fit_wl_2014_15.csv")
    )


@cache
def decision_grid() -> tuple[GridItem, ...]:
    """38 items: the tree's order (T), sole provider (A), most capable (B), cost of tender (C), general duties (G)."""
    fields = GridItem.__dataclass_fields__
    return tuple(GridItem(**{name: row[name] for name in fields}) for row in _rows("procurement_decision_grid.csv"))


@cache
def support() -> tuple[Support, ...]:
    """Who supports each programme of North West London 2020/21 and why, and the benefits expected."""
    return tuple(Support(row["theme"], row["part"], row["text"]) for row in _rows("who_supports_nwl_2020_21.csv"))


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one of the plain tables as text: ``provider_impact_wl_2014_15``, ``pod_variance_nwl_2019_20_m4``,
    ``recovery_schemes_nwl_2019_20``, ``financial_position``, ``harrow_savings_2017_21``, ``borough_profile``, ``glossary``.
    """
    return tuple(_rows(f"{name}.csv"))


def document(key: str) -> Document:
    """The document with this key."""
    return next(found for found in DOCUMENTS if found.key == key)


def pence(amount: Decimal | None, unit: str) -> int | None:
    """Whole pence of a printed amount; `unit` is ``k`` (thousands), ``m`` (millions) or ``gbp``."""
    if amount is None:
        return None
    factor = {"gbp": 100, "k": 100_000, "m": 100_000_000}[unit]
    return int((amount * factor).to_integral_value())
