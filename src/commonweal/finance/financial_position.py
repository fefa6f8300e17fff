"""The financial position of the source documents: every row that follows from other printed figures, derived again.

A row is derived from other rows of the same table, or from the point of delivery, scheme, provider impact, procurement and
Harrow tables. It agrees where the derived value prints as the printed one does. A row that no printed figure gives says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from commonweal.finance.printed_tables import (
    FINANCIAL_POSITION,
    PROCUREMENT,
    harrow_savings,
    pod_variance,
    printed_table,
    recovery_schemes,
    west_london_impact,
)


@dataclass(frozen=True)
class PositionFigure:
    """One row: what is printed and what follows. `derived` is in the row's unit; None where nothing gives it."""

    id: str
    body: str
    period: str
    measure: str
    unit: str
    printed: Decimal | None
    derived: Decimal | None
    how: str

    @property
    def agrees(self) -> bool | None:
        """Whether the derived value, rounded as the printed one is, equals it; None where it cannot be derived."""
        if self.derived is None or self.printed is None:
            return None
        return self.derived.quantize(_unit_of(self.printed), rounding=ROUND_HALF_UP) == self.printed


def financial_position() -> tuple[PositionFigure, ...]:
    """All 81 rows in the order of the table."""
    figures = []
    for row in printed_table(FINANCIAL_POSITION):
        how, derive = DERIVATIONS.get(row["id"], ("", None))
        figures.append(
            PositionFigure(
                row["id"], row["body"], row["period"], row["measure"], row["unit"],
                Decimal(row["value"]) if row["value"] else None,
                derive() if derive else None,
                how or _why_not(row["id"], row["value"]),
            )
        )  # fmt: skip
    return tuple(figures)


def _printed(identifier: str) -> Decimal:
    row = next(row for row in printed_table(FINANCIAL_POSITION) if row["id"] == identifier)
    return Decimal(row["value"])


def _millions(pence: int) -> Decimal:
    return Decimal(pence) / 100_000_000


def _pod_sum(column: str) -> Decimal:
    rows, _ = pod_variance()
    return _millions(sum(getattr(row, column) for row in rows if row.kind == "item"))


def _harrow_year(year: str) -> Decimal:
    return -_millions(harrow_savings().year_totals[year])


def _tens(value: Decimal) -> Decimal:
    return (value / 10).quantize(Decimal(1), rounding=ROUND_HALF_UP) * 10


def _hundreds(value: Decimal) -> Decimal:
    return (value / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP) * 100


def _procurement() -> Decimal:
    rows = printed_table(PROCUREMENT)
    return sum((Decimal(row["indicative_annual_value_k"] or 0) for row in rows), Decimal(0)) / 1000


def _growth() -> Decimal:
    names = ("f-jh-alloc-1920", "f-jh-alloc-2021", "f-jh-alloc-2122", "f-jh-alloc-2223", "f-jh-alloc-2324")
    return sum((_printed(name) for name in names), Decimal(0)) / len(names)


def _transformational() -> Decimal:
    rows = printed_table("provider_impact_wl_2014_15")
    items = [row for row in rows if row["row_type"] == "item" and row["block"] == "transformational"]
    return sum((Decimal(row["gross_savings_k"]) for row in items), Decimal(0)) / 1000


def _transactional() -> Decimal:
    return _millions(west_london_impact().gross) - _transformational()


def _harrow_rest() -> Decimal:
    return -_millions(harrow_savings().total)


