"""Why a status cannot be known, exactly, and what would make it knowable."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from commonweal.commissioning.knowable import Nearest, explain
from commonweal.commissioning.sources import DATA
from commonweal.commissioning.standards import SOURCE, standards
from commonweal.commissioning.targets import (
    Reading,
    Status,
    Target,
    assess,
    check_due,
    parse_trajectory,
    register,
)
from commonweal.errors import BadInput

AS_AT = date(2026, 11, 1)
WAITS = Target(
    "t-1", "Under 18 weeks", "Open pathways", "percent", "at_least", Decimal(92), due="2018/19", measure_id="rtt", data_domain="rtt"
)  # fmt: skip
SAME = Nearest("Waiting under 18 weeks", "63.3% (310 of 490)", 63.3, True, date(2024, 11, 1))


def why(target, nearest=None, readings=()):
    return explain(target, assess(target, list(readings), as_at=AS_AT), nearest)


def test_a_date_before_the_record_says_when_the_record_begins_and_where_today_stands():
    found = why(WAITS, SAME, [Reading(date(2026, 10, 1), 63.3)])
    assert found.assessment.status is Status.UNKNOWN
    assert found.assessment.reason == "no figure near its due date, 31 March 2019; the record begins November 2024"
    assert "set the target again" in found.remedy
    assert found.today == "today’s 63.3% (310 of 490) would not meet it"


@pytest.mark.parametrize(
    ("target", "nearest", "reason", "remedy"),
    [
        (replace(WAITS, measure_id="", data_domain="workforce"), None, "nothing on staffing", "enter figures"),
        (replace(WAITS, measure_id="", data_domain="apc"), None, "no measure is defined", "an analyst can define"),
        (replace(WAITS, value=None), None, "direction and no level", "set a level"),
        (replace(WAITS, direction="reduce_by"), SAME, "a baseline that", "begins November 2024"),
        (replace(WAITS, statistic="weeks"), replace(SAME, same=False), "a time and not the share", "set the share"),
        (replace(WAITS, statistic="count"), replace(SAME, same=False), "the document counts", "enter the count"),
        (replace(WAITS), replace(SAME, same=False), "not the target’s own quantity", "set the target on this"),
        (WAITS, replace(SAME, level=None, words="too few people to show"), "may not be shown", "more people"),
        (WAITS, replace(SAME, level=None, missing="no 111 feed"), "not in this release: no 111 feed", "by hand"),
        (replace(WAITS, id="t-jh-gp-hours"), None, "how services are arranged: hours, sites", "its owner enters"),
        (replace(WAITS, id="t-jh-mycopd"), None, "which its supplier counts", "its owner enters"),
        (replace(WAITS, source="swl-2016-17"), SAME, "South West London, whose people", "set a target for this system"),
        (replace(WAITS, population="England: adults"), SAME, "all of England", "set a target for this system"),
    ],
)
def test_each_case_has_its_own_reason_and_remedy(target, nearest, reason, remedy):
    found = why(target, nearest)
    assert found.why is not None
    assert found.assessment.status is Status.UNKNOWN
    assert reason in found.assessment.reason
    assert remedy in found.remedy


def test_what_is_known_needs_no_remedy():
    found = why(replace(WAITS, due=""), SAME, [Reading(date(2026, 10, 1), 63.3)])
    assert (found.assessment.status, found.remedy) == (Status.NOT_MET, "")


def test_an_older_figure_is_named_where_todays_may_not_be_shown():
    hidden = replace(SAME, level=None, words="too few people to show")
    found = why(replace(WAITS, due=""), hidden, [Reading(date(2026, 6, 1), 63.3)])
    assert found.assessment.status is Status.NOT_MET and found.why is None
    assert found.assessment.reason.endswith("; the latest figure that may be shown is of 1 June 2026")


def test_every_target_said_to_be_outside_the_record_is_one_that_no_measure_was_found_for():
    held = json.loads((DATA / "links.json").read_text(encoding="utf-8"))
    outside = [name for names in held["outside_record"].values() for name in names]
    known = {target.id for target in register()}
    assert len(outside) == len(set(outside)) and set(outside) <= known
    assert not set(outside) & set(held["target_measures"])
    assert set(held["same_quantity"]) | set(held["target_places"]) <= set(held["target_measures"])


def test_a_trajectory_is_read_line_by_line():
    steps = parse_trajectory("2027-03-31 70\n\n2026-03-31, 65%\n")
    assert steps == ((date(2026, 3, 31), Decimal(65)), (date(2027, 3, 31), Decimal(70)))
    with pytest.raises(BadInput, match="line 2"):
        parse_trajectory("2026-03-31 65\n31/03/2027 70")


def test_a_due_date_that_no_calendar_knows_is_refused():
    for text in ("", "2026/27", "2028-02-29", "2026-09"):
        check_due(text)
    for text in ("soon", "2027-02-29", "2026-13"):
        with pytest.raises(BadInput, match="due date"):
            check_due(text)


def test_standards_hold_their_steps_and_say_what_is_not_verified():
    by_id = {one.target.id: one for one in standards()}
    waits = by_id["std-rtt-18w"].target
    assert [(day.isoformat(), level) for day, level in waits.trajectory] == [
        ("2026-03-31", 65),
        ("2027-03-31", 70),
        ("2029-03-31", 92),
    ]
    assert (waits.value, waits.source) == (Decimal(92), SOURCE)
    for one in by_id.values():
        assert one.verified or "ot verified" in one.target.note or "not confirmed" in one.target.note
    # at 1 November 2026 the step of March 2026 stands
    found = assess(waits, [Reading(date(2026, 10, 1), 63.3)], as_at=AS_AT)
    assert (found.status, found.reason) == (Status.OFF_TRACK, "63.3 against 65 on the trajectory")
