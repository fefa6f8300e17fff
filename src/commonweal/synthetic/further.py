"""Conditions and circumstances beyond QOF: how common each is by age, and who has it.

Each is drawn on its own from the table below: shares of a thousand at the anchor ages, of women to men, by broad ethnic group, and lifted
by one of the latent factors or by a condition that leads to it. The levels are **general knowledge, unverified**: they make lists of a
believable length and say nothing about anyone. The draws have a stream of their own, so that they move nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.synthetic.draw import Floats
from commonweal.synthetic.population import People
from commonweal.synthetic.prevalence import ANCHORS
from commonweal.synthetic.settings import NEVER, Settings


@dataclass(frozen=True)
class Further:
    """Shares of a thousand at the ages of `ANCHORS`, and what lifts them."""

    ages: tuple[float, ...]
    women: float = 1.0
    """Women to men."""
    ethnic: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0)
    """White, mixed, Asian, Black, other."""
    factor: str = ""
    """The latent factor that lifts it, by half for each standard deviation."""
    given: str = ""
    """Only, or `by` times as often, among people with this condition."""
    by: float = 0.0
    """How many times as often; 0 for only."""
    mean_years: float = 6.0


FURTHER: dict[str, Further] = {
    "AAA": Further((0, 0, 0, 0, 0, 0.3, 2, 7, 12, 14), 0.25),
    "ADHD": Further((0, 4, 24, 14, 9, 5, 2, 1, 0, 0), 0.5, (1, 1, 0.3, 0.4, 0.6)),
    "ANX": Further((0, 0, 35, 60, 65, 65, 60, 50, 45, 40), 1.6, (1, 1, 0.7, 0.6, 0.8), "mood"),
    "BRONCH": Further((0, 0.2, 0.5, 0.8, 1.5, 3, 6, 11, 13, 10), 1.2, factor="airways"),
    "PALSY": Further((2.4, 2.4, 2.2, 1.8, 1.5, 1.2, 0.8, 0.5, 0.3, 0.2)),
    "LIVER": Further((0, 0, 0.2, 1.5, 4, 7, 9, 8, 6, 4), 0.8, given="ALC", by=5),
    "COELIAC": Further((0.2, 2, 4, 5, 5, 6, 7, 7, 6, 5), 1.7, (1, 0.6, 0.5, 0.2, 0.5)),
    "DIALYSIS": Further((0, 0, 12, 12, 12, 12, 12, 10, 6, 3), given="CKD"),
    "TRANSPLANT": Further((0, 0, 15, 15, 15, 15, 12, 6, 2, 0), given="CKD"),
    "DOWN": Further((0.9, 0.9, 0.8, 0.7, 0.6, 0.5, 0.25, 0.05, 0, 0)),
    "EATING": Further((0, 0.2, 6, 5, 3, 2, 1, 0.5, 0.2, 0.1), 6.0, factor="mood"),
    "GESTATIONAL": Further((0, 0, 0.5, 8, 14, 13, 5, 1, 0, 0), 1e9, (1, 1.1, 1.9, 1.4, 1.3), mean_years=5),
    "GOUT": Further((0, 0, 0, 3, 10, 20, 30, 42, 52, 52), 0.3, factor="metabolic"),
    "HEARING": Further((2, 4, 4, 8, 15, 28, 55, 100, 170, 240), 0.85),
    "HOMELESS": Further((0, 0, 2, 6, 6.5, 5, 3, 1, 0.2, 0), 0.4, factor="mood", mean_years=0.6),
    "CROHNS": Further((0, 0.1, 1.5, 2.8, 3, 3.2, 3.2, 3, 2.6, 2)),
    "COLITIS": Further((0, 0.1, 1.4, 3.2, 4.5, 5, 5.5, 6, 5.5, 4.5)),
    "INTERPRETER": Further((0, 0, 6, 14, 22, 30, 38, 45, 50, 50), 1.2, (0.35, 0.4, 1.5, 0.8, 1.8)),
    "LUNG": Further((0, 0, 0, 0.2, 0.4, 0.8, 2, 4, 5, 4), 0.7, factor="airways", mean_years=3),
    "NEURONE": Further((0, 0, 0, 0.02, 0.04, 0.1, 0.2, 0.3, 0.3, 0.1), mean_years=1.5),
    "SCLEROSIS": Further((0, 0, 0.1, 0.8, 1.6, 2.2, 2.4, 2, 1.3, 0.6), 2.3, (1, 0.8, 0.5, 0.7, 0.7)),
    "ARTHRITIS": Further((0, 0, 0, 3, 14, 50, 110, 190, 250, 290), 1.5, factor="frailty"),
    "OSTEO_ALONE": Further((0, 0, 0, 0, 0.5, 4, 18, 50, 85, 95), 4.0, (1, 0.8, 0.8, 0.4, 0.8), "frailty"),
    "PARKINSONS": Further((0, 0, 0, 0, 0.1, 0.4, 1.6, 5, 11, 13), 0.65),
    "PERSONALITY": Further((0, 0, 2, 5, 5, 4, 3, 2, 1, 0.5), 1.6, factor="mood"),
    "SICKLE": Further((0.6, 0.6, 0.6, 0.6, 0.5, 0.4, 0.25, 0.1, 0, 0), 1.0, (0.01, 0.7, 0.02, 8, 0.1)),
    "VISION": Further((0.5, 0.8, 1, 1.5, 2, 3, 6, 14, 40, 90)),
    "BOWEL": Further((0, 0, 10, 28, 36, 40, 40, 36, 30, 25), 1.9),
}  # fmt: skip


def chance(name: str, people: People, age: Floats) -> Floats:
    """Each person's chance of having it on the as-at date."""
    item = FURTHER[name]
    share = np.interp(age, ANCHORS, item.ages) / 1000
    total = item.women + 1
    share = share * np.where(people.woman, 2 * item.women / total, 2 / total)
    share = share * np.asarray(item.ethnic)[people.broad]
    if item.factor:
        # the mean of 1.5^z is exp(ln(1.5)^2 / 2): divided out, so that the level stays
        lift = np.log(1.5)
        share = share * np.exp(lift * getattr(people, item.factor) - lift**2 / 2)
    if item.given:
        has = people.onset[item.given] < NEVER
        share = share * np.where(has, item.by or 1.0, 1.0 if item.by else 0.0)
    return np.minimum(share, 0.9)


