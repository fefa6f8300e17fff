"""What the acute feeds share: age curves, who goes where, prices, clock changes, withheld identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.synthetic.draw import Bools, Floats, Ints, pick_grouped
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import TRUSTS, Reference
from commonweal.synthetic.settings import Settings, day

MARKET_FORCES = 1.15
"""One invented market forces factor for every trust."""
PRICE_CHANGE = (TRUSTS.index("R1K"), day(date(2026, 7, 1)), 1.06)
"""Planted: day cases at one trust cost 6 % more from the fourth month on."""
VOLUME_CHANGE = (TRUSTS.index("RYJ"), day(date(2026, 5, 1)))
"""Planted: referrals to one trust's outpatients rise by `Size.volume_ratio` from the second month on."""
GAP = (TRUSTS.index("RQM"), day(date(2026, 3, 1)), day(date(2026, 4, 1)))
"""Planted: one trust's outpatient feed is missing for one month (the contract has it)."""
RESENT = (TRUSTS.index("R1K"), day(date(2026, 5, 1)), day(date(2026, 6, 1)))
"""Planted: one trust's emergency feed is sent twice for one month (and counted twice in its contract return)."""

_CURVES = {
    "flat": ((0, 95), (1, 1)),
    "infant": ((0, 1, 2, 3, 4), (30, 14, 5, 1, 0)),
    "child": ((0, 1, 4, 10, 17, 18), (9, 6, 3.5, 2, 1.2, 0)),
    "young": ((0, 3, 10, 25, 60, 95), (1.5, 3.5, 2, 1, 1, 1)),
    "adult": ((0, 15, 18, 40, 60, 80, 95), (0.05, 0.3, 1, 1.4, 2, 2, 1.5)),
    "old": ((0, 20, 40, 55, 65, 75, 85, 95), (0.05, 0.08, 0.3, 1, 2.2, 4, 5.5, 6)),
    "oldmen": ((0, 30, 45, 55, 65, 75, 95), (0.02, 0.15, 0.6, 1.6, 3.5, 5, 4.5)),
    "veryold": ((0, 50, 65, 75, 85, 95), (0, 0.1, 0.7, 2.4, 7, 12)),
    "women": ((0, 15, 16, 25, 32, 42, 50, 56, 95), (0, 0, 1.5, 4, 5, 2.5, 1.2, 0.3, 0.1)),
}


def curve(name: str, age: Floats, woman: Bools) -> Floats:
    """Relative rate by age (and sex, where the name says so)."""
    value = np.interp(age, *_CURVES[name])
    if name == "women":
        return np.where(woman, value, 0.0)
    return np.where(woman, 0.05, value) if name == "oldmen" else value


def case_weights(rows: list[dict[str, Any]], people: People, index: Ints, on: int) -> Floats:
    """Weight of each case-mix row (columns) for each of these people (rows)."""
    age, woman = people.age(on)[index], people.woman[index]
    table = np.empty((len(index), len(rows)))
    for column, row in enumerate(rows):
        weight = row["weight"] * curve(row["age"], age, woman)
        if "for" in row:
            weight = weight * np.where(people.onset[row["for"]][index] <= on, row["by"], row.get("without", 1.0))
        table[:, column] = weight
    return table + 1e-9


def level(reference: Reference, rows: list[dict[str, Any]], per_head: float) -> float:
    """Factor that turns case-mix weights into yearly rates: under England's ages they add up to `per_head`.

    The multiplier of a condition is allowed for at a rough 6 % prevalence, the mean of those used.
    """
    males, females = reference.england
    ages = np.arange(91) + 0.5
    total = 0.0
    for row in rows:
        shape = (curve(row["age"], ages, np.zeros(91, bool)) @ males) + (
            curve(row["age"], ages, np.ones(91, bool)) @ females
        )
        total += row["weight"] * shape * (1 + 0.03 * (min(row.get("by", 1), 12) - 1))
    return per_head * (males.sum() + females.sum()) / total


