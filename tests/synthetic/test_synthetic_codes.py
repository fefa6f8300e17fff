"""Every code used is a real one: a member of the list that it names."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest
from invented import slice_

from commonweal.definitions import codelists
from commonweal.synthetic.inpatients import FRAIL, SECONDARY
from commonweal.synthetic.reference import settings_file

MEMBERS = slice_("codelist_members.csv.gz")
SYSTEMS = slice_("classifications.csv.gz")


def _named(node: object) -> list[tuple[str, str]]:
    if not isinstance(node, dict):
        return []
    found = [pair for value in node.values() for pair in _named(value)]
    if "list" in node:
        found += [(node["list"], str(code)) for code in node.get("codes", {})]
        found += [(node["list"], str(node["code"]))] if "code" in node else []
    return found


NAMED = sorted(set(_named(settings_file("gp_codes.yaml"))))


def test_the_book_names_many_codes():
    assert len(NAMED) > 100


def _members(list_name: str) -> set[str] | frozenset[str]:
    """Members of a published list, or of a codelist that ships with the product."""
    return MEMBERS[list_name] if list_name in MEMBERS else codelists.load(list_name).codes


@pytest.mark.parametrize(("list_name", "code"), NAMED)
def test_code_is_a_member_of_its_list(list_name, code):
    assert code in _members(list_name)


@pytest.mark.parametrize("name", ["medicines.csv", "acute_medicines.csv"])
def test_medicines_are_members_of_their_lists(name):
    path = files("commonweal.synthetic") / "data" / name
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) > 25
    assert [row["name"] for row in rows if row["code"] not in _members(row["source_list"])] == []


@pytest.mark.parametrize("kind", settings_file("casemix.yaml"))
def test_case_mix_codes_exist(kind):
    for row in settings_file("casemix.yaml")[kind]:
        for name in ("hrg", "long", "short"):
            if name in row:
                assert row[name] in SYSTEMS["hrg"], row
        if "opcs" in row:
            assert row["opcs"][:3] in SYSTEMS["opcs4_category"], row
        for name in ("icd", "icd_else", "also"):
            if name not in row:
                continue
            assert row[name].rstrip("X")[:3] in {code[:3] for code in SYSTEMS["icd10"]}, row


def test_secondary_diagnoses_exist():
    categories = {code[:3] for code in SYSTEMS["icd10"]}
    assert [code for code in (*SECONDARY.values(), *FRAIL) if code[:3] not in categories] == []


def test_hrgs_in_the_feed_are_in_the_cost_collection(small):
    used = small.all(
        """select distinct "spell.commissioning.grouping.core_hrg" from {sus_apc/spell}
           where "spell.commissioning.grouping.core_hrg" <> 'UZ01Z'"""
    )
    assert {code for (code,) in used} <= SYSTEMS["hrg"]
