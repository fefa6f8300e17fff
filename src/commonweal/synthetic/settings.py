"""What to generate: size, seed, dates. Everything that follows is a function of these alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EPOCH = date(1970, 1, 1)
NEVER = 2_000_000
"""A day number that stands for "has not happened" (beyond the year 7000)."""


def day(value: date) -> int:
    """Days since 1970-01-01."""
    return (value - EPOCH).days


@dataclass(frozen=True)
class Size:
    """One size of the invented system.

    `boroughs` empty means the whole of North West London; `pcns_per_borough` and `practices_per_pcn` zero mean all.
    List sizes are scaled by one factor so that they add up to `people`.
    """

    name: str
    people: int
    boroughs: tuple[str, ...] = ()
    pcns_per_borough: int = 0
    practices_per_pcn: int = 0
    pseudonymised: bool = False
    chunk_people: int = 25_000
    gp_years: int = 3
    """Years of GP measurements before the as-at date."""
    volume_ratio: float = 1.25
    """Planted: by how much first appointments rise at one trust."""
    scheme_rate_ratio: float = 0.75
    """Planted: what the scheme that works leaves of its people's emergency admissions."""
    scheme_conditions: int = 2
    """Long conditions that its people have at least."""


# Five thousand people show neither a quarter more of 34 appointments a month nor a quarter less of 80 admissions a year: there the
# planted changes are larger than any real one would be.
SIZES = {
    "small": Size(
        "small",
        5_000,
        ("Brent", "Harrow"),
        pcns_per_borough=2,
        practices_per_pcn=3,
        volume_ratio=3.0,
        scheme_rate_ratio=0.1,
        scheme_conditions=1,
    ),
    "place": Size("place", 200_000, ("Brent", "Harrow")),
    "ics": Size("ics", 2_400_000, pseudonymised=True, chunk_people=60_000, gp_years=11),
}


@dataclass(frozen=True)
class Settings:
    """One run. Activity begins on `activity_start`, GP measurements `gp_years` before `as_at`; nothing lies on or after `as_at`."""

    size: Size
    seed: int
    as_at: date = date(2026, 10, 1)
    activity_start: date = date(2024, 4, 1)

    @property
    def end(self) -> int:
        """The first day that is not in the data."""
        return day(self.as_at)

    @property
    def start(self) -> int:
        """The first day of activity."""
        return day(self.activity_start)

    @property
    def gp_start(self) -> int:
        """The first day of GP measurements."""
        return day(self.as_at.replace(year=self.as_at.year - self.size.gp_years))
