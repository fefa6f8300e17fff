"""The people: where they are registered, where and with whom they live, who they are.

One chunk is a set of whole practices. Households are made within a practice: adults in groups of one to four, children with an adult
of a parent's age. A household shares its area, address, ethnic group and, mostly, its family name.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from commonweal.synthetic import names
from commonweal.synthetic.draw import Bools, Floats, Ints, pick, pick_grouped, sigmoid
from commonweal.synthetic.reference import BROAD_OF, CATEGORIES, Reference
from commonweal.synthetic.settings import NEVER, Settings


@dataclass
class People:
    """One chunk of people, column by column. Days are days since 1970; NEVER where it has not happened."""

    person: Ints
    """Number of the person in the whole system, from 0."""
    practice: Ints
    """Row of the practice table: where they are (or were last) registered."""
    household: Ints
    lsoa: Ints
    postcode: Ints
    house_number: Ints
    street: Ints
    birth: Ints
    woman: Bools
    category: Ints
    """Index into CATEGORIES."""
    broad: Ints
    family_name: Ints
    given_name: Ints
    imd_decile: Ints
    frailty: Floats
    metabolic: Floats
    airways: Floats
    mood: Floats
    engagement: Floats
    """How readily the person comes to be checked; standard normal."""
    death: Ints
    registered_from: Ints
    left: Ints
    """Left the area."""
    moved: Ints
    """Moved practice and address within the area."""
    old_practice: Ints
    old_lsoa: Ints
    old_postcode: Ints
    twin_of: Ints
    """Row of the twin within the chunk; -1 for none."""
    former_name: Ints
    onset: dict[str, Ints] = field(default_factory=dict)
    resolved: dict[str, Ints] = field(default_factory=dict)
    again: dict[str, Ints] = field(default_factory=dict)
    """Diagnosed once more after it was over."""
    states: dict[str, Bools] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.person)

    def age(self, on: int) -> Floats:
        """Exact age in years on a day."""
        return (on - self.birth) / 365.2425

    def alive(self, on: int) -> Bools:
        """Alive and registered on a day."""
        return (self.death > on) & (self.left > on) & (self.registered_from <= on) & (self.birth <= on)

    def has(self, condition: str, on: int) -> Bools:
        """Has the condition, unresolved, on a day."""
        return (self.onset[condition] <= on) & ((self.resolved[condition] > on) | (self.again[condition] <= on))

    def until(self) -> Ints:
        """The first day on which the person is no longer here."""
        return np.minimum(self.death, self.left)


def _ages(rng: np.random.Generator, reference: Reference, practice: Ints) -> Floats:
    table = reference.all_practice_ages[reference.chosen]
    years = pick_grouped(rng, table, practice)
    # 90 and over falls off by a third a year
    years = np.where(years == 90, np.minimum(90 + rng.geometric(0.33, len(years)) - 1, 104), years)
    return years + rng.random(len(years))


def _households(rng: np.random.Generator, practice: Ints, age: Floats) -> Ints:
    """Household numbers within the chunk. Adults start a new one with probability 0.52; children join an adult of 20 to 49."""
    count, adult = len(practice), age >= 18
    household = np.zeros(count, np.int64)
    rows = np.flatnonzero(adult)
    fresh = rng.random(len(rows)) < 0.52
    fresh[np.flatnonzero(np.diff(practice[rows], prepend=-1))] = True
    household[rows] = np.cumsum(fresh) - 1
    parents = rows[(age[rows] >= 20) & (age[rows] < 50)]
    bounds = np.searchsorted(practice[parents], np.arange(practice.max() + 2))
    children = np.flatnonzero(~adult)
    low, high = bounds[practice[children]], bounds[practice[children] + 1]
    # more children to the first parents of the practice, so that siblings share a home
    slot = low + (np.floor(rng.random(len(children)) ** 1.25 * np.maximum(high - low, 1))).astype(np.int64)
    household[children] = household[parents[np.minimum(slot, len(parents) - 1)]]
    return household


def _twins(rng: np.random.Generator, household: Ints, age: Floats) -> Ints:
    """Row of the elder twin for about 1.5 % of children; -1 otherwise."""
    twin = np.full(len(age), -1, np.int64)
    children = np.flatnonzero(age < 18)
    order = children[np.argsort(household[children], kind="stable")]
    same = np.flatnonzero(household[order[1:]] == household[order[:-1]])
    chosen = same[rng.random(len(same)) < 0.035]
    chosen = chosen[np.diff(chosen, prepend=-5) > 1]
    twin[order[chosen + 1]] = order[chosen]
    return twin


def postcode_of(rng: np.random.Generator, reference: Reference, lsoa: Ints) -> Ints:
    """A postcode of each LSOA (index into the postcode table); an LSOA without one takes the row before it."""
    _, first, count = reference.postcodes
    return np.minimum(
        first[lsoa] + np.floor(rng.random(len(lsoa)) * np.maximum(count[lsoa], 1)).astype(np.int64), first[-1]
    )


def _ethnicity(rng: np.random.Generator, reference: Reference, lsoa_of_household: Ints) -> Ints:
    """A 2001 category for each household: broad group from the LSOA, detail from the borough."""
    areas = reference.lsoas
    broad_share = areas[["white", "mixed", "asian", "black", "other"]].to_numpy(float)
    broad = pick_grouped(rng, broad_share, lsoa_of_household)
    borough = areas.borough.map({name: row for row, name in enumerate(reference.boroughs)}).to_numpy()
    table = np.zeros((len(reference.boroughs) * 5, len(CATEGORIES)))
    for column, code in enumerate(CATEGORIES):
        table[np.arange(len(reference.boroughs)) * 5 + BROAD_OF[code], column] = reference.detailed_ethnicity[:, column]
    return pick_grouped(rng, table, borough[lsoa_of_household] * 5 + broad)


def _moves(rng: np.random.Generator, settings: Settings, age: Floats, engagement: Floats) -> tuple[Ints, Ints, Ints]:
    """Days of moving practice, leaving the area, and registering."""
    count = len(age)
    window = settings.end - settings.start
    mobile = np.interp(age, (0, 18, 25, 35, 50, 70, 90), (0.6, 1.2, 2.2, 1.5, 0.7, 0.4, 0.5))
    when = settings.start + 30 + rng.integers(0, window - 60, (3, count))
    moved = np.where(rng.random(count) < 0.07 * mobile, when[0], NEVER)
    left = np.where(rng.random(count) < 0.035 * mobile, when[1], NEVER)
    joined = np.where(rng.random(count) < 0.05 * mobile, when[2], 0)
    earlier = settings.start - 30 - (rng.exponential(8 * 365, count)).astype(np.int64)
    moved = np.where((joined > 0) | (left < NEVER), NEVER, moved)
    left = np.where(joined > 0, NEVER, left)
    return moved, left, np.where(joined > 0, joined, earlier)


def _name(
    rng: np.random.Generator, household: Ints, age: Floats, woman: Bools, broad_of_home: Ints, broad: Ints, stranger: Bools
) -> tuple[Ints, Ints]:  # fmt: skip
    """Family and given names. Some sons bear both names of a man of the house: a trap for linkage."""
    count = len(age)
    family = names.draw_family(rng, broad_of_home)[household]
    own = (rng.random(count) < 0.3) & (age >= 18) | stranger
    family = np.where(own, names.draw_family(rng, broad), family)
    given = names.draw_given(rng, broad, woman)
    men = np.flatnonzero(~woman & (age >= 18))
    man_of = np.full(len(broad_of_home), -1, np.int64)
    man_of[household[men[::-1]]] = men[::-1]
    sons = np.flatnonzero((age < 18) & ~woman & (rng.random(count) < 0.012) & (man_of[household] >= 0))
    fathers = man_of[household[sons]]
    family[sons], given[sons] = family[fathers], given[fathers]
    return family, given


def make(
    rng: np.random.Generator, settings: Settings, reference: Reference, practices: Ints, first_person: int
) -> People:
    """The people of the given practices (rows of the practice table)."""
    sizes = reference.practices.people.to_numpy()[practices]
    # a few more than the list, since some have died or left by the as-at date
    sizes = np.round(sizes * 1.035).astype(int)
    practice = np.repeat(practices, sizes)
    count = len(practice)
    age = _ages(rng, reference, practice)
    males, females = reference.england
    woman = rng.random(count) < (females / (males + females))[np.minimum(age, 90).astype(int)]
    household = _households(rng, practice, age)
    twin = _twins(rng, household, age)
    age = np.where(twin >= 0, age[twin], age)
    homes = int(household.max()) + 1
    home_practice = np.zeros(homes, np.int64)
    home_practice[household[::-1]] = practice[::-1]
    lsoa = pick_grouped(rng, reference.lsoa_weights, home_practice)
    category_of_home = _ethnicity(rng, reference, lsoa)
    broad_of = np.array([BROAD_OF[code] for code in CATEGORIES])
    category = category_of_home[household]
    stranger = rng.random(count) < 0.08
    category = np.where(stranger, category[rng.permutation(count)], category)
    broad = broad_of[category]
    family, given = _name(rng, household, age, woman, broad_of[category_of_home], broad, stranger)
    decile = reference.lsoas.imd_decile.to_numpy()[lsoa[household]]
    frailty = rng.standard_normal(count)
    factors = rng.standard_normal((4, count))
    shared = 0.35 * frailty
    moved, left, joined = _moves(rng, settings, age, factors[3])
    birth = settings.end - 1 - np.floor(age * 365.2425).astype(np.int64)
    # somewhere else in the chunk: a practice of the same chunk, weighted by its list
    old_practice = np.where(moved < NEVER, practice[rng.permutation(count)], -1)
    old_practice = np.where(old_practice == practice, -1, old_practice)
    moved = np.where(old_practice < 0, NEVER, moved)
    old_lsoa = np.where(
        moved < NEVER, pick_grouped(rng, reference.lsoa_weights, np.maximum(old_practice, 0)), lsoa[household]
    )
    hazard = death_hazard(age - (settings.end - settings.start) / 730.5, frailty, decile)
    dies = rng.random(count) < 1 - np.exp(-hazard * (settings.end - settings.start) / 365.25)
    death = np.where(dies, rng.integers(settings.start, settings.end, count), NEVER)
    death = np.where((death <= joined) | (death <= birth), NEVER, death)
    postcode = postcode_of(rng, reference, lsoa)
    married = (rng.random(count) < 0.02) & woman & (age > 20) & (age < 45)
    return People(
        person=first_person + np.arange(count), practice=practice, household=household, lsoa=lsoa[household],
        postcode=postcode[household], house_number=rng.integers(1, 180, homes)[household],
        street=rng.integers(0, 400, homes)[household], birth=birth, woman=woman, category=category, broad=broad,
        family_name=family, given_name=given, imd_decile=decile, frailty=frailty,
        metabolic=shared + np.sqrt(1 - 0.35**2) * factors[0], airways=shared + np.sqrt(1 - 0.35**2) * factors[1],
        mood=0.25 * frailty + np.sqrt(1 - 0.25**2) * factors[2], engagement=factors[3], death=death,
        registered_from=np.maximum(joined, birth), left=left, moved=moved, old_practice=old_practice, old_lsoa=old_lsoa,
        old_postcode=np.where(moved < NEVER, postcode_of(rng, reference, old_lsoa), postcode[household]), twin_of=twin,
        former_name=np.where(married, names.draw_family(rng, broad), -1),
    )  # fmt: skip


def death_hazard(age: Floats, frailty: Floats, decile: Ints) -> Floats:
    """Chance of death a year (Gompertz; invented, near the English life table), by age, frailty and deprivation."""
    return 0.000045 * np.exp(0.088 * np.clip(age, 0, 104)) * np.exp(0.55 * frailty) * (1 + (5.5 - decile) * 0.04)


def fertility(people: People, on: int) -> Floats:
    """Births a year by age, for women (invented, near the English rates)."""
    return people.woman * np.interp(
        people.age(on), (15, 17, 22, 27, 32, 37, 42, 46), (0, 0.01, 0.05, 0.09, 0.11, 0.07, 0.015, 0)
    )


def smoking(rng: np.random.Generator, people: People) -> Ints:
    """0 never, 1 former, 2 current; more in deprived areas and with the airways factor."""
    never = pick(rng, [0.62, 0.25, 0.13], len(people))
    push = sigmoid(1.2 * people.airways - 1.6 + (5.5 - people.imd_decile) * 0.08)
    return np.where(rng.random(len(people)) < push * 0.6, 2, never)
