"""`docs/coverage.csv` says how each named system is served; everything that it names must be there."""

import ast
import csv
from functools import cache
from pathlib import Path

import pytest
from django.urls import resolve

from commonweal.commissioning import followed, sources
from commonweal.definitions.registry import registry
from commonweal.engine.plan import not_computable

ROOT = Path(__file__).parents[2]
CLASSES = {"computed", "operated", "tracked", "enabled", "not yet"}
IN_ADDRESSES = {
    "person_id": "p1", "list_id": "6f0e4b1c-0000-4000-8000-000000000000", "kind": "borough", "code": "E09000005",
    "dashboard_id": "cancer", "measure_id": "rtt_18_weeks", "reference": "r-1", "year": "2026-27", "slug": "paper",
    "name": "submit", "feed": "gp",
}  # fmt: skip


FOLLOWED = {one.target.id for one in followed.followed()}
"""Targets without a level that the loader makes, each with a milestone, for systems that intentions commit to."""


def _rows():
    with (ROOT / "docs" / "coverage.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _places(row):
    return [place for place in row["where"].split("; ") if place]


SERVED = [row for row in _rows() if row["class"] != "not yet"]


@cache
def _functions(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def _definitions(row):
    return [place for place in _places(row) if "/" not in place]


def test_every_named_system_stands_once_under_its_own_name():
    named = [(system.id, system.name) for system in sources.named_systems()]
    assert [(row["id"], row["name"]) for row in _rows()] == named
    assert len(named) == len({one for one, _ in named}) == 338


def test_classes_are_of_the_closed_set_and_what_is_served_says_where_and_by_which_test():
    rows = _rows()
    assert {row["class"] for row in rows} <= CLASSES
    assert [row["id"] for row in SERVED if not (row["where"] and row["test"])] == []
    assert [row["id"] for row in rows if row["class"] == "not yet" and (row["where"] or row["test"])] == []
    assert [row["id"] for row in rows if row["class"] == "not yet" and row["note"].startswith("In part")] == []


@pytest.mark.parametrize("row", SERVED, ids=lambda row: row["id"])
def test_what_a_row_names_is_there(row):
    path, _, function = row["test"].partition("::")
    assert (ROOT / path).is_file() and function in _functions(path), row["test"]
    targets = {target.id for target in sources.targets()} | FOLLOWED
    for place in _places(row):
        if place.startswith("src/"):
            assert (ROOT / place).is_file(), place
        elif place.startswith("plans/targets/") and place != "plans/targets/":
            assert place.split("/")[2] in targets, place
        elif "/" in place:
            for name, value in IN_ADDRESSES.items():
                place = place.replace(f"<{name}>", value)
            resolve("/" + place.replace("pack.borough", "pack.pdf"))
        else:
            assert place in registry(), place


def test_a_list_that_a_row_opens_is_of_a_definition_that_is_computed():
    opened = [place.split("/")[3] for row in SERVED for place in _places(row) if place.startswith("care/lists/from/")]
    assert opened and [one for one in opened if one not in registry() or one in _blocked()] == []


def test_no_row_rests_on_a_definition_that_cannot_be_computed():
    assert {row["id"]: one for row in SERVED for one in _definitions(row) if one in _blocked()} == {}


def test_a_row_is_tracked_only_by_what_the_register_loads():
    """Every target takes entered figures; a milestone stands in the tracker only where the target is a dated one."""
    dated = {target.id for target in sources.targets() if target.target_type == "milestone"} | FOLLOWED
    for row in SERVED:
        named = {place.split("/")[2] for place in _places(row) if place.startswith("plans/targets/")}
        if row["class"] == "tracked":
            assert named, row["id"]
            assert ("plans/milestones/" not in _places(row)) or named & dated or named == {""}, row["id"]
            # Followed without a figure is never the whole: the row says what is missing.
            assert not named <= FOLLOWED or row["note"].startswith("In part"), row["id"]


def test_a_dashboard_that_a_row_names_has_computed_measures():
    """A dashboard is a line of definitions or tags (`web.leads.dashboards`)."""
    from commonweal.web.leads.dashboards import declared

    computed = [one for one in registry().values() if one.kind == "measure" and one.id not in _blocked()]
    ids, tags = {one.id for one in computed}, {tag for one in computed for tag in one.tags}
    tags |= {one.id for one in declared() if ids & set(one.definitions) or tags & set(one.tags)}
    named = {p.split("/")[2] for row in SERVED for p in _places(row) if p.startswith("planning/dashboards/")}
    assert named - {"<dashboard_id>"} and named - tags - {"<dashboard_id>"} == set()


@cache
def _blocked():
    return not_computable(registry().values())
