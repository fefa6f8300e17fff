"""Services and tests that the documents name and give no figure: how much each is used, by where people live."""

from __future__ import annotations

from commonweal.definitions.content.measures_activity import LONG_AGO, rate
from commonweal.definitions.declarations import Measure, Source, row
from commonweal.definitions.vocabulary import event, referral

SEEN = "2025-09-14"
MUSCULOSKELETAL, PLACE_OF_SAFETY = "20", "A20"
"""Musculoskeletal service (community) and health based place of safety service (mental health): NHS Data Dictionary, service or
team type referred to."""

natriuretic_peptide_tests = rate(
    "natriuretic_peptide_tests", "Natriuretic peptide tests in 12 months, per 1,000 people",
    "The test decides who needs an echocardiogram: without it heart failure is found in hospital.",
    event.coded("natriuretic_peptide").in_last(months=12).count(),
    counted=(row("event", SEEN, "natriuretic_peptide"),), not_counted=(row("event", LONG_AGO, "natriuretic_peptide"),),
    polarity="neither", source=Source("NW London intentions 2020/21, cardiovascular: NT-proBNP and echo in primary care", "2020/21"),
    notes="BNP and NT-proBNP alike, as the practice's record holds them. Who asked for the test is not told.", tags=("cardiovascular",),
)  # fmt: skip


def _referred(measure_id: str, title: str, why: str, service: str, source: Source, tags: tuple[str, ...]) -> Measure:
    """Referrals to one service or team type in 12 months."""
    return rate(
        measure_id, f"{title}: referrals in 12 months per 1,000 people", why,
        referral.where(service_type=service).in_last(months=12).count(),
        counted=(row("referral", SEEN, service_type=service),),
        not_counted=(row("referral", SEEN, service_type="12"), row("referral", "2025-03-31", service_type=service)),
        polarity="neither", source=source, tags=tags, notes=f"Service or team type {service}.",
    )  # fmt: skip


musculoskeletal_service_use = _referred(
    "musculoskeletal_service_use", "Community musculoskeletal service",
    "An interface service treats most people without a hospital appointment.", MUSCULOSKELETAL,
    Source("NW London intentions 2020/21, musculoskeletal: interface services with standard triage", "2020/21"), ("community",),
)  # fmt: skip
place_of_safety_use = _referred(
    "place_of_safety_use", "Health based place of safety",
    "A person in crisis belongs in a place of safety, not in A&E or a police cell.", PLACE_OF_SAFETY,
    Source("NW London intentions 2020/21, mental health: health based places of safety", "2020/21"), ("mental_health",),
)  # fmt: skip
