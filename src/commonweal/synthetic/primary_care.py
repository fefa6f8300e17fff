"""Writes the GP feeds (OLIDS layout): patients, registrations, observations, issues of medicine, appointments."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from commonweal.synthetic import gp, names
from commonweal.synthetic.draw import Ints, clock, day_weights, mix, pick, pick_days, repeats
from commonweal.synthetic.events import MERGED_ON, SILENT_FROM, Organisations, practice_at, silenced
from commonweal.synthetic.gp_defects import spoil
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import read
from commonweal.synthetic.settings import NEVER, Settings, day
from commonweal.synthetic.sources import SourceBook
from commonweal.synthetic.writing import Feeds, choose, dates, moments, pounds, text

CLINIC = [0] * 8 + [8, 12, 12, 11, 6, 6, 10, 11, 10, 8, 3, 1, 0, 0, 0, 0]
RECENT = day(date(2024, 10, 1))
"""Medicines and appointments are written from here on: two years."""
USUAL_INTERVAL = 56
"""Days between issues of most repeats."""
VACCINE_OF_OLD_AGE = "AGED"
"""In `medicines.csv`: given once, from 65."""


class PrimaryCare:
    """One chunk's GP feeds. Observation identifiers run on from chunk to chunk (`serial`)."""

    def __init__(
        self, rng: np.random.Generator, settings: Settings, people: People, book: SourceBook, feeds: Feeds,
        planted: Organisations, serial: dict[str, int],
    ) -> None:  # fmt: skip
        self.rng, self.settings, self.people, self.book, self.feeds = rng, settings, people, book, feeds
        self.planted, self.serial = planted, serial
        self.codes = book.practice_codes

    def version_on(self, rows: Ints, days: Ints) -> Ints:
        """The record that an entry belongs to: a mover's old one before the move, a duplicate for some."""
        # by person and day, so that what was entered together stays together
        turn = mix(self.people.person[rows] * 100_000 + days, self.settings.seed) % np.uint64(5)
        second = self.book.duplicate("olids")[rows] & (turn < 2)
        return np.where(days < self.people.moved[rows], np.where(self.people.moved[rows] < NEVER, 2, second), second)

    def practice_on(self, rows: Ints, version: Ints, days: Ints) -> Ints:
        """Row of the practice that sends the entry."""
        place = np.where(version == 2, np.maximum(self.people.old_practice[rows], 0), self.people.practice[rows])
        return practice_at(self.planted, place, days)

    def _ids(self, name: str, count: int) -> Ints:
        begin = self.serial.get(name, 0)
        self.serial[name] = begin + count
        return np.arange(begin + 1, begin + count + 1)

    def _patient_id(self, rows: Ints, version: Ints) -> Ints:
        return self.people.person[rows] * 4 + version + 10_000_000

    def patients(self) -> None:
        """olids/PATIENT and olids/EPISODE_OF_CARE."""
        people = self.people
        everyone = np.arange(len(people))
        movers = np.flatnonzero(people.moved < NEVER)
        twice = np.flatnonzero(self.book.duplicate("olids"))
        rows = np.concatenate([everyone, twice, movers])
        version = np.concatenate([np.zeros(len(everyone)), np.ones(len(twice)), np.full(len(movers), 2)]).astype(
            np.int64
        )
        self.book.identity("olids", 2)
        known = self.book.fields("olids", rows, version)
        died = np.minimum(people.death[rows], self.settings.end)
        seen_dead = (people.death[rows] < people.left[rows]) & (version != 2) & (self.rng.random(len(rows)) < 0.96)
        months = died.astype("datetime64[D]").astype("datetime64[M]").astype(int)
        practice = self.practice_on(rows, version, np.full(len(rows), self.settings.end))
        acquired = np.where(practice == self.planted.silent, SILENT_FROM - 1, self.settings.end - 1)
        count = len(rows)
        self.feeds.write("olids/PATIENT", {
            "ID": known["local"], "NHS_NUMBER": known["number"], "FAMILY_NAME": known["family"], "GIVEN_NAME": known["given"],
            "GENDER_CODE": choose(["male", "female"], people.woman[rows]), "BIRTH_DATE": known["birth"],
            "BIRTH_YEAR": known["birth_year"], "BIRTH_MONTH": known["birth_month"],
            "DEATH_YEAR": pa.array(months // 12 + 1970, mask=~seen_dead),
            "DEATH_MONTH": pa.array(months % 12 + 1, mask=~seen_dead), "ETHNIC_CATEGORY": known["ethnic"],
            "ADDRESS_LINE": text(names.address(people.house_number[rows], people.street[rows])), "POSTCODE": known["postcode"],
            "TELEPHONE": text(np.char.add("020 7946 0", np.char.zfill((people.person[rows] % 1000).astype(str), 3))),
            "REGISTERED_PRACTICE_ID": choose(self.codes, practice), "IS_SPINE_SENSITIVE": self.rng.random(count) < 0.003,
            "IS_CONFIDENTIAL": False, "IS_DUMMY_PATIENT": False, "RECORD_OWNER_ORGANISATION_CODE": choose(self.codes, practice),
            "LDS_DATETIME_DATA_ACQUIRED": moments(acquired, np.full(count, 21 * 60)),
        })  # fmt: skip
        self._registrations(rows, version)

    def _registrations(self, rows: Ints, version: Ints) -> None:
        people = self.people
        moved = people.moved[rows] < NEVER
        begin = np.where(moved & (version != 2), people.moved[rows], people.registered_from[rows])
        until = np.where(version == 2, people.moved[rows], people.until()[rows])
        practice = np.where(version == 2, np.maximum(people.old_practice[rows], 0), people.practice[rows])
        splits = (practice == self.planted.merged) & (begin < MERGED_ON) & (until > MERGED_ON)
        extra = np.flatnonzero(splits)
        after = np.concatenate([np.zeros(len(rows), bool), np.ones(len(extra), bool)])
        index = np.concatenate([np.arange(len(rows)), extra])
        started = np.where(after, MERGED_ON, begin[index])
        ended = np.where(~after & splits[index], MERGED_ON - 1, until[index])
        place = practice_at(self.planted, practice[index], started)
        state = np.where(
            ended >= NEVER, 0, np.where((people.death[rows][index] == until[index]) & (ended == until[index]), 2, 1)
        )
        self.feeds.write("olids/EPISODE_OF_CARE", {
            "ID": text(self._ids("episode", len(index))), "PATIENT_ID": text(self._patient_id(rows, version)[index]),
            "EPISODE_TYPE_DISPLAY": "Regular", "EPISODE_STATUS_DISPLAY": choose(["Active", "Left", "Died"], state),
            "EPISODE_OF_CARE_START_DATE": dates(started), "EPISODE_OF_CARE_END_DATE": dates(ended),
            "ORGANISATION_CODE_MANAGING": choose(self.codes, place), "ORGANISATION_CODE_PUBLISHER": choose(self.codes, place),
            "LDS_IS_DELETED": False,
        })  # fmt: skip

    def observations(self, entries: gp.Entries) -> None:
        """olids/OBSERVATION. A mover's problems are copied into the new record, as transfers do."""
        table = entries.joined()
        version = self.version_on(table["row"], table["day"].astype(np.int64))
        copied = np.flatnonzero((version == 2) & table["problem"])
        index = np.concatenate([np.arange(len(version)), copied])
        version = np.concatenate([version, np.zeros(len(copied), np.int64)])
        table = {name: column[index] for name, column in table.items()}
        days = table["day"].astype(np.int64)
        practice = self.practice_on(table["row"], version, days)
        arrives = ~silenced(self.planted, practice, days)
        self.book.defects.add("olids/OBSERVATION", "not_sent_by_silent_practice", (~arrives).sum())
        ids = np.zeros(len(index), np.int64)
        kept = np.flatnonzero(arrives)
        ids[kept] = self._ids("observation", len(kept))
        # entries were joined in order, so a parent's position holds within the first block
        parent = np.where(table["parent"] >= 0, ids[np.maximum(table["parent"], 0)], 0)
        columns = {name: column[kept] for name, column in table.items()}
        columns |= {"version": version[kept], "practice": practice[kept], "id": ids[kept], "parent": parent[kept]}
        units = np.array(entries.units, dtype="U20")
        spoiled = spoil(self.rng, self.book.defects, entries, columns)
        site = np.isin(np.array(entries.codes), gp.SITE_CODES)
        code = columns["code"].astype(np.int64)
        names_ = np.array(entries.codes)
        recorded = columns["day"].astype(np.int64) + np.where(
            self.rng.random(len(kept)) < 0.06, self.rng.integers(1, 21, len(kept)), 0
        )
        self.feeds.write("olids/OBSERVATION", {
            "ID": text(columns["id"]), "PATIENT_ID": text(self._patient_id(columns["row"], columns["version"])),
            "PARENT_OBSERVATION_ID": text(columns["parent"], columns["parent"] == 0),
            "CLINICAL_EFFECTIVE_DATE": dates(spoiled.days), "RESULT_VALUE": pa.array(spoiled.values, from_pandas=True),
            "RESULT_UNIT_DISPLAY": choose([*units, "%"], spoiled.units),
            "IS_PROBLEM": columns["problem"], "PROBLEM_END_DATE": dates(columns["ended"]),
            "DATE_RECORDED": dates(np.minimum(recorded, self.settings.end - 1)), "IS_CONFIDENTIAL": columns["confidential"],
            "LDS_IS_DELETED": spoiled.deleted, "RECORD_OWNER_ORGANISATION_CODE": choose(self.codes, columns["practice"]),
            "MAPPED_CONCEPT_CODE": choose(np.where(site, "", names_), code), "SOURCE_CODE": choose(names_, code),
            "SOURCE_SYSTEM": choose(["http://snomed.info/sct", "https://commonweal.invalid/site-codes"], site[code]),
        })  # fmt: skip

    def medicines(self) -> None:
        """olids/MEDICATION_ORDER: repeats at their interval, from onset or two years ago, with gaps that follow engagement."""
        people, rng, table = self.people, self.rng, read("medicines.csv")
        rows_, days_, medicine_ = [], [], []
        until = np.minimum(people.until(), self.settings.end)
        for number, (condition, share, every) in enumerate(zip(table.condition, table.share, table.every, strict=True)):
            if condition == VACCINE_OF_OLD_AGE:
                rows, days = self._once_in_old_age(share)
                rows_, days_, medicine_ = [*rows_, rows], [*days_, days], [*medicine_, np.full(len(rows), number)]
                continue
            active = people.has(str(condition), self.settings.end - 1) & (people.age(self.settings.end) >= 5)
            takes = np.flatnonzero(active & (rng.random(len(people)) < share / 100))
            begin = np.maximum(people.onset[str(condition)][takes] + rng.integers(5, 200, len(takes)), RECENT)
            begin += rng.integers(0, every, len(takes))
            issues = np.maximum((until[takes] - begin + every - 1) // every, 0)
            which = np.repeat(np.arange(len(takes)), issues)
            turn = np.arange(len(which)) - np.repeat(np.cumsum(issues) - issues, issues)
            issued = begin[which] + turn * every + rng.integers(-5, 6, len(which))
            came = rng.random(len(which)) < np.clip(0.90 + 0.04 * people.engagement[takes][which], 0.6, 0.99)
            came &= (issued < until[takes[which]]) & (issued >= RECENT)
            rows_.append(takes[which][came])
            days_.append(issued[came])
            medicine_.append(np.full(came.sum(), number))
        self._issues(np.concatenate(rows_), np.concatenate(days_), np.concatenate(medicine_), table)

    def _once_in_old_age(self, share: float) -> tuple[Ints, Ints]:
        """Rows and days of a vaccine given once, some time after the 65th birthday and since joining."""
        people, rng = self.people, self.rng
        rows = np.flatnonzero((people.age(self.settings.end) >= 65) & (rng.random(len(people)) < share / 100))
        first = np.maximum(people.birth[rows] + int(65 * 365.25), people.registered_from[rows])
        last = np.minimum(people.until(), self.settings.end)[rows] - 1
        days = first + np.floor(rng.random(len(rows)) * np.maximum(last - first, 0)).astype(np.int64)
        return rows[days <= last], days[days <= last]

    def single_issues(self) -> None:
        """olids/MEDICATION_ORDER: medicines issued once (antibiotics, pain relief and others), more to the old and the young, from a stream of their own."""
        people, table = self.people, read("acute_medicines.csv").assign(every=0)
        rng = np.random.default_rng([self.settings.seed, 36, int(people.person[0])])
        curve = np.interp(people.age(self.settings.end), (0, 2, 12, 30, 60, 90), (1.2, 1.1, 0.6, 0.8, 1.1, 1.6))
        years = (self.settings.end - RECENT) / 365.25
        parts = [repeats(rng, curve * rate / 1000 * years) for rate in table.per_1000_a_year]
        rows = np.concatenate(parts)
        medicine = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        days = RECENT + rng.integers(0, self.settings.end - RECENT, len(rows))
        kept = (days < people.until()[rows]) & (days >= people.registered_from[rows]) & (days >= people.birth[rows])
        self._issues(rows[kept], days[kept], medicine[kept], table, exact=True)

    def _issues(self, rows: Ints, days: Ints, medicine: Ints, table: pd.DataFrame, *, exact: bool = False) -> None:
        version = self.version_on(rows, days)
        practice = self.practice_on(rows, version, days)
        kept = ~silenced(self.planted, practice, days)
        rows, days, medicine, version, practice = (column[kept] for column in (rows, days, medicine, version, practice))
        # an issue for eight weeks holds twice what is dispensed on average
        times = np.where(table.every == USUAL_INTERVAL, 2, 1)
        cost = table.cost_per_item.to_numpy() * 100 * times
        quantity = np.where(table.unit.isin(["tablet", "capsule"]), np.maximum(table.quantity, 28), table.quantity)
        quantity = table.quantity.to_numpy() if exact else quantity * times
        self.feeds.write("olids/MEDICATION_ORDER", {
            "ID": text(self._ids("medicine", len(rows))), "PATIENT_ID": text(self._patient_id(rows, version)),
            "CLINICAL_EFFECTIVE_DATE": dates(days), "MAPPED_CONCEPT_CODE": choose(table.code.astype(str).to_numpy(), medicine),
            "MEDICATION_NAME": choose(table.name.to_numpy(), medicine), "QUANTITY_VALUE": quantity[medicine],
            "QUANTITY_UNIT": choose(table.unit.fillna("").to_numpy(), medicine),
            "DURATION_DAYS": np.maximum(table.every.to_numpy(), 1)[medicine],
            "ESTIMATED_COST": pounds(np.nan_to_num(cost)[medicine], np.isnan(cost)[medicine]),
            "ISSUE_METHOD_DESCRIPTION": choose(["Repeat", "Acute"], table.every.to_numpy()[medicine] == 0), "IS_CONFIDENTIAL": False, "LDS_IS_DELETED": False,
            "RECORD_OWNER_ORGANISATION_CODE": choose(self.codes, practice),
        })  # fmt: skip

    def appointments(self) -> None:
        """olids/APPOINTMENT: 5.9 for each person and year before cancellations, more with age and conditions."""
        people, rng = self.people, self.rng
        age = people.age(self.settings.end)
        burden = sum(
            (people.onset[name] < NEVER).astype(float)
            for name in ("DM", "HYP", "COPD", "DEP", "CHD", "HF", "MH", "PAIN")
        )
        curve = np.interp(age, (0, 2, 8, 18, 30, 50, 65, 80, 95), (8, 5, 2.6, 3.4, 4.0, 4.6, 6.6, 9.5, 10))
        rate = curve * (1 + 0.35 * burden) * np.where(people.woman, 1.12, 0.88) * 1.03
        rate *= rng.gamma(2.0, 0.5, len(people))
        rows = repeats(rng, rate * (self.settings.end - RECENT) / 365.25)
        weekly = np.array([1.25, 1.05, 1.0, 0.97, 0.9, 0.04, 0.01])
        days = pick_days(rng, len(rows), RECENT, day_weights(RECENT, self.settings.end, weekdays=weekly))
        kept = (days < people.until()[rows]) & (days >= people.birth[rows]) & (days >= people.registered_from[rows])
        self._appointments(rows[kept], days[kept], (0.912, 0.045, 0.043), rng)

    def seen(self, rng: np.random.Generator, rows: Ints, days: Ints) -> None:
        """Further appointments that were kept: what follows a stay or an attendance."""
        self._appointments(rows, days, (1.0, 0.0, 0.0), rng)

    def _appointments(self, rows: Ints, days: Ints, states: tuple[float, ...], rng: np.random.Generator) -> None:
        version = self.version_on(rows, days)
        practice = self.practice_on(rows, version, days)
        kept = ~silenced(self.planted, practice, days)
        rows, days, version, practice = (column[kept] for column in (rows, days, version, practice))
        count = len(rows)
        state = pick(rng, states, count)
        at = clock(rng, count, CLINIC)
        booked = days - np.floor(rng.exponential(7, count)).astype(np.int64)
        length = np.array([10, 15, 20, 30])[pick(rng, [62, 22, 12, 4], count)]
        took = np.maximum(np.round(length * rng.gamma(6, 1 / 6, count)), 1).astype(np.int64)
        slots = [
            "General Consultation Acute",
            "General Consultation Routine",
            "Planned Clinics",
            "Clinical Triage",
            "Planned Clinical Procedure",
        ]
        self.feeds.write("olids/APPOINTMENT", {
            "ID": text(self._ids("appointment", count)), "PATIENT_ID": text(self._patient_id(rows, version)),
            "START_DATE": moments(days, at), "PLANNED_DURATION": length, "ACTUAL_DURATION": pa.array(took, mask=state > 0),
            "APPOINTMENT_STATUS_DISPLAY": choose(["Attended", "Did not attend", "Cancelled"], state),
            "DATE_TIME_BOOKED": moments(booked, np.minimum(clock(rng, count, CLINIC), at)),
            "CONTACT_MODE_DISPLAY": choose(["Face to face", "Telephone", "Video", "Home visit"], pick(rng, [0.66, 0.31, 0.02, 0.01], count)),
            "NATIONAL_SLOT_CATEGORY_NAME": choose(slots, pick(rng, [34, 32, 18, 10, 6], count)),
            "CONTEXT_TYPE": "Care Related Encounter", "SERVICE_SETTING": "General Practice",
            "RECORD_OWNER_ORGANISATION_CODE": choose(self.codes, practice), "LDS_IS_DELETED": False,
        })  # fmt: skip
