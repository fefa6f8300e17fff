"""Which law governs a choice of provider: the day of the decision decides, with the cases that need a lawyer marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from commonweal.commissioning import law


class Regime(StrEnum):
    """The law that governs a procurement, by the date of its decision and what is bought."""

    BEFORE_2013 = "before 2013"
    REGULATIONS_2013 = "2013 regulations"
    PROVIDER_SELECTION = "provider selection regime"
    NOT_HEALTH_CARE = "general procurement law"

    @property
    def label(self) -> str:
        return {
            Regime.BEFORE_2013: "Before the 2013 regulations",
            Regime.REGULATIONS_2013: "NHS (Procurement, Patient Choice and Competition) (No. 2) Regulations 2013",
            Regime.PROVIDER_SELECTION: "Health Care Services (Provider Selection Regime) Regulations 2023",
            Regime.NOT_HEALTH_CARE: "General procurement law",
        }[self]


@dataclass(frozen=True)
class RegimeAnswer:
    """The regime, why, and what a lawyer must look at."""

    regime: Regime
    reason: str
    legal_advice: tuple[str, ...]


def regime_on(decided_on: date, *, started_on: date | None = None, health_care: bool = True) -> RegimeAnswer:
    """The law for a decision on `decided_on`, of a process that began on `started_on`.

    `health_care` is False for services outside the regime's Schedule 1; a mixed contract is a question for a lawyer, who
    then says which it is.
    """
    starts = law.figure("psr_starts").day
    if not health_care:
        return _not_health_care(decided_on)
    if decided_on >= starts:
        advice = ()
        if started_on is not None and started_on < starts:
            advice = (
                "The process began before 1 January 2024 and ends after: take advice on which law still governs it.",
            )
        return RegimeAnswer(
            Regime.PROVIDER_SELECTION, f"decided on or after {starts:%-d %B %Y}: SI 2023/1348 applies", advice
        )
    first = law.figure("regulations_2013_start")
    if decided_on >= first.day:
        return RegimeAnswer(
            Regime.REGULATIONS_2013,
            f"decided before {starts:%-d %B %Y}: SI 2013/500 and the light-touch regime apply",
            (),
        )
    return RegimeAnswer(
        Regime.BEFORE_2013, "decided before the 2013 regulations", ("No rules are held for this date: take advice.",)
    )


def _not_health_care(decided_on: date) -> RegimeAnswer:
    act = law.figure("procurement_act_starts")
    if decided_on >= act.day:
        reason = "not a health care service, decided on or after 24 February 2025: Procurement Act 2023"
    else:
        reason = "not a health care service, decided before 24 February 2025: Public Contracts Regulations 2015"
    return RegimeAnswer(
        Regime.NOT_HEALTH_CARE, reason, ("This software holds no rules for general procurement: take advice.",)
    )
