"""Admitted patient care: emergency, elective, day case and maternity spells, with episodes, diagnoses and procedures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.synthetic import acute, risk
from commonweal.synthetic.draw import Bools, Ints, clock, day_weights, pick, pick_days, pick_rows, repeats
from commonweal.synthetic.events import Organisations, practice_at
from commonweal.synthetic.further import HOSPITAL_ONLY
from commonweal.synthetic.ledger import PODS, Ledger
from commonweal.synthetic.population import People, fertility
from commonweal.synthetic.reference import COMMISSIONER, TRUSTS, Reference, settings_file
from commonweal.synthetic.settings import NEVER, Settings
from commonweal.synthetic.sources import SourceBook
from commonweal.synthetic.writing import Feeds, choose, dates, pounds, prefixed, text, times

SECONDARY = {
    "HYP": "I10X", "DM2": "E119", "DM1": "E109", "CHD": "I259", "AF": "I489", "HF": "I509", "COPD": "J449", "AST": "J459",
    "CKD": "N183", "DEM": "F03X", "DEP": "F329", "EP": "G409", "ALC": "F102", "RA": "M069", "OST": "M819", "PAD": "I739",
    "CAN": "C809", "HIV": "B24X", "MH": "F209", "THY": "E039",
}  # fmt: skip
FRAIL = ("R296", "R410", "N390", "R54X", "F059", "W190")
DAY_LEVEL, ORDINARY_LEVEL = 0.75, 0.97
"""Small corrections, so that age-standardised rates equal the national ones (conditions lift some weights)."""
ALL_HOURS = [3, 2.5, 2, 2, 2, 2, 2.5, 3, 4, 5, 6, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6.5, 6, 6, 5.5, 5, 4.5, 4]
MORNING = [0] * 7 + [10, 6, 3, 2, 2, 4, 3, 1] + [0] * 9


@dataclass
class Spells:
    """Spells of one chunk, column by column; `kind` is emergency, elective day, elective ordinary or maternity (0 to 3)."""

    row: Ints
    admitted: Ints
    nights: Ints
    kind: Ints
    case: Ints
    """Row of the kind's case mix."""
    trust: Ints
    minute: Ints
    version: Ints

    def __len__(self) -> int:
        return len(self.row)

    @property
    def discharged(self) -> Ints:
        return self.admitted + self.nights

    def only(self, kept: Bools | Ints) -> Spells:
        return Spells(**{name: column[kept] for name, column in vars(self).items()})


KINDS = ("emergency", "elective_day", "elective_ordinary", "maternity")


