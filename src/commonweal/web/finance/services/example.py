"""An invented month for a demonstration: a ledger, contract forms, schemes with their people, an overlap, what should have stopped.

Everything here is invented and says so. It is made through the same services that people use, by demonstration personas.
"""

# pyright: reportArgumentType=false, reportCallIssue=false, reportOptionalMemberAccess=false, reportOptionalSubscript=false
from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from commonweal.errors import NotReady
from commonweal.finance.calendar import FinancialYear
from commonweal.finance.imports import LEDGER_COLUMNS, template
from commonweal.finance.money import in_pounds, part
from commonweal.web.accounts.demo import actor_of, check_demo
from commonweal.web.core.actor import Actor
from commonweal.web.finance.models import ContractTerms, SchemeRecord
from commonweal.web.finance.services import contracts, cube, importing, position
from commonweal.web.finance.services import scheme_changes as changes
from commonweal.web.finance.services.cube import Standing

MARK = "Invented for the demonstration."
ADMISSION_PENCE, MARGINAL_PENCE = 296_500, 89_000
"""What an emergency admission costs on average in the demonstration, and what a provider can release of it."""
# Reference, programme in the record, title, and gross saving and investment as shares of the system's plan.
PROGRAMMES = (
    (
        "proactive-care",
        "proactive_care",
        "Proactive care for older people with several conditions",
        "0.02",
        "0.004",
    ),
    ("frequent-review", "frequent_attender_review", "Review of frequent attenders", "0.008", "0.001"),
)
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("aligned_payment_and_incentive", {}),
    ("payment_by_results", {}),
    ("marginal_rate", {"rate": "30"}),
    ("new_to_follow_up_cap", {"ratio": "1.5"}),
    ("block", {}),
    ("outcome_share", {"withheld": "2", "outcomes": "falls: 2: met\nwound care: 1: missed"}),
)
"""Given to the providers of the release in turn, largest first, so that a demonstration shows several."""


@transaction.atomic
def make_example() -> bool:
    """Make the example once; returns whether it is new. Raises `NotAllowed` outside a demonstration."""
    check_demo()
    if SchemeRecord.objects.filter(reference=PROGRAMMES[0][0]).exists():
        return False
    held = cube.reader()
    stands = cube.standing(held)
    if not stands.invented:
        raise NotReady("the release is not invented", remedy="the example belongs to a demonstration")
    hugo, greta = actor_of("hugo@demo.invalid"), actor_of("greta@demo.invalid")
    providers = _providers(held, stands)
    _ledger(hugo, held, stands)
    for place, code in enumerate(providers):
        form, terms = FORMS[place % len(FORMS)]
        if not ContractTerms.objects.filter(provider_code=code, year=str(stands.year)).exists():
            contracts.set_terms(
                by=hugo, provider=code, year=str(stands.year), form=form, terms=terms, agreed_in=MARK, base_version=0
            )
    whole = sum(_plan(held, stands, code) for code in providers)
    _programme_schemes(greta, stands, providers[0], whole)
    _decommissioning(greta, held, stands, whole)
    position.add_adjustment(
        by=hugo,
        title=f"Winter beds. {MARK}",
        owner="Chief operating officer",
        pence=part(whole, "0.01"),
        probability="0.8",
        provider_code=providers[0],
    )
    position.submit_outturn(by=hugo, provider_code=providers[0], pence=_plan(held, stands, providers[0]))
    return True


def _providers(held: Any, stands: Standing) -> list[str]:
    rows = held.cursor.execute(
        "SELECT current_provider_code FROM position_cube WHERE month BETWEEN ? AND ? GROUP BY 1 HAVING sum(actual_pence) > 0 ORDER BY sum(actual_pence) DESC",
        [stands.year.first_day, stands.latest],
    ).fetchall()
    return [code for (code,) in rows]


def _plan(held: Any, stands: Standing, provider: str) -> int:
    return held.cursor.execute(
        "SELECT CAST(sum(planned_pence) AS BIGINT) FROM position_cube WHERE current_provider_code = ? AND month BETWEEN ? AND ?",
        [provider, stands.year.first_day, stands.year.last_day],
    ).fetchone()[0]


