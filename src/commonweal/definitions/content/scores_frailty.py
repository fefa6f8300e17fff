"""The Hospital Frailty Risk Score: 109 ICD-10 groups, each counted once."""

from __future__ import annotations

from commonweal.definitions import codelists
from commonweal.definitions.content.common import REVIEW
from commonweal.definitions.declarations import Band, Score, Source, Term, WorkedPatient, row
from commonweal.definitions.vocabulary import diagnosis, person

_LIST = "hospital_frailty_risk_score_icd10"
_POINTS = {code: float(points) for code, points in codelists.load(_LIST).with_attribute("points").items()}
_TERMS = codelists.load(_LIST).terms
_IN_2_YEARS = diagnosis.in_last(years=2)


def _admission(*codes: str, on: str = "2025-06-01"):
    return tuple(row("diagnosis", on, f"{_LIST}#{code}", position=place) for place, code in enumerate(codes, start=1))


hospital_frailty_risk = Score(
    id="hospital_frailty_risk", title="Hospital Frailty Risk Score", **REVIEW,
    source=Source("Gilbert and others, Lancet 2018;391:1775", "2018", "https://doi.org/10.1016/S0140-6736(18)30668-8"),
    why_it_matters="Finds older people in hospital at risk of long stays, readmission and death, without anyone "
        "filling a form.",
    terms=tuple(Term(f"{_TERMS[code]} ({code})", _IN_2_YEARS.coded(f"{_LIST}#{code}").any(),
            _POINTS[code]) for code in sorted(_POINTS)),
    valid_for=(person.age >= 75) & _IN_2_YEARS.any(), basis="everyone",
    validity="People of 75 and over in hospital in England; outcomes: 30-day death, stay over 10 days, 30-day "
        "readmission. Not given below that age, nor to those without a hospital diagnosis in two years.",
    caveat="From hospital diagnoses of two years (outpatient codes included where given). Never mix with the "
        "electronic frailty index or the Clinical Frailty Scale.",
    unverified=("the bands under 5, 5 to 15, over 15: as taken in November 2026",),
    bands=(Band("low", "Low: under 5", 0), Band("intermediate", "Intermediate: 5 to 15", 5),
        Band("high", "High: over 15", 15.0001)),
    tags=("frailty", "hospital"),
    worked_patients=(
        WorkedPatient("nothing coded: not in hospital, so not low but not given", None, born="1945-05-05"),
        WorkedPatient("dementia in Alzheimer's 7.1 and hemiplegia 4.4", 11.5, _admission("F00", "G81"),
            born="1945-05-05"),
        WorkedPatient("in hospital with nothing that counts", 0,
            (row("diagnosis", "2025-06-01", "acs_asthma_icd10", position=1),), born="1945-05-05"),
        WorkedPatient("one code on two admissions counts once", 7.1,
            (*_admission("F00"), *_admission("F00", on="2025-09-01")), born="1945-05-05"),
        WorkedPatient("more than two years ago", None, _admission("F00", on="2024-03-31"), born="1945-05-05"),
        WorkedPatient("under age: 75 tomorrow", None, _admission("F00"), born="1951-04-01"),
        WorkedPatient("on the birthday: 75 today", 7.1, _admission("F00"), born="1951-03-31"),
        WorkedPatient("no date: the diagnosis has no date", None, _admission("F00", on=""), born="1945-05-05"),
    ),
)  # fmt: skip
