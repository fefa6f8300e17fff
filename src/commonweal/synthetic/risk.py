"""The true risk of emergency admission: a rate for each person and year, known here and nowhere else.

rate = level × age × sex × conditions × deprivation × frailty × what no record shows (a gamma factor that stays with the person).
Each year's admissions are Poisson with that rate times a gamma factor that lasts for the year only. That passing factor makes last year's frequent
attenders fall back this year with nothing done: regression to the mean. Nearly half of those who die are admitted to die.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.synthetic.draw import Bools, Floats, Ints
from commonweal.synthetic.population import People, death_hazard
from commonweal.synthetic.settings import NEVER, Settings

LEVEL = 0.0647
"""Sets the mean rate to the published emergency admissions per resident and year (`Reference.emergency_rates`)."""
DIES_IN_HOSPITAL = 0.45
"""Share of deaths that end an emergency admission (about the English share; general knowledge)."""
PERSISTENT_SHAPE, PASSING_SHAPE = 1.6, 2.0
MULTIPLIERS = {
    "COPD": 1.8, "HF": 2.0, "CHD": 1.35, "DM": 1.25, "CKD": 1.3, "STIA": 1.3, "DEM": 1.6, "CAN": 1.5, "MH": 1.6, "DEP": 1.15,
    "EP": 1.9, "ALC": 1.6, "DRUG": 1.7, "PC": 2.5, "AF": 1.3, "AST": 1.2, "PAD": 1.3, "LD": 1.3,
}  # fmt: skip


def _rate(people: People, on: int) -> Floats:
    """Rate a year from `on`, by what is true on that day."""
    age = people.age(on)
    curve = np.interp(age, (0, 1, 5, 15, 25, 40, 60, 70, 80, 90), (2.2, 1.1, 0.4, 0.4, 0.55, 0.6, 1.0, 1.6, 2.8, 4.4))
    rate = LEVEL * curve * np.where(people.woman & (age > 15) & (age < 46), 1.15, 1.0)
    for name, factor in MULTIPLIERS.items():
        rate = rate * np.where(people.has(name, on), factor, 1.0)
    rate = rate * np.exp(0.045 * (5.5 - people.imd_decile)) * np.where(people.states["smoker"], 1.2, 1.0)
    return rate * np.exp(np.where(age >= 60, 0.42 * people.frailty, 0.0))


@dataclass(frozen=True)
class Scheme:
    """One planted scheme: who was enrolled when, and the rate ratio that it really has."""

    name: str
    title: str
    rate_ratio: float
    enrolled: Ints
    """Day of enrolment; NEVER where not enrolled."""


@dataclass
class Risk:
    """Rates and risks of one chunk. Periods: the six months, and two years, before the as-at date, then the year after it."""

    bounds: tuple[int, ...]
    rates: Floats
    """Periods × people: admissions a year, the persistent factor included, no scheme."""
    passing: Floats
    true_risk: Floats
    """Chance of one emergency admission or more in the twelve months after the as-at date, the schemes included."""
    prior_risk: Floats
    """The same, for the twelve months before the as-at date, no scheme."""
    future_admissions: Ints
    last_admission: tuple[Floats, Floats]
    """Chance of being admitted to die, in the year before the as-at date and in the year after it."""


def chance_of_any(rate: Floats, last_admission: Floats) -> Floats:
    """1 − E[exp(−rate × passing)] for a gamma passing factor of mean one, or an admission to die."""
    return 1 - (1 + rate / PASSING_SHAPE) ** -PASSING_SHAPE * (1 - last_admission)


def _last_admission(people: People, on: int) -> Floats:
    hazard = death_hazard(people.age(on) + 0.5, people.frailty, people.imd_decile)
    return DIES_IN_HOSPITAL * (1 - np.exp(-hazard))


def last_days(rng: np.random.Generator, settings: Settings, people: People) -> tuple[Ints, Ints, Ints]:
    """Rows, days and nights of the admissions in which people died before the as-at date."""
    dies = (people.death < settings.end) & (people.death < people.left)
    rows = np.flatnonzero(dies & (rng.random(len(people)) < DIES_IN_HOSPITAL))
    nights = np.minimum(rng.geometric(1 / 10, len(rows)) - 1, people.death[rows] - settings.start)
    return rows, people.death[rows] - np.maximum(nights, 0), np.maximum(nights, 0)


def make(rng: np.random.Generator, settings: Settings, people: People) -> Risk:
    """Rates for the chunk, before any scheme."""
    end = settings.end
    bounds = (settings.start, end - 730, end - 365, end, end + 365)
    persistent = rng.gamma(PERSISTENT_SHAPE, 1 / PERSISTENT_SHAPE, len(people))
    rates = np.stack([_rate(people, begin) * persistent for begin in bounds[:-1]])
    passing = rng.gamma(PASSING_SHAPE, 1 / PASSING_SHAPE, (4, len(people)))
    last = (_last_admission(people, end - 365), _last_admission(people, end))
    risks = chance_of_any(rates[3], last[1]), chance_of_any(rates[2], last[0])
    return Risk(bounds, rates, passing, *risks, np.zeros(len(people), np.int64), last)


def proactive_care(rng: np.random.Generator, settings: Settings, people: People, takes_part: Bools) -> Scheme:
    """The scheme that works: people of 60 and over with `Size.scheme_conditions` of six conditions, at practices that take part, from a year before the as-at date.

    Enrolment does not look at past admissions. True rate ratio `Size.scheme_rate_ratio` from enrolment on.
    """
    begin = settings.end - 365
    burden = sum(people.has(name, begin).astype(int) for name in ("HF", "COPD", "DM", "CHD", "CKD", "AF"))
    eligible = (
        (people.age(begin) >= 60)
        & (burden >= settings.size.scheme_conditions)
        & takes_part[people.practice]
        & people.alive(begin)
    )
    joins = eligible & (rng.random(len(people)) < 0.75)
    enrolled = np.where(joins, begin, NEVER)
    return Scheme(
        "proactive_care",
        "Proactive care for older people with several conditions",
        settings.size.scheme_rate_ratio,
        enrolled,
    )


def frequent_review(rng: np.random.Generator, settings: Settings, people: People, earlier: Ints) -> Scheme:
    """The scheme that does nothing: people with two or more emergency admissions in the year before, taken for a review.

    They fall back next year all the same. True rate ratio 1.
    """
    begin = settings.end - 365
    joins = (earlier >= 2) & people.alive(begin) & (rng.random(len(people)) < 0.6)
    return Scheme("frequent_attender_review", "Review of frequent attenders", 1.0, np.where(joins, begin, NEVER))


def apply(risk: Risk, scheme: Scheme, people: People) -> float:
    """The scheme's true effect on rates and risks from enrolment on (the last two periods).

    Returns the admissions that it is expected to avoid before the as-at date, among those still here.
    """
    ratio = np.where(scheme.enrolled < NEVER, scheme.rate_ratio, 1.0)
    begin, end = risk.bounds[2], risk.bounds[3]
    here = np.clip(np.minimum(people.until(), end) - begin, 0, None) / (end - begin)
    avoided = float((risk.rates[2] * (1 - ratio) * here).sum())
    risk.rates[2] *= ratio
    risk.rates[3] *= ratio
    risk.true_risk = chance_of_any(risk.rates[3], risk.last_admission[1])
    return avoided


def future(rng: np.random.Generator, risk: Risk) -> Ints:
    """Emergency admissions in the year after the as-at date, admissions to die included."""
    return admissions(rng, risk, 3) + (rng.random(len(risk.true_risk)) < risk.last_admission[1])


def admissions(rng: np.random.Generator, risk: Risk, period: int) -> Ints:
    """Number of emergency admissions of each person in one period."""
    years = (risk.bounds[period + 1] - risk.bounds[period]) / 365.0
    return rng.poisson(risk.rates[period] * risk.passing[period] * years)
