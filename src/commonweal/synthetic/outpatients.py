"""Outpatient pathways: a referral, a first appointment after a wait, follow-ups; some not attended, some with a procedure."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from commonweal.synthetic import acute
from commonweal.synthetic.draw import Bools, Ints, clock, pick, repeats
from commonweal.synthetic.events import practice_at
from commonweal.synthetic.inpatients import Inpatients
from commonweal.synthetic.reference import COMMISSIONER, TRUSTS
from commonweal.synthetic.referrals import Referrals
from commonweal.synthetic.writing import choose, dates, pounds, text, times

APPOINTMENTS_PER_HEAD = 2.1
"""Booked hospital appointments for each person in England and year (general knowledge, 2022-23; unverified)."""
CLINIC = [0] * 8 + [6, 14, 14, 12, 6, 8, 14, 12, 8, 3, 1] + [0] * 5
PATHWAY_LEVEL = 0.853
"""Small correction, so that the age-standardised rate is `APPOINTMENTS_PER_HEAD` (conditions lift some weights)."""
ATTENDED = (5, 6, 7, 3, 2, 4)
ATTENDED_WEIGHTS = (0.735, 0.025, 0.002, 0.078, 0.075, 0.085)
WF_PENCE = {"first": 21_500, "follow": 12_800, "remote_first": 13_900, "remote_follow": 9_600}
"""Invented prices of attendances without a procedure (no unit cost by HRG is published for them in the file used)."""


class Outpatients:
    """Makes and writes one chunk's appointments."""

    def __init__(self, inpatients: Inpatients) -> None:
        self.home = inpatients
        self.rng, self.settings, self.people = inpatients.rng, inpatients.settings, inpatients.people
        self.clinics = inpatients.mix["outpatient"]
        self.referrals = Referrals(inpatients)

    def write(self) -> None:
        """All appointments of the window, trust by trust, and the requests that asked for them."""
        rows, clinic, days, first, referred = self._pathways()
        trust = acute.trust_of(self.rng, self.home.reference, self.people, rows)
        kept = self._volume(trust, days, first)
        later = np.flatnonzero(first & (days >= self.settings.end) & (referred < self.settings.end))
        kept &= (days < self.people.until()[rows]) & (days >= self.people.birth[rows])
        kept &= (days < self.settings.end) & (days >= self.settings.start)
        for number in range(len(TRUSTS)):
            mine = np.flatnonzero(kept & (trust == number))
            if len(mine):
                self._write_trust(number, rows[mine], clinic[mine], days[mine], first[mine], referred[mine])
        self.referrals.waiting(rows[later], days[later], referred[later], trust[later])
        self.referrals.write()

    def _pathways(self) -> tuple[Ints, Ints, Ints, Bools, Ints]:
        rng, settings = self.rng, self.settings
        # pathways that began up to a year before the window still bring follow-ups into it
        begin, span = settings.start - 400, settings.end - settings.start + 400
        factor = acute.level(self.home.reference, self.clinics, APPOINTMENTS_PER_HEAD)
        everyone = np.arange(len(self.people))
        weights = acute.case_weights(self.clinics, self.people, everyone, settings.end) * factor
        liable = rng.gamma(1.2, 1 / 1.2, len(self.people))
        parts = []
        for number, clinic in enumerate(self.clinics):
            rate = weights[:, number] * clinic["first"] * liable * PATHWAY_LEVEL
            rows = repeats(rng, rate * span / 365.25 * 1.12)
            follow = rng.geometric(clinic["first"], len(rows)) - 1
            follow = np.minimum(follow, 14)
            index = np.repeat(np.arange(len(rows)), follow + 1)
            turn = np.arange(len(index)) - np.repeat(np.cumsum(follow + 1) - follow - 1, follow + 1)
            referred = begin + rng.integers(0, span, len(rows))
            wait = np.round(rng.gamma(2.0, 38, len(rows)) + 4).astype(np.int64)
            gaps = np.where(turn == 0, 0, np.round(rng.gamma(3, 26, len(index))).astype(np.int64) + 7)
            elapsed = np.cumsum(gaps) - np.repeat(np.cumsum(gaps)[np.cumsum(follow + 1) - follow - 1], follow + 1)
            days = (referred + wait)[index] + elapsed
            days -= np.maximum((days + 3) % 7 - 4, 0)
            parts.append((rows[index], np.full(len(index), number), days, turn == 0, referred[index]))
        return tuple(np.concatenate(column) for column in zip(*parts, strict=True))  # type: ignore[return-value]

    def _volume(self, trust: Ints, days: Ints, first: Bools) -> Bools:
        """The planted rise in first appointments: before it, a share of them is left out."""
        changed, since = acute.VOLUME_CHANGE
        kept = self.rng.random(len(days)) <= 1 / self.settings.size.volume_ratio
        return ~((trust == changed) & first & (days < since) & ~kept)

    def _write_trust(self, trust: int, rows: Ints, clinic: Ints, days: Ints, first: Bools, referred: Ints) -> None:
        rng, home, count = self.rng, self.home, len(rows)
        code, book = TRUSTS[trust], home.book
        specialty = np.array([item["tfc"] for item in self.clinics])[clinic]
        main = np.array([item["spec"] for item in self.clinics])[clinic]
        chance = np.array([item["procedure"] for item in self.clinics])[clinic]
        remote = rng.random(count) < np.where(chance > 0.3, 0.05, 0.24)
        status = np.array(ATTENDED)[pick(rng, list(ATTENDED_WEIGHTS), count)]
        seen = (status == 5) | (status == 6)
        procedure = seen & ~remote & (rng.random(count) < chance)
        plain = np.select([remote & first, remote, first], ["WF01D", "WF01C", "WF01B"], "WF01A")
        hrg = np.where(procedure, np.array([item.get("hrg", "") for item in self.clinics])[clinic], plain)
        pence = self._price(procedure, remote, first, hrg)
        key = self._keys(count)
        version = book.version(rng, code, rows)
        fields = book.fields(code, rows, version)
        pod = self._pod(procedure, remote, first, main)
        home.ledger.add(np.full(seen.sum(), trust), days[seen], pod[seen], specialty[seen], pence[seen])
        gap_trust, gap_from, gap_until = acute.GAP
        sent = ~((trust == gap_trust) & (days >= gap_from) & (days < gap_until))
        book.defects.add("sus_op/appointment", "not_sent_in_the_gap", (~sent).sum())
        self._feed(
            code, rows, days, first, referred, specialty, main, remote, status, seen, hrg, pence, key, fields, sent
        )
        self._coding(rows, clinic, procedure & sent, seen & sent & (rng.random(count) < 0.05), key, days)

    def _keys(self, count: int) -> Ints:
        begin = self.home.serial.get("appointment_op", 0)
        self.home.serial["appointment_op"] = begin + count
        return np.arange(begin + 1, begin + count + 1) + 100_000_000

    def _price(self, procedure: Bools, remote: Bools, first: Bools, hrg: np.ndarray) -> Ints:
        pence = np.select(
            [remote & first, remote, first],
            [WF_PENCE["remote_first"], WF_PENCE["remote_follow"], WF_PENCE["first"]],
            WF_PENCE["follow"],
        )
        if procedure.any():
            pence[procedure] = self.home.prices.pence("Outpatient Procedures", hrg[procedure])
        return pence

    def _pod(self, procedure: Bools, remote: Bools, first: Bools, main: np.ndarray) -> Ints:
        """Point of delivery as the national rules give it (indices into `ledger.PODS`)."""
        consultant = ~((main == "560") | ((main >= "900") & (main <= "960")))
        attended = np.where(first, np.where(consultant, 6, 7), np.where(consultant, 8, 9))
        attended = np.where(remote, np.where(first, 10, 11), attended)
        return np.where(procedure, np.where(first, 12, 13), attended)

    def _feed(
        self, code: str, rows: Ints, days: Ints, first: Bools, referred: Ints, specialty: np.ndarray, main: np.ndarray,
        remote: Bools, status: Ints, seen: Bools, hrg: np.ndarray, pence: Ints, key: Ints, fields: dict, sent: Bools,
    ) -> None:  # fmt: skip
        rng, people, book = self.rng, self.people, self.home.book
        kept = np.flatnonzero(sent)
        take = pa.array(kept)
        fields = {name: array.take(take) for name, array in fields.items()}
        rows, days, referred, status, pence, key = (v[kept] for v in (rows, days, referred, status, pence, key))
        first, remote, seen = (v[kept] for v in (first, remote, seen))
        specialty, main, hrg = (v[kept] for v in (specialty, main, hrg))
        count = len(rows)
        practice = practice_at(self.home.planted, people.practice[rows], days)
        source = np.array(["03", "04", "05", "06", "17", "97"])[pick(rng, [58, 7, 22, 3, 3, 7], count)]
        by_gp = source == "03"
        last = rng.random(count) < np.where(first, 0.3, 0.25)
        urgent = pick(rng, [0.83, 0.11, 0.06], count)
        asked = np.flatnonzero(first & by_gp)
        self.referrals.seen(TRUSTS.index(code), rows[asked], days[asked], referred[asked], urgent[asked], status[asked])
        head = "appointment.patient.identity"
        medium = np.select([remote & (rng.random(count) < 0.9), remote], ["02", "03"], "01")
        self.home.feeds.write("sus_op/appointment", {
            "PRIMARYKEY_ID": text(key), "system.interchange.received_date": dates(acute.received(self.settings, days)),
            "appointment.identifier": text(np.char.add("A", (key % 100_000_000).astype(str))),
            "appointment.date": dates(days), "appointment.time": times(clock(rng, count, CLINIC)),
            "appointment.first_attendance": choose(["1", "2", "3", "4"], (~first).astype(int) + 2 * remote),
            "appointment.attended_or_dna": text(status), "appointment.outcome": choose(["1", "2", "3", ""], np.where(~seen, 3, np.where(last, 0, 1))),
            "appointment.administrative_category": "01", "appointment.consultation_medium": text(medium),
            **acute.identity_columns(fields, head, "appointment.patient", np.zeros(count, bool)),
            f"{head}.local_patient_identifier.issuer": code,
            f"{head}.age_at_cds_activity_date": np.maximum((days - people.birth[rows]) // 365.2425, 0).astype(np.int64),
            "appointment.patient.registration.general_practice": choose(book.practice_codes, practice),
            "appointment.referral.received_date": dates(referred), "appointment.referral.source_op": text(source),
            "appointment.referral.priority_type": choose(["1", "2", "3"], urgent),
            "appointment.referral.referring_organisation": choose([*book.practice_codes, code], np.where(by_gp, practice, len(book.practice_codes))),
            "appointment.referral_to_treatment.period_status": choose(["10", "20", "30", "90"], np.where(first, 0, 1 + pick(rng, [0.55, 0.12, 0.33], count))),
            "appointment.care_professional.main_specialty": text(main), "appointment.care_professional.treatment_function": text(specialty),
            "appointment.care_professional.multiple_professional_or_discipline_indicator": "1",
            "appointment.care_location.site_code_of_treatment": code,
            "appointment.commissioning.service_agreement.provider": code,
            "appointment.commissioning.service_agreement.commissioner": COMMISSIONER,
            "appointment.commissioning.commissioner_assignment.commissioner": COMMISSIONER,
            "appointment.commissioning.grouping.core_hrg": text(hrg, ~seen),
            "appointment.commissioning.tariff_calculation.initial_tariff": pounds(pence, ~seen),
            "appointment.commissioning.tariff_calculation.market_forces_factor": acute.MARKET_FORCES,
            "appointment.commissioning.tariff_calculation.final_price": pounds(acute.with_market_forces(pence), ~seen),
        })  # fmt: skip

    def _coding(
        self, rows: Ints, clinic: Ints, procedure: Bools, diagnosed: Bools, key: Ints, days: Ints
    ) -> None:  # fmt: skip
        done = np.flatnonzero(procedure)
        codes = np.array([item.get("opcs", "") for item in self.clinics])[clinic[done]]
        self.home.feeds.write("sus_op/appointment.clinical_coding.procedure.opcs", {
            "PRIMARYKEY_ID": text(key[done]), "OPCS_ID": np.ones(len(done), np.int64), "code": text(codes), "date": dates(days[done]),
        })  # fmt: skip
        told = np.flatnonzero(diagnosed)
        self.home.feeds.write("sus_op/appointment.clinical_coding.diagnosis.icd", {
            "PRIMARYKEY_ID": text(key[told]), "ICD_ID": np.ones(len(told), np.int64),
            "code": text(self._diagnosis(rows[told], clinic[told], days[told])),
        })  # fmt: skip

    def _diagnosis(self, rows: Ints, clinic: Ints, days: Ints) -> np.ndarray:
        """The clinic's diagnosis, or its other one where the person has not (yet) the condition."""
        lacks = np.zeros(len(rows), bool)
        for number, item in enumerate(self.clinics):
            if "icd_else" in item:
                lacks |= (clinic == number) & (self.people.onset[item["for"]][rows] > days)
        usual = np.array([item["icd"] for item in self.clinics])[clinic]
        return np.where(lacks, np.array([item.get("icd_else", item["icd"]) for item in self.clinics])[clinic], usual)
