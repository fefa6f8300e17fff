"""Every form of contract on the same activity: what is assumed is said, what is missing is named, and the parts add up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.errors import BadInput
from commonweal.finance.contract_comparison import FORMS, ContractYear, PodValue, checked, compared, worked


def pod(planned, plan, actual, pence):
    return PodValue(Fraction(planned), plan, Fraction(actual), pence)


def year(day=date(2025, 9, 30), months=6):
    """Half a year: emergencies 10 % over, elective as planned, follow-ups twice the firsts."""
    pods = {
        "NEL": pod(100, 100_000_00, 110, 110_000_00), "EL": pod(50, 50_000_00, 50, 50_000_00),
        "OPFASPCL": pod(100, 20_000_00, 100, 20_000_00), "OPFUPSPCL": pod(200, 20_000_00, 300, 30_000_00),
    }  # fmt: skip
    return ContractYear("RYJ", day, months, pods, 384_000_00, 10_000_00)


ALL_TERMS = {
    "emergency_admissions_cap": {"baseline": "204000", "rate": "70"},
    "low_volume_block": {"years": "2022/23: 110000\n2023/24: 120000\n2024/25: 130000"},
    "capitated": {"groups": "under 65: 1000: 100\n65 and over: 100: 1,000"},
    "outcome_share": {"withheld": "10", "outcomes": "falls: 3: met\nwounds: 1: missed"},
    "cquin": {"rate": "2.5", "indicators": "flu: 1: 100\nfalls: 1: 50"},
    "new_to_follow_up_cap": {"ratio": "2"},
}


@pytest.mark.parametrize(
    ("form", "paid", "kept"),
    [
        ("payment_by_results", 210_000_00, 0),
        ("block", 192_000_00, 0),
        ("cost_and_volume", 190_000_00 + 10_000_00 + 10_000_00, 0),
        ("marginal_rate", 190_000_00 + 6_000_00, 14_000_00),
        # 110,000 of emergencies against half of 204,000: 8,000 above at 70 %.
        ("emergency_admissions_cap", 210_000_00 - 2_400_00, 2_400_00),
        ("blended", 190_000_00 + 4_000_00, 0),
        # 2025/26: elective and first attendances at price (70,000); the plan of the rest is fixed (120,000).
        ("aligned_payment_and_incentive", 190_000_00, 0),
        ("low_volume_block", 60_000_00, 0),
        ("capitated", 100_000_00, 0),
        ("outcome_share", 190_000_00 - 4_750_00, 4_750_00),
        # 2.5 % of 210,000 is 5,250: three quarters of it are earned.
        ("cquin", 210_000_00 + 3_937_50, 1_312_50),
        ("new_to_follow_up_cap", 210_000_00 - 10_000_00, 10_000_00),
    ],
)  # fmt: skip
def test_each_of_the_twelve_forms_by_hand(form, paid, kept):
    result = worked(form, year(), ALL_TERMS.get(form, {}))
    assert result.payment is not None, result.because
    assert (result.payment.paid, result.payment.not_paid) == (paid, kept)


def test_there_are_twelve_forms_and_each_says_what_it_assumed_or_needs():
    results = {result.form.id: result for result in compared(year(), {})}
    assert len(results) == len(FORMS) == 12
    assert results["marginal_rate"].assumed == (
        "baseline to date (£): the plan to date",
        "rate above the baseline (%): 30",
    )
    assert results["capitated"].payment is None
    assert results["capitated"].because == "needs people and price"
    missing = worked("aligned_payment_and_incentive", year(day=date(2026, 9, 30)), {})
    assert "no national rule is held for September 2026" in missing.because
    assert worked("aligned_payment_and_incentive", year(day=date(2026, 9, 30)), {"elective": "100"}).payment is not None


@pytest.mark.parametrize(
    ("form", "terms", "where"),
    [
        ("block", {"annual": "much"}, "annual"),
        ("marginal_rate", {"rate": "130"}, "rate"),
        ("capitated", {"groups": "over 75"}, "groups"),
        ("none", {}, ""),
    ],
)
def test_terms_that_cannot_be_read_say_which(form, terms, where):
    with pytest.raises(BadInput) as wrong:
        checked(form, terms)
    assert wrong.value.where == where


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["NEL", "EL", "OPFASPCL", "OPFUPSPCL", "AE", ""]),
                       st.tuples(st.integers(0, 500), st.integers(0, 10**8), st.integers(0, 500), st.integers(-10**6, 10**8)), min_size=1))  # fmt: skip
def test_forms_that_keep_something_back_pay_and_keep_the_whole(drawn):
    """At price, marginal, emergency cap and follow-up cap divide the same activity at price, whatever it is."""
    held = ContractYear("RYJ", date(2025, 9, 30), 6, {name: pod(*value) for name, value in drawn.items()}, 1_000_000)
    terms = {"emergency_admissions_cap": {"baseline": "100"}, "new_to_follow_up_cap": {"ratio": "1"}}
    for name in ("payment_by_results", "marginal_rate", "emergency_admissions_cap", "new_to_follow_up_cap"):
        payment = worked(name, held, terms.get(name, {})).payment
        assert payment is not None
        assert payment.paid + payment.not_paid == held.actual
