"""Emergency care attendances: those that led to the emergency admissions, and the many that did not."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.synthetic import acute
from commonweal.synthetic.draw import Ints, clock, day_weights, pick, pick_days, pick_rows, repeats
from commonweal.synthetic.events import practice_at
from commonweal.synthetic.inpatients import ALL_HOURS, Inpatients, Spells
from commonweal.synthetic.reference import COMMISSIONER, TRUSTS
from commonweal.synthetic.settings import NEVER
from commonweal.synthetic.writing import choose, dates, pounds, text, times

ACUITY = ("1064891000000107", "1064911000000105", "1064901000000108", "1077241000000103", "1077251000000100")
AMBULANCE = "1048031000000100"
LEFT = "1066301000000103"
ASTHMA = "195967001"
LEVEL = 0.772
"""Sets attendances in all to the published rate per resident (`Reference.emergency_rates`)."""


class Emergency:
    """Makes and writes one chunk's attendances, beside its spells."""

    def __init__(self, inpatients: Inpatients) -> None:
        self.inpatients = inpatients
        self.asthma: list[tuple[Ints, Ints]] = []
        """Rows and days of the attendances coded as asthma, part by part."""
        self.rng, self.settings, self.people = inpatients.rng, inpatients.settings, inpatients.people

    def write(self, spells: Spells) -> None:
        """Attendances before emergency spells, then all others."""
        rng, people, settings = self.rng, self.people, self.settings
        through = np.flatnonzero((spells.kind == 0) & (rng.random(len(spells)) < 0.86))
        age = people.age(settings.end)
        rate = np.interp(
            age, (0, 1, 4, 10, 18, 25, 45, 65, 80, 90), (1.1, 1.0, 0.55, 0.33, 0.42, 0.44, 0.33, 0.36, 0.55, 0.7)
        )
        for name, factor in (
            ("MH", 2.2),
            ("ALC", 2.0),
            ("DRUG", 2.4),
            ("DEP", 1.3),
            ("COPD", 1.4),
            ("DEM", 1.2),
            ("AST", 1.2),
            ("HOMELESS", 4.0),
        ):
            rate = rate * np.where(people.onset[name] < NEVER, factor, 1)
        rate = rate * LEVEL * np.exp(0.05 * (5.5 - people.imd_decile)) * rng.gamma(0.9, 1 / 0.9, len(people))
        rows = repeats(rng, rate * (settings.end - settings.start) / 365.25)
        weekly = np.array([1.1, 1.02, 1.0, 0.99, 0.97, 0.96, 0.98])
        days = pick_days(
            rng,
            len(rows),
            settings.start,
            day_weights(settings.start, settings.end, self.inpatients.reference.months**0.5, weekly),
        )
        begin = np.maximum(people.birth, people.registered_from)
        kept = (days < people.until()[rows]) & (days >= begin[rows])
        rows, days = rows[kept], days[kept]
        trust = acute.trust_of(rng, self.inpatients.reference, people, rows)
        admitted = np.concatenate([np.ones(len(through), bool), np.zeros(len(rows), bool)])
        all_rows = np.concatenate([spells.row[through], rows])
        trusts = np.concatenate([spells.trust[through], trust])
        arrived = np.concatenate([spells.admitted[through], days])
        minute = clock(rng, len(all_rows), ALL_HOURS)
        waits = self._waits(trusts, admitted)
        # those admitted left for the ward at the hour of admission: arrival is counted back
        before = np.concatenate([spells.minute[through], np.zeros(len(rows), np.int64)]) - waits
        minute = np.where(admitted, np.maximum(before, 0), minute)
        for number in range(len(TRUSTS)):
            mine = np.flatnonzero(trusts == number)
            if len(mine):
                self._write_trust(number, all_rows[mine], arrived[mine], minute[mine], waits[mine], admitted[mine])

    def _waits(self, trust: Ints, admitted: np.ndarray) -> Ints:
        """Minutes in the department; the published share of each trust takes over four hours (more of those admitted)."""
        rng, share = self.rng, self.inpatients.reference.over_four_hours[trust]
        late = rng.random(len(trust)) < np.where(admitted, np.minimum(share * 2.1, 0.9), share * 0.75)
        short = np.minimum(np.round(25 + 215 * rng.beta(2.2, 1.6, len(trust))), 239)
        long = 241 + np.round(rng.gamma(1.2, 140, len(trust)))
        return np.where(late, np.minimum(long, 2800), short).astype(np.int64)

    def _write_trust(self, trust: int, rows: Ints, days: Ints, minute: Ints, waits: Ints, admitted: np.ndarray) -> None:
        rng, people, count, home = self.rng, self.people, len(rows), self.inpatients
        code, book = TRUSTS[trust], home.book
        begin = home.serial.get("attendance", 0)
        home.serial["attendance"] = begin + count
        key = np.arange(begin + 1, begin + count + 1) + 60_000_000
        fields = book.fields(code, rows, book.version(rng, code, rows))
        kind = np.where(admitted, 0, pick(rng, [0.60, 0.03, 0.35, 0.0, 0.02], count))
        category = np.where(admitted, 0, pick(rng, [0.93, 0.03, 0.02, 0.02], count))
        ambulance = rng.random(count) < np.where(admitted, 0.52, np.where(kind == 0, 0.16, 0.0))
        acuity = np.where(admitted, pick(rng, [6, 40, 44, 9, 1], count), pick(rng, [0.5, 9, 36, 46, 8.5], count))
        codes, weights = home.reference.emergency_hrg_weights
        heavy = weights * np.array([6, 5, 4, 3, 2, 2, 1.2, 1, 0.4, 0.2, 0.05])
        hrg = np.array(codes)[np.where(admitted, pick(rng, heavy, count), pick(rng, weights, count))]
        pence = home.prices.pence("Emergency Care", hrg)
        left_day, left_minute = acute.after(days, minute, waits)
        seen_day, seen_minute = acute.after(days, minute, (waits * rng.uniform(0.15, 0.7, count)).astype(np.int64))
        first_day, first_minute = acute.after(days, minute, np.minimum(waits, rng.integers(4, 35, count)))
        ask_day, ask_minute = acute.after(days, minute, (waits * 0.75).astype(np.int64))
        walked = ~admitted & (rng.random(count) < 0.035)
        practice = practice_at(home.planted, people.practice[rows], days)
        received = acute.received(self.settings, days)
        columns = {
            "PRIMARYKEY_ID": text(key), "system.interchange.received_date": dates(received),
            "attendance.arrival.attendance_identifier": text(np.char.add("E", (key % 10_000_000).astype(str))),
            "patient.nhs_number.value": fields["number"], "patient.nhs_number.status": fields["status"],
            "patient.local_patient_identifier.value": fields["local"], "patient.local_patient_identifier.issuer": code,
            "patient.family_name": fields["family"], "patient.given_name": fields["given"], "patient.birth_date": fields["birth"],
            "patient.age_at_arrival": np.maximum((days - people.birth[rows]) // 365.2425, 0).astype(np.int64),
            "patient.stated_gender": fields["gender"], "patient.ethnic_category": fields["ethnic"],
            "patient.usual_address.postcode": fields["postcode"], "patient.usual_address.lsoa_11": fields["lsoa11"],
            "patient.gp_registration.general_practice": choose(book.practice_codes, practice),
            "attendance.location.site": code, "attendance.location.department_type": choose(["01", "02", "03", "04", "05"], kind),
            "attendance.arrival.date": dates(days), "attendance.arrival.time": times(minute),
            "attendance.arrival.arrival_mode.code": choose(["", AMBULANCE], ambulance),
            "attendance.arrival.attendance_category": choose(["1", "2", "3", "4"], category),
            "attendance.initial_assessment.date": dates(first_day), "attendance.initial_assessment.time": times(first_minute),
            "attendance.seen_for_treatment.date": dates(np.where(walked, NEVER, seen_day)),
            "attendance.seen_for_treatment.time": times(seen_minute, walked),
            "attendance.decision_to_admit.date": dates(np.where(admitted, ask_day, NEVER)),
            "attendance.decision_to_admit.time": times(ask_minute, ~admitted),
            "attendance.departure.date": dates(left_day), "attendance.departure.time": times(left_minute),
            "attendance.departure.time_since_arrival": waits, "attendance.discharge.status.code": choose(["", LEFT], walked),
            "clinical.acuity.code": choose(list(ACUITY), acuity),
            "commissioning.service_agreement.provider": code, "commissioning.service_agreement.commissioner": COMMISSIONER,
            "commissioning.commissioner_assignment.commissioner": COMMISSIONER,
            "commissioning.grouping.health_resource_group": text(hrg),
            "commissioning.national_pricing.tariff": pounds(pence),
            "commissioning.national_pricing.market_forces_factor": acute.MARKET_FORCES,
            "commissioning.national_pricing.final_price": pounds(acute.with_market_forces(pence)),
        }  # fmt: skip
        home.feeds.write("sus_ae/emergency_care", columns)
        counted = (kind < 4) & (category < 3)
        specialty = np.full(counted.sum(), "180")
        home.ledger.add(
            np.full(counted.sum(), trust), days[counted], np.zeros(counted.sum(), np.int64), specialty, pence[counted]
        )
        self._resend(trust, days, columns)
        self._diagnoses(key, rows, days)

    def _resend(self, trust: int, days: Ints, columns: dict) -> None:
        """One trust's month once more, with the same identifiers and a later receipt."""
        again_trust, begin, end = acute.RESENT
        again = np.flatnonzero((days >= begin) & (days < end)) if trust == again_trust else np.zeros(0, np.int64)
        if not len(again):
            return
        part = {}
        for name, value in columns.items():
            array = value if np.isscalar(value) else pa.array(value) if isinstance(value, np.ndarray) else value
            part[name] = array if np.isscalar(array) else pc.take(array, pa.array(again))
        part["system.interchange.received_date"] = dates(np.full(len(again), end + 45))
        self.inpatients.feeds.write("sus_ae/emergency_care", part, suffix=".resent")
        self.inpatients.book.defects.add("sus_ae/emergency_care", "rows_sent_twice", len(again))

    def _diagnoses(self, key: Ints, rows: Ints, days: Ints) -> None:
        table = self.inpatients.mix["attendance_diagnoses"]
        case = pick_rows(self.rng, acute.case_weights(table, self.people, rows, self.settings.end))
        codes = np.array([item["code"] for item in table])[case]
        told = np.flatnonzero(codes != "")
        attacks = codes == ASTHMA
        self.asthma.append((rows[attacks], days[attacks]))
        self.inpatients.feeds.write("sus_ae/clinical.diagnoses.snomed", {
            "PRIMARYKEY_ID": text(key[told]), "SNOMED_ID": np.ones(len(told), np.int64), "code": text(codes[told]),
            "sequence_number": np.ones(len(told), np.int64), "is_primary": np.ones(len(told), bool),
        })  # fmt: skip
