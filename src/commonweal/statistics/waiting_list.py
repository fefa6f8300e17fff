"""Capacity and demand of a waiting list: is it stable, how long should it be, and what would bring it there.

Rules: Fong, Mushtaq, House and others, "Understanding waiting lists pressures" (medRxiv 2022.08.23.22279117), as the NHS-R
community's package NHSRwaitinglist works them. Rates are people a week, times are weeks. Nothing here knows a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

PUBLISHED_FACTOR = 4.0
"""Mean wait as a part of the target: a quarter of it leaves about 1.8 % beyond the target."""


def factor_for(share_in_time: float) -> float:
    """By what to divide a target wait to have the mean wait at which this share is seen in time.

    In a stable list the chance of a wait beyond t is exp(-t / mean): 92 % within 18 weeks asks for a mean of 18 / 2.53 weeks.
    """
    if not 0 < share_in_time < 1:
        raise ValueError(f"a share in time lies between 0 and 1, not {share_in_time}")
    return -log(1 - share_in_time)


def load(demand: float, capacity: float) -> float | None:
    """Demand over capacity: above 1 the list grows without end. None where nobody is taken off it."""
    return demand / capacity if capacity > 0 else None


def target_size(demand: float, target_weeks: float, factor: float = PUBLISHED_FACTOR) -> float:
    """How many may wait for the target to be met (Little's law): demand times the mean wait."""
    return demand * target_weeks / factor


def relief_capacity(demand: float, size: float, wanted: float, weeks: float) -> float:
    """Removals a week that bring a list from `size` to `wanted` in so many weeks while demand goes on."""
    return demand + (size - wanted) / weeks


def holding_capacity(
    demand: float, target_weeks: float, factor: float = PUBLISHED_FACTOR, variation_in: float = 1.0, variation_out: float = 1.0
) -> float:  # fmt: skip
    """Removals a week that hold a list at its target size: demand and a margin for variation (Kingman).

    `variation_in`, `variation_out`: coefficients of variation of the times between arrivals, and between removals.
    """
    return demand + (variation_in**2 + variation_out**2) / 2 * factor / target_weeks


def pressure(mean_wait_weeks: float, target_weeks: float) -> float:
    """Twice the mean wait over the target: above 1 the target will most likely be missed."""
    return 2 * mean_wait_weeks / target_weeks


def clearance_weeks(size: float, capacity: float) -> float | None:
    """Weeks to clear the list at today's pace if nobody joined it. None where nobody is taken off it."""
    return size / capacity if capacity > 0 else None


@dataclass(frozen=True)
class Assessment:
    """What a list's size and flow say about its target."""

    load: float | None
    target_size: float
    clearance_weeks: float | None
    needed: float
    """Removals a week to be at the target size in time, or to hold it where the list is within twice its target size."""
    says: str


def assess(
    *, size: float, demand: float, capacity: float, target_weeks: float, share_in_time: float, weeks_to_target: float
) -> Assessment:
    """Put together: stable or growing, the size that meets the target, and the capacity to get or stay there.

    A list of more than twice its target size needs relief for a time (the paper's fact 7); another needs holding.
    """
    factor = factor_for(share_in_time)
    wanted = target_size(demand, target_weeks, factor)
    found = load(demand, capacity)
    relief = size > wanted
    needed = (
        relief_capacity(demand, size, wanted, weeks_to_target) if relief else holding_capacity(demand, target_weeks, factor)
    )  # fmt: skip
    grows = found is None or found > 1
    if not relief:
        says = "within its target size" + (", but growing" if grows else "")
    else:
        times = f"{size / wanted:.1f} times its target size" if wanted else "nobody joins it"
        says = f"{times}, and growing" if grows else f"{times}, and shrinking"
    return Assessment(found, wanted, clearance_weeks(size, capacity), needed, says)
