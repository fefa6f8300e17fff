"""The demonstration's invented month: made once, through the services, with amounts that suit the system's own size."""

from __future__ import annotations

import pytest

from commonweal.web.audit.models import Entry
from commonweal.web.finance.models import ContractTerms, LedgerLine, SchemeRecord

from .web_helpers import text_of

pytestmark = pytest.mark.django_db


def test_the_invented_month_is_made_once_and_in_proportion(client_as, money, settings):
    from commonweal.web.finance.services.example import make_example

    settings.DEMO = True
    assert make_example()
    assert not make_example()
    schemes = {row.reference: row for row in SchemeRecord.objects.filter(year="2025/26")}
    assert set(schemes) == {"proactive-care", "frequent-review"}
    # The year's plan is two lines of two trusts at £10,000 a month: £480,000, of which a fiftieth buys three admissions.
    assert schemes["proactive-care"].gross_pence == 3 * 296_500
    for scheme in schemes.values():
        assert scheme.gross_pence == sum(-int(one["activity"]) * one["average_price_pence"] for one in scheme.impact)
    assert schemes["proactive-care"].maturity == "in_delivery"
    assert ContractTerms.objects.filter(year="2025/26").count() == 2
    assert LedgerLine.objects.filter(current=True).count() == 11
    assert Entry.objects.filter(action="load ledger").count() == 1
    assert "Not explained" in text_of(client_as("hugo").get("/finance/reconciliation/"))