DERIVATIONS: dict[str, tuple[str, Callable[[], Decimal]]] = {
    "f-nwl-deficit": ("the deficit stated in the other document, sign turned", lambda: -_printed("f-jh-under")),
    "f-jh-under": ("the deficit stated in the other document, sign turned", lambda: -_printed("f-nwl-deficit")),
    "f-jh-var-1819": ("outturn less control total", lambda: _printed("f-jh-out-1819") - _printed("f-jh-ct-1819")),
    "f-jh-ct-1819": ("outturn less variance", lambda: _printed("f-jh-out-1819") - _printed("f-jh-var-1819")),
    "f-jh-out-1819": ("control total and variance", lambda: _printed("f-jh-ct-1819") + _printed("f-jh-var-1819")),
    "f-jh-exp-1819": (
        "deficit over its share of expenditure, to the hundred million that is printed",
        lambda: _hundreds(-_printed("f-jh-out-1819") / _printed("f-jh-pct-1819") * 100),
    ),
    "f-jh-risk-lnw": (
        "the system's risk less the commissioners'",
        lambda: _printed("f-jh-risk-sys") - _printed("f-jh-risk-ccg"),
    ),
    "f-jh-chc": (
        "the commissioners' risk less its acute part",
        lambda: _printed("f-jh-risk-ccg") - _printed("f-jh-acute"),
    ),
    "f-jh-pct-1819": (
        "outturn over expenditure",
        lambda: -_printed("f-jh-out-1819") / _printed("f-jh-exp-1819") * 100,
    ),
    "f-jh-sav-1920": ("the plan's savings to the nearest ten", lambda: _tens(_printed("f-jh-qipp-1920"))),
    "f-jh-savpct-1920": (
        "the plan's savings over £3.5bn",
        lambda: _printed("f-jh-qipp-1920") / _printed("f-jh-exp-1819") * 100,
    ),
    "f-jh-risk-ccg": ("acute and continuing healthcare", lambda: _printed("f-jh-acute") + _printed("f-jh-chc")),
    "f-jh-risk-sys": ("commissioners and LNWUHT", lambda: _printed("f-jh-risk-ccg") + _printed("f-jh-risk-lnw")),
    "f-jh-acute": ("items of the point of delivery table, forecast and risk share", lambda: -_pod_sum("total")),
    "f-jh-ytd": ("items of the point of delivery table", lambda: _pod_sum("year_to_date")),
    "f-jh-fot": ("items of the point of delivery table", lambda: _pod_sum("forecast")),
    "f-jh-rs": ("items of the point of delivery table", lambda: _pod_sum("risk_share")),
    "f-jh-alloc-avg": ("mean of the five years' rates", _growth),
    "f-jh-success": ("the planned deficit, to the million", lambda: _printed("f-jh-plan-1920")),
    "f-jh-schemes": ("the thirteen schemes", lambda: _millions(recovery_schemes()[1])),
    "f-wl-gross": ("items of the provider impact table", lambda: _millions(west_london_impact().gross)),
    "f-wl-transform": ("its transformational items", _transformational),
    "f-wl-transact": ("its other items", _transactional),
    "f-wl-invest": ("items of the provider impact table", lambda: _millions(west_london_impact().investment)),
    "f-wl-net": ("gross less investment", lambda: _millions(west_london_impact().net)),
    "f-wl-unalloc": (
        "gross less what the sectors carry",
        lambda: _millions(sum(west_london_impact().unassigned.values())),
    ),
    "f-wl-proc": ("the priced lines of the procurement pipeline", _procurement),
    "f-har-25": ("the four years of Harrow's table", _harrow_rest),
    "f-har-1617": ("all years less the years of the table", lambda: _printed("f-har-39") - _printed("f-har-25")),
    "f-har-1718": ("the areas of the year", lambda: _harrow_year("2017/18")),
    "f-har-1819": ("the areas of the year", lambda: _harrow_year("2018/19")),
    "f-har-1920": ("the areas of the year", lambda: _harrow_year("2019/20")),
    "f-har-2021": ("the areas of the year", lambda: _harrow_year("2020/21")),
    "f-har-reprov": (
        "its four years",
        lambda: _millions(harrow_savings().area_totals["Re-provision and investment costs"]),
    ),
}
"""Row id → how it follows, and the value in the row's unit."""

_NOT_DERIVABLE = {
    "f-jh-underpct": "the NHS resources that it is a share of are not printed (it implies about £4.98bn)",
    "f-jh-uplift": "its year is not stated, so it cannot be matched to an allocation rate",
    "f-jh-gpah-1819": "an estimate inside the outturn; no other printed figure bounds it",
    "f-jh-qipp-1920": "it is printed only rounded elsewhere (2.8 % of £3.5bn is 98 to within 1.75)",
    "f-jh-plan-1920": "it is printed only rounded elsewhere (51)",
    "f-jh-spend": "“over £3bn” bounds it and gives no value; £3.5bn is printed for the CCGs",
    "f-nwl-diabetes-spend": "it stands beside £600m for another measure, and neither gives the other",
    "f-har-39": "2016/17 is printed nowhere by itself; the text gives only this sum",
    "f-swl-note": "no figure is given",
}


def _why_not(identifier: str, value: str) -> str:
    if identifier in _NOT_DERIVABLE:
        return _NOT_DERIVABLE[identifier]
    return "stated alone: no other printed figure gives it" if value else "no figure is given"


def _unit_of(printed: Decimal) -> Decimal:
    exponent = printed.as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