def trust_of(rng: np.random.Generator, reference: Reference, people: People, rows: Ints) -> Ints:
    """The trust of each event, by the practice's pattern; two in three of a person's events are at their usual one."""
    usual = np.random.default_rng(int(people.person[0])).random(len(people))
    cumulative = np.cumsum(reference.trust_weights, axis=1)
    home = (cumulative[people.practice] < usual[:, None]).sum(axis=1)
    elsewhere = pick_grouped(rng, reference.trust_weights, people.practice[rows])
    return np.minimum(np.where(rng.random(len(rows)) < 0.7, home[rows], elsewhere), len(TRUSTS) - 1)


@dataclass(frozen=True)
class Prices:
    """Invented prices in whole pounds: national average unit costs 2024/25, rounded. Not payment scheme prices."""

    reference: Reference

    def pence(self, department: str, hrg: np.ndarray) -> Ints:
        """Price before market forces of each HRG; the department's mean where the cost is blank."""
        costs = self.reference.unit_costs
        known = [cost for (place, _), cost in costs.items() if place == department]
        table = {code: costs.get((department, code), float(np.mean(known))) for code in np.unique(hrg)}
        keys = np.array(sorted(table))
        values = np.array([round(table[key]) * 100 for key in keys], np.int64)
        return values[np.searchsorted(keys, hrg)] if len(keys) else np.zeros(len(hrg), np.int64)


def with_market_forces(pence: Ints) -> Ints:
    """Price including the market forces factor."""
    return np.round(pence * MARKET_FORCES).astype(np.int64)


_CHANGES = np.array([
    (np.datetime64(when) - np.datetime64("1970-01-01T00:00")).astype("timedelta64[m]").astype(int)
    for when in ("2024-03-31T01:00", "2024-10-27T01:00", "2025-03-30T01:00", "2025-10-26T01:00", "2026-03-29T01:00", "2026-10-25T01:00")
])  # fmt: skip
"""Clock changes in UTC minutes since 1970: forward, back, forward, …"""


def _summer(utc: Ints) -> Bools:
    return np.searchsorted(_CHANGES, utc, side="right") % 2 == 1


def after(days: Ints, minutes: Ints, elapsed: Ints) -> tuple[Ints, Ints]:
    """Local day and minute that lie `elapsed` real minutes after a local day and minute (Europe/London)."""
    local = days * 1440 + minutes
    # an hour that happens twice is taken as the first
    utc = local - 60 * _summer(local - 60)
    later = utc + elapsed
    shown = later + 60 * _summer(later)
    return shown // 1440, shown % 1440


def received(settings: Settings, days: Ints) -> Ints:
    """When the provider's monthly submission arrived: the 18th of the next month, never after the as-at date."""
    following = (days.astype("datetime64[D]").astype("datetime64[M]") + 1).astype("datetime64[D]").astype(np.int64)
    return np.minimum(following + 17, settings.end - 1)


def identity_columns(fields: dict[str, Any], prefix: str, residence: str, withheld: Bools) -> dict[str, Any]:
    """Identity columns of an APC or OP row; a withheld identity has none."""

    def shown(name: str) -> pa.Array:
        return pc.if_else(pa.array(~withheld), fields[name], pa.scalar(None, fields[name].type))

    return {
        f"{prefix}.nhs_number.value": shown("number"),
        f"{prefix}.nhs_number.status": pc.if_else(pa.array(withheld), "07", fields["status"]),
        f"{prefix}.withheld_identity_reason": pc.if_else(pa.array(withheld), "03", pa.scalar(None, pa.string())),
        f"{prefix}.local_patient_identifier.value": fields["local"],
        f"{prefix}.family_name": shown("family"), f"{prefix}.given_name": shown("given"),
        f"{prefix}.birth_date": shown("birth"), f"{prefix}.birth_month": shown("birth_month"),
        f"{prefix}.birth_year": shown("birth_year"), f"{prefix}.gender": fields["gender"],
        f"{prefix}.ethnic_category": fields["ethnic"],
        f"{residence}.residence.postcode": shown("postcode"),
        f"{residence}.residence_derived.lsoa_11": shown("lsoa11"),
    }  # fmt: skip
