"""The invented system end to end, from its files to the planning file: each planted effect is found, named and on a page."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass

import duckdb
import pytest

from commonweal.cli import main
from commonweal.definitions.registry import all_definitions
from commonweal.finance.programme_effect import CONDITIONS
from commonweal.pipeline.release import make_release
from commonweal.store import Store
from commonweal.synthetic.generate import generate
from commonweal.synthetic.settings import SIZES, Settings

FEEDS = ("pds", "olids", "sus_apc", "sus_op", "sus_ae", "acm", "schemes")


@dataclass(frozen=True)
class Planted:
    effects: list[dict]
    findings: list[dict]
    programmes: dict[str, dict]


@pytest.fixture(scope="module")
def planted(tmp_path_factory) -> Planted:
    """The demonstration's own system, by the demonstration's own steps, with the registers that programmes are matched on."""
    store = Store(tmp_path_factory.mktemp("planted") / "store")
    incoming = store.root / "incoming"
    generate(Settings(SIZES["small"], 1), incoming)
    (store.root / "site.yaml").write_text((incoming / "site.yaml").read_text())
    at = ["--store", str(store.root)]
    for words in (["ingest", *(str(incoming / feed) for feed in FEEDS)], ["link"], ["build", "--as-at", "2026-10-01"]):
        assert main([*words, *at]) in (0, 3), words
    registers = [one for one in all_definitions() if one.id in CONDITIONS]
    made = make_release(store, definitions=registers)
    with duckdb.connect(str(made.folder / "serve" / "planning.duckdb"), read_only=True) as con:
        return Planted(
            json.loads((incoming / "truth" / "planted.json").read_text())["effects"],
            _rows(con, "position_finding"),
            {row["programme"]: row for row in _rows(con, "position_programme")},
        )


def _rows(con, table: str) -> list[dict]:
    found = con.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _of(planted: Planted, effect: str) -> dict:
    return next(one for one in planted.effects if one["effect"] == effect)


def _found(planted: Planted, kind: str) -> list[tuple[str, str, str]]:
    return [
        (row["provider_code"], row["pod"], f"{row['month']:%Y-%m}") for row in planted.findings if row["kind"] == kind
    ]


def test_the_price_change_is_found_with_its_size(planted: Planted):
    true = _of(planted, "price_change")
    assert _found(planted, "price change") == [(true["provider"], true["pod"], true["from_month"])]
    found = next(row for row in planted.findings if row["kind"] == "price change")
    assert "+6.0 %" in found["says"]
    assert found["pence"] == pytest.approx(true["effect_pence_before_mff"] * 1.15, rel=0.05)


def test_the_month_that_was_sent_twice_is_found_with_its_money(planted: Planted):
    true = _of(planted, "duplicate_feed")
    assert _found(planted, "duplicate feed") == [(true["provider"], true["pod"], true["month"])]
    found = next(row for row in planted.findings if row["kind"] == "duplicate feed")
    assert found["pence"] == pytest.approx(true["excess_pence_before_mff"] * 1.15, rel=0.1)


def test_the_gap_in_the_feed_is_found(planted: Planted):
    true = _of(planted, "feed_gap")
    assert _found(planted, "feed gap") == [(true["provider"], "Outpatients", true["month"])]


def test_the_rise_in_referrals_is_found_over_the_points_of_delivery_that_it_moves(planted: Planted):
    true = _of(planted, "volume_change")
    assert _found(planted, "volume change") == [(true["provider"], "First attendances", true["from_month"])]
    found = next(row for row in planted.findings if row["kind"] == "volume change")
    seen = float(re.search(r"\(([+-][\d.]+) %\)", found["says"])[1]) / 100  # type: ignore[index]
    assert seen == pytest.approx(true["ratio"] - 1, rel=0.3)


def test_nothing_else_is_named(planted: Planted):
    assert Counter(row["kind"] for row in planted.findings) == {
        "price change": 1, "volume change": 1, "duplicate feed": 1, "feed gap": 1,
    }  # fmt: skip


def test_the_programme_that_works_is_told_from_the_one_that_only_regresses(planted: Planted):
    true = {one["scheme"]: one for one in planted.effects if one["effect"] == "scheme"}
    assert set(planted.programmes) == set(true) == {"proactive_care", "frequent_attender_review"}
    for name, one in planted.programmes.items():
        assert 0.85 * true[name]["people"] <= one["people"] <= true[name]["people"]
        assert str(one["began"]) == true[name]["enrolled_on"]
    works, review = planted.programmes["proactive_care"], planted.programmes["frequent_attender_review"]
    assert works["upper"] < 0
    assert works["verdict"] == "fewer admissions than people like them"
    # A few hundred people do not say how much; what is claimed is less than what was planted, never more.
    avoided = true["proactive_care"]["admissions_avoided_expected"] / true["proactive_care"]["people"]
    assert -avoided <= works["effect"] < 0
    assert review["effect"] is None or review["lower"] < 0 < review["upper"]
