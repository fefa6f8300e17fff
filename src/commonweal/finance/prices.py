"""Dated price sets: what one unit of activity costs, from when to when, and since when that is known.

Prices are bitemporal. A price set says for which activity dates it holds (`valid_from`, `valid_to`) and when it was issued
(`issued_on`): where two sets cover one date, the later issued wins, and a run "as at" an earlier day ignores sets issued
after it. Amounts are whole pence; a blank price is held as blank, never as zero.

The shipped set is the national cost collection 2024/25 (costs, not payment prices). PSSRU unit costs are not shipped: the
user loads them with `read_price_set`.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from importlib import resources
from itertools import pairwise

from commonweal.errors import BadInput

UNITS = ("contact", "minute", "day")
PRICE_SET_COLUMNS = ("department", "code", "unit", "price_gbp", "valid_from", "valid_to")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Price:
    """Pence for one unit (`contact`, `minute` or `day`) of one code in one department; None where the source is blank.
    `code` is empty for the average of the department."""

    department: str
    code: str
    pence: int | None
    unit: str = "contact"
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class PriceSet:
    """Prices issued together. `stretches` allows use outside the dates that it is meant for, and the reason then says so."""

    id: str
    title: str
    source: str
    issued_on: date
    valid_from: date
    valid_to: date
    prices: tuple[Price, ...]
    stretches: bool = False


@dataclass(frozen=True)
class DatedPrice:
    """One price in force for one stretch of activity dates."""

    department: str
    code: str
    unit: str
    pence: int | None
    starts: date
    ends: date
    price_set: str
    outside: bool
    """The dates lie outside those that the price set is meant for."""


def to_pence(pounds: Decimal | str | int) -> int:
    """Pounds to whole pence, half a penny up (away from zero)."""
    return int((Decimal(pounds) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@cache
def national_cost_collection() -> PriceSet:
    """England's unit costs 2024/25 by department and HRG or currency, with each department's average.

    13,362 rows, of which 1,820 print neither activity nor unit cost: they stay blank. A department's average is its cost
    divided by its activity over the rows that print both.
    """
    packed = resources.files("commonweal.finance").joinpath("data/national_cost_collection_2024_25.csv.gz").read_bytes()
    prices: list[Price] = []
    cost: dict[str, Decimal] = {}
    activity: dict[str, Decimal] = {}
    for row in csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8"))):
        department, unit_cost = row["department_code"], row["unit_cost"]
        prices.append(Price(department, row["currency_code"], to_pence(unit_cost) if unit_cost else None))
        if unit_cost:
            cost[department] = cost.get(department, Decimal(0)) + Decimal(row["cost"])
            activity[department] = activity.get(department, Decimal(0)) + Decimal(row["activity"])
    prices.extend(Price(department, "", to_pence(cost[department] / activity[department])) for department in cost)
    return PriceSet(
        id="national-cost-collection-2024-25",
        title="National cost collection 2024/25",
        source="NHS England, National Cost Collection 2024/25 (Open Government Licence v3.0)",
        issued_on=date(2025, 3, 31),  # its day of issue is not stated: the last day of its year stands for it
        valid_from=date(2024, 4, 1),
        valid_to=date(2025, 3, 31),
        prices=tuple(prices),
        stretches=True,
    )


def read_price_set(
    text: str, *, id: str, title: str, source: str, issued_on: date, name: str = "price set"
) -> PriceSet:
    """A price set from CSV text with the columns of `PRICE_SET_COLUMNS`; `name` says in errors which file it was.

    Used for PSSRU and any local price list. `department` is one of `costing.DEPARTMENTS`, `code` an HRG, a professional
    role or a service type (empty for the department's average), `unit` one of contact, minute, day.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [column for column in PRICE_SET_COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise BadInput(
            f"the price set lacks {', '.join(missing)}", where=name, remedy=f"columns: {', '.join(PRICE_SET_COLUMNS)}"
        )
    prices = tuple(_price(row, f"{name}, record {number}") for number, row in enumerate(reader, start=1))
    if not prices:
        raise BadInput("the price set holds no price", where=name)
    return PriceSet(
        id=id,
        title=title,
        source=source,
        issued_on=issued_on,
        valid_from=min(price.valid_from or FIRST_DAY for price in prices),
        valid_to=max(price.valid_to or LAST_DAY for price in prices),
        prices=prices,
    )


def _price(row: dict[str, str], where: str) -> Price:
    unit, printed = row["unit"].strip() or "contact", row["price_gbp"].strip()
    if unit not in UNITS:
        raise BadInput("no such unit", where=where, value=unit, remedy=f"one of {', '.join(UNITS)}")
    try:
        pence = to_pence(printed) if printed else None
        starts, ends = (date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
    except (InvalidOperation, ValueError):
        shown = {name: row[name] for name in ("price_gbp", "valid_from", "valid_to")}
        raise BadInput(
            "a price or a date cannot be read", where=where, value=shown, remedy="12.34 and 2025-04-01"
        ) from None
    return Price(row["department"].strip(), row["code"].strip(), pence, unit, starts, ends)


def effective(price_sets: Iterable[PriceSet], as_at: date | None = None) -> list[DatedPrice]:
    """Every price in force by activity date, without overlaps, as known on `as_at` (None: today's knowledge).

    The order in which sets are given does not matter: later issue wins, then the greater id.
    """
    known = sorted(
        (held for held in price_sets if as_at is None or held.issued_on <= as_at),
        key=lambda held: (held.issued_on, held.id),
        reverse=True,
    )
    by_key: dict[tuple[str, str], list[tuple[PriceSet, Price]]] = {}
    for held in known:
        for price in held.prices:
            by_key.setdefault((price.department, price.code), []).append((held, price))
    found: list[DatedPrice] = []
    for claims in by_key.values():
        found.extend(_timeline(claims))
    return found


def _bounds(held: PriceSet, price: Price) -> tuple[date, date]:
    return price.valid_from or held.valid_from, price.valid_to or held.valid_to


def _timeline(claims: Sequence[tuple[PriceSet, Price]]) -> list[DatedPrice]:
    """One code's prices over time. `claims` come strongest first."""
    edges = {FIRST_DAY}
    for held, price in claims:
        starts, ends = _bounds(held, price)
        edges |= {max(starts, FIRST_DAY), min(ends, LAST_DAY) + timedelta(days=1)}
    marks = [*sorted(edge for edge in edges if edge <= LAST_DAY), LAST_DAY + timedelta(days=1)]
    pieces: list[DatedPrice] = []
    for starts, after in pairwise(marks):
        chosen = _chosen(claims, starts)
        if chosen is None:
            continue
        held, price, outside = chosen
        last = pieces[-1] if pieces else None
        same = last is not None and (last.price_set, last.pence, last.outside) == (held.id, price.pence, outside)
        if last is not None and same and last.ends + timedelta(days=1) == starts:
            starts = pieces.pop().starts
        ends = after - timedelta(days=1)
        pieces.append(DatedPrice(price.department, price.code, price.unit, price.pence, starts, ends, held.id, outside))
    return pieces


def _chosen(claims: Sequence[tuple[PriceSet, Price]], day: date) -> tuple[PriceSet, Price, bool] | None:
    for held, price in claims:
        starts, ends = _bounds(held, price)
        if starts <= day <= ends:
            return held, price, False
    stretched = [(held, price) for held, price in claims if held.stretches]
    if not stretched:
        return None

    def distance(claim: tuple[PriceSet, Price]) -> int:
        starts, ends = _bounds(*claim)
        return (starts - day).days if day < starts else (day - ends).days

    held, price = min(stretched, key=distance)
    return held, price, True
