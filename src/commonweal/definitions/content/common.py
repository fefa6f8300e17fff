"""What the declarations share: ownership, sources, and the few turns of phrase in which most rules are said."""

from __future__ import annotations

from datetime import date
from typing import Any

from commonweal.definitions import codelists
from commonweal.definitions.declarations import Source
from commonweal.definitions.vocabulary import Condition, DateValue, event, medication

REVIEW: dict[str, Any] = {
    "owner": "Commonweal clinical content; needs local clinical sign-off",
    "checked_by": "Not yet checked by a clinician",
    "reviewed_on": date(2026, 11, 23),
    "review_due": date(2027, 11, 23),
}
"""Stated by every definition that names no reviewer of its own."""

QOF = Source(
    "NHS England QOF business rules, register and indicator wording (primary care output descriptions, 5 December "
    "2024) and the rules as run against v50 by a London ICB",
    "v50 (2025/26)",
    "https://digital.nhs.uk/data-and-information/data-collections-and-data-sets/data-collections/quality-and-outcomes-framework-qof",
)
QOF_2026 = Source(
    "Changes to the GP contract in 2026/27 (QOF v51), from secondary summaries: load the business rules before use",
    "v51 (2026/27), unverified",
    "https://www.england.nhs.uk/gp/investment/gp-contract/",
)
QOF_V51 = ("the form of QOF v51 (2026/27) as secondary summaries give it: taken in November 2026",)
"""What every definition of that form states as `unverified`."""
NICE_NG136 = Source(
    "NICE NG136 Hypertension in adults, thresholds as tabulated by West and North London ICB",
    "NG136",
    "https://www.nice.org.uk/guidance/ng136",
)
NDA = Source(
    "National Diabetes Audit care processes and treatment targets",
    "2013–19 and current forms",
    "https://digital.nhs.uk/data-and-information/clinical-audits-and-registries/national-diabetes-audit",
)
CVDPREVENT = Source("CVDPREVENT indicator list", "2025", "https://www.cvdprevent.nhs.uk/")
CORE20PLUS5 = Source(
    "Core20PLUS5 for adults and for children and young people",
    "2023",
    "https://www.england.nhs.uk/about/equality/equality-hub/national-healthcare-inequalities-improvement-programme/core20plus5/",
)
NHS_RULES = Source(
    "NHS Data Dictionary codes and the counting rules of the national data sets",
    "2025/26",
    "https://www.datadictionary.nhs.uk/",
)
NETWORK_DES = Source(
    "Network Contract DES and NHS England output descriptions, 5 December 2024",
    "2024/25",
    "https://www.england.nhs.uk/gp/investment/gp-contract/",
)
COMMONWEAL = Source("Commonweal working rule, from the ICB's own intentions and the open ICB models", "1")


def supplied(*list_ids: str) -> tuple[str, ...]:
    """Those of these codelists that are held: an official set that is imported later is used without an edit."""
    return tuple(list_id for list_id in list_ids if codelists.exists(list_id))


def lacking(*list_ids: str) -> tuple[str, ...]:
    """Those of these codelists that are not held: what a definition still needs to be computed."""
    return tuple(list_id for list_id in list_ids if not codelists.exists(list_id))


def coded(*list_ids: str) -> Condition:
    """Any such code at any time."""
    return event.coded(*list_ids).any()


def diagnosed(*diagnosis: str, resolved: tuple[str, ...] = (), since: date | None = None) -> Condition:
    """Diagnosed (on or after `since`), and not resolved on or after the latest diagnosis."""
    rows = event.coded(*diagnosis)
    if since is not None:
        rows = rows.on_or_after(since)
    if not resolved:
        return rows.any()
    ended = event.coded(*resolved)
    return rows.any() & (ended.none() | (ended.latest().date < rows.latest().date))


def latest_is(current: tuple[str, ...], others: tuple[str, ...]) -> Condition:
    """The last word on the matter is `current`: as with carers, homelessness and housebound. A tie goes to `others`."""
    return diagnosed(*current, resolved=others)


def recorded_in_last(*list_ids: str, months: int) -> Condition:
    """Such a code in the months to the as-at date."""
    return event.coded(*list_ids).in_last(months=months).any()


def medication_in_last(*list_ids: str, months: int = 6) -> Condition:
    """Such a medicine issued in the months to the as-at date."""
    return medication.coded(*list_ids).in_last(months=months).any()


def first_diagnosed_on(*list_ids: str) -> DateValue:
    """Date of the first such code."""
    return event.coded(*list_ids).earliest().date
