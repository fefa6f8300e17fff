"""Sexually transmitted infection and assisted conception have no public SNOMED CT list: the site states its own, or is told."""

from __future__ import annotations

import datetime

import pytest

from commonweal.errors import BadInput
from commonweal.governance.withheld import WithheldCode
from commonweal.pipeline.confidential import withheld_by, withheld_warnings
from commonweal.store import Store

TODAY = datetime.date(2026, 11, 1)
LIST = """
withheld:
  - {category: sexually_transmitted_infection, codes: ["1234567"], source: Clinic list 3, reviewed: 2026-01-01}
  - {category: assisted_conception, codes: ["7654321"], source: Clinic list 4, reviewed: 2026-01-01, valid_from: 2010-04-01}
"""


def _store(tmp_path, text: str) -> Store:
    (tmp_path / "site.yaml").write_text(text)
    return Store(tmp_path)


def test_without_lists_the_site_is_told_which_are_missing(tmp_path):
    (said,) = withheld_warnings(_store(tmp_path, "as_at: 2026-01-01\n"), TODAY)
    assert "sexually transmitted infection, assisted conception" in said and "site.yaml" in said


def test_with_lists_nothing_is_said_and_the_codes_are_withheld(tmp_path):
    store = _store(tmp_path, LIST)
    assert withheld_warnings(store, TODAY) == ()
    codes, before = withheld_by(store)
    assert WithheldCode("assisted_conception", "snomed", "7654321", datetime.date(2010, 4, 1)) in codes
    _, after = withheld_by(_store(tmp_path, LIST.replace("7654321", "7654322")))
    assert before != after, "columns computed under other codes are not used again"


def test_a_list_that_nobody_reviewed_for_two_years_is_named(tmp_path):
    said = withheld_warnings(_store(tmp_path, LIST.replace("reviewed: 2026-01-01}", "reviewed: 2023-01-01}")), TODAY)
    assert len(said) == 1 and "last reviewed on 2023-01-01" in said[0]


@pytest.mark.parametrize("wrong", ["codes: []", "codes: ['1'], category: other", "codes: ['1'], extra: 1"])
def test_a_list_that_cannot_be_read_stops_rather_than_withhold_nothing(tmp_path, wrong):
    text = f"withheld:\n  - {{category: hiv, source: Clinic list, reviewed: 2026-01-01, {wrong}}}\n"
    with pytest.raises(BadInput, match="not valid"):
        withheld_by(_store(tmp_path, text))


def test_a_real_site_is_warned_at_its_start(tmp_path, settings):
    from commonweal.web.accounts.checks import withheld_categories_have_their_lists

    settings.DEMO, settings.STORE = False, _store(tmp_path, "as_at: 2026-01-01\n")
    assert [one.id for one in withheld_categories_have_their_lists(None)] == ["commonweal.W004"]
    settings.STORE = _store(tmp_path, LIST)
    assert withheld_categories_have_their_lists(None) == []
