"""What contacts cost, by setting and by point of delivery."""

from __future__ import annotations

from commonweal.definitions.content.common import COMMONWEAL
from commonweal.definitions.content.measures_activity import LONG_AGO, SEEN, rate
from commonweal.definitions.declarations import Measure, WorkedPatient, row
from commonweal.definitions.vocabulary import (
    coalesce,
    contact,
)

# --- cost ------------------------------------------------------------------------------------------------------------

_SETTINGS = {
    "apc": "inpatient care", "op": "outpatient care", "ae": "A&E", "gp": "general practice contacts",
    "community": "community services", "mental_health": "mental health services",
}  # fmt: skip


_UNPRICED = {
    "gp": " The national cost collection does not price general practice appointments. Without a price set of your own this is 0, "
        "which means not priced, and not free.",
}  # fmt: skip


def _cost(setting: str, words: str) -> Measure:
    rows = contact.where(setting=setting).in_last(months=12)
    return rate(
        f"cost_per_person_{setting}", f"Cost of {words} per person (pence)", "Shows on whom money is spent, and where a group costs more than its need explains.",
        coalesce(rows.total("cost_pence"), 0), per=1,
        counted=(row("contact", SEEN, setting=setting, cost_pence=12345),
            row("contact", "2025-10-10", setting=setting, cost_pence=5)), amount=12350,
        not_counted=(row("contact", LONG_AGO, setting=setting, cost_pence=99),), polarity="neither", source=COMMONWEAL,
        tags=("cost",),
        notes="Cost as derived in the build, by the price sets of the time. Contacts without a price add nothing: see "
            "the share that is uncosted." + _UNPRICED.get(setting, ""),
        extra=(WorkedPatient("in: a contact without a price adds nothing", (500, 1),
                (row("contact", SEEN, setting=setting, cost_pence=500), row("contact", SEEN, setting=setting))),),
    )  # fmt: skip


cost_by_setting = tuple(_cost(setting, words) for setting, words in _SETTINGS.items())
POINTS_OF_DELIVERY: dict[str, tuple[str, tuple[str, ...]]] = {
    "ae": ("A&E attendances", ("AE",)),
    "dc": ("day cases", ("DC",)),
    "el": ("planned overnight admissions", ("EL",)),
    "nel": ("emergency admissions of a night or more", ("NEL",)),
    "nelst": ("emergency admissions without a night", ("NELST",)),
    "nelne": ("maternity, births and transfers", ("NELNE",)),
    "opfa": ("outpatient first attendances", ("OPFASPCL", "OPFASPNCL", "OPFAMPCL", "OPFAMPNCL", "NF2FFA", "OPFA")),
    "opfup": ("outpatient follow-ups", ("OPFUPSPCL", "OPFUPSPNCL", "OPFUPMPCL", "OPFUPMPNCL", "NF2FFUP", "OPFUP")),
    "opproc": ("outpatient procedures", ("OPPROC", "OPPROCFA", "OPPROCFUP")),
}
"""National point of delivery codes, as the build derives them, in nine groups."""


def _pod_cost(name: str, words: str, codes: tuple[str, ...]) -> Measure:
    rows = contact.where(pod=codes).in_last(months=12)
    return rate(
        f"cost_per_person_pod_{name}", f"Cost of {words} per person (pence)",
        "Contracts are planned and paid by point of delivery.", coalesce(rows.total("cost_pence"), 0), per=1,
        counted=(row("contact", SEEN, setting="apc", pod=codes[0], cost_pence=700),), amount=700,
        not_counted=(row("contact", SEEN, setting="apc", pod="OTHER", cost_pence=700),), polarity="neither",
        source=COMMONWEAL, tags=("cost", "point_of_delivery"), notes=f"National codes {', '.join(codes)}.",
    )  # fmt: skip


cost_by_pod = tuple(_pod_cost(name, words, codes) for name, (words, codes) in POINTS_OF_DELIVERY.items())