class Inpatients:
    """Makes and writes one chunk's spells."""

    def __init__(
        self, rng: np.random.Generator, settings: Settings, reference: Reference, people: People, book: SourceBook,
        feeds: Feeds, planted: Organisations, serial: dict[str, int], ledger: Ledger,
    ) -> None:  # fmt: skip
        self.rng, self.settings, self.reference, self.people = rng, settings, reference, people
        self.book, self.feeds, self.planted, self.serial, self.ledger = book, feeds, planted, serial, ledger
        self.mix = settings_file("casemix.yaml")
        self.prices = acute.Prices(reference)

    def emergency(self, found: risk.Risk, period: int, counts: Ints) -> Spells:
        """Emergency spells of one period, from each person's number of admissions."""
        rng, people = self.rng, self.people
        rows = np.repeat(np.arange(len(people)), counts)
        begin, end = found.bounds[period], found.bounds[period + 1]
        days = pick_days(rng, len(rows), begin, day_weights(begin, end, self.reference.months))
        case = pick_rows(rng, acute.case_weights(self.mix["emergency"], people, rows, begin))
        mean = np.array([item["los"] for item in self.mix["emergency"]], float)[case]
        mean *= np.exp(0.25 * people.frailty[rows])
        nights = np.where(rng.random(len(rows)) < 0.36, 0, rng.geometric(1 / (1 + np.maximum(mean, 0.4))) - 0)
        return self._place(rows, days, nights, np.zeros(len(rows), np.int64), case)

    def final(self) -> Spells:
        """The admissions in which people died."""
        rows, days, nights = risk.last_days(self.rng, self.settings, self.people)
        case = pick_rows(self.rng, acute.case_weights(self.mix["emergency"], self.people, rows, self.settings.end))
        return self._place(rows, days, nights, np.zeros(len(rows), np.int64), case)

    def planned(self) -> Spells:
        """Elective and maternity spells of the whole window."""
        rng, people, settings = self.rng, self.people, self.settings
        years = (settings.end - settings.start) / 365.25
        heads = self.reference.national_activity
        parts = []
        for kind, per_head in ((1, heads["Daycase"] * DAY_LEVEL), (2, heads["Elective Inpatients"] * ORDINARY_LEVEL)):
            table = self.mix[KINDS[kind]]
            factor = acute.level(self.reference, table, per_head)
            weights = acute.case_weights(table, people, np.arange(len(people)), settings.end) * factor
            rows = repeats(rng, weights.sum(axis=1) * years * rng.gamma(1.5, 1 / 1.5, len(people)))
            parts.append((rows, pick_rows(rng, weights[rows]), kind))
        rows = repeats(rng, fertility(people, settings.end) * years)
        parts.append((rows, pick(rng, [item["weight"] for item in self.mix["maternity"]], len(rows)), 3))
        spells = []
        for rows, case, kind in parts:
            weekdays = np.array([1, 1.1, 1.1, 1.05, 0.95, 0.12, 0.06]) if kind != 3 else None
            days = pick_days(
                rng, len(rows), settings.start, day_weights(settings.start, settings.end, weekdays=weekdays)
            )
            mean = np.array([item.get("los", 0) for item in self.mix[KINDS[kind]]], float)[case]
            nights = rng.poisson(np.maximum(mean - 0.2, 0)) if kind != 1 else np.zeros(len(rows), np.int64)
            nights = np.maximum(nights, 1) if kind == 2 else nights
            spells.append(self._place(rows, days, nights, np.full(len(rows), kind), case))
        return join(spells)

    def _place(self, rows: Ints, days: Ints, nights: Ints, kind: Ints, case: Ints) -> Spells:
        rng = self.rng
        trust = acute.trust_of(rng, self.reference, self.people, rows)
        source = np.array(TRUSTS)[trust]
        version = np.zeros(len(rows), np.int64)
        for code in TRUSTS:
            mine = np.flatnonzero(source == code)
            version[mine] = self.book.version(rng, code, rows[mine])
        minute = np.where(kind == 0, clock(rng, len(rows), ALL_HOURS), clock(rng, len(rows), MORNING))
        return Spells(rows, days, nights, kind, case, trust, minute, version)

    def tidy(self, spells: Spells) -> Spells:
        """Drop spells after death or leaving, before birth or joining, and those that begin inside another spell of the person."""
        people = self.people
        begin = np.maximum(people.birth, np.minimum(people.registered_from, self.settings.end))
        kept = (spells.admitted <= people.until()[spells.row]) & (spells.admitted >= begin[spells.row])
        spells = spells.only(kept)
        # no one is discharged after death
        nights = np.where(
            spells.discharged > people.death[spells.row], people.death[spells.row] - spells.admitted, spells.nights
        )
        spells.nights = np.maximum(nights, 0)
        order = np.lexsort((spells.minute, spells.admitted, spells.row))
        spells = spells.only(order)
        reach = spells.row.astype(np.int64) * 10_000_000 + spells.discharged
        reach = np.maximum.accumulate(reach) - spells.row.astype(np.int64) * 10_000_000
        inside = np.zeros(len(spells), bool)
        same = spells.row[1:] == spells.row[:-1]
        inside[1:] = same & (spells.admitted[1:] <= reach[:-1])
        return spells.only(~inside)

    def write(self, spells: Spells) -> Ints:
        """Write spells, episodes, diagnoses and procedures; returns the spells' identifiers."""
        begin = self.serial.get("spell", 0)
        self.serial["spell"] = begin + len(spells)
        key = np.arange(begin + 1, begin + len(spells) + 1) + 20_000_000
        hrg, specialty, primary, operation, second = self._coded(spells)
        order = np.argsort(spells.trust, kind="stable")
        for trust in range(len(TRUSTS)):
            mine = order[spells.trust[order] == trust]
            if len(mine):
                self._write_trust(spells.only(mine), key[mine], trust, hrg[mine], specialty[mine])
        self._episodes(spells, key, hrg, specialty, (primary, second), operation)
        return key

    def _coded(self, spells: Spells) -> tuple[np.ndarray, ...]:
        result = [np.empty(len(spells), "U5") for _ in range(5)]
        for kind, name in enumerate(KINDS):
            mine = spells.kind == kind
            case, table = spells.case[mine], self.mix[name]
            if kind == 0:
                short = np.array([item["short"] for item in table])[case]
                hrg = np.where(spells.nights[mine] == 0, short, np.array([item["long"] for item in table])[case])
            else:
                hrg = np.array([item["hrg"] for item in table])[case]
            result[0][mine] = hrg
            result[1][mine] = np.array([item["tfc"] for item in table])[case]
            result[2][mine] = np.array([item["icd"] for item in table])[case]
            result[3][mine] = np.array([item.get("opcs", "") for item in table])[case]
            result[4][mine] = np.array([item.get("also", "") for item in table])[case]
        return tuple(result)

    def _price(self, spells: Spells, hrg: np.ndarray) -> Ints:
        pence = np.zeros(len(spells), np.int64)
        places = (
            "Non-Elective Inpatient - Short Stay",
            "Daycase",
            "Elective Inpatients",
            "Non-Elective Inpatient - Long Stay",
        )
        use = np.select([spells.kind == 1, spells.kind == 2, (spells.kind == 3) | (spells.nights > 0)], [1, 2, 3], 0)
        for number, place in enumerate(places):
            mine = use == number
            pence[mine] = self.prices.pence(place, hrg[mine]) if mine.any() else 0
        trust, since, ratio = acute.PRICE_CHANGE
        dearer = (spells.kind == 1) & (spells.trust == trust) & (spells.discharged >= since)
        return np.where(dearer, np.round(pence * ratio / 100).astype(np.int64) * 100, pence)

    def _write_trust(self, spells: Spells, key: Ints, trust: int, hrg: np.ndarray, specialty: np.ndarray) -> None:
        rng, people, count = self.rng, self.people, len(spells)
        rows, code = spells.row, TRUSTS[trust]
        fields = self.book.fields(code, rows, spells.version)
        withheld = people.has("HIV", self.settings.end)[rows] & (rng.random(count) < 0.5)
        pence = self._price(spells, hrg)
        is_open = spells.discharged >= self.settings.end
        died = (people.death[rows] == spells.discharged) & (people.death[rows] < NEVER)
        backwards = (rng.random(count) < 0.002) & (spells.nights > 0)
        self.book.defects.add("sus_apc/spell", "discharged_before_admission", backwards.sum())
        discharged = np.where(backwards, spells.admitted - 3, spells.discharged)
        # after the shortest stays at least an hour has passed
        leaves = np.where(
            spells.nights == 0,
            np.minimum(spells.minute + rng.integers(120, 600, count), 1439),
            rng.integers(540, 1200, count),
        )
        practice = practice_at(self.planted, people.practice[rows], spells.admitted)
        method = self._method(spells)
        ungrouped = rng.random(count) < 0.003
        self.book.defects.add("sus_apc/spell", "hrg_ungroupable", ungrouped.sum())
        shown_hrg = np.where(ungrouped, "UZ01Z", hrg)
        price = np.where(ungrouped, 0, pence)
        head = "spell.patient.identity"
        self.feeds.write("sus_apc/spell", {
            "PRIMARYKEY_ID": text(key), "system.interchange.received_date": dates(acute.received(self.settings, discharged)),
            "spell.hospital_provider_spell_number": prefixed("S", key % 10_000_000),
            **acute.identity_columns(fields, head, "spell.patient", withheld),
            f"{head}.local_patient_identifier.issuer": code,
            f"{head}.age_on_admission": np.maximum((spells.admitted - people.birth[rows]) // 365.2425, 0).astype(np.int64),
            "spell.patient.registration.general_practice": choose(self.book.practice_codes, practice),
            "spell.admission.method": text(method), "spell.admission.source": "19",
            "spell.admission.patient_classification": choose(["1", "2", "3"], np.where(spells.kind == 1, np.where(hrg == "SB13Z", 2, 1), 0)),
            "spell.admission.intended_management": choose(["1", "2"], spells.kind == 1),
            "spell.admission.date": dates(spells.admitted), "spell.admission.time": times(spells.minute),
            "spell.discharge.date": dates(np.where(is_open, NEVER, discharged)),
            "spell.discharge.time": times(leaves, is_open),
            "spell.discharge.method": choose(["1", "4", ""], np.where(is_open, 2, died)),
            "spell.discharge.destination": choose(["19", "79", "54", ""], np.select([is_open, died, people.states["care_home"][rows]], [3, 1, 2], 0)),
            "spell.discharge.length_of_hospital_stay": pa.array(spells.nights, mask=is_open),
            "spell.open_spell_indicator": is_open, "spell.care_location.site_code_of_treatment": code,
            "spell.commissioning.service_agreement.provider": code,
            "spell.commissioning.service_agreement.commissioner": COMMISSIONER,
            "spell.commissioning.commissioner_assignment.commissioner": COMMISSIONER,
            "spell.commissioning.grouping.core_hrg": text(np.where(is_open, "", shown_hrg), is_open),
            "spell.commissioning.tariff_calculation.initial_tariff": pounds(price, is_open | ungrouped),
            "spell.commissioning.tariff_calculation.market_forces_factor": acute.MARKET_FORCES,
            "spell.commissioning.tariff_calculation.final_price": pounds(acute.with_market_forces(price), is_open | ungrouped),
        })  # fmt: skip
        done = ~is_open
        pod = np.select([spells.kind == 1, spells.kind == 2, spells.kind == 3, spells.nights == 0], [5, 4, 3, 2], 1)
        self.ledger.add(np.full(done.sum(), trust), spells.discharged[done], pod[done], specialty[done], pence[done])
        self._patient_level(
            spells.only(done), key[done], code, pod[done], hrg[done], specialty[done], pence[done], fields, done
        )

    def _method(self, spells: Spells) -> np.ndarray:
        """Admission method. One maternity spell in ten comes as an emergency: the two published POD rule orders differ there."""
        rng, count = self.rng, len(spells)
        emergency = np.array(["21", "22", "23", "24", "2A", "2B", "2D"])[pick(rng, [80, 6, 1, 5, 2, 1, 5], count)]
        planned = np.array(["11", "12", "13"])[pick(rng, [58, 30, 12], count)]
        births = np.where(rng.random(count) < 0.1, "21", np.where(rng.random(count) < 0.95, "31", "32"))
        return np.select([spells.kind == 0, spells.kind == 3], [emergency, births], planned)

    def _patient_level(
        self, spells: Spells, key: Ints, code: str, pod: Ints, hrg: np.ndarray, specialty: np.ndarray, pence: Ints,
        fields: dict[str, Any], done: Bools,
    ) -> None:  # fmt: skip
        """Patient-level contract rows for the months of the current financial year."""
        year = self.settings.as_at.year
        first = int(np.datetime64(f"{year}-04-01").astype(int))
        late = spells.discharged >= first
        if not late.any():
            return
        month = spells.discharged[late].astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 - 2
        rows = spells.row[late]
        pick_ = pa.array(np.flatnonzero(done)[late])
        self.feeds.write("acm/PLCM", {
            "FINANCIAL MONTH": month, "FINANCIAL YEAR": f"{year}{(year + 1) % 100:02d}",
            "DATE AND TIME DATA SET CREATED": f"{self.settings.as_at}T09:00:00",
            "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": code, "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)": COMMISSIONER,
            "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)": choose(self.book.practice_codes, self.people.practice[rows]),
            "NHS NUMBER": None if self.settings.size.pseudonymised else fields["number"].take(pick_),
            "LOCAL PATIENT IDENTIFIER (EXTENDED)": fields["local"].take(pick_),
            "AGE AT ACTIVITY DATE (CONTRACT MONITORING)": np.maximum((spells.admitted[late] - self.people.birth[rows]) // 365.2425, 0).astype(np.int64),
            "PERSON STATED GENDER CODE": fields["gender"].take(pick_),
            "ACTIVITY TREATMENT FUNCTION CODE": text(specialty[late]), "CDS UNIQUE IDENTIFIER": text(key[late]),
            "ACTIVITY START DATE (CONTRACT MONITORING)": dates(spells.admitted[late]),
            "ACTIVITY END DATE (CONTRACT MONITORING)": dates(spells.discharged[late]),
            "COMMISSIONED SERVICE CATEGORY CODE": "21", "POINT OF DELIVERY CODE": choose(list(PODS), pod[late]),
            "TARIFF CODE": text(hrg[late]), "NATIONAL TARIFF INDICATOR": "N", "ACTIVITY COUNT (POINT OF DELIVERY)": 1,
            "ACTIVITY UNIT PRICE": pounds(pence[late]), "TOTAL COST": pounds(acute.with_market_forces(pence[late])),
        })  # fmt: skip

    def _episodes(
        self,
        spells: Spells,
        key: Ints,
        hrg: np.ndarray,
        specialty: np.ndarray,
        coded: tuple[np.ndarray, np.ndarray],
        operation: np.ndarray,
    ) -> None:
        rng = self.rng
        number = 1 + np.where(spells.nights >= 3, rng.binomial(2, 0.35, len(spells)), 0)
        index = np.repeat(np.arange(len(spells)), number)
        turn = np.arange(len(index)) - np.repeat(np.cumsum(number) - number, number)
        last = turn == number[index] - 1
        step = spells.nights[index] // number[index]
        begins = spells.admitted[index] + turn * step
        ends = np.where(last, spells.discharged[index], begins + step)
        begin = self.serial.get("episode_of_spell", 0)
        self.serial["episode_of_spell"] = begin + len(index)
        episode = np.arange(begin + 1, begin + len(index) + 1) + 40_000_000
        is_open = ends >= self.settings.end
        self.feeds.write("sus_apc/spell.episodes", {
            "PRIMARYKEY_ID": text(key[index]), "EPISODES_ID": text(episode), "number": turn + 1,
            "last_episode_indicator": choose(["2", "1"], last), "dominant_episode_flag": turn == 0,
            "start_date": dates(begins), "end_date": dates(np.where(is_open, NEVER, ends)),
            "care_professional.main_specialty": text(np.where(specialty[index] == "328", "300", specialty[index])),
            "care_professional.treatment_function": text(specialty[index]),
            "commissioning.grouping.core_hrg": text(hrg[index]),
        })  # fmt: skip
        self._diagnoses(spells, key, index, episode, coded)
        self._procedures(spells, key, index, episode, turn, operation, begins)

    def _diagnoses(
        self, spells: Spells, key: Ints, index: Ints, episode: Ints, coded: tuple[np.ndarray, np.ndarray]
    ) -> None:  # fmt: skip
        rng, people, (primary, second) = self.rng, self.people, coded
        rows = spells.row[index]
        with_second = np.flatnonzero(second[index] != "")
        owner, code = [np.arange(len(index)), with_second], [primary[index], second[index][with_second]]
        rank = [np.zeros(len(index)), np.full(len(with_second), 0.5)]
        for order, (condition, icd) in enumerate(SECONDARY.items()):
            told = (people.onset[condition][rows] <= spells.admitted[index]) & (rng.random(len(rows)) < 0.78)
            told &= people.resolved[condition][rows] > spells.admitted[index]
            if condition in HOSPITAL_ONLY:
                told |= people.states[f"hidden_{condition}"][rows]
            told &= primary[index] != icd
            mine = np.flatnonzero(told)
            owner.append(mine)
            code.append(np.full(len(mine), icd))
            rank.append(np.full(len(mine), 1 + order))
        frail = (people.states["moderate_frailty"] | people.states["severe_frailty"])[rows] & (spells.kind[index] == 0)
        for order, icd in enumerate(FRAIL):
            mine = np.flatnonzero(frail & (rng.random(len(rows)) < 0.22) & (primary[index] != icd))
            owner.append(mine)
            code.append(np.full(len(mine), icd))
            rank.append(np.full(len(mine), 50 + order))
        owners, codes, ranks = np.concatenate(owner), np.concatenate(code), np.concatenate(rank)
        order = np.lexsort((ranks, owners))
        owners, codes = owners[order], codes[order]
        first = np.concatenate([[0], np.flatnonzero(np.diff(owners)) + 1])
        position = np.arange(len(owners)) - np.repeat(first, np.diff(np.concatenate([first, [len(owners)]]))) + 1
        spell_key = key[index][owners]
        orphan = rng.random(len(owners)) < 0.0002
        self.book.defects.add("sus_apc/spell.episodes.clinical_coding.diagnosis.icd", "orphan_row", orphan.sum())
        self.feeds.write("sus_apc/spell.episodes.clinical_coding.diagnosis.icd", {
            "PRIMARYKEY_ID": text(np.where(orphan, 99_000_000 + spell_key % 1000, spell_key)),
            "EPISODES_ID": text(episode[owners]), "ICD_ID": position, "code": text(codes),
            "present_on_admission": choose(["Y", "N"], rng.random(len(owners)) < 0.06),
        })  # fmt: skip

    def _procedures(
        self, spells: Spells, key: Ints, index: Ints, episode: Ints, turn: Ints, operation: np.ndarray, begins: Ints
    ) -> None:
        mine = np.flatnonzero((operation[index] != "") & (turn == 0))
        self.feeds.write("sus_apc/spell.episodes.clinical_coding.procedure.opcs", {
            "PRIMARYKEY_ID": text(key[index][mine]), "EPISODES_ID": text(episode[mine]),
            "OPCS_ID": np.ones(len(mine), np.int64), "code": text(operation[index][mine]), "date": dates(begins[mine]),
        })  # fmt: skip


def join(parts: list[Spells]) -> Spells:
    """All spells of several sets."""
    return Spells(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})
