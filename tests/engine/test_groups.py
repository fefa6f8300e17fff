"""Every kind of group that a definition can be asked by, at any date, and the organisation's own groups of practices."""

from __future__ import annotations

from datetime import date

import pytest
from tests.engine.test_release import make_build
from tests.spec import definitions
from tests.spec.language import AS_AT, codelist

from commonweal.engine.answers import MeasureRow
from commonweal.engine.cube import GONE, PART, PERSON_GROUPS, ROW_GROUPS
from commonweal.engine.measure_rows import Shape
from commonweal.errors import BadInput
from commonweal.governance.disclosure import HES
from commonweal.pipeline import ask
from commonweal.pipeline.own_groups import read_groups, summed
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


def shown(top, bottom, value=50.0):
    return MeasureRow("practice", "P", top, bottom, value, 0.0, 100.0)


def test_a_groups_number_tells_nothing_that_its_practices_do_not():
    """Hidden practices are left out of both counts: taking a group from a larger one gives a shown number or nothing."""
    share = Shape("share", 100)
    rows = {
        "A": shown(20.0, 40.0),
        "B": shown(10.0, 40.0),
        "C": MeasureRow("practice", "C", None, 40.0, None, None, None),
    }
    both = summed(share, HES, rows, "ABC", "g")
    assert (both.row.numerator, both.row.denominator, both.left_out) == (30, 80, 1)
    without = summed(share, HES, rows, "AB", "g")
    assert (without.row, without.left_out) == (both.row, 0), "the hidden practice makes no difference"
    assert summed(share, HES, rows, "C", "g").row is None
    mean = {
        "A": MeasureRow("practice", "A", None, 10.0, 2.0, None, None),
        "B": MeasureRow("practice", "B", None, 30.0, 4.0, None, None),
    }
    assert summed(Shape("mean", 1), HES, mean, "AB", "g").row.value == 3.5


def test_a_group_says_when_a_practice_could_not_be_counted():
    share = Shape("share", 100)
    rows = {"A": shown(20.0, 40.0), "B": MeasureRow("practice", "B", None, None, None, None, None, "", 35, GONE)}
    part = summed(share, HES, rows, "AB", "g")
    assert (part.row.numerator, part.row.excluded, part.row.state, part.left_out) == (20, 35, PART, 0)
    gone = summed(share, HES, rows, "B", "g")
    assert (gone.row.numerator, gone.row.excluded, gone.row.state) == (None, 35, GONE)


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
