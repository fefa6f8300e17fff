"""Risk and gain share: how the difference from a control total is borne, in bands, to the penny.

``D = outturn - control total`` (positive is over). The deadband comes first; each band then shares the slice of ``|D|``
inside it; caps are applied last and what lies above a party's cap goes to the party that the agreement names. Shares of
every band must add up to one, and what the parties bear always adds up to D.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from commonweal.errors import BadInput
from commonweal.finance.money import Number, exact, half_up, part, shared


@dataclass(frozen=True)
class Band:
    """Shares of the slice of the difference from `starts` to `ends`, both as shares of the control total; `ends` None is
    without limit. `shares` maps each party to its share."""

    starts: Number
    ends: Number | None
    shares: Mapping[str, Number]


@dataclass(frozen=True)
class RiskShare:
    """One signed agreement. `risk` bands hold for an overspend, `gain` bands for an underspend (none: as `risk`)."""

    name: str
    version: str
    valid_from: date
    valid_to: date
    risk: tuple[Band, ...]
    gain: tuple[Band, ...] = ()
    deadband: Number = 0
    """Share of the control total inside which nothing is shared."""
    deadband_party: str = ""
    """Who bears (or keeps) what lies in the deadband."""
    caps: Mapping[str, int] = field(default_factory=dict)
    """The most that a party bears of an overspend, in pence."""
    above_caps_party: str = ""
    """Who bears what lies above the caps."""
    reinvested: Number = 0
    """Share of a gain that is ring-fenced to be reinvested, taken before it is shared."""

    def __post_init__(self) -> None:
        for bands in (self.risk, self.gain):
            _check_bands(bands, self.name)
        if exact(self.deadband) > 0 and not self.deadband_party:
            raise BadInput("an agreement with a deadband says who bears it", where=self.name)
        if self.caps and not self.above_caps_party:
            raise BadInput("an agreement with caps says who bears what lies above them", where=self.name)
        if self.above_caps_party in self.caps:
            raise BadInput("the party that bears what lies above the caps has no cap itself", where=self.name)


@dataclass(frozen=True)
class Slice:
    """Part of the difference: its band in words, its amount, and who bears how much. Pence, with the sign of the difference."""

    says: str
    amount: int
    by_party: Mapping[str, int]


@dataclass(frozen=True)
class Division:
    """`by_party` and `reinvested` add up to `difference`."""

    difference: int
    by_party: Mapping[str, int]
    slices: tuple[Slice, ...]
    reinvested: int = 0


def divide(agreement: RiskShare, control_total: int, outturn: int) -> Division:
    """Who bears what of the difference. `control_total` is the amount that bands are shares of; pence, positive spending."""
    if control_total < 0:
        raise BadInput("bands are shares of a control total of spending, which is not negative", value=control_total)
    difference = outturn - control_total
    sign = 1 if difference >= 0 else -1
    size = abs(difference)
    bands = agreement.risk if sign > 0 or not agreement.gain else agreement.gain
    slices: list[Slice] = []
    ring_fenced = part(size, agreement.reinvested) if sign < 0 else 0
    size -= ring_fenced
    dead = min(size, half_up(control_total * exact(agreement.deadband)))
    if dead:
        slices.append(Slice("deadband", sign * dead, {agreement.deadband_party: sign * dead}))
    # Bands are measured from nothing: a deadband hides the part of the first bands that it covers.
    reach = dead
    for band in bands:
        lower = max(half_up(control_total * exact(band.starts)), reach)
        upper = size if band.ends is None else min(size, half_up(control_total * exact(band.ends)))
        amount = max(0, upper - lower)
        if amount:
            parties = sorted(band.shares)
            pieces = shared(amount, [band.shares[party] for party in parties])
            borne = {party: sign * piece for party, piece in zip(parties, pieces, strict=True)}
            slices.append(Slice(_says(band), sign * amount, borne))
    unshared = size - sum(abs(piece.amount) for piece in slices)
    if unshared:
        raise BadInput("the bands do not reach the whole difference", where=agreement.name, value=unshared)
    by_party = _sum_by_party(slices, bands)
    if sign > 0:
        by_party = _capped(by_party, agreement)
    return Division(difference, by_party, tuple(slices), sign * ring_fenced)


def weighted_contributions(total: int, weights: Mapping[str, Number]) -> dict[str, int]:
    """What each member of a pool pays, by weighted capitation; adds up to `total`."""
    names = sorted(weights)
    return dict(zip(names, shared(total, [weights[name] for name in names]), strict=True))


def _sum_by_party(slices: Sequence[Slice], bands: Sequence[Band]) -> dict[str, int]:
    parties = {party for band in bands for party in band.shares} | {
        party for piece in slices for party in piece.by_party
    }
    return {party: sum(piece.by_party.get(party, 0) for piece in slices) for party in sorted(parties)}


def _capped(by_party: dict[str, int], agreement: RiskShare) -> dict[str, int]:
    over = {party: max(0, by_party.get(party, 0) - cap) for party, cap in agreement.caps.items()}
    moved = sum(over.values())
    held = {party: amount - over.get(party, 0) for party, amount in by_party.items()}
    if moved:
        held[agreement.above_caps_party] = held.get(agreement.above_caps_party, 0) + moved
    return held


def _check_bands(bands: Sequence[Band], name: str) -> None:
    reached = Fraction(0)
    for place, band in enumerate(bands, start=1):
        where = f"{name}, band {place}"
        if exact(band.starts) != reached:
            raise BadInput("bands follow each other without a gap or an overlap", where=where, value=str(band.starts))
        if band.ends is None and place < len(bands):
            raise BadInput("only the last band is without limit", where=where)
        total = sum((exact(share) for share in band.shares.values()), Fraction(0))
        if total != 1:
            raise BadInput("the shares of a band add up to one", where=where, value=str(float(total)))
        if any(exact(share) < 0 for share in band.shares.values()):
            raise BadInput("a share is not negative", where=where)
        if band.ends is not None:
            if exact(band.ends) <= reached:
                raise BadInput("a band ends after it starts", where=where, value=str(band.ends))
            reached = exact(band.ends)
    if bands and bands[-1].ends is not None:
        raise BadInput("the last band is without limit", where=name, remedy="leave its end empty")


def _says(band: Band) -> str:
    start = f"{float(exact(band.starts) * 100):g} %"
    return f"above {start}" if band.ends is None else f"{start} to {float(exact(band.ends) * 100):g} %"
