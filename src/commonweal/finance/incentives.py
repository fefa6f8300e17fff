"""Local incentive schemes: what a practice is paid for what it achieves on measures of the record.

The schemes are data (`data/incentive_schemes.yaml`). For one measure: nothing at the lower threshold and below, the full price for each
registered person at the upper and above, in proportion between (as the Quality and Outcomes Framework pays its points). Where a
measure is better low, the lower threshold is the higher number. Two equal thresholds pay all or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import Any

import yaml

from commonweal.errors import BadInput
from commonweal.finance.money import exact, half_up


@dataclass(frozen=True)
class IncentiveLine:
    """One measure of a scheme. Thresholds are percent; `pence_per_person` is for each registered person at full achievement."""

    measure: str
    lower: Decimal
    upper: Decimal
    pence_per_person: Decimal

    @property
    def better_low(self) -> bool:
        """Less is better: the threshold of full payment is the smaller number."""
        return self.upper < self.lower


@dataclass(frozen=True)
class IncentiveScheme:
    """One scheme, with what it is for and where it is written."""

    id: str
    title: str
    says: str
    source: str
    valid_from: date
    lines: tuple[IncentiveLine, ...]


@dataclass(frozen=True)
class Payment:
    """What one line pays one practice. `more` is how many people more (or, where less is better, fewer) would earn it all."""

    line: IncentiveLine
    achieved: Fraction
    """Percent."""
    share: Fraction
    """Part of the full price, 0 to 1."""
    pence: int
    full_pence: int
    more: int


def earned(line: IncentiveLine, achieved: Fraction) -> Fraction:
    """The part of the full price that an achievement (percent) earns."""
    lower, upper = exact(line.lower), exact(line.upper)
    if lower == upper:
        return Fraction(int(achieved >= upper))
    return min(Fraction(1), max(Fraction(0), (achieved - lower) / (upper - lower)))


def payment(line: IncentiveLine, numerator: int, denominator: int, list_size: int) -> Payment | None:
    """What one line pays; None where nobody is in the measure's denominator, so that nothing can be achieved or missed."""
    if denominator <= 0:
        return None
    achieved = Fraction(100 * numerator, denominator)
    share = earned(line, achieved)
    full = exact(line.pence_per_person) * list_size
    return Payment(line, achieved, share, half_up(full * share), half_up(full), _more(line, numerator, denominator))


def _more(line: IncentiveLine, numerator: int, denominator: int) -> int:
    """People to the upper threshold: rounded so that it is reached, never nearly."""
    wanted = exact(line.upper) * denominator / 100
    if line.better_low:
        return max(0, numerator - wanted.numerator // wanted.denominator)
    return max(0, -(-wanted.numerator // wanted.denominator) - numerator)


def total(payments: Iterable[Payment | None]) -> tuple[int, int]:
    """Pence earned and pence at full achievement of several lines; a line without people counts for neither."""
    held = [one for one in payments if one is not None]
    return sum(one.pence for one in held), sum(one.full_pence for one in held)


@cache
def schemes() -> tuple[IncentiveScheme, ...]:
    """Every scheme of the file, in order."""
    text = resources.files("commonweal.finance").joinpath("data/incentive_schemes.yaml").read_text(encoding="utf-8")
    return tuple(_scheme(entry) for entry in yaml.safe_load(text)["schemes"])


def scheme(scheme_id: str) -> IncentiveScheme:
    """BadInput where no scheme has that id."""
    found = next((one for one in schemes() if one.id == scheme_id), None)
    if found is None:
        known = ", ".join(one.id for one in schemes())
        raise BadInput("there is no such incentive scheme", value=scheme_id, remedy=f"one of {known}")
    return found


def _scheme(entry: dict[str, Any]) -> IncentiveScheme:
    where = f"incentive scheme {entry['id']!r}"
    lines = tuple(
        IncentiveLine(one["measure"], Decimal(one["lower"]), Decimal(one["upper"]), Decimal(one["pence_per_person"]))
        for one in entry["lines"]
    )
    for line in lines:
        if not (0 <= line.lower <= 100 and 0 <= line.upper <= 100):
            raise BadInput(
                "a threshold is a percentage", where=where, value=f"{line.measure}: {line.lower}, {line.upper}"
            )
        if line.pence_per_person < 0:
            raise BadInput("a price is nought or more", where=where, value=f"{line.measure}: {line.pence_per_person}")
    if len({line.measure for line in lines}) != len(lines):
        raise BadInput("a scheme names a measure once", where=where)
    return IncentiveScheme(
        entry["id"], entry["title"], entry["says"].strip(), entry["source"], entry["valid_from"], lines
    )
