"""The rest of the coded GP record: conditions beyond QOF, fractures and scans, advice, vaccinations, urgent referrals.

Written into the same `Entries`, from a stream of its own, so that what `gp.Recorder` writes does not depend on it.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from commonweal.synthetic.draw import Bools, Floats, Ints, pick, repeats
from commonweal.synthetic.further import FURTHER
from commonweal.synthetic.gp import Recorder
from commonweal.synthetic.settings import NEVER, day

AT_RISK = ("AST", "COPD", "CHD", "STIA", "PAD", "HF", "CKD", "DM", "LD", "LIVER", "PARKINSONS", "SCLEROSIS", "SICKLE")
DRINKERS_ASKED = 0.13
"""Adults without a long-term condition whose drinking is recorded in a year (invented)."""
FIRST_FRACTURE = day(date(2015, 1, 1))
"""Fractures lie after this day: QOF counts none before April 2012 (to 74) or April 2014 (from 75)."""


class FurtherRecord:
    """Adds to one chunk's record. `recorder` lends its people, its shared visits and its entries."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder, self.people, self.entries = recorder, recorder.people, recorder.entries
        self.settings, self.age, self.until = recorder.settings, recorder.age, recorder.until
        self.rng = np.random.default_rng([self.settings.seed, 32, int(self.people.person[0])])
        self.book = recorder.book

    def write(self) -> None:
        """Everything of this module."""
        self._conditions()
        self._bones()
        self._status()
        self._advice()
        self._education()
        self._flu()
        self._urgent_referrals()

    def _codes(self, section: str, name: str, count: int) -> Ints:
        """Codes of one entry of the book, drawn by their weights."""
        table = self.book[section][name]["codes"]
        return np.array([self.entries.code(code) for code in table])[pick(self.rng, list(table.values()), count)]

    def _one(self, section: str, name: str) -> int:
        return self.entries.code(self.book[section][name]["code"])

    def _conditions(self) -> None:
        for name in FURTHER:
            rows = np.flatnonzero(self.people.onset[name] < self.until)
            self.entries.add(
                rows, self.people.onset[name][rows], self._codes("further", name, len(rows)), problem=name != "HOMELESS"
            )

    def _bones(self) -> None:
        """Those on the osteoporosis register have had a fragility fracture; up to 74 nearly all were scanned."""
        onset = self.people.onset["OST"]
        rows = np.flatnonzero(onset < self.until)
        broke = onset[rows] - self.rng.integers(0, 200, len(rows))
        broke = np.where(broke < FIRST_FRACTURE, FIRST_FRACTURE + self.rng.integers(0, 2000, len(rows)), broke)
        broke = np.maximum(np.minimum(broke, self.until[rows] - 1), self.people.birth[rows])
        self.entries.add(rows, broke, self._codes("advice", "fracture", len(rows)))
        scanned = rows[self.rng.random(len(rows)) < np.where(self.age[rows] < 75, 0.96, 0.4)]
        days = np.minimum(onset[scanned] + self.rng.integers(0, 60, len(scanned)), self.until[scanned] - 1)
        self.entries.add(scanned, days, self._codes("advice", "scan", len(scanned)))

    def _status(self) -> None:
        """Never smoked, and what people drink: asked at the same visits as smoking."""
        recorder, people = self.recorder, self.people
        never = ~(people.states["smoker"] | people.states["ex_smoker"]) & (self.age >= 15)
        rows, days = recorder.yearly(recorder.needed("smoking") * never, self.rng)
        self.entries.add(rows, days, self._one("advice", "never_smoked"))
        asked = np.where(recorder.needed("smoking") > 0.5, 0.68, DRINKERS_ASKED) * (self.age >= 16)
        asked = np.where(people.onset["MH"] < NEVER, 0.82, asked)
        rows, days = recorder.yearly(asked, self.rng)
        self.entries.add(rows, days, self._codes("advice", "alcohol", len(people))[rows])

    def _advice(self) -> None:
        """Help to stop smoking; weight advice; a review soon after depression is diagnosed; medicines reviews in learning disability."""
        recorder, people = self.recorder, self.people
        ill = recorder.needed("smoking") > 0.5
        rows, days = recorder.yearly(np.where(people.states["smoker"], np.where(ill, 0.62, 0.34), 0.0), self.rng)
        self.entries.add(rows, days, self._codes("advice", "stop_smoking", len(rows)))
        heavy = np.where(people.states["obese"] & (self.age >= 18), np.where(ill, 0.30, 0.14), 0.0)
        rows, days = recorder.yearly(heavy, self.rng)
        self.entries.add(rows, days, self._codes("advice", "weight", len(rows)))
        rows, days = recorder.yearly(recorder.any_of(("LD", "AUT")) * 0.42, self.rng)
        self.entries.add(rows, days, self._one("processes", "medication_review"))
        for state, chance in (("care_home", 0.72), ("severe_frailty", 0.45)):
            rows, days = recorder.yearly(people.states[state] * chance, self.rng)
            self.entries.add(rows, days, self._one("processes", "structured_medication_review"))
        new = np.flatnonzero(people.onset["DEP"] < NEVER)
        new = new[self.rng.random(len(new)) < 0.62]
        days = people.onset["DEP"][new] + self.rng.integers(10, 50, len(new))
        kept = days < self.until[new]
        self.entries.add(new[kept], days[kept], self._one("processes", "depression_review"))

    def _education(self) -> None:
        """Education and the prevention programme soon after diagnosis; plans for children with asthma and at the end of life (shares invented)."""
        people = self.people
        self._after("DM2", 0.55, (10, 250), self._one("advice", "diabetes_education_referral"))
        self._after("DM2", 0.24, (60, 400), self._codes("advice", "diabetes_education", len(people)))
        self._after("DM1", 0.40, (60, 600), self._codes("advice", "diabetes_education", len(people)))
        self._after("NDH", 0.18, (200, 600), self._codes("advice", "prevention_programme", len(people)))
        self._after("PC", 0.52, (0, 90), self._one("advice", "end_of_life_plan"))
        young = self.recorder.any_of(("AST",)) & (self.age < 18)
        rows, days = self.recorder.yearly(young * 0.46, self.rng)
        self.entries.add(rows, days, self._one("advice", "asthma_plan"))

    def _after(self, condition: str, share: float, within: tuple[int, int], code: int | Ints) -> None:
        """One entry for a share of those with the condition, so many days after onset."""
        onset = self.people.onset[condition]
        rows = np.flatnonzero((onset < self.until) & (self.rng.random(len(onset)) < share))
        days = onset[rows] + self.rng.integers(*within, len(rows))
        kept = days < self.until[rows]
        rows = rows[kept]
        self.entries.add(rows, days[kept], code[rows] if isinstance(code, np.ndarray) else code)

    def _season(self, chance: Floats, name: str, who: Bools) -> None:
        """One vaccination for each autumn, from September to January, most in October."""
        for year in range(self.settings.as_at.year - 3, self.settings.as_at.year + 1):
            begin = day(date(year, 9, 5))
            rows = np.flatnonzero(who & (self.rng.random(len(chance)) < chance))
            days = begin + 24 + np.floor(self.rng.gamma(1.5, 20, len(rows))).astype(np.int64)
            kept = (days < np.minimum(self.until[rows], begin + 150)) & (days > self.people.registered_from[rows])
            self.entries.add(rows[kept], days[kept], self._one("vaccinations", name))

    def _flu(self) -> None:
        """About seven in ten of the old and four in ten of those at risk, fewer in deprived areas (general knowledge, unverified)."""
        people = self.people
        risk = self.recorder.any_of(AT_RISK)
        level = np.where(self.age >= 65, 0.70, np.where(risk & (self.age >= 18), 0.40, 0.04))
        level = np.where(people.states["carer"] & (self.age < 65), 0.36, level)
        odds = np.log(level / (1 - level)) + 0.5 * people.engagement + 0.06 * (people.imd_decile - 5.5)
        chance = 1 / (1 + np.exp(-odds))
        self._season(chance, "flu", self.age >= 18)
        self._season(np.full(len(people), 0.42), "flu_nasal", (self.age >= 2) & (self.age < 12))

    def _urgent_referrals(self) -> None:
        """Suspected bowel cancer: referred within two weeks of a test in eight of ten."""
        rate = np.interp(self.age, (30, 40, 50, 60, 75, 90), (0, 0.002, 0.006, 0.010, 0.015, 0.012))
        window = self.settings.end - self.settings.start
        rows = repeats(self.rng, rate * window / 365.25)
        days = self.settings.start + self.rng.integers(0, window, len(rows))
        kept = (days < self.until[rows]) & (days >= self.people.registered_from[rows])
        rows, days = rows[kept], days[kept]
        self.entries.add(rows, days, self._one("advice", "urgent_colorectal"))
        tested = self.rng.random(len(rows)) < 0.78
        before = days[tested] - self.rng.integers(1, 14, tested.sum())
        self.entries.add(rows[tested], before, self._one("advice", "fit"))
