"""An invented record in which every codelist has codes and people have many things at once: for comparing two evaluators.

It means nothing. Values are drawn from what the columns may hold and near the thresholds of rules; some rows are confidential
or withheld, some dates are missing, some people objected, died, left or have only a month of birth.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from commonweal.definitions.codelists import load
from commonweal.definitions.registry import all_definitions
from commonweal.definitions.vocabulary.nodes import CodeMatch, Feature, RowSet, walk
from commonweal.engine.record_files import RecordFiles
from commonweal.engine.tiny_record import write_tiny_record
from commonweal.governance.withheld import published_codes

AS_AT = date(2026, 3, 31)


def _rows_in(rows: RowSet) -> Iterable[RowSet]:
    yield rows
    for related in rows.related:
        yield from _rows_in(related.rows)


def _matches() -> Iterable[tuple[str, CodeMatch]]:
    """(table, codes) of everything that any definition asks for."""
    for one in all_definitions():
        if not one.computable:
            continue
        sets = [
            feature.rows
            for node in one.expressions().values()
            for feature in walk(node)
            if isinstance(feature, Feature)
        ]
        sets += [rows.rows for rows in one.row_sets().values()]
        for rows in (inner for outer in sets for inner in _rows_in(outer)):
            for match in rows.codes:
                yield rows.table, match


class _Crowd:
    def __init__(self, people: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.people = people
        self.concepts: dict[tuple[str, str], int] = {}
        self.by_table: dict[str, list[int]] = {}
        for table, match in sorted(_matches(), key=repr):
            for name in match.codelists:
                self.by_table.setdefault(table, []).extend(self._some(name))
        for one in self.random.sample(published_codes(), 20):
            table = "diagnosis" if one.system == "icd10" else "event"
            self.by_table[table].append(self._concept(one.system, one.prefix))

    def _concept(self, system: str, code: str) -> int:
        return self.concepts.setdefault((system, code), len(self.concepts) + 1)

    def _some(self, name: str) -> list[int]:
        found = load(name)
        system = found.systems[0]
        codes = sorted(found.codes)
        return [self._concept(system, self.random.choice(codes)) for _ in range(2)]

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def day(self, years: float = 8.0, missing: float = 0.01) -> date | None:
        """A day before the as-at date, most often within two years; on the very edge of a window now and then."""
        if self.random.random() < missing:
            return None
        if self.random.random() < 0.1:
            months = self.pick(3, 6, 12, 24, 36, 60)
            year, month = divmod(AS_AT.year * 12 + AS_AT.month - 1 - months, 12)
            return date(year, month + 1, 28) + timedelta(days=self.random.randrange(5))
        span = 365 * (years if self.random.random() < 0.4 else 1.3)
        return AS_AT - timedelta(days=int(self.random.random() * span) - 3)

    def key(self) -> int:
        # A few people have most of the rows.
        return 1 + int(self.people * self.random.random() ** 2)

    def coded(self, table: str, count: int) -> Iterable[dict[str, Any]]:
        for _ in range(count):
            yield {"person_key": self.key(), "date": self.day(), "concept": self.random.choice(self.by_table[table])}

    def person(self, key: int) -> dict[str, Any]:
        age = self.pick(1, 3, 5, 11, 14, 17, 18, 30, 40, 45, 60, 65, 75, 80, 92)
        born = AS_AT - timedelta(days=int(age * 365.25) + self.random.randrange(-40, 400))
        return {
            "person_key": key, "birth_date": self.pick(born, born, born, born, None), "birth_month": born.replace(day=1),
            "death_date": AS_AT - timedelta(days=self.random.randrange(-20, 800)) if self.random.random() < 0.08 else None,
            "sex": self.pick("F", "M", "F", "M", "I", None), "ethnic_category": self.pick(*"ABCDHMRS", "Z", None),
            "lsoa21": self.pick("E01000001", "E01000002", "E01000003", "E01999999", None),
            "type1_opt_out": self.random.random() < 0.04, "national_opt_out": self.pick(None, False, False, False, False, self.random.random() < 0.2),
        }  # fmt: skip

    def registrations(self, key: int) -> Iterable[dict[str, Any]]:
        if self.random.random() < 0.95:
            start = date(2010, 1, 1) + timedelta(days=self.random.randrange(5000))
            yield {
                "person_key": key,
                "practice_code": self.pick("P1", "P2", "P3"),
                "start_date": start,
                "end_date": None,
            }
        if self.random.random() < 0.1:
            end = AS_AT - timedelta(days=self.random.randrange(-5, 300))
            yield {
                "person_key": key,
                "practice_code": self.pick("P1", "P4"),
                "start_date": date(2005, 1, 1),
                "end_date": end,
            }

    def contact(self, number: int) -> dict[str, Any]:
        setting = self.pick(
            "apc",
            "apc",
            "apc",
            "ae",
            "ae",
            "op",
            "op",
            "gp",
            "community",
            "mental_health",
            "talking_therapies",
            "social_care",
        )
        start, nights = self.day(3), self.pick(0, 1, 3, 14, 15, 21, 22, 40)
        ended = start is not None and self.random.random() < 0.85
        return {
            "person_key": self.key(), "contact_key": number, "setting": setting, "start_date": start,
            "end_date": start + timedelta(days=nights) if ended and start else None, "length_of_stay_days": self.pick(nights, nights, None),
            "admission_method": self.pick("11", "12", "21", "22", "28", "2A", "2B", "2C", "31", "82", "83", None) if setting in ("apc", "mental_health") else None,
            "patient_classification": self.pick("1", "1", "2", "3", None), "discharge_method": self.pick("1", "1", "1", "4", "5", None),
            "first_attendance": self.pick("1", "2", "3", "4", None), "attendance_status": self.pick("2", "3", "5", "5", "6", "7", None),
            "consultation_medium": self.pick("01", "02", "03", None), "department_type": self.pick("01", "02", "03", "05", None),
            "attendance_category": self.pick("1", "2", "4", None), "wait_minutes": self.pick(10, 240, 241, 719, 720, None),
            "service_type": self.pick("A14", "A06", "A05", "A11", "C10", "C09", "talking_therapies", "12", "51", "52", None),
            "primary_concept": self.random.choice(self.by_table["contact"]) if self.random.random() < 0.8 else None,
            "provider_code": self.pick("R1K", "RYJ", "RKL", "RV3", "RX1", None), "site_code": self.pick("R1K01", "RYJ02", None),
            "treatment_function_code": self.pick("100", "320", None), "cost_pence": self.pick(0, 12_345, 700_001, None),
            "pod": self.pick("AE", "DC", "EL", "NEL", "NELST", "NELNE", "OPFASPCL", "OPFUPSPCL", "OPPROC", "OTHER", None),
            "cost_basis": self.pick("uncosted", "row_price", None), "confidential": self.random.random() < 0.01,
        }  # fmt: skip

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        keys, many = range(1, self.people + 1), self.people
        contacts = [self.contact(number) for number in range(1, 25 * many)]
        near = [one for one in contacts if one["setting"] == "apc" and one["start_date"]]

        def hospital(table: str, count: int) -> list[dict[str, Any]]:
            made = []
            for one in self.coded(table, count):
                spell = self.random.choice(near)
                same_day = (
                    {"person_key": spell["person_key"], "date": spell["start_date"]}
                    if self.random.random() < 0.7
                    else {}
                )
                made.append({**one, "contact_key": spell["contact_key"], "position": self.pick(1, 2, 3), **same_day})
            return made

        events = [
            {
                **one, "value": self.pick(None, 0.0, 0.5, 2.9, 3.0, 4.9, 5.0, 27.5, 30.0, 31.0, 42.0, 45.0, 48.0, 58.0, 59.5, 75.0, 76.0, 79.0, 80.0, 90.0, 100.0,
                                          120.0, 129.0, 135.0, 140.0, 141.0, 150.0, 180.0, -1.0),
                "confidential": self.random.random() < 0.01, "provider_code": self.pick("P1", "P2", None),
            }
            for one in self.coded("event", 150 * many)
        ]  # fmt: skip
        # Both halves of a blood pressure on one day, clinic or home.
        pairs = [("systolic_bp", "diabp_cod"), ("systolic_bp_home", "diastolic_bp_home")]
        for _ in range(4 * many):
            key, day = self.key(), self.day(2)
            for name, low in zip(self.pick(*pairs), (100, 60), strict=True):
                value = float(low + self.random.randrange(50))
                events.append(
                    {
                        "person_key": key,
                        "date": day,
                        "concept": self._some(name)[0],
                        "value": value,
                        "confidential": False,
                    }
                )
        medicines = [
            {**one, "quantity": self.pick(None, 6.0, 7.0, 15.0, 28.0, 301.0), "confidential": self.random.random() < 0.01, "provider_code": self.pick("P1", "P2", None)}
            for one in self.coded("medication", 60 * many)
        ]  # fmt: skip
        referrals = [
            {
                "person_key": self.key(), "referral_key": number, "date": self.day(2), "source_code": self.pick("01", "03", "10", None),
                "service_type": self.pick("A14", "A06", "A05", "A11", "C10", "C09", "talking_therapies", "12", "51", "52", "C02", "20", "A20", None, None), "priority": self.pick("1", "2", "3", None),
                "provider_code": self.pick("R1K", None), "treatment_function_code": self.pick("100", None),
                "end_date": self.pick(None, None, AS_AT, AS_AT - timedelta(days=1)),
            }
            for number in range(10 * many)
        ]  # fmt: skip
        waits = []
        for number in range(6 * many):
            start, stopped = self.day(2), self.random.random() < 0.5
            waits.append(
                {
                    "person_key": self.key(), "pathway_key": number, "list_type": self.pick("rtt", "diagnostic", "cancer_28", "cancer_31", "cancer_62"),
                    "snapshot_date": self.pick(date(2026, 3, 29), date(2026, 3, 22), date(2026, 4, 5)), "clock_start_date": start,
                    "clock_stop_date": start + timedelta(days=self.pick(5, 28, 29, 31, 32, 62, 63)) if start and stopped else None,
                    "provider_code": self.pick("R1K", None), "treatment_function_code": self.pick("100", "320"),
                }
            )  # fmt: skip
        packages = [
            {"person_key": self.key(), "package_key": number, "start_date": self.day(3), "end_date": self.pick(None, date(2026, 6, 1), date(2026, 1, 1)),
             "package_type": "home_care", "funder": self.pick("council", "nhs_continuing_care")}
            for number in range(many // 2)
        ]  # fmt: skip
        bodies = [("P1", "practice", "N1"), ("P2", "practice", "N1"), ("P3", "practice", "N2"), ("N1", "pcn", "B1"), ("N2", "pcn", "B2"),
                  ("B1", "borough", "I1"), ("B2", "borough", "I1"), ("I1", "icb", None)]  # fmt: skip
        return {
            "person": [self.person(key) for key in keys], "registration": [one for key in keys for one in self.registrations(key)],
            "event": events, "medication": medicines, "contact": contacts, "diagnosis": hospital("diagnosis", 40 * many),
            "procedure": hospital("procedure", 8 * many), "referral": referrals, "wait": waits, "care_package": packages,
            "organisation": [{"code": code, "name": code, "kind": kind, "parent_code": parent, "valid_from": date(2000, 1, 1)} for code, kind, parent in bodies],
            "place": [{"lsoa21": f"E0100000{n}", "borough_code": f"E0900000{n}", "imd2019_decile": 3 * n} for n in (1, 2, 3)],
            "concept": [{"concept": number, "system": system, "code": code} for (system, code), number in self.concepts.items()],
        }  # fmt: skip


def crowded_record(folder: Path, *, people: int, seed: int) -> RecordFiles:
    """A record of so many invented people, in two ranges."""
    return write_tiny_record(folder, _Crowd(people, seed).rows(), buckets=2)