HOSPITAL_ONLY: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "AF": ((40, 60, 75, 90), (0, 3, 16, 32)),
    "HF": ((40, 60, 75, 90), (0, 2, 10, 24)),
    "COPD": ((40, 60, 75, 90), (0.5, 7, 12, 12)),
    "DEM": ((60, 70, 80, 90), (0, 4, 18, 40)),
    "CKD": ((40, 60, 75, 90), (0, 5, 26, 50)),
    "EP": ((0, 30, 60, 90), (0.6, 0.6, 0.8, 1)),
}
"""Of a thousand people without the condition on the practice's record, by age: how many have it and would be coded in hospital (invented)."""


def hospital_only(settings: Settings, people: People) -> None:
    """Mark those whose condition only a hospital would name (`states`, ``hidden_`` and the condition), in place."""
    rng = np.random.default_rng([settings.seed, 35, int(people.person[0])])
    age = people.age(settings.end)
    for name, (ages, share) in HOSPITAL_ONLY.items():
        unknown = people.onset[name] >= NEVER
        people.states[f"hidden_{name}"] = unknown & (rng.random(len(people)) < np.interp(age, ages, share) / 1000)


def assign(settings: Settings, people: People) -> None:
    """Give people these conditions, in place (`onset`; none of them resolves)."""
    rng = np.random.default_rng([settings.seed, 31, int(people.person[0])])
    age = people.age(settings.end)
    until = np.minimum(settings.end, people.until()) - 1
    lived = (until - people.birth) / 365.25
    for name, item in FURTHER.items():
        present = rng.random(len(people)) < chance(name, people, age)
        years = np.minimum(rng.gamma(1.3, item.mean_years / 1.3, len(people)), lived * 0.85)
        people.onset[name] = np.where(present, until - np.floor(years * 365.25).astype(np.int64), NEVER)
        people.resolved[name] = people.again[name] = np.full(len(people), NEVER)
