"""Versions, merges of two editors, years compared, look-alikes and contradictions."""

from dataclasses import replace

import pytest

from commonweal.commissioning import changes, similarity
from commonweal.commissioning.changes import Fate
from commonweal.commissioning.intentions import Intention, Kind, register
from commonweal.errors import Busy

BASE = Intention(
    id="i-1",
    programme="Respiratory",
    place="Harrow",
    year="2026/27",
    kind=Kind.STRATEGIC_CHANGE,
    title="Expand pulmonary rehabilitation",
    summary="More people with COPD are offered and finish pulmonary rehabilitation.",
    lead="A. Lead",
    strategies=("NHS Long Term Plan",),
)


def test_the_change_log_writes_itself():
    new = replace(BASE, lead="", senior_owner="Director", title="Widen pulmonary rehabilitation")
    assert changes.change_log(BASE, new) == (
        "Title: “Expand pulmonary rehabilitation” became “Widen pulmonary rehabilitation”; "
        "Lead: removed “A. Lead”; Senior owner: added “Director”"
    )
    assert changes.change_log(BASE, BASE) == ""


def test_words_removed_and_added_side_by_side():
    found = changes.pieces("close ten acute beds", "close twenty community beds")
    assert [(piece.kind, piece.text) for piece in found] == [
        ("same", "close"),
        ("removed", "ten acute"),
        ("added", "twenty community"),
        ("same", "beds"),
    ]


def test_two_editors_of_different_fields_keep_both_edits():
    theirs, mine = replace(BASE, lead="B. New"), replace(BASE, summary="Everyone with COPD is offered it.")
    merged = changes.merge_edits(BASE, theirs, mine)
    assert (merged.lead, merged.summary) == ("B. New", "Everyone with COPD is offered it.")


def test_two_editors_of_one_field_must_choose():
    theirs, mine = replace(BASE, lead="B. New"), replace(BASE, lead="C. Other")
    with pytest.raises(Busy) as stopped:
        changes.merge_edits(BASE, theirs, mine)
    assert stopped.value.value == "Lead"


def test_the_same_edit_made_twice_is_no_clash():
    both = replace(BASE, lead="B. New")
    assert changes.merge_edits(BASE, both, both) == both


def test_years_compared_by_recorded_link_then_by_words():
    later = [
        replace(changes.carry_forward(BASE, year="2027/28", new_id="i-9"), lead="D. Next"),
        replace(
            BASE, id="i-10", year="2027/28", title="Screen for hidden hearing loss", summary="Hearing checks at 60."
        ),
    ]
    earlier = [
        BASE,
        replace(BASE, id="i-2", title="Smoking advice in hospital", summary="Every smoker in a ward is offered help."),
    ]
    lines = changes.compare_years(earlier, later)
    fates = {(line.before and line.before.id, line.after and line.after.id): line.fate for line in lines}
    assert fates == {
        ("i-1", "i-9"): Fate.CHANGED,
        (None, "i-10"): Fate.NEW,
        ("i-2", None): Fate.DROPPED,
    }
    assert [change.field for change in lines[0].changes] == ["lead"]


def test_every_intention_of_both_years_stands_in_the_comparison_once():
    everything = register()
    earlier = [row for row in everything if row.source == "nwl-2020-21"]
    later = [row for row in everything if row.source == "jhosc-2019-10"]
    lines = changes.compare_years(earlier, later)
    assert sorted(line.before.id for line in lines if line.before) == sorted(row.id for row in earlier)
    assert sorted(line.after.id for line in lines if line.after) == sorted(row.id for row in later)


def test_duplicates_of_the_register():
    pairs = {(pair.first.id, pair.second.id): pair for pair in similarity.duplicates(register())}
    assert pairs["i-har-067", "i-har-160"].reason.startswith("in two programmes")  # "Intermediate step beds" twice
    assert all(0.5 <= pair.likeness <= 1 for pair in pairs.values())
    assert [*pairs] == [*{(p.first.id, p.second.id): p for p in similarity.duplicates(register())}]


def test_a_copy_is_found_and_its_likeness_is_one():
    copy = replace(BASE, id="i-2")
    (pair,) = similarity.duplicates(
        [BASE, copy, replace(BASE, id="i-3", title="Mend the roof", summary="Estate repairs.")]
    )
    assert (pair.first.id, pair.second.id, pair.likeness, pair.reason) == ("i-1", "i-2", 1.0, "looks like a duplicate")


def test_more_and_less_of_one_thing_contradict():
    more = replace(BASE, title="Increase community rehabilitation beds")
    less = replace(BASE, id="i-2", title="Reduce community rehabilitation beds")
    other = replace(BASE, id="i-3", title="Reduce agency staff")
    (pair,) = similarity.contradictions([more, less, other])
    assert {pair.first.id, pair.second.id} == {"i-1", "i-2"}
    assert pair.reason == (
        "“Increase community rehabilitation beds” asks for more, “Reduce community rehabilitation beds” for less"
    )
    assert similarity.contradictions([more, replace(less, year="2030/31")]) == []


def test_no_words_no_likeness():
    assert similarity.likeness(["the of and", "the of and"], 0.1) == []
    assert similarity.likeness([], 0.1) == []
