"""Waiting lists (WLMDS): open pathways and diagnostic waits at the last Sunday of each of six months.

Pathways start evenly through the years; each lasts a Weibull time, so that a steady list has the shape of the national one:
about 63 % within 18 weeks and 3 % over 52 (general knowledge, 2025-26; unverified), 78 % of tests within six weeks. Trusts differ a little.
"""

from __future__ import annotations

import numpy as np

from commonweal.synthetic import acute
from commonweal.synthetic.draw import Floats, Ints, pick, pick_rows, repeats
from commonweal.synthetic.inpatients import Inpatients
from commonweal.synthetic.reference import COMMISSIONER, TRUSTS
from commonweal.synthetic.writing import choose, dates, text

OPEN_PER_HEAD, TESTS_PER_HEAD = 0.128, 0.030
"""Open pathways and tests waited for, for each person (7.4 million and 1.7 million in England; general knowledge, unverified)."""
SHAPE, SCALE_WEEKS, MEAN_YEARS = 1.4, 24.0, 0.419
TEST_SCALE_WEEKS, TEST_MEAN_YEARS = 4.0, 0.0767
TRUST_PACE = np.array([1.05, 1.0, 0.9, 1.1])
"""How long each trust's waits are beside the mean; invented."""
MODALITIES = ("Echocardiography", "Magnetic Resonance Imaging", "Computed Tomography", "Non-obstetric ultrasound", "Colonoscopy",
              "Gastroscopy", "Audiology Assessments", "Sleep Studies", "Cystoscopy", "Urodynamics")  # fmt: skip
MODALITY_WEIGHTS = (14, 19, 14, 27, 6, 6, 7, 3, 2, 2)


def snapshots(end: int) -> Ints:
    """The last Sunday of each of the six months before `end` (a first of the month)."""
    months = np.int64(end).astype("datetime64[D]").astype("datetime64[M]") - np.arange(5, -1, -1)
    last = months.astype("datetime64[D]").astype(np.int64) - 1
    return last - (last + 4) % 7


class Waiting:
    """Makes and writes one chunk's waiting lists."""

    def __init__(self, inpatients: Inpatients) -> None:
        self.home, self.rng = inpatients, inpatients.rng
        self.settings, self.people = inpatients.settings, inpatients.people
        self.sundays = snapshots(self.settings.end)

    def write(self) -> None:
        """Both lists."""
        clinics = self.home.mix["outpatient"]
        everyone = np.arange(len(self.people))
        weights = acute.case_weights(clinics, self.people, everyone, self.settings.end)
        need = weights.sum(axis=1) * acute.level(self.home.reference, clinics, 1.0) * 0.853
        rows, begin, until, trust = self._pathways(need * OPEN_PER_HEAD / MEAN_YEARS, SHAPE, SCALE_WEEKS)
        clinic = pick_rows(self.rng, weights[rows])
        self._open("wl/WL_OpenPathways_Data", rows, begin, until, trust, clinic)
        rows, begin, until, trust = self._pathways(need * TESTS_PER_HEAD / TEST_MEAN_YEARS, 1.0, TEST_SCALE_WEEKS)
        modality = pick(self.rng, MODALITY_WEIGHTS, len(rows))
        self._open("wl/WL_Diagnostics_Data", rows, begin, until, trust, modality)

    def _pathways(self, rate: Floats, shape: float, weeks: float) -> tuple[Ints, Ints, Ints, Ints]:
        """Rows, first and last days, and trusts of pathways that could be open at a snapshot."""
        rng, people, span = self.rng, self.people, 3 * 365
        rows = repeats(rng, rate * span / 365.25)
        begin = self.settings.end - span + rng.integers(0, span, len(rows))
        trust = acute.trust_of(rng, self.home.reference, people, rows)
        lasts = rng.weibull(shape, len(rows)) * weeks * 7 * TRUST_PACE[trust]
        until = np.minimum(begin + np.floor(lasts).astype(np.int64), people.until()[rows])
        kept = (begin >= people.birth[rows]) & (until > self.sundays[0])
        return rows[kept], begin[kept], until[kept], trust[kept]

    def _open(self, path: str, rows: Ints, begin: Ints, until: Ints, trust: Ints, kind: Ints) -> None:
        name = "pathway" if path.startswith("wl/WL_Open") else "test"
        first = self.home.serial.get(name, 0)
        self.home.serial[name] = first + len(rows)
        key = first + np.arange(1, len(rows) + 1)
        for number, code in enumerate(TRUSTS):
            for sunday in self.sundays:
                mine = np.flatnonzero((trust == number) & (begin <= sunday) & (until > sunday))
                if len(mine):
                    self._rows(path, code, int(sunday), rows[mine], begin[mine], kind[mine], key[mine])

    def _rows(self, path: str, code: str, sunday: int, rows: Ints, begin: Ints, kind: Ints, key: Ints) -> None:
        people, book, count = self.people, self.home.book, len(rows)
        fields = book.fields(code, rows, np.zeros(count, np.int64))
        made = np.int64(sunday + 4).astype("datetime64[D]")
        clinics = self.home.mix["outpatient"]
        common = {
            "DATE_AND_TIME_DATA_SET_CREATED": f"{made}T18:00:00", "Week_Ending_Date": dates(np.full(count, sunday)),
            "NHS_NUMBER": fields["number"], "LOCAL_PATIENT_IDENTIFIER": fields["local"],
            "PERSON_STATED_GENDER_CODE": fields["gender"], "ETHNIC_CATEGORY": fields["ethnic"],
            "ORGANISATION_CODE_PATIENT_PATHWAY_IDENTIFIER_ISSUER": code, "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER": code,
            "ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER": COMMISSIONER,
            "PRIORITY_TYPE_CODE": choose(["1", "2", "3"], np.where(key % 17 == 0, 2, np.where(key % 9 == 0, 1, 0))),
            "derPracticeCode": choose(book.practice_codes, people.practice[rows]), "derLSOA2021": fields["lsoa21"],
        }  # fmt: skip
        if path == "wl/WL_Diagnostics_Data":
            self.home.feeds.write(path, common | {
                "Waiting_List_Type": "DIAG", "PATIENT_PATHWAY_IDENTIFIER": text(np.char.add("D", key.astype(str))),
                "Diagnostic_Clock_Start_Date": dates(begin), "Diagnostic_Modality": choose(list(MODALITIES), kind),
                "PRIORITY_TYPE_CODE": choose(["1", "2"], key % 6 == 0),
            })  # fmt: skip
            return
        self.home.feeds.write(path, common | {
            "Waiting_List_Type": "ORTT", "PATIENT_PATHWAY_IDENTIFIER": text(np.char.add("P", key.astype(str))),
            "PERSON_BIRTH_DATE": fields["birth"], "REFERRAL_REQUEST_RECEIVED_DATE": dates(begin),
            "SOURCE_OF_REFERRAL": choose(["03", "05"], key % 4 == 0),
            "MAIN_SPECIALTY_CODE": choose([item["spec"] for item in clinics], kind),
            "ACTIVITY_TREATMENT_FUNCTION_CODE": choose([item["tfc"] for item in clinics], kind),
            "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": dates(begin),
            "REFERRAL_TO_TREATMENT_PERIOD_STATUS": choose(["10", "20"], sunday - begin > 60),
        })  # fmt: skip
