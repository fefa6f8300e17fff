"""The annual paper and the notice letter."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from commonweal.commissioning import provider_impact
from commonweal.commissioning.intentions import Intention, Kind
from commonweal.commissioning.papers import financial_recovery, model, progress, provider_notice, web, what_happened
from commonweal.commissioning.papers.model import Points, Table
from commonweal.commissioning.provider_impact import Assumption, Effect
from commonweal.commissioning.targets import Assessment, Reading, Status, Target, assess
from commonweal.commissioning.tracker import Milestone
from commonweal.commissioning.workflow import State

MADE = datetime(2026, 10, 2, tzinfo=UTC)
ONE = Intention("i-1", "Cancer", "Brent", "2025/26", Kind.STRATEGIC_CHANGE, "Earlier tests", "A test within 28 days.")
TARGET = Target("t-1", "Told within 28 days", "Everyone", "percent", "at_least", Decimal(75), due="2025/26")


def tables(paper):
    return {
        block.caption: block.rows for section in paper.sections for block in section.blocks if isinstance(block, Table)
    }


def test_what_happened_counts_every_intention_and_target_once():
    met = assess(TARGET, [Reading(date(2026, 3, 31), 80)], as_at=date(2026, 10, 1))
    unknown = assess(replace(TARGET, id="t-2"), [], as_at=date(2026, 10, 1))
    paper = what_happened.build(
        paper_id="p",
        place="Brent",
        year="2025/26",
        intentions=[
            (ONE, State.DELIVERED, "82% by March"),
            (replace(ONE, id="i-2", title="More beds"), State.NOT_DELIVERED, "No building was found"),
            (replace(ONE, id="i-3", title="Scanner"), State.RECORDED, ""),
        ],
        targets=[(TARGET, met), (replace(TARGET, id="t-2"), unknown)],
        made_at=MADE,
        stamp="register",
    )
    found = tables(paper)
    assert "Targets not met" not in found
    assert sum(int(count) for _, count in found["Intentions by what became of them"]) == 3
    assert {row[0]: row[1] for row in found["Where the targets stand"]} == {
        "Met": "1", "On track": "0", "Off track": "0", "Missed": "0", "Not met": "0", "Cannot be known": "1",
    }  # fmt: skip
    text = web.to_html(paper)
    assert "More beds. No building was found" in text and "Earlier tests. 82% by March" in text
    assert found["Why a target cannot be known"][0][1] == "1"
    assert model.from_json(model.to_json(paper)) == paper


def test_a_notice_letter_says_where_it_is_late_and_what_is_not_agreed():
    effect = Effect("s", "i-1", "Trust", "elective", "2027/28", -10, 100_000, Decimal("0.5"), Decimal("0.2"))
    impacts = provider_impact.tabulate([effect], ("point_of_delivery", "year"))
    unsure = Assumption("a-1", "Half is marginal", "50%", "contract", "Finance", date(2026, 5, 1), "ICB", "")
    paper = provider_notice.build(
        provider="Trust",
        provider_code="RXX",
        commissioner="ICB",
        starts=date(2027, 4, 1),
        intentions=[ONE],
        impacts=impacts,
        assumptions=[unsure],
        made_at=MADE,
        stamp="register",
        written="Thank you for your help.",
    )
    text = web.to_html(paper)
    assert "1 day after 1 October 2026" in text
    assert tables(paper)["Effect on activity and income"] == (
        ("elective", "2027/28", "-10", "−£5,000", "£3,000", "£0"),
    )
    assert tables(paper)["Assumptions"][0][-1] == "not agreed by both"
    assert "Thank you for your help." in text
    points = [block.items for section in paper.sections for block in section.blocks if isinstance(block, Points)]
    assert points == [("Earlier tests. A test within 28 days. (i-1)",)]


def test_a_progress_paper_lists_every_target_and_says_what_is_late():
    made = progress.build(
        paper_id="p",
        title="Cancer",
        standing=progress.Standing(
            intentions=[(ONE, State.IN_DELIVERY)],
            milestones=[
                Milestone("1", "Clinic open", "Lead", date(2026, 5, 1)),
                Milestone("2", "Staff in post", "Lead", date(2026, 9, 1), date(2026, 8, 1), "Payroll"),
                Milestone("3", "Undated", "", None),
            ],
            targets=[
                (TARGET, Assessment(Status.OFF_TRACK, "60 against 70 on the trajectory")),
                (replace(TARGET, id="t-2", indicator="Other"), Assessment(Status.UNKNOWN, "nobody entered it")),
            ],
            agreements=[progress.Agreement("Alliance", "A and B", date(2027, 3, 31))],
        ),
        made_at=MADE,
        stamp="stamp",
    )
    found = tables(made)
    assert [row[3] for row in found["Milestones"]] == ["Overdue", "Done", "No owner"]
    assert [row[2] for row in found["Targets and where they stand"]] == ["Off track"]
    assert found["Targets not known"] == (("Other", TARGET.due, "Cannot be known", "nobody entered it"),)
    assert found["Agreements"] == (("Alliance", "A and B", "31 March 2027"),)
    assert {one.key: one.shown for one in made.figures} == {"intentions": "1", "milestones_overdue": "1", "targets_known": "1 of 2"}  # fmt: skip
    assert set(made.slots()) == {"introduction", "next"}


def test_a_recovery_paper_never_adds_cash_to_cost_avoided():
    line = financial_recovery.SchemeLine("One", "in_delivery", 100_00, 20_00, 80_00, 40_00, 30_00, True, "Lead")
    other = replace(line, title="Two", cash_releasing=False, counted_pence=500_00, delivered_pence=None)
    made = financial_recovery.build(paper_id="p", place="NWL", year="2026/27", schemes=[line, other], made_at=MADE, stamp="s")  # fmt: skip
    figures = {one.key: one.shown for one in made.figures}
    assert figures == {"cash_counted": "£80", "cash_likely": "£40", "avoided_counted": "£500", "delivered": "£30"}
    found = tables(made)
    assert found["Schemes that avoid cost"][0][-1] == "not measured"
    assert [row[0] for row in found["Schemes that release cash"]] == ["One"]
