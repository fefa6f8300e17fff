"""Who has which condition, since when, and which are over.

Each condition has a marginal probability for each person (shape × practice level) and a latent liability: a weighted sum of the person's
frailty, metabolic, airways and mood factors plus noise. The condition is present where the liability passes the threshold that keeps the marginal
probability, so conditions cluster in people without moving any practice's prevalence.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from commonweal.synthetic.draw import Bools, Floats, Ints, logit, sigmoid
from commonweal.synthetic.population import People, smoking
from commonweal.synthetic.prevalence import model, relative_risk
from commonweal.synthetic.reference import Reference
from commonweal.synthetic.settings import NEVER, Settings

# condition -> (frailty, metabolic, airways, mood) loadings, mean years since onset, share resolved
LATENT: dict[str, tuple[tuple[float, float, float, float], float, float]] = {
    "AF": ((0.30, 0.35, 0.10, 0.0), 5, 0.0),
    "AST": ((0.10, 0.05, 0.60, 0.05), 14, 0.03),
    "CAN": ((0.20, 0.05, 0.15, 0.0), 5, 0.0),
    "CHD": ((0.25, 0.60, 0.20, 0.05), 8, 0.0),
    "CKD": ((0.35, 0.60, 0.05, 0.0), 6, 0.03),
    "COPD": ((0.30, 0.10, 0.70, 0.10), 7, 0.01),
    "DEM": ((0.55, 0.15, 0.0, 0.15), 3, 0.0),
    "DEP": ((0.15, 0.05, 0.05, 0.70), 8, 0.20),
    "DM": ((0.20, 0.75, 0.0, 0.05), 8, 0.02),
    "EP": ((0.20, 0.0, 0.0, 0.20), 14, 0.02),
    "HF": ((0.40, 0.60, 0.20, 0.0), 4, 0.02),
    "HYP": ((0.15, 0.70, 0.0, 0.0), 9, 0.015),
    "LD": ((0.10, 0.0, 0.0, 0.10), 25, 0.0),
    "MH": ((0.10, 0.10, 0.10, 0.65), 13, 0.0),
    "NDH": ((0.05, 0.60, 0.0, 0.0), 4, 0.0),
    "OST": ((0.50, 0.0, 0.05, 0.0), 5, 0.0),
    "PAD": ((0.25, 0.55, 0.30, 0.0), 6, 0.0),
    "PC": ((0.70, 0.05, 0.10, 0.0), 0.7, 0.0),
    "RA": ((0.25, 0.05, 0.10, 0.05), 9, 0.0),
    "STIA": ((0.30, 0.50, 0.10, 0.05), 6, 0.0),
    "HIV": ((0.05, 0.0, 0.0, 0.10), 10, 0.0),
    "ALC": ((0.15, 0.05, 0.15, 0.50), 6, 0.0),
    "DRUG": ((0.10, 0.0, 0.15, 0.60), 7, 0.0),
    "THY": ((0.10, 0.10, 0.0, 0.05), 9, 0.0),
    "AUT": ((0.0, 0.0, 0.0, 0.20), 8, 0.0),
}
ACTIVE = (*(name for name in LATENT if name != "DM"), "DM1", "DM2", "LVSD")


def _calibrate(risk: Floats, practice: Ints, counted: Bools, target: Floats) -> Floats:
    """Probabilities proportional in odds to `risk`, with the mean among the counted people of each practice equal to `target`."""
    base = logit(np.maximum(risk, 1e-9) / 100)
    shift = np.zeros(len(target))
    people = np.maximum(np.bincount(practice, weights=counted, minlength=len(target)), 1)
    for _ in range(12):
        chance = sigmoid(base + shift[practice]) * (risk > 0)
        mean = np.bincount(practice, weights=chance * counted, minlength=len(target)) / people
        slope = np.bincount(practice, weights=chance * (1 - chance) * counted, minlength=len(target)) / people
        shift += np.clip((target - mean) / np.maximum(slope, 1e-7), -2, 2)
    return sigmoid(base + shift[practice]) * (risk > 0)


def _present(
    rng: np.random.Generator, people: People, chance: Floats, loading: tuple[float, ...], counted: Bools
) -> Bools:
    """Who has the condition. The threshold is moved a little, alike for all, so that those counted number what was expected:
    the sickest die before they are counted, and those with diabetes are not at hand for its forerunner.
    """
    noise = np.sqrt(1 - sum(weight**2 for weight in loading))
    factors = (people.frailty, people.metabolic, people.airways, people.mood)
    spread = 1.0
    # frailty is part of the other factors (0.35, 0.35, 0.25): the variance of the sum is more than one
    cross = 2 * loading[0] * (0.35 * loading[1] + 0.35 * loading[2] + 0.25 * loading[3])
    cross += 2 * (0.35**2 * loading[1] * loading[2] + 0.35 * 0.25 * (loading[1] + loading[2]) * loading[3])
    spread = np.sqrt(1 + cross)
    liability = sum(weight * factor for weight, factor in zip(loading, factors, strict=True))
    liability = (liability + noise * rng.standard_normal(len(people))) / spread
    margin = liability + ndtri(np.clip(chance, 1e-12, 1 - 1e-12))
    wanted = int(np.floor(chance[counted].sum() + rng.random()))
    ranked = np.sort(margin[counted])
    cut = ranked[len(ranked) - wanted] if 0 < wanted <= len(ranked) else np.inf
    return margin >= np.clip(cut, -0.8, 0.8)


def _onset(rng: np.random.Generator, settings: Settings, people: People, present: Bools, mean_years: float) -> Ints:
    years = rng.gamma(1.3, mean_years / 1.3, len(people))
    until = np.minimum(settings.end, people.until()) - 1
    lived = (until - people.birth) / 365.25
    years = np.where(years > lived * 0.85, rng.random(len(people)) * lived * 0.85, years)
    return np.where(present, until - np.floor(years * 365.25).astype(np.int64), NEVER)


def assign(rng: np.random.Generator, settings: Settings, reference: Reference, people: People) -> None:
    """Give every person their conditions (`onset`, `resolved`) and states, in place."""
    prevalence = model(reference)
    age = people.age(settings.end)
    here = people.alive(settings.end - 1)
    for column, name in enumerate(prevalence.conditions):
        loading, mean_years, over = LATENT[name]
        target = prevalence.target[reference.chosen, column]
        target = np.where(np.isnan(target), prevalence.predicted[reference.chosen, column], target)
        risk = relative_risk(name, age, people.woman, people.broad, people.imd_decile)
        if name == "NDH":  # never beside diabetes, which comes before it in the order
            risk = np.where(people.onset["DM"] < NEVER, 0.0, risk)
        counted = here & (age >= prevalence.denominator_age[column])
        # those whose condition is over are drawn on top of the register
        chance = _calibrate(risk, people.practice, counted, np.minimum(target / (1 - over), 0.9))
        present = _present(rng, people, chance, loading, counted)
        people.onset[name] = _onset(rng, settings, people, present, mean_years)
        ended = people.onset[name] + 90 + rng.exponential(3 * 365, len(people)).astype(np.int64)
        ends = present & (rng.random(len(people)) < over * 1.25) & (ended < settings.end)
        people.resolved[name] = np.where(ends, ended, NEVER)
        once_more = ended + 120 + rng.integers(0, 900, len(people))
        back = ends & (rng.random(len(people)) < 0.2) & (once_more < settings.end)
        people.again[name] = np.where(back, once_more, NEVER)
    _diabetes_types(rng, people, age)
    lvsd = (people.onset["HF"] < NEVER) & (rng.random(len(people)) < 0.45)
    people.onset["LVSD"] = np.where(lvsd, people.onset["HF"] + 20, NEVER)
    people.resolved["LVSD"] = np.full(len(people), NEVER)
    people.again["LVSD"] = people.again["PAIN"] = people.again["DM1"] = np.full(len(people), NEVER)
    people.again["DM2"] = np.where(people.onset["DM2"] < NEVER, people.again["DM"], NEVER)
    _states(rng, people, age)


def _diabetes_types(rng: np.random.Generator, people: People, age: Floats) -> None:
    onset = people.onset["DM"]
    age_at_onset = (onset - people.birth) / 365.25
    chance = np.interp(age_at_onset, (0, 15, 25, 35, 50, 70), (0.99, 0.95, 0.5, 0.12, 0.02, 0.0))
    first = (onset < NEVER) & (rng.random(len(people)) < chance)
    people.onset["DM1"] = np.where(first, onset, NEVER)
    people.onset["DM2"] = np.where(first, NEVER, onset)
    people.resolved["DM1"] = np.full(len(people), NEVER)
    people.resolved["DM2"] = np.where(first, NEVER, people.resolved["DM"])
    people.resolved["DM"] = people.resolved["DM2"]


def _states(rng: np.random.Generator, people: People, age: Floats) -> None:
    """Frailty category, care home, housebound, carer, smoking, body mass index, obesity, pain."""
    count = len(people)
    score = people.frailty + (age - 75) * 0.055 + rng.normal(0, 0.4, count)
    old = age >= 65
    people.states["severe_frailty"] = old & (score > 1.75)
    people.states["moderate_frailty"] = old & (score > 1.05) & ~people.states["severe_frailty"]
    people.states["mild_frailty"] = old & (score > 0.25) & (score <= 1.05)
    dementia = people.onset["DEM"] < NEVER
    people.states["care_home"] = (age >= 70) & (
        rng.random(count) < np.where(dementia, 0.34, 0.02) * (1 + old * (score > 1))
    )
    people.states["housebound"] = (
        old & ~people.states["care_home"] & (rng.random(count) < sigmoid((score - 2.2) * 2) * 0.6)
    )
    people.states["carer"] = (age >= 16) & (rng.random(count) < 0.025)
    habit = smoking(rng, people)
    people.states["smoker"] = (age >= 15) & (habit == 2)
    people.states["ex_smoker"] = (age >= 15) & (habit == 1)
    people.states["type1_dissent"] = rng.random(count) < 0.03
    people.states["type1_withdrawn"] = people.states["type1_dissent"] & (rng.random(count) < 0.2)
    people.states["national_opt_out"] = rng.random(count) < 0.05
    pain = people.onset["RA"] < NEVER
    people.onset["PAIN"] = np.where(
        pain | (rng.random(count) < np.interp(age, (17, 30, 60, 90), (0, 0.04, 0.14, 0.26))), 0, NEVER
    )
    people.resolved["PAIN"] = np.full(count, NEVER)


def body_mass_index(people: People, rng: np.random.Generator) -> Floats:
    """Body mass index in kg/m2, driven by the metabolic factor."""
    return np.clip(26.2 + 4.3 * (0.75 * people.metabolic + 0.66 * rng.standard_normal(len(people))), 15.5, 58)