def _ledger(by: Actor, held: Any, stands: Standing) -> None:
    """What was paid: each provider-month's return, but one invoice that was keyed £5,000 short."""
    rows = held.cursor.execute(
        """SELECT current_provider_code, month, CAST(sum(actual_pence) AS BIGINT) FROM position_cube
        WHERE month BETWEEN ? AND ? AND actual_pence IS NOT NULL GROUP BY 1, 2 HAVING sum(actual_pence) <> 0 ORDER BY 1, 2""",
        [stands.year.first_day, stands.latest],
    ).fetchall()
    lines = [
        {
            "provider_code": code,
            "month": f"{month:%Y-%m}",
            "pence": in_pounds(pence - (500_000 if place == 0 else 0)),
            "reference": f"INV-{place + 1:04d}",
        }
        for place, (code, month, pence) in enumerate(rows)
    ]
    outcome = importing.take(
        by=by, kind="ledger", content=template(LEDGER_COLUMNS, "Ledger", lines), name="invented-ledger.xlsx"
    )
    if outcome.errors:
        raise NotReady("the invented ledger is not taken", value=outcome.errors[0].says)


COMMUNITY = "RYX"
"""Central London Community Healthcare: receives the demonstration's investment in teams out of hospital."""


def _programme_schemes(by: Actor, stands: Standing, provider: str, plan: int) -> None:
    year = str(stands.year)
    for reference, cohort, title, gross, investment in PROGRAMMES:
        admissions = max(
            1, part(plan, gross) // ADMISSION_PENCE
        )  # the saving is activity times price, whatever the size
        made = changes.create(
            by=by, year=year, reference=reference,
            values={
                "title": title, "gross_pence": admissions * ADMISSION_PENCE, "investment_pence": part(plan, investment), "start": date(stands.year.start - 1, 10, 1),
                "recurrent": True, "cash_releasing": False, "strand": "two", "category": "pathway", "senior_owner": "Director of Transformation",
                "clinical_lead": "Clinical lead, frailty", "finance_lead": "Deputy director of finance", "note": MARK,
                "assessments": {"quality": "done", "equality": "done"}, "cohort": cohort, "overlap_group": "emergency admissions of older people",
                "evaluation_method": "Matched controls, difference in differences", "contract_variation": "CV-12",
                "milestones": [
                    {"title": "Teams in post", "due": f"{stands.year.start}-04-30", "done": f"{stands.year.start}-04-28"},
                    {"title": "Every practice taking part", "due": f"{stands.year.start}-12-31", "done": None},
                ],
                "investments": [{"provider_code": COMMUNITY, "pence": part(plan, investment) * 3 // 4}] if part(plan, investment) else [],
                "impact": [{
                    "provider_code": provider, "pod": "NEL", "treatment_function_code": "", "activity": str(-admissions),
                    "average_price_pence": ADMISSION_PENCE, "marginal_price_pence": MARGINAL_PENCE,
                }],
            },
        )  # fmt: skip
        for stage in ("business_case", "in_delivery"):
            changes.advance(by=by, year=year, reference=made.reference, to=stage)
    changes.set_ceiling(
        by=by,
        group="emergency admissions of older people",
        pence=part(plan, "0.02"),
        says=f"Emergency admissions of the two groups. {MARK}",
        base_version=0,
    )


def _decommissioning(by: Actor, held: Any, stands: Standing, plan: int) -> None:
    """Follow-ups of one specialty that were to stop in the fourth month, at the provider that has most of them."""
    found = held.cursor.execute(
        """SELECT current_provider_code, pod, treatment_function_code FROM position_cube
        WHERE month BETWEEN ? AND ? AND starts_with(pod, 'OPFUP') AND treatment_function_code IS NOT NULL AND actual_pence > 0
        GROUP BY ALL ORDER BY sum(actual_pence) DESC, 1, 2, 3 LIMIT 1""",
        [FinancialYear(stands.year.start).month(1), stands.latest],
    ).fetchone()
    if found is None:
        return
    provider, pod, specialty = found
    changes.create(
        by=by, year=str(stands.year), reference="stop-follow-ups",
        values={
            "title": "Stop routine follow-up in one specialty", "gross_pence": part(plan, "0.002"), "start": stands.year.month(4), "strand": "three",
            "category": "decommissioning", "senior_owner": "Director of Commissioning", "note": MARK, "recurrent": True, "cash_releasing": True,
            "assessments": {"quality": "done", "equality": "screened_out"},
            "stops": [{"provider_code": provider, "pod": pod, "treatment_function_code": specialty, "first_month": stands.year.month(4).isoformat()}],
        },
    )  # fmt: skip
