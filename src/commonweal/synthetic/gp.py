"""The coded GP record: diagnoses, measurements, care processes, states and choices.

Codes come from `data/gp_codes.yaml` (members of the published lists). Whether a check is done in a year depends on the condition, on the practice
(some are better than others) and on the person's engagement, so that gaps differ by practice and run in people.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from commonweal.synthetic.conditions import body_mass_index
from commonweal.synthetic.draw import Bools, Floats, Ints, logit, pick, sigmoid
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import CATEGORIES, settings_file
from commonweal.synthetic.settings import NEVER, Settings

TYPE1_DISSENT, TYPE1_WITHDRAWN = "INVENTED-TYPE1-DISSENT", "INVENTED-TYPE1-WITHDRAWN"
SITE_CODES = (TYPE1_DISSENT, TYPE1_WITHDRAWN)
CONFIDENTIAL = ("HIV",)

# process -> who needs it, chance in a year at an average practice
ANNUAL: dict[str, tuple[tuple[str, ...], float]] = {
    "foot_check": (("DM1", "DM2"), 0.80),
    "eye_screening": (("DM1", "DM2"), 0.80),
    "diabetes_review": (("DM1", "DM2"), 0.70),
    "hypertension_review": (("HYP",), 0.60),
    "asthma_review": (("AST",), 0.58),
    "copd_review": (("COPD",), 0.64),
    "hf_review": (("HF",), 0.62),
    "dementia_review": (("DEM",), 0.68),
    "depression_review": (("DEP",), 0.42),
    "ld_health_check": (("LD",), 0.70),
    "medication_review": (("DM1", "DM2", "HYP", "CHD", "HF", "COPD", "AF", "CKD", "MH", "DEP"), 0.55),
    "structured_medication_review": (("HF", "DEM", "CKD"), 0.22),
}
# measurement -> who needs it, chance in a year, chance among other adults of 40 and over, among other adults
MEASURED: dict[str, tuple[tuple[str, ...], float, float, float]] = {
    "bp": (("DM1", "DM2", "HYP", "CHD", "CKD", "STIA", "MH", "AF", "HF", "PAD", "LD"), 0.88, 0.34, 0.18),
    "hba1c": (("DM1", "DM2", "NDH", "MH"), 0.87, 0.24, 0.07),
    "bmi": (("DM1", "DM2", "HYP", "CHD", "MH", "AST", "COPD", "LD"), 0.80, 0.17, 0.10),
    "cholesterol": (("DM1", "DM2", "CHD", "STIA", "PAD", "MH"), 0.82, 0.24, 0.05),
    "renal": (("DM1", "DM2", "HYP", "CKD", "HF", "CHD", "AF"), 0.87, 0.22, 0.07),
    "acr": (("DM1", "DM2", "CKD"), 0.68, 0.01, 0.0),
    "alt": (("DM1", "DM2", "RA", "ALC"), 0.55, 0.20, 0.08),
    "tsh": (("THY", "AF", "DM1"), 0.66, 0.14, 0.06),
    "qrisk": (("HYP",), 0.18, 0.16, 0.0),
    "smoking": (("DM1", "DM2", "HYP", "CHD", "COPD", "AST", "MH", "STIA", "PAD", "CKD", "RA"), 0.84, 0.16, 0.14),
}


VISIT = 1.3
"""How much the checks of one person and year go together (log odds, one standard deviation): they are done at one review."""


CRISIS = 0.001
"""Share of blood pressure readings around 180/120 or above (invented)."""


@dataclass
class Entries:
    """Coded entries, gathered in parts and joined once. `code` indexes `codes`; `parent` is a position, -1 for none."""

    codes: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=lambda: [""])
    parts: list[tuple[np.ndarray, ...]] = field(default_factory=list)
    length: int = 0

    def code(self, value: str) -> int:
        if value not in self.codes:
            self.codes.append(value)
        return self.codes.index(value)

    def unit(self, value: str) -> int:
        if value not in self.units:
            self.units.append(value)
        return self.units.index(value)

    def add(
        self, row: Ints, day: Ints, code: int | Ints, value: Floats | None = None, unit: str = "", *,
        problem: bool = False, ended: Ints | None = None, parent: Ints | None = None, confidential: bool = False,
    ) -> Ints:  # fmt: skip
        """Append entries; returns their positions."""
        count = len(row)
        position = self.length + np.arange(count)
        self.parts.append(
            (
                row.astype(np.int64), day.astype(np.int32), np.broadcast_to(np.asarray(code, np.int16), count),
                np.full(count, np.nan) if value is None else value, np.full(count, self.unit(unit), np.int16),
                np.full(count, problem), np.full(count, NEVER, np.int32) if ended is None else ended.astype(np.int32),
                np.full(count, -1, np.int64) if parent is None else parent, np.full(count, confidential),
            )
        )  # fmt: skip
        self.length += count
        return position

    def joined(self) -> dict[str, np.ndarray]:
        """All entries, column by column."""
        names = ("row", "day", "code", "value", "unit", "problem", "ended", "parent", "confidential")
        return dict(zip(names, (np.concatenate(column) for column in zip(*self.parts, strict=True)), strict=True))


@dataclass(frozen=True)
class Practices:
    """How well each practice does: log-odds effects on checks, on control, on coding."""

    checks: Floats
    control: Floats


def practice_quality(settings: Settings, count: int) -> Practices:
    """The same for every chunk: drawn from the seed alone."""
    rng = np.random.default_rng([settings.seed, 11])
    return Practices(rng.normal(0, 0.45, count), rng.normal(0, 0.30, count))


class Recorder:
    """Writes one chunk's GP record into `Entries`."""

    def __init__(self, rng: np.random.Generator, settings: Settings, people: People, quality: Practices) -> None:
        self.rng, self.settings, self.people, self.quality = rng, settings, people, quality
        self.entries = Entries()
        self.book = settings_file("gp_codes.yaml")
        self.age = people.age(settings.end)
        self.until = np.minimum(people.until(), settings.end)
        self.push = quality.checks[people.practice] + 0.6 * people.engagement
        visits = np.random.default_rng([settings.seed, 33, int(people.person[0])])
        self.visit = VISIT * visits.standard_normal((settings.size.gp_years, len(people)))
        self.recall = visits.integers(0, 365, len(people))
        self.active = {
            name: people.has(name, settings.end - 366) | people.has(name, settings.end - 1) for name in people.onset
        }

    def any_of(self, names: tuple[str, ...]) -> Bools:
        return np.logical_or.reduce([self.active[name] for name in names])

    def yearly(self, chance: Floats, rng: np.random.Generator | None = None) -> tuple[Ints, Ints]:
        """Rows and days of checks done with the given chance in each year of measurements, while the person is here.

        What is done for a person in one year goes together (`VISIT`); the factor before the log odds keeps the chance.
        It is done near the same day each year, as practices recall people, but for one check in thirty that is done at some
        other contact. Were every day its own draw, a year that does not end where ours does would hold parts of two recalls,
        and any count of complete checks would fall and rise with the calendar.
        """
        rng, rows, days = rng or self.rng, [], []
        level = logit(chance) * np.sqrt(1 + 0.346 * VISIT**2) + self.push
        for year in range(self.settings.size.gp_years):
            odds = sigmoid(level + self.visit[year]) * (chance > 0)
            done = np.flatnonzero(rng.random(len(odds)) < odds)
            drawn = rng.integers(0, 365, len(done))
            recalled = (self.recall[done] + (drawn - 182) // 16) % 365
            day = self.settings.gp_start + year * 365 + np.where(drawn % 30 == 0, drawn, recalled)
            # no clinics at weekends
            day -= np.maximum((day + 3) % 7 - 4, 0)
            here = (day < self.until[done]) & (day > self.people.birth[done]) & (day >= self.settings.gp_start)
            rows.append(done[here])
            days.append(day[here])
        return np.concatenate(rows), np.concatenate(days)

    def diagnoses(self) -> None:
        """A problem heading at onset, some coded twice; resolved and diagnosed again where that happened."""
        people, rng, entries = self.people, self.rng, self.entries
        for name, item in self.book["conditions"].items():
            if name == "OB":
                continue
            table = {**item["codes"], **item.get("second", {}).get("codes", {})}
            codes = np.array([entries.code(code) for code in table])
            rows = np.flatnonzero((people.onset[name] < self.until) & (people.onset[name] < NEVER))
            chosen = codes[pick(rng, list(table.values()), len(rows))]
            onset = people.onset[name][rows]
            secret = name in CONFIDENTIAL
            entries.add(rows, onset, chosen, problem=True, ended=people.resolved[name][rows], confidential=secret)
            twice = rng.random(len(rows)) < 0.12
            later = onset[twice] + rng.integers(10, 900, twice.sum())
            kept = (later < self.until[rows[twice]]) & (later < people.resolved[name][rows[twice]])
            entries.add(rows[twice][kept], later[kept], chosen[twice][kept], confidential=secret)
            if "resolved" in item:
                over = np.flatnonzero(people.resolved[name] < self.until)
                entries.add(over, people.resolved[name][over], entries.code(item["resolved"]["code"]))
                back = np.flatnonzero(people.again[name] < self.until)
                entries.add(back, people.again[name][back], codes[0], problem=True)

    def processes(self) -> None:
        """Reviews and checks."""
        for name, (needs, chance) in ANNUAL.items():
            rows, days = self.yearly(self.any_of(needs) * chance)
            self.entries.add(rows, days, self.entries.code(self.book["processes"][name]["code"]))
        for name, needs in (("diabetes_declined", ("DM2",)), ("hypertension_declined", ("HYP",))):
            rows = np.flatnonzero(self.any_of(needs) & (self.rng.random(len(self.people)) < 0.02))
            days = self.settings.end - 1 - self.rng.integers(0, 700, len(rows))
            kept = days < self.until[rows]
            self.entries.add(rows[kept], days[kept], self.entries.code(self.book["states"][name]["code"]))

    def states(self) -> None:
        """Frailty, care home, housebound, carer, ethnicity, smoking, Type 1 choices."""
        people, rng, entries, end = self.people, self.rng, self.entries, self.settings.end
        share = {"care_home": 0.85, "housebound": 0.8, "carer": 1.0}
        for name in ("mild_frailty", "moderate_frailty", "severe_frailty", "care_home", "housebound", "carer"):
            rows = np.flatnonzero(people.states[name] & (rng.random(len(people)) < share.get(name, 0.6)))
            self._once(rows, entries.code(self.book["states"][name]["code"]), 900)
        table = np.array([entries.code(self.book["ethnicity"][code]["code"]) for code in CATEGORIES])
        rows = np.flatnonzero(rng.random(len(people)) < 0.91)
        self._once(rows, table[people.category[rows]], 3000)
        rows, days = self.yearly(self.needed("smoking"))
        never = ~(people.states["smoker"] | people.states["ex_smoker"])[rows]
        for name in ("smoker", "ex_smoker"):
            kept = people.states[name][rows] & ~never
            entries.add(rows[kept], days[kept], entries.code(self.book["states"][name]["code"]))
        dissent = np.flatnonzero(people.states["type1_dissent"])
        said = end - 1 - rng.integers(200, 2500, len(dissent))
        kept = (said < self.until[dissent]) & (said > people.birth[dissent])
        entries.add(dissent[kept], said[kept], entries.code(TYPE1_DISSENT))
        withdrawn = kept & people.states["type1_withdrawn"][dissent]
        entries.add(dissent[withdrawn], said[withdrawn] + 150, entries.code(TYPE1_WITHDRAWN))

    def _once(self, rows: Ints, code: int | Ints, within: int) -> None:
        days = np.minimum(self.settings.end, self.until[rows]) - 1 - self.rng.integers(0, within, len(rows))
        days = np.maximum(days, self.people.birth[rows] + 1)
        self.entries.add(rows, days, code)

    def needed(self, name: str) -> Floats:
        needs, chance, older, adult = MEASURED[name]
        other = np.where(self.age >= 40, older, np.where(self.age >= 18, adult, 0.0))
        return np.where(self.any_of(needs), chance, other)

    def measurements(self) -> None:
        """Values, with a level for each person, a trend, and noise."""
        self._blood_pressure()
        self._hba1c()
        self._body()
        self._bloods()

    def _value(self, name: str, rows: Ints, days: Ints, value: Floats, digits: int) -> Ints:
        item = self.book["measurements"][name]
        return self.entries.add(rows, days, self.entries.code(item["code"]), np.round(value, digits), item["unit"])

    def _blood_pressure(self) -> None:
        people, rng = self.people, self.rng
        rows, days = self.yearly(self.needed("bp"))
        again = rng.random(len(rows)) < np.where(self.active["HYP"][rows], 0.55, 0.12)
        extra = days[again] + rng.integers(14, 120, again.sum())
        kept = extra < self.until[rows[again]]
        rows, days = np.concatenate([rows, rows[again][kept]]), np.concatenate([days, extra[kept]])
        level = 116 + 0.30 * (self.age - 40) + 3.0 * people.metabolic + rng.normal(0, 8, len(people))
        level += np.where(self.active["HYP"], 7 - 6 * self.quality.control[people.practice], 0)
        lower = 74 + 0.30 * (level - 124) - 0.12 * np.maximum(self.age - 60, 0) + rng.normal(0, 5, len(people))
        systolic = np.clip(level[rows] + rng.normal(0, 8, len(rows)), 82, 225)
        diastolic = np.minimum(np.clip(lower[rows] + rng.normal(0, 5, len(rows)), 42, 128), systolic - 18)
        # now and then a reading that cannot wait for the next appointment
        crisis = rng.random(len(rows)) < CRISIS
        systolic = np.where(crisis, np.maximum(systolic, 150) + 38, systolic)
        diastolic = np.where(crisis, np.maximum(diastolic, 84) + 26, diastolic)
        # readings end in nought more often than chance allows
        rounded = rng.random(len(rows)) < 0.12
        systolic = np.where(rounded, np.round(systolic, -1), np.round(systolic))
        panel = self.entries.add(rows, days, self.entries.code(self.book["measurements"]["bp_panel"]["code"]))
        for name, value in (("systolic", systolic), ("diastolic", diastolic)):
            item = self.book["measurements"][name]
            code = self.entries.code(item["code"])
            self.entries.add(rows, days, code, np.round(value), item["unit"], parent=panel)

    def _hba1c(self) -> None:
        people, rng = self.people, self.rng
        count = len(people)
        rows, days = self.yearly(self.needed("hba1c"))
        again = np.flatnonzero((rng.random(len(rows)) < 0.5) & self.any_of(("DM1", "DM2"))[rows])
        extra = days[again] + rng.integers(80, 190, len(again))
        kept = extra < self.until[rows[again]]
        rows, days = np.concatenate([rows, rows[again][kept]]), np.concatenate([days, extra[kept]])
        level = 36.5 + 1.2 * people.metabolic + rng.normal(0, 2.2, count)
        level = np.where(self.active["NDH"], 44 + rng.normal(0, 1.6, count), level)
        hidden = (rng.random(count) < 0.006) & (self.age > 35)
        level = np.where(hidden & ~self.any_of(("DM1", "DM2")), 50 + rng.exponential(4, count), level)
        control = -5 * self.quality.control[people.practice] - 2.5 * people.engagement
        level = np.where(self.active["DM2"], 42 + rng.gamma(2.4, 6.6, count) + control, level)
        level = np.where(self.active["DM1"], 50 + rng.gamma(2.6, 6.6, count) + control, level)
        trend = np.where(self.any_of(("DM1", "DM2")), rng.normal(0.6, 2.2, count), 0)
        years = (days - self.settings.end) / 365.25
        self._value(
            "hba1c", rows, days, np.clip(level[rows] + trend[rows] * years + rng.normal(0, 2.5, len(rows)), 20, 160), 0
        )

    def _body(self) -> None:
        people, rng = self.people, self.rng
        mass = body_mass_index(people, rng)
        height = np.where(people.woman, rng.normal(162, 6.5, len(people)), rng.normal(175.5, 7, len(people)))
        height = np.where(
            self.age < 18, height * np.interp(self.age, (0, 2, 6, 12, 17), (0.3, 0.5, 0.68, 0.86, 1.0)), height
        )
        rows, days = self.yearly(self.needed("bmi"))
        value = np.clip(mass[rows] + rng.normal(0, 0.6, len(rows)), 14, 60)
        self._value("bmi", rows, days, value, 1)
        self._value("weight", rows, days, value * (height[rows] / 100) ** 2, 1)
        first = rng.random(len(rows)) < 0.35
        self._value("height", rows[first], days[first], height[rows[first]], 0)
        people.states["obese"] = mass >= 30
        heavy = np.flatnonzero((mass >= 30) & (self.age >= 18) & (rng.random(len(people)) < 0.12))
        self._once(heavy, self.entries.code("162864005"), 700)

    def _bloods(self) -> None:
        people, rng, count = self.people, self.rng, len(self.people)
        rows, days = self.yearly(self.needed("cholesterol"))
        statin = self.any_of(("DM2", "CHD", "STIA"))
        level = 5.0 - 0.9 * statin + rng.normal(0, 0.8, count)
        self._value("cholesterol", rows, days, np.clip(level[rows] + rng.normal(0, 0.3, len(rows)), 2.0, 11), 1)
        rows, days = self.yearly(self.needed("renal"))
        level = 104 - 0.72 * np.maximum(self.age - 30, 0) - 2.5 * people.metabolic + rng.normal(0, 8, count)
        level = np.where(self.active["CKD"], np.clip(rng.normal(47, 10, count), 12, 59), np.maximum(level, 46))
        rate = np.clip(level[rows] + rng.normal(0, 3, len(rows)), 6, 120)
        self._value("egfr", rows, days, np.minimum(rate, 90), 0)
        creatinine = 82 * (88 / rate) ** 0.88 * np.where(people.woman[rows], 0.83, 1.0)
        self._value("creatinine", rows, days, creatinine, 0)
        rows, days = self.yearly(self.needed("acr"))
        log_level = 0.2 + 0.5 * self.active["DM2"] + 1.5 * self.active["CKD"] + rng.normal(0, 1.1, count)
        self._value("acr", rows, days, np.clip(np.exp(log_level[rows] + rng.normal(0, 0.3, len(rows))), 0.2, 400), 1)
        for name, middle, spread in (("alt", 3.15, 0.42), ("tsh", 0.65, 0.55)):
            rows, days = self.yearly(self.needed(name))
            self._value(name, rows, days, np.exp(rng.normal(middle, spread, len(rows))), 0 if name == "alt" else 1)
        rows, days = self.yearly(self.needed("qrisk") * ((self.age >= 40) & (self.age < 75)))
        score = np.exp((self.age[rows] - 40) * 0.07 + 0.35 * people.metabolic[rows] + 0.5 * ~people.woman[rows] + 0.2)
        self._value("qrisk", rows, days, np.clip(score, 0.3, 60), 1)


def record(rng: np.random.Generator, settings: Settings, people: People, quality: Practices) -> Recorder:
    """One chunk's coded GP record: `entries` of the recorder, to which `gp_further` adds."""
    recorder = Recorder(rng, settings, people, quality)
    recorder.diagnoses()
    recorder.processes()
    recorder.states()
    recorder.measurements()
    return recorder
