"""Money is whole pence. Rates and activity are exact fractions until the one rounding that makes pence again.

A float never holds money here. A total that is shared out is shared so that the parts add up to it exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from commonweal.errors import BadInput

Number = int | float | Decimal | Fraction | str
"""What a rate, a share or an activity may be given as. A float is read as the decimal number that it prints as."""


def exact(value: Number) -> Fraction:
    """The exact fraction of a number; a float is read by what it prints, so that 0.1 is one tenth."""
    if isinstance(value, float):
        return Fraction(repr(value))
    return Fraction(value)


def half_up(value: Fraction) -> int:
    """Whole pence, a half away from zero."""
    doubled = abs(value) * 2
    whole = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return whole if value >= 0 else -whole


def part(pence: int, rate: Number) -> int:
    """`rate` of an amount, in whole pence."""
    return half_up(pence * exact(rate))


def shared(total: int, weights: Sequence[Number]) -> tuple[int, ...]:
    """`total` divided by `weights` into whole pence that add up to it (largest remainder; the first wins a tie)."""
    fractions = [exact(weight) for weight in weights]
    whole = sum(fractions)
    if whole == 0:
        if total == 0:
            return (0,) * len(fractions)
        raise BadInput("an amount cannot be shared when no one has a weight", value=total)
    wanted = [total * weight / whole for weight in fractions]
    floors = [amount.numerator // amount.denominator for amount in wanted]
    rest = total - sum(floors)
    by_remainder = sorted(range(len(wanted)), key=lambda place: (floors[place] - wanted[place], place))
    for place in by_remainder[:rest]:
        floors[place] += 1
    return tuple(floors)


def from_millions(printed: Number) -> int:
    """Pence of an amount printed in millions of pounds."""
    return half_up(exact(printed) * 100_000_000)


def from_thousands(printed: Number) -> int:
    """Pence of an amount printed in thousands of pounds."""
    return half_up(exact(printed) * 100_000)


def in_millions(pence: int, places: int = 2) -> str:
    """An amount in millions of pounds, for the screen: ``-54.70``."""
    return _scaled(pence, 100_000_000, places)


def in_thousands(pence: int, places: int = 0) -> str:
    """An amount in thousands of pounds, for the screen."""
    return _scaled(pence, 100_000, places)


def in_pounds(pence: int) -> str:
    """An amount in pounds and pence with separators: ``-1,234.50``."""
    sign = "-" if pence < 0 else ""
    return f"{sign}{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def percent(part_pence: int, whole_pence: int, places: int = 1) -> str | None:
    """A share of a whole in percent, for the screen; None where the whole is nothing."""
    if whole_pence == 0:
        return None
    return _scaled(half_up(Fraction(part_pence, whole_pence) * 100 * 10**places), 10**places, places)


def total(amounts: Iterable[int | None]) -> int:
    """The sum; a missing amount adds nothing (count them apart where that matters)."""
    return sum(amount for amount in amounts if amount is not None)


def _scaled(value: int, unit: int, places: int) -> str:
    digits = half_up(Fraction(value * 10**places, unit))
    sign = "-" if digits < 0 else ""
    if places == 0:
        return f"{sign}{abs(digits):,}"
    whole, rest = divmod(abs(digits), 10**places)
    return f"{sign}{whole:,}.{rest:0{places}d}"
