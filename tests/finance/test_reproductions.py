"""The printed figures of the source documents, to their printed precision."""

from __future__ import annotations

import json
from decimal import Decimal

from commonweal.cli import main
from commonweal.finance.financial_position import financial_position
from commonweal.finance.money import from_millions, from_thousands, in_millions
from commonweal.finance.printed_tables import harrow_savings, pod_variance, recovery_schemes, west_london_impact


def test_month_4_variance_by_pod_and_the_total_that_does_not_add_up():
    rows, wrong = pod_variance()
    printed = {
        row.pod: (in_millions(row.year_to_date), in_millions(row.forecast), in_millions(row.total)) for row in rows
    }
    assert printed["NEL"] == ("-10.70", "-34.60", "-34.60")
    assert printed["All other"] == ("8.72", "-11.50", "19.70")
    assert printed["OP Sub-Total"] == ("-6.20", "-17.20", "-17.20")
    items = [row for row in rows if row.kind == "item"]
    assert in_millions(sum(row.year_to_date for row in items)) == "-15.65"
    assert in_millions(sum(row.forecast for row in items)) == "-85.90"
    assert in_millions(sum(row.risk_share for row in items)) == "31.20"
    assert [(found.place, found.printed, found.computed) for found in wrong] == [
        ("Total, total", from_millions("-54.60"), from_millions("-54.70"))
    ]


def test_thirteen_schemes_make_66():
    schemes, total, wrong = recovery_schemes()
    assert (len(schemes), in_millions(total, 1), wrong) == (13, "66.0", ())


def test_west_london_finds_the_25_that_no_provider_carries():
    impact = west_london_impact()
    assert (impact.gross, impact.investment, impact.net) == tuple(map(from_thousands, (13_300, 2_275, 11_025)))
    assert impact.unassigned == {"Paediatrics": from_thousands(25)}
    assert impact.by_sector == {
        "Primary care": from_thousands(1_000),
        "Community (CLCH)": from_thousands(950),
        "Mental health (CNWL)": from_thousands(800),
        "Acute (Imperial)": from_thousands(5_595),
        "Acute (Chelsea and Westminster)": from_thousands(3_730),
        "Continuing care": from_thousands(700),
        "Other": from_thousands(500),
    }
    assert [(found.place.split(",")[0], found.difference) for found in impact.disagreements] == [
        ("Planned Care / Paediatrics", from_thousands(-25)),
        ("Planned Care / Subtotal", from_thousands(-25)),
        ("All / Total", from_thousands(-25)),
    ]


def test_harrow_by_area_and_year():
    harrow = harrow_savings()
    by_year = {year: in_millions(pence, 1) for year, pence in harrow.year_totals.items()}
    assert by_year == {"2017/18": "-11.6", "2018/19": "-5.8", "2019/20": "-3.8", "2020/21": "-3.8"}
    assert in_millions(harrow.area_totals["Prescribing"], 1) == "-4.3"
    assert harrow.by_area["Continuing healthcare"] == {"2017/18": from_millions("-2.0")}
    assert {found.place: in_millions(found.computed, 1) for found in harrow.disagreements} == {
        "Non-elective attendances, all years": "-12.8",
        "Outpatient attendances, all years": "-5.3",
        "Re-provision and investment costs, all years": "6.4",
        "Total, all years": "-25.0",
    }


def test_every_row_of_the_financial_position_is_derived_or_says_why_not():
    figures = financial_position()
    assert len(figures) == 81
    assert all(figure.how for figure in figures)
    derived = {figure.id: figure for figure in figures if figure.derived is not None}
    assert len(derived) == 34
    differ = {key: (str(f.printed), round(f.derived, 2)) for key, f in derived.items() if not f.agrees}
    assert differ == {
        "f-jh-ct-1819": ("-9.4", Decimal("-9.30")),
        "f-jh-out-1819": ("-56.7", Decimal("-56.80")),
        "f-jh-var-1819": ("-47.4", Decimal("-47.30")),
        "f-jh-acute": ("54.6", Decimal("54.70")),
        "f-har-reprov": ("6.6", Decimal("6.40")),
    }


def test_the_command_prints_one_object_with_the_same_figures(capsys):
    assert main(["finance", "reproduce", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["pod_variance_total_m"] == "-54.70"
    assert found["schemes_total_m"] == "66.0"
    assert found["west_london_k"]["carried_by_no_provider"] == {"Paediatrics": "25"}
    assert found["financial_position"]["derived"] == 34
