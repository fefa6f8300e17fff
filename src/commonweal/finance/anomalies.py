"""What moved, found and named: a price change, a volume change, a gap in a feed, a feed sent twice, the effect of a scheme.

Each finding says where, from when, and what it is worth in pence (positive costs more than without it). A step is looked
for in the activity per working (or calendar) day and in the price per unit, and is named only where it stands clear of the
line's own month-to-month noise and lasts; what is not clear is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median
from typing import Literal

from commonweal.finance.calendar import calendar_days, months_between, working_days
from commonweal.finance.forecast import CALENDAR_PODS

Kind = Literal["price change", "volume change", "feed gap", "duplicate feed", "scheme effect"]
LEAST_BEFORE, LEAST_AFTER = 6, 3
YEAR_BEFORE = 12
CLEAR = 5.0
"""A step is clear where it is five standard errors of the difference of two medians, from the line's own noise (scaled median
absolute deviation). High, because every month of every line is tried."""
LEAST_STEP = 0.02
"""A step under 2 % is not named: prices move by rounding and mix alone."""
SCALE = 1.4826
AGREES = 0.1
"""A month is doubled where its count is within a tenth of twice the usual (a quarter on a line that varies so much itself)."""
AGREES_USUALLY = 0.25
"""A contract return and the record usually agree within a quarter: people who object are in the return alone."""
SMALL = 10
"""A line that usually has fewer contacts in a month can be empty, or double, by chance alone."""
ENOUGH = 30
"""Contacts a month from which the mean price of a line may be read without an index: below, single dear cases move it."""
EVERYONE = "all providers"
OTHERS = 3
"""Other providers that a line is compared with, at least."""
CHANCE = 5.0
"""Standard deviations of a count by which a volume step must exceed chance."""


@dataclass(frozen=True)
class MonthSeries:
    """One provider and POD by month: activity and pence of the contract return, and activity in the record (`record`; empty
    where the two are not to be compared). A month that is absent has not arrived."""

    provider_code: str
    pod: str
    activity: Mapping[date, float]
    pence: Mapping[date, int]
    record: Mapping[date, float] = field(default_factory=dict)
    price_index: Mapping[date, float] = field(default_factory=dict)
    """Price of the same HRGs against the line's first year; empty where contacts carry no price. Used before cost per unit,
    because a change of mix does not move it."""


@dataclass(frozen=True)
class Loaded:
    """One file's lines for one provider and month: what came, and which file."""

    provider_code: str
    month: date
    load_id: int
    lines: int
    pence: int
    digest: str
    """Hash of the file's lines for this provider and month, lineage left out."""


@dataclass(frozen=True)
class KnownScheme:
    """A scheme that says which providers and PODs it changes, and from when."""

    id: str
    title: str
    lines: tuple[tuple[str, str], ...]
    start: date


@dataclass(frozen=True)
class Finding:
    """One thing found in the figures: `pence` is its effect (positive costs more), `says` is in words."""

    kind: Kind
    provider_code: str
    pod: str
    month: date
    pence: int
    says: str


def findings(
    series: Iterable[MonthSeries],
    loads: Iterable[Loaded] = (),
    schemes: Sequence[KnownScheme] = (),
    last_month: date | None = None,
) -> tuple[Finding, ...]:
    """Every finding, dearest first. `last_month` is the latest month that should have arrived (none: the latest that any line
    has)."""
    held = list(series)
    latest = last_month or max((month for line in held for month in line.pence), default=None)
    found = duplicate_feeds(loads)
    if latest is None:
        return tuple(found)
    for line in held:
        doubled = counted_twice(line)
        found.extend(doubled)
        steady = without_months(line, {item.month for item in doubled})
        scheme = next((s for s in schemes if (line.provider_code, line.pod) in s.lines), None)
        step = volume_change(steady, held)
        if scheme is not None:
            effect = scheme_effect(line, scheme, [other for other in held if other.pod == line.pod], schemes)
            found.extend([effect] if effect else [])
            if effect and step and abs(_months_apart(step.month, effect.month)) <= 2:
                step = None
        found.extend(item for item in (price_change(steady), step) if item and item.pence)
    found = _grouped(found, held)
    found.extend(all_gaps(held, latest))
    found.extend(common_changes(held))
    return tuple(
        sorted(found, key=lambda item: (-abs(item.pence), item.kind, item.provider_code, item.pod, item.month))
    )


