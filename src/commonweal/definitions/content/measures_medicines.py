"""Medicines: reviewed, too many, or unsafe together."""

from __future__ import annotations

from commonweal.definitions.content.common import (
    NETWORK_DES,
    medication_in_last,
    recorded_in_last,
)
from commonweal.definitions.content.flags_use import REVIEWS
from commonweal.definitions.content.measures_prevention import INHALER, RECENT, among
from commonweal.definitions.content.worked import born_for
from commonweal.definitions.declarations import Source, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    is_member,
    medication,
    person,
)

# --- medicines -------------------------------------------------------------------------------------------------------

_REVIEWED = recorded_in_last(*REVIEWS, months=12)
_REVIEW_ROW = (row("event", RECENT, "structured_medication_review"),)
severe_frailty_reviewed = among(
    "severe_frailty_medicines_review",
    "Severe frailty: medicines reviewed within 12 months",
    "Falls and confusion from medicines are the commonest avoidable harm.",
    population=is_member("frailty_severe"),
    has=(row("event", "2023-01-01", "sevfrail_cod"),),
    numerator=_REVIEWED,
    done=_REVIEW_ROW,
    source=NETWORK_DES,
    notes="SMR01B.",
    tags=("medicines", "frailty"),
)
care_home_reviewed = among(
    "care_home_medicines_review",
    "Care home residents: medicines reviewed within 12 months",
    "Half of residents' medicines could be reduced.",
    population=is_member("care_home_resident"),
    has=(row("event", "2023-01-01", "lives_in_care_home"),),
    numerator=_REVIEWED,
    done=_REVIEW_ROW,
    source=NETWORK_DES,
    notes="SMR01D.",
    tags=("medicines", "care_home"),
)
ld_reviewed = among(
    "ld_medicines_review",
    "Learning disability or autism: medicines reviewed within 12 months",
    "Medicines for behaviour are given for years without a review, and shorten lives.",
    population=is_member("learning_disability") | is_member("autism"),
    has=(row("event", "2000-01-01", "ld_cod"),),
    numerator=_REVIEWED,
    done=_REVIEW_ROW,
    source=Source("STOMP within structured medication reviews", "2020"),
    tags=("medicines", "ld_autism"),
)
_MANY = medication.in_last(months=3).count(distinct="concept") >= 10
_TEN = tuple(
    row("medication", "2026-02-10", one)
    for one in (
        "statin",
        "ace_inhibitor",
        "beta_blocker",
        "calcium_channel_blocker",
        "insulin",
        "ssri",
        "proton_pump_inhibitor",
        "opioid_analgesic",
        "laxative",
        "anticoagulant",
    )
)
polypharmacy_reviewed = among(
    "polypharmacy_medicines_review",
    "Ten or more medicines: reviewed within 12 months",
    "Each added medicine raises the risk of a harmful admission.",
    population=_MANY,
    has=_TEN,
    numerator=_REVIEWED,
    done=_REVIEW_ROW,
    source=NETWORK_DES,
    tags=("medicines",),
    notes="Distinct products in three months.",
)
polypharmacy_rate = among(
    "polypharmacy_10",
    "Ten or more medicines in three months",
    "A marker of complexity and of risk.",
    population=person.age >= 18,
    has=(),
    numerator=_MANY,
    done=_TEN,
    source=NETWORK_DES,
    polarity="neither",
    tags=("medicines",),
    patients=(WorkedPatient("under age: 18 tomorrow", "outside", _TEN, born=born_for(18, days_short=1)),),
)
nsaid_anticoagulant_share = among(
    "anticoagulant_with_nsaid", "On an anticoagulant: an NSAID without stomach protection in three months",
    "Bleeding from the stomach kills.", population=(person.age >= 18) & medication_in_last("anticoagulant", "doac",
        months=3), has=(row("medication", "2026-02-10", "doac"),),
    numerator=medication_in_last("nsaid_oral", months=3) & ~medication_in_last("proton_pump_inhibitor", months=3),
    done=(row("medication", "2026-02-11", "nsaid_oral"),),
    source=Source("NHS England output description SMR02A, as a prevalence", "2024/25"), polarity="lower_is_better",
    tags=("medicines", "safety"), patients=(WorkedPatient("under age: 18 tomorrow", "outside",
            (row("medication", "2026-02-10", "doac"),), born=born_for(18, days_short=1)),),
)  # fmt: skip
opioid_rate = among(
    "opioid_prescribed",
    "Adults given an opioid in three months",
    "Harm grows with each month.",
    population=person.age >= 18,
    has=(),
    numerator=medication_in_last("opioid_analgesic", months=3),
    done=(row("medication", "2026-02-11", "opioid_analgesic"),),
    source=Source("OpenPrescribing measure: opioids", "2026"),
    polarity="lower_is_better",
    tags=("medicines",),
    patients=(WorkedPatient("under age: 18 tomorrow", "outside", born=born_for(18, days_short=1)),),
)
hypnotic_rate = among(
    "hypnotic_or_anxiolytic_prescribed",
    "Adults given a hypnotic or anxiolytic in three months",
    "Falls, accidents and dependence begin within weeks.",
    population=person.age >= 18,
    has=(),
    numerator=medication_in_last("hypnotic_or_anxiolytic", months=3),
    done=(row("medication", "2026-02-11", "hypnotic_or_anxiolytic"),),
    source=Source("OpenPrescribing measure: benzodiazepines and Z-drugs", "2026"),
    polarity="lower_is_better",
    tags=("medicines",),
    patients=(WorkedPatient("under age: 18 tomorrow", "outside", born=born_for(18, days_short=1)),),
)
high_dose_ics = among(
    "high_dose_ics_prescribed",
    "Asthma: high-dose inhaled steroid in three months",
    "High doses bring diabetes, fractures and adrenal failure: step down when controlled.",
    population=is_member("asthma"),
    has=(row("event", "2015-01-01", "ast_cod"), INHALER),
    numerator=medication_in_last("high_dose_ics_inhaler", months=3),
    done=(row("medication", "2026-02-11", "high_dose_ics_inhaler"),),
    source=Source("OpenPrescribing measure: high-dose inhaled corticosteroids", "2026"),
    polarity="lower_is_better",
    tags=("medicines", "respiratory"),
    outside=False,
)
