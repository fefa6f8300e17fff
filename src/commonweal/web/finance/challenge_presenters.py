"""Contract rules found in the record, as pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from commonweal.finance.challenges import ChallengeRule, not_looked_for, window_words
from commonweal.finance.money import in_pounds
from commonweal.finance.pod import pod_words
from commonweal.governance.disclosure import MASK
from commonweal.web.core.presenters import date_words
from commonweal.web.finance.presenters import Page, Shown, standing_words
from commonweal.web.finance.services.challenges import Line, RuleTotal
from commonweal.web.finance.services.cube import Standing

TRAIL = ("Money", "finance:overview")


def pounds(pence: int | None) -> str:
    """Pounds; the mask where a small count hides them."""
    return MASK if pence is None else in_pounds(pence)


def rules_page(stands: Standing, totals: Sequence[RuleTotal]) -> Page:
    """The contract rules with what each found: lines, contacts, price and claim."""
    rows = [
        [
            format_html('<a href="{}">{}</a>', reverse("finance:challenge_rule", args=[one.rule.id]), one.rule.title),
            one.lines, one.contacts, pounds(one.price), pounds(one.claim) if one.rule.claims else "to plan with", pounds(one.raised),
        ]
        for one in totals
    ]  # fmt: skip
    columns = [
        ("Rule", False), ("Lines", True), ("Contacts", True), ("At full price, £", True), ("Claimed, £", True),
        ("Raised or accepted, £", True),
    ]  # fmt: skip
    says = "A line is one provider, point of delivery and month. A contact may be in several rules: the rules do not add up."
    return Page(
        "Contract rules found in the record",
        [standing_words(stands), window_words()],
        tables=[
            Shown("Found this year, by rule", columns, rows, says),
            Shown(
                "Not looked for", [("Rule", False), ("Why", False)],
                [[one.title, one.because] for one in not_looked_for()],
            ),
        ],
        trail=[(TRAIL[0], reverse(TRAIL[1]))],
    )  # fmt: skip


def rule_page(stands: Standing, one: ChallengeRule, lines: Sequence[Line], names: Mapping[str, str]) -> Page:
    """What one rule found, a line for each provider, point of delivery and month."""
    rows = [
        [
            format_html('<a href="{}">{}, {}, {}</a>', _address(line), names.get(line.provider_code, line.provider_code), pod_words(line.pod), f"{line.month:%b %Y}"),
            line.contacts, pounds(line.price), pounds(line.claim), _window(line), line.status.capitalize(), line.owner or "no owner",
        ]
        for line in lines
    ]  # fmt: skip
    columns = [
        ("Line", False), ("Contacts", True), ("At full price, £", True), ("Claimed, £", True), ("Window", False),
        ("Status", False), ("Owner", False),
    ]  # fmt: skip
    return Page(
        one.title,
        [standing_words(stands), *_rule_words(one)],
        tables=[Shown("Lines found this year", columns, rows, empty="The rule finds nothing this year")],
        trail=[(TRAIL[0], reverse(TRAIL[1])), ("Contract rules", reverse("finance:challenges"))],
    )


def line_page(line: Line, names: Mapping[str, str]) -> Page:
    """One line of a rule: its money, its window, where it stands and who owns it."""
    facts: list[list[Any]] = [
        ["Contacts", line.contacts], ["At full price, £", pounds(line.price)], ["Claimed, £", pounds(line.claim)],
        ["Window", _window(line)], ["Status", line.status.capitalize()], ["Owner", line.owner or "no owner"],
    ]  # fmt: skip
    if line.raised_pence is not None:
        facts.append(["Claimed when it was raised, £", pounds(line.raised_pence)])
    history = [
        [step["on"], step["status"].capitalize(), step["owner"], step["who"], step["note"]] for step in line.history
    ]
    columns = [("Day", False), ("Became", False), ("Owner", False), ("By", False), ("Note", False)]
    name = names.get(line.provider_code, line.provider_code)
    return Page(
        f"{line.rule.title}: {name}, {pod_words(line.pod)}, {line.month:%B %Y}",
        _rule_words(line.rule),
        tables=[
            Shown("The line", [("What", False), ("Value", True)], facts),
            Shown("History", columns, history, empty="Nobody has raised it"),
        ],
        trail=[
            (TRAIL[0], reverse(TRAIL[1])), ("Contract rules", reverse("finance:challenges")),
            (line.rule.title, reverse("finance:challenge_rule", args=[line.rule.id])),
        ],
    )  # fmt: skip


def _rule_words(one: ChallengeRule) -> list[str]:
    rates = "; ".join(
        f"{rate.rate * 100:f} % of the price from {date_words(rate.valid_from)}"
        f"{'' if rate.verified else ' (a setting, not verified)'}"
        for rate in one.rates
    )
    ratio = [f"Ratio: {one.ratio} follow-ups to one first attendance (a setting)."] if one.ratio else []
    inside = [f"The system's providers: {', '.join(one.providers)}."] if one.providers else []
    return [one.says, *ratio, *inside, f"Share: {rates}.", f"Source: {one.source}."]


def _window(line: Line) -> str:
    days = f"{line.window.opens:%d %b %Y} to {line.window.closes:%d %b %Y}"
    return f"{days}, {line.state}{' (days estimated)' if line.window.estimated else ''}"


def _address(line: Line) -> str:
    return reverse("finance:challenge", args=[line.rule.id, line.provider_code, line.pod, f"{line.month:%Y-%m}"])