def price_change(line: MonthSeries) -> Finding | None:
    """A lasting step in the price index, or (where contacts carry no price) in pence per unit of activity."""
    if line.price_index:
        step = _step(line.price_index)
        if step is None:
            return None
        month, before, after = step
        worth = round(sum(line.pence.get(m, 0) * (1 - before / after) for m in line.pence if m >= month))
        says = f"the same HRGs cost {100 * (after / before - 1):+.1f} % from {month:%B %Y}"
        return Finding("price change", line.provider_code, line.pod, month, worth, says)
    priced = {m: line.pence[m] / line.activity[m] for m in sorted(line.pence) if line.activity.get(m, 0) > 0}
    if not priced or median(line.activity[m] for m in priced) < ENOUGH:
        return None
    step = _step(priced)
    if step is None:
        return None
    month, before, after = step
    worth = round(sum((after - before) * line.activity[m] for m in priced if m >= month))
    says = f"price per unit went from £{before / 100:,.2f} to £{after / 100:,.2f} ({100 * (after / before - 1):+.1f} %)"
    return Finding("price change", line.provider_code, line.pod, month, worth, says)


def volume_change(
    line: MonthSeries, same_pod: Sequence[MonthSeries] = (), least_before: int = LEAST_BEFORE
) -> Finding | None:
    """A lasting step in activity, against how the same POD moved at other providers (the median of at least three, so that one
    that changed itself cannot move it); with fewer, in activity per day (working days; calendar days for emergencies, A&E and
    critical care)."""
    common = _others_index(line, same_pod)
    if common:
        rate, says_of = (
            {m: line.activity[m] / common[m] for m in sorted(common) if _arrived(line, m)},
            "a month, as the other providers move",
        )
        expected_of = common
    else:
        by_calendar = any(line.pod.startswith(code) for code in CALENDAR_PODS)
        days = calendar_days if by_calendar else working_days
        expected_of = {m: float(days(m)) for m in sorted(line.activity)}
        rate = {m: line.activity[m] / expected_of[m] for m in expected_of if _arrived(line, m)}
        says_of = f"per {'calendar' if by_calendar else 'working'} day"
    step = _step(rate, least_before)
    if step is None:
        return None
    month, before, after = step
    expected = sum(before * expected_of[m] for m in rate if m >= month)
    past = sum(line.activity[m] for m in rate if m < month)
    seen = sum(line.activity[m] for m in rate if m >= month)
    # A count varies by its root; what was expected of it is itself an estimate from the months before.
    if expected <= 0 or abs(seen - expected) < CHANCE * (expected + expected**2 / max(past, 1)) ** 0.5:
        return None
    worth = round((seen - expected) * _unit_price(line))
    says = f"activity {says_of} went from {before:,.1f} to {after:,.1f} ({100 * (after / before - 1):+.1f} %)"
    return Finding("volume change", line.provider_code, line.pod, month, worth, says)


GROUPS = {
    "First attendances": ("OPFA", "NF2FFA", "OPPROCFA"),
    "Follow-up attendances": ("OPFUP", "NF2FFUP", "OPPROCFUP"),
}
"""PODs, by how they start, that a change of referrals moves together."""


def _grouped(found: Sequence[Finding], lines: Sequence[MonthSeries]) -> list[Finding]:
    """The findings with a volume change of a whole group of PODs in the place of those of its own lines: referrals move all of
    them, and each may be too small to tell. At least a year must lie before, because a season is no step."""
    doubled = {(item.provider_code, item.pod, item.month) for item in found if item.kind == "duplicate feed"}
    kept = list(found)
    for name, starts in GROUPS.items():
        inside = [line for line in lines if line.pod.startswith(starts)]
        wholes = []
        for provider in sorted({line.provider_code for line in inside}):
            mine = [line for line in inside if line.provider_code == provider]
            wrong = {month for code, pod, month in doubled if code == provider and pod.startswith(starts)}
            wholes.append(without_months(_added(provider, name, mine), wrong))
        for whole in wholes:
            step = volume_change(whole, wholes, YEAR_BEFORE)
            if step is not None and step.pence:
                kept = [item for item in kept if not _same_step(item, step, starts)]
                kept.append(step)
    return kept


