"""Every kind of group that a definition can be asked by, at any date, and the organisation's own groups of practices."""

from __future__ import annotations

from datetime import date

import pytest
from tests.engine.test_release import make_build
from tests.spec import definitions
from tests.spec.language import AS_AT, codelist

from commonweal.engine.cube import PERSON_GROUPS, ROW_GROUPS
from commonweal.errors import BadInput
from commonweal.governance.disclosure import HES
from commonweal.pipeline import ask
from commonweal.pipeline.own_groups import grouped, read_groups
from commonweal.pipeline.release import make_release
from commonweal.store import Store

KNOWN = {one.id: one for one in definitions.DEFINITIONS}


@pytest.fixture(scope="module")
def rows():
    return definitions.record(people=150, seed=5)


@pytest.fixture(scope="module")
def store(tmp_path_factory, rows):
    made = Store(tmp_path_factory.mktemp("groups"))
    make_build(made, rows)
    make_release(made, definitions=definitions.DEFINITIONS, loader=codelist, as_at=AS_AT)
    return made


def asked(store, name, by="all", as_at=AS_AT, **more):
    return ask.measured(store, [name], as_at, by, "direct_care", loader=codelist, known=KNOWN, **more)


@pytest.mark.parametrize("by", PERSON_GROUPS)
def test_the_people_of_all_groups_of_a_kind_are_everybody(store, by):
    whole = asked(store, "asthma")[0]
    parts = asked(store, "asthma", by)
    assert all(
        {"numerator", "denominator", "value", "lower", "upper", "release", "hash"} <= one.keys() for one in parts
    )
    assert sum(one["numerator"] for one in parts) == whole["numerator"] > 0
    assert sum(one["denominator"] for one in parts) == whole["denominator"]


@pytest.mark.parametrize("by", ROW_GROUPS)
def test_the_rows_of_all_groups_of_a_kind_are_all_rows(store, rows, by):
    column = ROW_GROUPS[by]
    found = {one["group"]: one["denominator"] for one in asked(store, "mean_stay", by)}
    assert sum(found.values()) > 0
    codes = {row.get(column) or "unknown" for row in rows["contact"] if row["setting"] == "apc"}
    assert found.keys() <= codes


def test_a_date_that_no_release_has_is_computed_from_the_record(store, rows):
    moment = date(2019, 5, 17)
    found = asked(store, "asthma", as_at=moment)[0]
    assert found["as_at"] == "2019-05-17"
    assert found["numerator"] < asked(store, "asthma")[0]["numerator"]


def test_an_unknown_group_or_definition_gets_the_nearest(store):
    with pytest.raises(BadInput, match="practice"):
        asked(store, "asthma", "practise")
    with pytest.raises(BadInput, match="asthma"):
        asked(store, "astma")


def test_own_groups_are_sums_of_their_practices(store, tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("practice_code,group\nP1,North\nP2,North\nP2,South\nP3,South\n")
    practices = {one["group"]: one for one in asked(store, "asthma", "practice")}
    found = {one["group"]: one for one in asked(store, "asthma", groups=read_groups(path))}
    for group, codes in {"North": ("P1", "P2"), "South": ("P2", "P3")}.items():
        for key in ("numerator", "denominator"):
            assert found[group][key] == sum(practices[code][key] for code in codes)
        assert found[group]["group_type"] == "own"
        assert found[group]["lower"] < found[group]["value"] < found[group]["upper"]


def test_an_own_group_does_not_give_away_a_practice_that_is_hidden():
    def row(code, numerator):
        return {"definition_id": "d", "part": "", "group_code": code, "numerator": numerator, "denominator": 100.0, "excluded": 0.0, "state": ""}  # fmt: skip

    listed = [row("P1", 20.0), row("P2", 2.0), row("P3", 30.0)]
    groups = {"both": frozenset({"P1", "P2"}), "open": frozenset({"P1", "P3"})}
    found = {one["group_code"]: one["numerator"] for one in grouped(listed, groups, HES)}
    assert found == {"both": None, "open": 50.0}


@pytest.mark.parametrize(
    ("body", "said"),
    [("code,list\nP1,A\n", "practice_code"), ("practice_code,group\nP1,\n", "line 2"), ("", "columns")],
)
def test_a_file_of_groups_that_is_wrong_is_refused_with_what_and_where(tmp_path, body, said):
    path = tmp_path / "groups.csv"
    path.write_text(body)
    with pytest.raises(BadInput, match=said):
        read_groups(path)


def test_a_practice_where_nobody_is_registered_is_refused(store):
    with pytest.raises(BadInput, match="P9"):
        asked(store, "asthma", groups={"A": frozenset({"P1", "P9"})})
