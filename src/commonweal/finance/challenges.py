"""Contract rules that the record can be searched for: what each is worth, and until when it can be raised.

The rules are data (`data/challenge_rules.yaml`); `challenge_sql` finds what they select. A rule's value is a share of the price,
by the month of the activity. A month can be challenged from its first cut (flex) until its last (freeze).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from commonweal.errors import BadInput
from commonweal.finance.calendar import add_working_days, first_of_month, month_after
from commonweal.finance.money import exact, half_up

Status = Literal["found", "raised", "accepted", "rejected", "withdrawn"]
NEXT: dict[str, tuple[str, ...]] = {
    "found": ("raised",),
    "raised": ("accepted", "rejected", "withdrawn"),
    "accepted": (),
    "rejected": (),
    "withdrawn": (),
}
"""Where a challenge can go from each status. What is answered stays answered."""


@dataclass(frozen=True)
class Rate:
    """The share of the price claimed for months from `valid_from` (until the next rate)."""

    valid_from: date
    rate: Decimal
    verified: bool


@dataclass(frozen=True)
class ChallengeRule:
    """One rule. `claims` False: to plan with, not to put to a provider. `ratio` and `providers` only where the rule uses them."""

    id: str
    title: str
    says: str
    source: str
    claims: bool
    rates: tuple[Rate, ...]
    ratio: Decimal | None = None
    providers: tuple[str, ...] = ()

    def rate_on(self, month: date) -> Rate | None:
        """The rate of one month; None before the first."""
        return max((rate for rate in self.rates if rate.valid_from <= month), key=lambda r: r.valid_from, default=None)


@dataclass(frozen=True)
class NotLookedFor:
    """A contract rule that the record cannot show, and why."""

    title: str
    because: str


@dataclass(frozen=True)
class Window:
    """Days on which a month can be challenged, both included."""

    opens: date
    closes: date
    estimated: bool
    """A cut's day is a setting, because no file of it came."""

    def state(self, today: date) -> Literal["not open yet", "open", "closed"]:
        """Where `today` stands against the window."""
        if today < self.opens:
            return "not open yet"
        return "open" if today <= self.closes else "closed"


def claimed(price_pence: int, rule: ChallengeRule, month: date) -> int:
    """Pence that the rule claims of a price, rounded half up; nothing before the rule's first rate."""
    rate = rule.rate_on(first_of_month(month))
    return 0 if rate is None else half_up(exact(price_pence) * exact(rate.rate))


def window(month: date, flex_on: date | None = None, freeze_on: date | None = None) -> Window:
    """When activity of `month` can be challenged: from the day of its flex file to the day of its freeze file.

    A file's day that is not known, or that lies in the wrong order, is taken from the settings of the rules' file.
    """
    days = _held()["window"]
    first = first_of_month(month)
    month_ends, next_ends = month_after(first) - timedelta(days=1), month_after(first, 2) - timedelta(days=1)
    opens = flex_on or add_working_days(month_ends, days["flex_working_days"])
    closes = freeze_on or add_working_days(next_ends, days["freeze_working_days"])
    if closes < opens:
        return Window(opens, max(opens, add_working_days(next_ends, days["freeze_working_days"])), True)
    return Window(opens, closes, flex_on is None or freeze_on is None)


def window_words() -> str:
    """How the days of a window are set, in words for a page."""
    return str(_held()["window"]["says"]).strip()


@cache
def rules() -> tuple[ChallengeRule, ...]:
    """Every shipped rule, in order."""
    return tuple(_rule(entry) for entry in _held()["rules"])


def rule(rule_id: str) -> ChallengeRule:
    """BadInput where no rule has that id."""
    found = next((one for one in rules() if one.id == rule_id), None)
    if found is None:
        raise BadInput("no such contract rule", value=rule_id, remedy=f"one of {', '.join(one.id for one in rules())}")
    return found


@cache
def not_looked_for() -> Sequence[NotLookedFor]:
    """Rules that the documents name and that cannot be looked for, with the reason."""
    return tuple(NotLookedFor(**entry) for entry in _held()["not_looked_for"])


@cache
def _held() -> dict[str, Any]:
    text = resources.files("commonweal.finance").joinpath("data/challenge_rules.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def _rule(entry: dict[str, Any]) -> ChallengeRule:
    return ChallengeRule(
        id=entry["id"], title=entry["title"], says=entry["says"].strip(), source=entry["source"], claims=entry["claims"],
        rates=tuple(Rate(one["valid_from"], Decimal(one["rate"]), one["verified"]) for one in entry["rates"]),
        ratio=Decimal(entry["ratio"]) if "ratio" in entry else None, providers=tuple(entry.get("providers", ())),
    )  # fmt: skip