def _same_step(item: Finding, step: Finding, starts: tuple[str, ...]) -> bool:
    return (
        item.kind == "volume change"
        and item.provider_code == step.provider_code
        and item.pod.startswith(starts)
        and abs(_months_apart(item.month, step.month)) <= 2
    )


def common_changes(lines: Sequence[MonthSeries]) -> list[Finding]:
    """Lasting steps that the providers of a POD make together (their median per day): a comparison with each other cannot see
    them. At least a year must lie before, because a season is no step."""
    pods: dict[str, list[MonthSeries]] = {}
    for line in lines:
        pods.setdefault(line.pod, []).append(line)
    found = []
    for pod, held in sorted(pods.items()):
        if len(held) <= OTHERS or not all(_others_index(line, held) for line in held):
            continue
        whole = _added(EVERYONE, pod, held)
        days = calendar_days if any(pod.startswith(code) for code in CALENDAR_PODS) else working_days
        means = [sum(line.activity.values()) / len(line.activity) for line in held]
        rate = {
            m: median(line.activity[m] / mean for line, mean in zip(held, means, strict=True)) / days(m)
            for m in held[0].activity
        }
        step = _step(rate, YEAR_BEFORE)
        if step is None:
            continue
        month, before, after = step
        spent = sum(pence for m, pence in whole.pence.items() if m >= month)
        says = f"activity per day at all providers changed by {100 * (after / before - 1):+.1f} %"
        found.append(Finding("volume change", EVERYONE, pod, month, round(spent * (1 - before / after)), says))
    return found


def _arrived(line: MonthSeries, month: date) -> bool:
    return bool(line.activity.get(month) or line.pence.get(month))


def _others_index(line: MonthSeries, same_pod: Sequence[MonthSeries]) -> dict[date, float]:
    """By month, how the other providers stand against their own mean; empty with fewer than three that are large enough."""
    others = [
        held for held in same_pod
        if held.provider_code != line.provider_code and held.pod == line.pod
        and set(line.activity) <= set(held.activity) and median(held.activity[m] for m in line.activity) >= ENOUGH
    ]  # fmt: skip
    if len(others) < OTHERS:
        return {}
    means = [sum(held.activity[m] for m in line.activity) / len(line.activity) for held in others]
    index = {
        m: median(held.activity[m] / mean for held, mean in zip(others, means, strict=True)) for m in line.activity
    }
    return index if all(value > 0 for value in index.values()) else {}


def feed_gaps(line: MonthSeries, latest: date) -> list[Finding]:
    """Months between the first that arrived and `latest` with nothing; worth what the line's other months come to."""
    if not line.pence:
        return []
    usual = median(line.pence.values())
    if median(line.activity.get(m, 0) for m in line.pence) < SMALL:
        return []
    found = []
    for month in months_between(min(line.pence), latest):
        empty = line.pence.get(month, 0) == 0 and line.activity.get(month, 0) == 0
        if empty and usual != 0:
            says = "nothing arrived; the median of its other months stands for what is missing"
            found.append(Finding("feed gap", line.provider_code, line.pod, month, -round(usual), says))
    return found


def record_gaps(line: MonthSeries) -> list[Finding]:
    """Months that the contract return holds and the record does not, though it holds this line's other months."""
    months = [m for m in line.activity if m in line.record]
    if len(months) < LEAST_BEFORE or sum(line.record[m] > 0 for m in months) < 0.75 * len(months):
        return []
    return [
        Finding(
            "feed gap", line.provider_code, line.pod, m, -line.pence.get(m, 0),
            "the activity feed holds nothing; the contract return has the month",
        )
        for m in months
        if line.record[m] == 0 and line.activity[m] >= SMALL
    ]  # fmt: skip


