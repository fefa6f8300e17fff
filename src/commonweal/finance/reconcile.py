"""The four sources of one cost, side by side: costed activity from the record, patient-level contract lines (PLCM), the
aggregate contract return (ACM, which must equal the invoice) and the ledger.

The difference between each pair of neighbours is a line of its own, and its causes are ranked: what each is worth, and what
no cause explains. Keys are compared null-safe: a missing part equals a missing part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from commonweal.finance.money import Number, exact, half_up


class Source(StrEnum):
    """In the order in which they are compared."""

    RECORD = "costed activity"
    PATIENT_LEVEL = "patient-level lines"
    AGGREGATE = "aggregate return"
    LEDGER = "ledger"


@dataclass(frozen=True)
class Entry:
    """One line of one source. `pence` includes the market forces factor, of which `factor_pence` is the part; a ledger line
    has no activity and may have no POD. `submission` is flex or freeze where it is known."""

    source: Source
    month: date
    provider_code: str
    pod: str | None
    pence: int
    activity: Number | None = None
    factor_pence: int | None = None
    local_pod: str | None = None
    tariff_code: str | None = None
    submission: str | None = None
    reference: str = ""


@dataclass(frozen=True)
class Cause:
    """Why two sources differ, and what it is worth (pence; the sign of the difference it explains)."""

    says: str
    pence: int
    where: str = ""
    key: tuple[date, str, str | None] | None = None
    """Month, provider and POD (None: a ledger has none)."""


@dataclass(frozen=True)
class Step:
    """From one source to the next. ``left + difference == right``; the causes add up to the difference."""

    left: Source
    right: Source
    left_pence: int
    right_pence: int
    causes: tuple[Cause, ...]

    @property
    def difference(self) -> int:
        """What the right source holds beyond the left, pence."""
        return self.right_pence - self.left_pence


@dataclass(frozen=True)
class Reconciliation:
    """Totals by source in pence, and the steps that lead from one to the next without a remainder."""

    totals: Mapping[Source, int]
    steps: tuple[Step, ...]


Key = tuple[date, str, str | None]


def reconciled(entries: Iterable[Entry]) -> Reconciliation:
    """Totals of every source that is there, and a step between each two neighbours that are both there."""
    by_source: dict[Source, list[Entry]] = {source: [] for source in Source}
    for entry in entries:
        by_source[entry.source].append(entry)
    present = [source for source in Source if by_source[source]]
    steps = [_step(left, right, by_source[left], by_source[right]) for left, right in pairwise(present)]
    return Reconciliation({source: sum(entry.pence for entry in by_source[source]) for source in present}, tuple(steps))


def _step(left: Source, right: Source, a: Sequence[Entry], b: Sequence[Entry]) -> Step:
    with_pod = right is not Source.LEDGER
    key = _by_month_provider_pod if with_pod else _by_month_provider
    old, new = _grouped(a, key), _grouped(b, key)
    causes: list[Cause] = []
    for found in sorted(set(old) | set(new), key=str):
        named = _causes(found, old.get(found, []), new.get(found, []), left, right)
        causes.extend(replace(cause, key=found) for cause in named)
    ranked = sorted(
        (cause for cause in causes if cause.pence), key=lambda cause: (-abs(cause.pence), cause.says, cause.where)
    )
    return Step(left, right, sum(e.pence for e in a), sum(e.pence for e in b), tuple(ranked))


def _causes(key: Key, a: Sequence[Entry], b: Sequence[Entry], left: Source, right: Source) -> list[Cause]:
    """The difference of one month, provider and POD, explained. What is left over is its own cause."""
    where = " · ".join([f"{key[0]:%B %Y}", *(part for part in key[1:] if part is not None)])
    if not b:
        return [Cause(_missing(a, right), -sum(entry.pence for entry in a), where)]
    if not a:
        return [Cause(_missing(b, left), sum(entry.pence for entry in b), where)]
    old, new = sum(entry.pence for entry in a), sum(entry.pence for entry in b)
    rest = new - old
    causes: list[Cause] = []
    once = _without_repeats(b)
    doubled = new - sum(entry.pence for entry in once)
    if doubled:
        causes.append(Cause(f"lines sent twice in {right}", doubled, where))
        rest -= doubled
    factor = _factor(once) - _factor(a) if _knows_factor(a) and _knows_factor(once) else 0
    counted_a, counted_b = _activity(a), _activity(once)
    if counted_a is not None and counted_b is not None and counted_a != 0:
        base = old - _factor(a) if factor else old
        volume = half_up((counted_b - counted_a) * Fraction(base) / counted_a)
        says = "flex still incomplete" if _is_flex(b) and volume < 0 else "different activity counted"
        causes.append(Cause(says, volume, where))
        rest -= volume
    if factor:
        causes.append(Cause("market forces factor differs", factor, where))
        rest -= factor
    if counted_b is not None and counted_a is not None:
        causes.append(Cause("different price for the same activity", rest, where))
    elif abs(rest) <= max(len(a), len(b)):
        causes.append(Cause("rounding", rest, where))
    else:
        causes.append(Cause("not explained", rest, where))
    return causes


def _missing(entries: Sequence[Entry], absent: Source) -> str:
    if all(entry.pod is None and entry.local_pod is not None for entry in entries):
        return "local point of delivery is not mapped"
    return f"nothing in {absent}"


def _by_month_provider_pod(entry: Entry) -> Key:
    return entry.month, entry.provider_code, entry.pod


def _by_month_provider(entry: Entry) -> Key:
    return entry.month, entry.provider_code, None


def _grouped(entries: Sequence[Entry], key: Callable[[Entry], Key]) -> dict[Key, list[Entry]]:
    groups: dict[Key, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    return groups


def _line(entry: Entry) -> tuple[object, ...]:
    return entry.reference, entry.local_pod, entry.tariff_code, entry.pence, entry.activity


def _without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """Lines without those that repeat one with the same reference, local POD, tariff, activity and value. Lines without a
    reference are not judged: two equal lines of an aggregate may both be right."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Entry] = []
    for entry in entries:
        if not entry.reference or _line(entry) not in seen:
            kept.append(entry)
        seen.add(_line(entry))
    return kept


def _activity(entries: Sequence[Entry]) -> Fraction | None:
    """Activity counted; None where a line does not say (a ledger never does)."""
    if any(entry.activity is None for entry in entries):
        return None
    return sum((exact(entry.activity or 0) for entry in entries), Fraction(0))


def _knows_factor(entries: Sequence[Entry]) -> bool:
    return all(entry.factor_pence is not None for entry in entries)


def _factor(entries: Sequence[Entry]) -> int:
    return sum(entry.factor_pence or 0 for entry in entries)


def _is_flex(entries: Sequence[Entry]) -> bool:
    return any(entry.submission == "flex" for entry in entries)
