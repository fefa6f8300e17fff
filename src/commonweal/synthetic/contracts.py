"""Contract plans and actuals (ACM): invented, consistent with the activity except where an effect is planted."""

from __future__ import annotations

from typing import Any

import numpy as np

from commonweal.synthetic import acute
from commonweal.synthetic.ledger import PODS, Ledger
from commonweal.synthetic.reference import COMMISSIONER, TRUSTS
from commonweal.synthetic.settings import Settings
from commonweal.synthetic.writing import Feeds, choose, pounds, text

GROWTH = 1.02
"""The plan is a smooth year at last year's level, 2 % more; the first year's plan is its own level."""


def write(rng: np.random.Generator, settings: Settings, feeds: Feeds, ledger: Ledger) -> list[dict[str, Any]]:
    """acm/ACM, one row for each trust × month × POD × specialty with a plan or an actual; returns what was planted."""
    actual, pence = ledger.activity.copy(), ledger.pence.copy()
    planted = _duplicate(ledger, actual, pence)
    plan, plan_pence = _plan(ledger)
    trust, month, pod, specialty = np.nonzero((actual > 0) | (plan >= 0.005))
    number = ledger.first + month
    year = number // 12 + 1970 - (number % 12 < 3)
    market = acute.MARKET_FORCES - 1
    planned = np.round(plan_pence[trust, month, pod, specialty]).astype(np.int64)
    spent = pence[trust, month, pod, specialty]
    made = (number + 1).astype("datetime64[M]").astype("datetime64[D]") + 25
    made = np.minimum(made, np.datetime64(settings.as_at) + 25)
    feeds.write("acm/ACM", {
        "FINANCIAL MONTH": (number % 12 - 3) % 12 + 1,
        "FINANCIAL YEAR": text(np.char.add(year.astype(str), np.char.zfill(((year + 1) % 100).astype(str), 2))),
        "DATE AND TIME DATA SET CREATED": text(np.char.add(made.astype(str), "T09:00:00")),
        "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": choose(list(TRUSTS), trust),
        "ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)": COMMISSIONER,
        "ACTIVITY TREATMENT FUNCTION CODE": choose(ledger.specialties, specialty), "COMMISSIONED SERVICE CATEGORY CODE": "21",
        "POINT OF DELIVERY CODE": choose(list(PODS), pod), "LOCAL POINT OF DELIVERY CODE": choose([f"INV-{name}" for name in PODS], pod),
        "LOCAL POINT OF DELIVERY DESCRIPTION": "Invented contract line", "NATIONAL TARIFF INDICATOR": "N",
        "CONTRACT MONITORING PLANNED ACTIVITY": np.round(plan[trust, month, pod, specialty], 2),
        "CONTRACT MONITORING PLANNED PRICE": pounds(planned),
        "CONTRACT MONITORING PLANNED MARKET FORCES FACTOR": pounds(np.round(planned * market).astype(np.int64)),
        "CONTRACT MONITORING ACTUAL ACTIVITY": actual[trust, month, pod, specialty],
        "CONTRACT MONITORING ACTUAL PRICE": pounds(spent),
        "CONTRACT MONITORING ACTUAL MARKET FORCES FACTOR": pounds(np.round(spent * market).astype(np.int64)),
    })  # fmt: skip
    return planted + _described(ledger, settings)


def _plan(ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Activity and pence planned for each month: the first two years' mean month, grown, before any planted change."""
    base = ledger.activity[:, :24].mean(axis=1, keepdims=True)
    spent = ledger.pence[:, :24].sum(axis=1, keepdims=True)
    count = ledger.activity[:, :24].sum(axis=1, keepdims=True)
    price = np.divide(spent, count, out=np.zeros_like(base), where=count > 0)
    years = (np.arange(ledger.months) // 12)[None, :, None, None]
    plan = np.round(base * GROWTH ** np.maximum(years - 1, 0), 2)
    return plan, plan * price


def _duplicate(ledger: Ledger, actual: np.ndarray, pence: np.ndarray) -> list[dict[str, Any]]:
    """The month that was sent twice is counted twice in the return."""
    trust, begin, _ = acute.RESENT
    month = int(np.int64(begin).astype("datetime64[D]").astype("datetime64[M]").astype(int)) - ledger.first
    where = (trust, month, PODS.index("AE"))
    extra, extra_pence = int(actual[where].sum()), int(pence[where].sum())
    actual[where] *= 2
    pence[where] *= 2
    return [{
        "effect": "duplicate_feed", "provider": TRUSTS[trust], "month": _month(ledger, month), "pod": "AE",
        "excess_activity": extra, "excess_pence_before_mff": extra_pence,
        "where": "acm/ACM counts the month twice; sus_ae/emergency_care.resent carries the same identifiers again",
    }]  # fmt: skip


def _month(ledger: Ledger, month: int) -> str:
    return str(np.int64(ledger.first + month).astype("datetime64[M]"))


def _index(ledger: Ledger, when: int) -> int:
    return int(np.int64(when).astype("datetime64[D]").astype("datetime64[M]").astype(int)) - ledger.first


def _described(ledger: Ledger, settings: Settings) -> list[dict[str, Any]]:
    """The price change, the volume change and the gap, with their true sizes."""
    price_trust, price_from, price_ratio = acute.PRICE_CHANGE
    (volume_trust, volume_from), volume_ratio = acute.VOLUME_CHANGE, settings.size.volume_ratio
    gap_trust, gap_from, _ = acute.GAP
    dear = ledger.pence[price_trust, _index(ledger, price_from) :, PODS.index("DC")].sum()
    firsts = [PODS.index(name) for name in ("OPFASPCL", "OPFASPNCL", "NF2FFA", "OPPROCFA")]
    begin = _index(ledger, volume_from)
    more = ledger.activity[volume_trust, begin:][:, firsts].sum()
    pods = slice(PODS.index("OPFASPCL"), len(PODS))
    gap = _index(ledger, gap_from)
    return [
        {
            "effect": "price_change", "provider": TRUSTS[price_trust], "from_month": _month(ledger, _index(ledger, price_from)),
            "pod": "DC", "ratio": price_ratio, "effect_pence_before_mff": round(int(dear) * (1 - 1 / price_ratio)),
            "where": "prices in sus_apc and acm, from the month on; whole pounds, so the ratio holds to a pound a spell",
        },
        {
            "effect": "volume_change", "provider": TRUSTS[volume_trust], "from_month": _month(ledger, begin),
            "pods": ["OPFASPCL", "OPFASPNCL", "NF2FFA", "OPPROCFA"], "ratio": volume_ratio,
            "effect_activity_expected": round(int(more) * (1 - 1 / volume_ratio)),
            "where": "first attendances, in sus_op and acm; follow-ups do not rise",
        },
        {
            "effect": "feed_gap", "provider": TRUSTS[gap_trust], "month": _month(ledger, gap), "pods": list(PODS[pods]),
            "missing_activity": int(ledger.activity[gap_trust, gap, pods].sum()),
            "missing_pence_before_mff": int(ledger.pence[gap_trust, gap, pods].sum()),
            "where": "sus_op has no row of the month; acm has it",
        },
    ]  # fmt: skip