def counted_twice(line: MonthSeries) -> list[Finding]:
    """Months in which the contract return counts twice what it usually counts for what the record holds. The record holds
    somewhat less than the return in every month, because people who object are left out of it."""
    ratio = {m: line.activity[m] / line.record[m] for m in line.activity if line.record.get(m, 0) >= SMALL}
    if len(ratio) < LEAST_BEFORE:
        return []
    usual = median(ratio.values())
    if abs(usual - 1) > AGREES_USUALLY:
        return []
    # A line of a hundred contacts cannot keep to a tenth: there its own months say how near is near.
    spread = SCALE * median(abs(share / usual - 1) for share in ratio.values())
    near = min(max(AGREES, 2 * CLEAR * spread), AGREES_USUALLY)
    return [
        Finding(
            "duplicate feed", line.provider_code, line.pod, m, round(line.pence[m] * (1 - usual / share)),
            f"the contract return counts {line.activity[m]:,.0f} and the record holds {line.record[m]:,.0f}: sent twice",
        )
        for m, share in ratio.items()
        if abs(share / usual - 2) <= near
    ]  # fmt: skip


def without_months(line: MonthSeries, months: set[date]) -> MonthSeries:
    """The line without months that are known to be wrong, so that no step is read into them."""
    return replace(
        line,
        activity={m: v for m, v in line.activity.items() if m not in months},
        pence={m: v for m, v in line.pence.items() if m not in months},
        price_index={m: v for m, v in line.price_index.items() if m not in months},
    )


FEEDS = {"AE": "A&E", "OP": "Outpatients", "NF": "Outpatients"} | dict.fromkeys(
    ("EL", "DC", "NE", "RA"), "Admitted patients"
)
"""The activity feed that a POD comes in, by its first two letters."""


def all_gaps(lines: Sequence[MonthSeries], latest: date) -> list[Finding]:
    """Gaps of a provider's whole feed (admitted patients, outpatients, A&E), then of single lines that are not in one: a feed
    that fails takes all of its PODs, and each of them may be too small to tell."""
    feeds: dict[tuple[str, str], list[MonthSeries]] = {}
    for line in lines:
        feeds.setdefault((line.provider_code, FEEDS.get(line.pod[:2], line.pod)), []).append(line)
    found: dict[tuple[str, str, date], Finding] = {}
    for (provider, feed), held in sorted(feeds.items()):
        whole = _added(provider, feed, held)
        for gap in (*feed_gaps(whole, latest), *record_gaps(whole)):
            found.setdefault((provider, feed, gap.month), gap)
        for line in held:
            for gap in (*feed_gaps(line, latest), *record_gaps(line)):
                if (provider, feed, gap.month) not in found:
                    found.setdefault((provider, line.pod, gap.month), gap)
    return list(found.values())


def _added(provider: str, feed: str, lines: Sequence[MonthSeries]) -> MonthSeries:
    def total(name: str) -> dict[date, float]:
        months = sorted({m for line in lines for m in getattr(line, name)})
        return {m: sum(getattr(line, name).get(m, 0) for line in lines) for m in months}

    return MonthSeries(
        provider, feed, total("activity"), {m: round(v) for m, v in total("pence").items()}, total("record")
    )


def _months_apart(one: date, other: date) -> int:
    return (one.year - other.year) * 12 + one.month - other.month


def duplicate_feeds(loads: Iterable[Loaded]) -> list[Finding]:
    """Two files that hold the same lines for one provider and month. Worth what would have been counted twice."""
    by_digest: dict[tuple[str, date, str], list[Loaded]] = {}
    for load in loads:
        by_digest.setdefault((load.provider_code, load.month, load.digest), []).append(load)
    found = []
    for (provider, month, _), same in sorted(by_digest.items()):
        files = sorted({load.load_id for load in same})
        if len(files) > 1:
            says = f"files {', '.join(str(file) for file in files)} hold the same {same[0].lines} lines; counted once"
            worth = same[0].pence * (len(files) - 1)
            found.append(Finding("duplicate feed", provider, "", month, worth, says))
    return found


