"""Community services (CSDS), mental health (MHSDS) and adult social care (client-level data)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from commonweal.synthetic.acute import curve
from commonweal.synthetic.draw import Floats, Ints, clock, pick, pick_rows, repeats
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import COMMISSIONER, COMMUNITY_PROVIDERS, MENTAL_HEALTH_PROVIDERS, Reference
from commonweal.synthetic.settings import NEVER, Settings
from commonweal.synthetic.sources import SourceBook
from commonweal.synthetic.writing import Feeds, choose, dates, pounds, prefixed, text, times

COMMUNITY_LEVEL, MENTAL_LEVEL = 1.255, 1.06
"""Corrections for contacts cut off by the window, cancelled or missed, so that attended contacts per head are the published ones."""
DAYTIME = [0] * 7 + [3, 8, 12, 12, 11, 7, 8, 11, 10, 8, 4, 2, 1, 1, 0, 0, 0]
# service or team type, share of contacts, age curve, mean contacts of a referral
LONGEST_WAIT = {"51": 2, "52": 4}
"""Days within which crisis response and reablement begin; 24 for all others (invented)."""
COMMUNITY = (
    ("12", 38, "veryold", 14), ("26", 11, "adult", 4), ("52", 3, "veryold", 8), ("27", 7, "old", 4), ("51", 5, "veryold", 3), ("53", 6, "veryold", 10),
    ("33", 5, "child", 5), ("16", 10, "infant", 6), ("43", 3, "veryold", 9), ("11", 3, "old", 3), ("30", 3, "old", 4), ("23", 4, "veryold", 3),
    ("47", 2, "veryold", 7),
)  # fmt: skip
# team type, weight, age curve, mean contacts, multipliers
MENTAL = (
    ("A06", 34, "adult", 12, {"MH": 30, "DEP": 2.5}), ("A02", 12, "adult", 8, {"MH": 22, "DEP": 2}), ("A05", 14, "adult", 4, {"DEP": 5, "MH": 3}),
    ("A11", 8, "adult", 2, {"DEP": 3, "MH": 8, "ALC": 6}), ("A17", 7, "veryold", 4, {"DEM": 6}), ("A14", 3, "young", 16, {"MH": 20}),
    ("C04", 6, "child", 5, {"AUT": 15}), ("D01", 6, "adult", 10, {"DRUG": 40, "ALC": 12}), ("E01", 4, "flat", 8, {"LD": 60}),
    ("C02", 2.5, "women", 6, {"DEP": 2, "ANX": 2}), ("C10", 1.5, "child", 10, {"EATING": 30}),
)  # fmt: skip
MULTIPLIER_PREVALENCE = {"MH": 0.011, "DEP": 0.07, "DEM": 0.005, "ALC": 0.025, "DRUG": 0.006, "AUT": 0.008, "LD": 0.004,
                         "ANX": 0.05, "EATING": 0.002}  # fmt: skip


class Outside:
    """Makes and writes one chunk's community, mental health and social care rows."""

    def __init__(
        self, rng: np.random.Generator, settings: Settings, reference: Reference, people: People, book: SourceBook,
        feeds: Feeds, serial: dict[str, int],
    ) -> None:  # fmt: skip
        self.rng, self.settings, self.reference, self.people = rng, settings, reference, people
        self.book, self.feeds, self.serial = book, feeds, serial
        self.age = people.age(settings.end)
        self.years = (settings.end - settings.start) / 365.25

    def _ids(self, name: str, count: int) -> Ints:
        begin = self.serial.get(name, 0)
        self.serial[name] = begin + count
        return np.arange(begin + 1, begin + count + 1)

    def _provider(self, count_: int, shift: int) -> Ints:
        """Each practice's provider, by its borough."""
        boroughs = sorted(self.reference.all_practices.borough.unique())
        place = self.reference.practices.borough.map({name: row for row, name in enumerate(boroughs)}).to_numpy()
        return (place[self.people.practice] + shift) % count_

    def _referrals(
        self, weights: Floats, mean: Floats, services: Sequence[str]
    ) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:  # fmt: skip
        """Referral rows, service, day, closing day; and contacts as (referral, day)."""
        rng, people, settings = self.rng, self.people, self.settings
        liable = rng.gamma(0.9, 1 / 0.9, len(people))
        rows = repeats(rng, weights.sum(axis=1) * self.years * liable)
        service = pick_rows(rng, weights[rows]) if len(rows) else np.zeros(0, np.int64)
        day = settings.start + rng.integers(0, settings.end - settings.start, len(rows))
        kept = (day < people.until()[rows]) & (day >= people.birth[rows])
        rows, service, day = rows[kept], service[kept], day[kept]
        contacts = rng.geometric(1 / mean[service])
        index = np.repeat(np.arange(len(rows)), contacts)
        turn = np.arange(len(index)) - np.repeat(np.cumsum(contacts) - contacts, contacts)
        longest = np.array([LONGEST_WAIT.get(code, 24) for code in services])[service]
        wait = np.floor(rng.random(len(rows)) * longest).astype(np.int64) + (longest > 4)
        gap = rng.integers(3, 16, len(rows))
        when = (day + wait)[index] + turn * gap[index] + rng.integers(0, 3, len(index))
        until = np.minimum(people.until()[rows], settings.end)
        closing = day + wait + contacts * gap + 5
        closing = np.where(closing < until, closing, NEVER)
        here = when < until[index]
        return rows, service, day, closing, index[here], when[here]

    def community(self) -> None:
        """CSDS: patients, referrals, services, contacts, near the published contacts per head."""
        people = self.people
        per_head = self.reference.national_activity["Community Health Service"]
        males, females = self.reference.england
        ages, none = np.arange(91) + 0.5, np.zeros(91, bool)
        columns = []
        for _, share, name, mean in COMMUNITY:
            total = curve(name, ages, none) @ (males + females) / (males + females).sum()
            rate = per_head * share / 100 / total / mean * curve(name, self.age, people.woman)
            columns.append(rate * np.exp(0.3 * people.frailty - 0.045) * COMMUNITY_LEVEL)
        means = np.array([item[3] for item in COMMUNITY], float)
        rows, service, day, closing, index, when = self._referrals(
            np.column_stack(columns), means, [item[0] for item in COMMUNITY]
        )
        provider = self._provider(len(COMMUNITY_PROVIDERS), 0)
        for number, code in enumerate(COMMUNITY_PROVIDERS):
            self._csds(code, np.flatnonzero(provider[rows] == number), rows, service, day, closing, index, when)

    def _csds(
        self, code: str, mine: Ints, rows: Ints, service: Ints, day: Ints, closing: Ints, index: Ints, when: Ints
    ) -> None:
        if not len(mine):
            return
        feeds, book, source = self.feeds, self.book, f"csds.{code}"
        who = np.unique(rows[mine])
        fields = book.fields(source, who, np.zeros(len(who), np.int64))
        person_id = self._person_ids(fields)
        period = {"REPORTING PERIOD START DATE": dates(np.full(len(who), self.settings.start)),
                  "REPORTING PERIOD END DATE": dates(np.full(len(who), self.settings.end - 1))}  # fmt: skip
        died = np.where(self.people.death[who] < self.people.left[who], self.people.death[who], NEVER)
        feeds.write("csds/CYP001MPI", {
            "CYP001 UNIQUE ID": text(self._ids("cyp001", len(who))), "LOCAL PATIENT IDENTIFIER (EXTENDED)": fields["local"],
            "ORGANISATION IDENTIFIER (LOCAL PATIENT IDENTIFIER)": code, "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": code,
            "PERSON ID": person_id, "NHS NUMBER": fields["number"], "NHS NUMBER STATUS INDICATOR CODE": fields["status"],
            "DateOfBirth": fields["birth"], "Postcode": fields["postcode"], "PERSON STATED GENDER CODE": fields["gender"],
            "ETHNIC CATEGORY": fields["ethnic"], "PERSON DEATH DATE": dates(died),
            "LOWER SUPER OUTPUT AREA (RESIDENCE)": fields["lsoa21"], **period,
        })  # fmt: skip
        slot = np.searchsorted(who, rows[mine])
        key = self._ids("cyp101", len(mine)) + 500_000_000
        request, unique = prefixed("R", key), prefixed(f"{code}R", key)
        team = np.array([item[0] for item in COMMUNITY])[service[mine]]
        teams = text(np.char.add(np.char.add(team, "-"), code))
        feeds.write("csds/CYP101Referral", {
            "CYP101 UNIQUE ID": text(key), "SERVICE REQUEST IDENTIFIER": request, "UNIQUE SERVICE REQUEST IDENTIFIER": unique,
            "LOCAL PATIENT IDENTIFIER (EXTENDED)": fields["local"].take(slot), "PERSON ID": person_id.take(slot),
            "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": code, "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)": COMMISSIONER,
            "REFERRAL REQUEST RECEIVED DATE": dates(day[mine]),
            "ORGANISATION IDENTIFIER (REFERRING ORGANISATION)": choose(book.practice_codes, self.people.practice[rows[mine]]),
            "PRIORITY TYPE CODE": choose(["1", "2"], pick(self.rng, [0.85, 0.15], len(mine))),
            "SERVICE DISCHARGE DATE": dates(closing[mine]),
        })  # fmt: skip
        feeds.write("csds/CYP102ServiceTypeReferredTo", {
            "CYP102 UNIQUE ID": text(key), "SERVICE REQUEST IDENTIFIER": request, "UNIQUE SERVICE REQUEST IDENTIFIER": unique,
            "PERSON ID": person_id.take(slot), "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": code,
            "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": teams,
            "SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)": text(team), "REFERRAL CLOSURE DATE": dates(closing[mine]),
        })  # fmt: skip
        place = np.full(len(rows), -1)
        place[mine] = np.arange(len(mine))
        visits = np.flatnonzero(place[index] >= 0)
        of = place[index][visits]
        visit = self._ids("cyp201", len(visits)) + 700_000_000
        feeds.write("csds/CYP201CareContact", {
            "CYP201 UNIQUE ID": text(visit), "CARE CONTACT IDENTIFIER": prefixed("C", visit),
            "UNIQUE CARE CONTACT IDENTIFIER": prefixed(f"{code}C", visit), "SERVICE REQUEST IDENTIFIER": request.take(of),
            "UNIQUE SERVICE REQUEST IDENTIFIER": unique.take(of), "PERSON ID": person_id.take(slot).take(of),
            "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": code, "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)": COMMISSIONER,
            "CARE PROFESSIONAL TEAM LOCAL IDENTIFIER": teams.take(of), "CARE CONTACT DATE": dates(when[visits]),
            "CARE CONTACT TIME": times(clock(self.rng, len(visits), DAYTIME)),
            "CLINICAL CONTACT DURATION OF CARE CONTACT": self.rng.integers(2, 13, len(visits)) * 5,
            "CONSULTATION MECHANISM (COMMUNITY CARE)": choose(["01", "02"], pick(self.rng, [0.86, 0.14], len(visits))),
            "ATTENDANCE STATUS": choose(["5", "3", "2", "4"], pick(self.rng, [0.925, 0.03, 0.025, 0.02], len(visits))),
        })  # fmt: skip

    def _person_ids(self, fields: dict[str, pa.Array]) -> pa.Array:
        return fields["number"] if self.settings.size.pseudonymised else fields["local"]

    def mental_health(self) -> None:
        """MHSDS: patients, referrals, contacts, hospital stays, near the published contacts per head."""
        people = self.people
        per_head = self.reference.national_activity["Mental Health Care Contact"]
        males, females = self.reference.england
        ages, none = np.arange(91) + 0.5, np.zeros(91, bool)
        everyone = sum(item[1] for item in MENTAL)
        columns = []
        for _, share, name, mean, multipliers in MENTAL:
            total = (curve(name, ages, none) @ males + curve(name, ages, ~none) @ females) / (males + females).sum()
            lift = 1 + sum(MULTIPLIER_PREVALENCE[key] * (by - 1) for key, by in multipliers.items())
            rate = per_head * share / everyone / total / mean / lift * curve(name, self.age, people.woman)
            for condition, by in multipliers.items():
                rate = rate * np.where(people.onset[condition] < NEVER, by, 1.0)
            columns.append(rate * MENTAL_LEVEL)
        means = np.array([item[3] for item in MENTAL], float)
        rows, service, day, closing, index, when = self._referrals(
            np.column_stack(columns), means, [item[0] for item in MENTAL]
        )
        provider = self._provider(len(MENTAL_HEALTH_PROVIDERS), 1)
        for number, code in enumerate(MENTAL_HEALTH_PROVIDERS):
            self._mhsds(code, np.flatnonzero(provider[rows] == number), rows, service, day, closing, index, when)

    def _mhsds(
        self, code: str, mine: Ints, rows: Ints, service: Ints, day: Ints, closing: Ints, index: Ints, when: Ints
    ) -> None:
        if not len(mine):
            return
        feeds, book, source = self.feeds, self.book, f"mhsds.{code}"
        who = np.unique(rows[mine])
        fields = book.fields(source, who, np.zeros(len(who), np.int64))
        person_id = self._person_ids(fields)
        died = np.where(self.people.death[who] < self.people.left[who], self.people.death[who], NEVER)
        feeds.write("mhsds/MHS001MPI", {
            "MHS001UniqID": text(self._ids("mhs001", len(who))), "LocalPatientId": fields["local"], "OrgIDLocalPatientId": code,
            "OrgIDProv": code, "Person_ID": person_id, "NHSNumber": fields["number"], "NHSNumberStatus": fields["status"],
            "PersonBirthDate": fields["birth"], "Postcode": fields["postcode"], "Gender": fields["gender"],
            "EthnicCategory": fields["ethnic"], "PersDeathDate": dates(died), "LSOA2021": fields["lsoa21"],
            "ReportingPeriodStartDate": dates(np.full(len(who), self.settings.start)),
            "ReportingPeriodEndDate": dates(np.full(len(who), self.settings.end - 1)),
        })  # fmt: skip
        slot = np.searchsorted(who, rows[mine])
        key = self._ids("mhs101", len(mine)) + 300_000_000
        request, unique = prefixed("M", key), prefixed(f"{code}M", key)
        team = np.array([item[0] for item in MENTAL])[service[mine]]
        reasons = {
            "A06": "02",
            "A02": "18",
            "A05": "05",
            "A11": "15",
            "A17": "08",
            "A14": "01",
            "C02": "13",
            "C10": "12",
            "C04": "25",
            "D01": "09",
            "E01": "22",
        }
        feeds.write("mhsds/MHS101Referral", {
            "MHS101UniqID": text(key), "ServiceRequestId": request, "UniqServReqID": unique,
            "LocalPatientId": fields["local"].take(slot), "Person_ID": person_id.take(slot), "OrgIDProv": code,
            "OrgIDComm": COMMISSIONER, "ReferralRequestReceivedDate": dates(day[mine]), "SourceOfReferralMH": "A1",
            "OrgIDReferringOrg": choose(book.practice_codes, self.people.practice[rows[mine]]),
            "ClinRespPriorityType": choose(["3", "2", "1", "4"], pick(self.rng, [0.78, 0.15, 0.04, 0.03], len(mine))),
            "PrimReasonReferralMH": text(np.array([reasons[item[0]] for item in MENTAL])[service[mine]]),
            "ServDischDate": dates(closing[mine]), "ServTeamType": text(team),
        })  # fmt: skip
        place = np.full(len(rows), -1)
        place[mine] = np.arange(len(mine))
        visits = np.flatnonzero(place[index] >= 0)
        of = place[index][visits]
        visit = self._ids("mhs201", len(visits)) + 400_000_000
        feeds.write("mhsds/MHS201CareContact", {
            "MHS201UniqID": text(visit), "CareContactId": prefixed("K", visit), "UniqCareContID": prefixed(f"{code}K", visit),
            "ServiceRequestId": request.take(of), "UniqServReqID": unique.take(of), "Person_ID": person_id.take(slot).take(of),
            "OrgIDProv": code, "OrgIDComm": COMMISSIONER, "CareProfTeamLocalId": text(np.char.add(team[of], f"-{code}")),
            "CareContDate": dates(when[visits]), "CareContTime": times(clock(self.rng, len(visits), DAYTIME)),
            "ClinContDurOfCareCont": self.rng.integers(3, 13, len(visits)) * 5,
            "ConsMechanismMH": choose(["01", "02"], pick(self.rng, [0.72, 0.28], len(visits))),
            "AttendStatus": choose(["5", "3", "2", "4"], pick(self.rng, [0.86, 0.075, 0.035, 0.03], len(visits))),
        })  # fmt: skip
        severe = np.flatnonzero(
            (team == "A02") & (self.people.onset["MH"][rows[mine]] < NEVER) & (self.rng.random(len(mine)) < 0.4)
        )
        self._stays(code, severe, day[mine][severe] + 3, rows[mine][severe], request, unique, person_id.take(slot))

    def _stays(
        self, code: str, of: Ints, admitted: Ints, rows: Ints, request: pa.Array, unique: pa.Array, person_id: pa.Array
    ) -> None:
        until = np.minimum(self.people.until()[rows], self.settings.end)
        kept = admitted < until
        of, admitted, until = of[kept], admitted[kept], until[kept]
        key = self._ids("mhs501", len(of)) + 450_000_000
        left = admitted + self.rng.geometric(1 / 32, len(of))
        gone = left < until
        self.feeds.write("mhsds/MHS501HospProvSpell", {
            "MHS501UniqID": text(key), "HospProvSpellID": prefixed("W", key), "UniqHospProvSpellID": prefixed(f"{code}W", key),
            "ServiceRequestId": request.take(of), "UniqServReqID": unique.take(of), "Person_ID": person_id.take(of), "OrgIDProv": code,
            "StartDateHospProvSpell": dates(admitted), "StartTimeHospProvSpell": times(clock(self.rng, len(of), DAYTIME)),
            "MethAdmMHHospProvSpell": choose(["25", "2D", "11"], pick(self.rng, [0.6, 0.25, 0.15], len(of))),
            "DischDateHospProvSpell": dates(np.where(gone, left, NEVER)), "MethOfDischMHHospProvSpell": choose(["", "1"], gone),
        })  # fmt: skip

    def social_care(self) -> None:
        """Client-level data: for each person supported, a request, an assessment, a service and perhaps a review."""
        rng, people, settings = self.rng, self.people, self.settings
        need = np.where(self.age >= 65, 0.055 * np.exp(0.7 * people.frailty - 0.25), 0.004)
        for condition, by in (("DEM", 4), ("LD", 70), ("MH", 6), ("STIA", 1.6)):
            need = need * np.where(people.onset[condition] < NEVER, by, 1)
        need = np.where((self.age >= 18) & people.states["care_home"], 0.75, need * (self.age >= 18))
        supported = np.flatnonzero(rng.random(len(people)) < np.minimum(need, 0.8))
        begin = settings.start + rng.integers(-900, settings.end - settings.start - 40, len(supported))
        kept = begin < people.until()[supported]
        rows, begin = supported[kept], begin[kept]
        borough = self.reference.lsoas.borough_code.to_numpy()[people.lsoa[rows]]
        for code in np.unique(borough):
            mine = np.flatnonzero(borough == code)
            self._council(str(code), rows[mine], begin[mine])

    def _council(self, code: str, rows: Ints, begin: Ints) -> None:
        rng, people, settings = self.rng, self.people, self.settings
        until = np.minimum(people.until()[rows], settings.end)
        kinds = ("Request", "Assessment", "Service", "Review")
        reviewed = (rng.random(len(rows)) < 0.6) & (begin + 300 < until)
        ended = np.where(people.until()[rows] < settings.end, people.until()[rows], NEVER)
        ended = np.where(
            (rng.random(len(rows)) < 0.25) & (begin + 120 < until), begin + rng.integers(40, 119, len(rows)), ended
        )
        parts = [(np.arange(len(rows)), number) for number in range(3)] + [(np.flatnonzero(reviewed), 3)]
        index = np.concatenate([part for part, _ in parts])
        kind = np.concatenate([np.full(len(part), number) for part, number in parts])
        starts = begin[index] + np.array([-40, -20, 0, 300])[kind]
        ends = np.where(kind == 2, ended[index], starts + np.array([3, 12, 0, 5])[kind])
        who = rows[index]
        home = people.states["care_home"][who]
        young = self.age[who] < 65
        service = kind == 2
        fields = self.book.fields(f"asc.{code}", who, self.book.version(rng, f"asc.{code}", rows)[index])
        hours = np.round(rng.gamma(2.2, 5.5, len(who)) + 1, 1)
        component = np.where(home, 0, np.where(rng.random(len(who)) < 0.2, 2, 1))
        price = np.select(
            [component == 0, component == 1],
            [rng.integers(850, 1450, len(who)) * 100, rng.integers(1900, 2600, len(who))],
            rng.integers(20000, 60000, len(who)),
        )
        born = people.birth[who].astype("datetime64[D]").astype("datetime64[M]").astype(int)
        learning = people.onset["LD"][who] < NEVER
        mental = people.onset["MH"][who] < NEVER
        memory = people.onset["DEM"][who] < NEVER
        reason = np.select([learning, memory, mental & young], [1, 2, 3], 0)
        self.feeds.write("asc/Adult_Social_Care_CLD", {
            "LA Code": code, "Reporting Period Start Date": dates(np.full(len(who), settings.start)),
            "Reporting Period End Date": dates(np.full(len(who), settings.end - 1)), "NHS Number": fields["number"],
            "LA Person Unique Identifier": fields["local"], "Date of Birth": fields["birth"], "Postcode": fields["postcode"],
            "GP Practice Code": choose(self.book.practice_codes, people.practice[who]),
            "Gender": choose(["Male", "Female"], people.woman[who]), "Ethnicity": fields["ethnic"], "Client Type": "Service User",
            "Primary Support Reason": choose(
                ["Physical Support: Personal Care Support", "Learning Disability Support", "Support with Memory & Cognition", "Mental Health Support"], reason
            ),
            "Accommodation Status": choose(["Mainstream housing", "Care home"], home),
            "Has Unpaid Carer": choose(["No", "Yes", "Unknown"], pick(rng, [0.5, 0.3, 0.2], len(who))),
            "Event Type": choose(list(kinds), kind), "Event Reference": prefixed("Q", self._ids("asc", len(who)) + 1_000_000),
            "Event Start Date": dates(starts), "Event End Date": dates(np.where(ends < settings.end, ends, NEVER)),
            "Event Outcome": choose(["Progress to Assessment", "Progress to Support Planning / Services", "", "No change in package"], kind),
            "Request: Route of Access": choose(["", "Community / Other route"], kind == 0),
            "Service Type": choose(["", "Long Term Support: Nursing Care / Residential Care", "Long Term Support: Community"], np.where(service, np.where(home, 1, 2), 0)),
            "Service Component": choose(["Residential Care", "Home Support", "Direct Payment", ""], np.where(service, component, 3)),
            "Delivery Mechanism": choose(["", "CASSR Managed Personal Budget", "Direct Payment only"], np.where(service & ~home, np.where(component == 2, 2, 1), 0)),
            "Provider CQC Location ID": prefixed("INVENTED-", who % 200),
            "Unit Cost": pounds(price, ~service), "Cost Frequency (Unit Type)": choose(["Weekly", "Hourly", "Weekly", ""], np.where(service, component, 3)),
            "Planned units per week": pa.array(np.where(component == 1, hours, 1.0), mask=~service),
            "dmYearAndMonthOfBirth": (born // 12 + 1970) * 100 + born % 12 + 1, "dmLsoaFromSubmittedPostcode": fields["lsoa21"],
        })  # fmt: skip
