"""Incentive payments: worked by hand, by property, and on the site's small release."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import openpyxl
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from commonweal.definitions.registry import registry
from commonweal.engine.plan import not_computable
from commonweal.errors import BadInput
from commonweal.finance import incentives
from commonweal.finance.incentives import IncentiveLine, IncentiveScheme, earned, payment, scheme, schemes, total
from commonweal.web.finance.services import incentives as services

from .web_helpers import row_of, text_of

UP = IncentiveLine("af_anticoagulated", Decimal(70), Decimal(90), Decimal(24))
DOWN = IncentiveLine("asthma_saba_six_or_more", Decimal(25), Decimal(10), Decimal(12))


@pytest.mark.parametrize(
    ("line", "numerator", "denominator", "share", "pence", "more"),
    [
        (UP, 70, 100, 0, 0, 20),  # at the lower threshold
        (UP, 80, 100, Fraction(1, 2), 120_000, 10),  # half way: 10,000 people x 24p / 2
        (UP, 90, 100, 1, 240_000, 0),
        (UP, 100, 100, 1, 240_000, 0),
        (UP, 2, 3, 0, 0, 1),  # 66.7 %: 90 % of three people is all three
        (DOWN, 25, 100, 0, 0, 15),
        (DOWN, 16, 100, Fraction(3, 5), 72_000, 6),  # (25 - 16) / (25 - 10) of 120,000
        (DOWN, 10, 100, 1, 120_000, 0),
        (DOWN, 0, 7, 1, 120_000, 0),
        (DOWN, 2, 7, 0, 0, 2),  # 10 % of seven is less than one person
    ],
)
def test_a_line_by_hand(line, numerator, denominator, share, pence, more):
    found = payment(line, numerator, denominator, 10_000)
    assert (found.share, found.pence, found.more) == (share, pence, more)


def test_equal_thresholds_pay_all_or_nothing_and_nobody_pays_nothing():
    step = replace(UP, lower=Decimal(60), upper=Decimal(60))
    assert earned(step, Fraction(5999, 100)) == 0 and earned(step, Fraction(60)) == 1
    assert payment(UP, 0, 0, 10_000) is None and total([None, payment(UP, 80, 100, 10_000)]) == (120_000, 240_000)


@given(
    numerator=st.integers(0, 500),
    rest=st.integers(0, 500),
    size=st.integers(0, 30_000),
    line=st.sampled_from([UP, DOWN]),
)
def test_more_people_in_the_right_direction_never_earn_less_and_more_is_enough(numerator, rest, size, line):
    denominator = numerator + rest
    found = payment(line, numerator, denominator, size)
    if found is None:
        return
    assert 0 <= found.pence <= found.full_pence
    better = numerator + (-1 if line.better_low else 1) * found.more
    assert payment(line, better, denominator, size).share == 1
    if found.more:
        nearly = better - (-1 if line.better_low else 1)
        assert payment(line, nearly, denominator, size).share < 1


def test_the_shipped_schemes_rest_on_measures_that_are_computed_in_the_right_direction():
    blocked = not_computable(registry().values())
    for one in schemes():
        for line in one.lines:
            measure = registry()[line.measure]
            assert measure.kind == "measure" and line.measure not in blocked, line.measure
            assert measure.polarity == ("lower_is_better" if line.better_low else "higher_is_better"), line.measure
    with pytest.raises(BadInput, match="no such incentive scheme"):
        scheme("nothing")


def test_a_scheme_that_is_wrong_is_refused():
    entry = {"id": "x", "title": "x", "says": "x", "source": "x", "valid_from": date(2025, 4, 1)}
    line = {"measure": "copd_reviewed", "lower": "50", "upper": "80", "pence_per_person": "1"}
    for wrong in ([{**line, "upper": "180"}], [{**line, "pence_per_person": "-1"}], [line, line]):
        with pytest.raises(BadInput):
            incentives._scheme({**entry, "lines": wrong})


@pytest.fixture
def hba1c(money, monkeypatch):
    """Of 20 people with diabetes at each practice, all at Birch Lane and none at Alder Road had their HbA1c; 60 are registered. 10p a person."""
    line = IncentiveLine("diabetes_process_hba1c", Decimal(40), Decimal(80), Decimal(10))
    other = IncentiveLine("copd_reviewed", Decimal(40), Decimal(80), Decimal(10))
    made = IncentiveScheme("trial", "Trial scheme", "It pays for HbA1c.", "a test", date(2025, 4, 1), (line, other))
    monkeypatch.setattr(services, "schemes", lambda: (made,))
    monkeypatch.setattr(services, "scheme", lambda name: made)


@pytest.mark.django_db
@pytest.mark.usefixtures("hba1c")
def test_finance_sees_every_practice_and_takes_a_spreadsheet(client_as):
    browser = client_as(_finance())
    whole = row_of(browser.get(reverse("finance:incentives")), "Trial scheme")
    assert whole[1] == "2"  # Birch Lane and Dock Street
    page = browser.get(reverse("finance:incentive", args=["trial"]))
    assert row_of(page, "Birch Lane Practice")[:4] == ["60", "6.00", "6.00", "100.0"]
    assert row_of(page, "Alder Road Surgery")[:4] == ["60", "0.00", "6.00", "0.0"]
    assert row_of(page, "Birch Lane Practice")[4] == "1"  # the release computes no COPD review
    sheet = openpyxl.load_workbook(io.BytesIO(browser.get(reverse("finance:incentive_sheet", args=["trial"])).content))[
        "Payments"
    ]
    rows = {(row[0], row[3]): row for row in sheet.iter_rows(values_only=True)}
    title = registry()["diabetes_process_hba1c"].title
    assert rows["E85001", title][4:9] == (100, 40, 80, 6, 6) and rows["E85000", title][7:] == (0, 6, 16)


@pytest.mark.django_db
@pytest.mark.usefixtures("hba1c")
def test_a_practice_sees_its_own_and_no_other(client_as):
    browser = client_as("dalia")
    own = browser.get(reverse("finance:incentive_practice", args=["trial", "E85000"]))
    assert "Earned so far £0.00 of £6.00, for 60 registered people" in text_of(own)
    assert row_of(own, registry()["diabetes_process_hba1c"].title)[-1] == "16 more"
    assert browser.get(reverse("finance:incentive_practice", args=["trial", "E85001"])).status_code == 403
    assert browser.get(reverse("finance:incentives")).status_code == 403
    assert (
        reverse("finance:incentive_practice", args=["local_incentive", "E85000"])
        in browser.get(reverse("leads:dashboards")).content.decode()
    )


def _finance():
    from commonweal.web.accounts.demo import PERSONAS

    return next(short for short, _, held in PERSONAS if any(role == "finance" for role, _ in held))