def scheme_effect(
    line: MonthSeries, scheme: KnownScheme, same_pod: Sequence[MonthSeries], schemes: Sequence[KnownScheme] = ()
) -> Finding | None:
    """What happened on a scheme's line after its start, against the same POD at providers without a scheme on it.

    Expected = the line's own months before, moved as the others moved. Named where it stands clear of the line's noise; with
    no other provider to compare with, nothing is named.
    """
    treated = {pair for held in (*schemes, scheme) for pair in held.lines}
    controls = [
        other for other in same_pod
        if (other.provider_code, other.pod) not in treated and other.provider_code != line.provider_code
    ]  # fmt: skip
    before = [m for m in line.activity if m < scheme.start]
    after = [m for m in line.activity if m >= scheme.start]
    shared = [m for m in (*before, *after) if all(m in other.activity for other in controls)]
    before, after = [m for m in before if m in shared], [m for m in after if m in shared]
    if not controls or len(before) < LEAST_BEFORE or len(after) < LEAST_AFTER:
        return None
    others = {m: sum(other.activity[m] for other in controls) for m in shared}
    if any(amount <= 0 for amount in others.values()):
        return None
    ratio = {m: line.activity[m] / others[m] for m in shared}
    usual = median(ratio[m] for m in before)
    noise = SCALE * median(abs(ratio[m] - usual) for m in before)
    now = sum(line.activity[m] for m in after) / sum(others[m] for m in after)
    if usual <= 0 or abs(now - usual) <= 2 * noise / len(after) ** 0.5 or abs(now / usual - 1) < LEAST_STEP:
        return None
    expected = sum(usual * others[m] for m in after)
    done = sum(line.activity[m] for m in after)
    worth = round((done - expected) * _unit_price(line))
    says = (
        f"{scheme.title}: {done:,.0f} seen since {scheme.start:%B %Y}, {expected:,.0f} expected from {len(controls)} other "
        f"provider{'s' if len(controls) > 1 else ''} ({100 * (done / expected - 1):+.1f} %)"
    )
    return Finding("scheme effect", line.provider_code, line.pod, scheme.start, worth, says)


def _unit_price(line: MonthSeries) -> float:
    activity = sum(line.activity.get(m, 0) for m in line.pence)
    return sum(line.pence.values()) / activity if activity else 0.0


def _step(values: Mapping[date, float], least_before: int = LEAST_BEFORE) -> tuple[date, float, float] | None:
    """The clearest lasting step: its month, the level before and after; None where none is clear, or where a straight line tells
    the months as well: what grows all the time did not step.

    A month that is alone out of line (a doubled month) moves no median of three, so it is not a step.
    """
    months = sorted(values)
    best: tuple[float, date, float, float] | None = None
    for place in range(least_before, len(months) - LEAST_AFTER + 1):
        before = [values[m] for m in months[:place]]
        after = [values[m] for m in months[place:]]
        low, high = median(before), median(after)
        if low <= 0 or abs(high / low - 1) < LEAST_STEP:
            continue
        spread = median([abs(v - low) for v in before] + [abs(v - high) for v in after]) * SCALE
        error = 1.25 * max(spread, low * 0.002) * (1 / len(before) + 1 / len(after)) ** 0.5
        clear = abs(high - low) / error
        misfit = sum(abs(v - low) for v in before) + sum(abs(v - high) for v in after)
        if clear >= CLEAR and (best is None or misfit < best[0]):
            best = (misfit, months[place], low, high)
    if best is None or best[0] >= _misfit_of_line([values[m] for m in months]):
        return None
    return best[1:]


def _misfit_of_line(values: Sequence[float]) -> float:
    """Sum of the distances from the straight line through the medians of the first and the last third."""
    third = max(1, len(values) // 3)
    slope = (median(values[-third:]) - median(values[:third])) / (len(values) - third)
    middle = median(value - slope * place for place, value in enumerate(values))
    return sum(abs(value - slope * place - middle) for place, value in enumerate(values))
