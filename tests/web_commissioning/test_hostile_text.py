"""Script in every text column of every table of plans, and every page read: it is always text."""

import datetime

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from commonweal.commissioning.procurement import provider_selection
from commonweal.web.commissioning.models import (
    Assessment,
    Assumption,
    Board,
    BoardEntry,
    Consultation,
    Contract,
    Event,
    ImpactTerm,
    Intention,
    Interest,
    Milestone,
    MilestoneChange,
    Modification,
    Paper,
    Procurement,
    Reading,
    Representation,
    Review,
    ReviewedRecord,
    ScoredProvider,
    Succession,
    Target,
    TargetChange,
    WeightSet,
)
from commonweal.web.commissioning.services import choices, example, governance, papers, register, targets

pytestmark = pytest.mark.django_db
DAY = datetime.date
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
RAW = ("<script>alert(1)", "<img src=x")
STAY = {
    "reference", "slug", "state", "kind", "code", "year", "due", "status", "basis", "side", "step", "before", "after", "source",
    "provider_code", "place_code", "old_code", "new_code", "release_id", "content_hash", "carried_from", "measure_id", "audience",
    "statistic", "direction", "target_type", "data_domain", "procurement", "outcome", "decision", "route", "scheme",
}  # fmt: skip
"""Columns that hold a code, a choice or a date in words, which the site checks before it keeps them."""


def columns(model):
    fields = model._meta.concrete_fields
    kept = {"CharField", "TextField"}
    return [
        field for field in fields if field.get_internal_type() in kept and field.name not in STAY and not field.choices
    ]


def spoil():
    """Put the script into every text column of every row; returns (table, column) of those that were filled."""
    filled = set()
    for model in apps.get_app_config("commissioning").get_models():
        for field in columns(model):
            if field.unique:
                for row in model.objects.all():
                    model.objects.filter(pk=row.pk).update(**{field.name: f"{SCRIPT}{row.pk}"[: field.max_length]})
            else:
                long = field.max_length or 10**6
                model.objects.update(**{field.name: SCRIPT[:long]})
            if model.objects.exists():
                filled.add((model.__name__, field.name))
    return filled


@pytest.fixture
def everything(few, actor, personas):
    """At least one row in every table that holds text."""
    greta, hugo = actor("greta"), actor("hugo")
    example.make_example()
    mine = Intention.objects.get(reference=example.REFERENCE)
    target = Target.objects.get(reference="t-demo-001")
    Target.objects.filter(pk=target.pk).update(published_on=DAY(2026, 1, 1))
    targets.change(by=greta, reference="t-demo-001", field="owner", value="Somebody", reason="Moved")
    Reading.objects.create(target=target, day=DAY(2026, 5, 1), value=40, source="Log", by_id=greta.user_id)
    done = Milestone.objects.create(title="First", owner="A", due=DAY(2026, 5, 1), intention=mine, target=target)
    MilestoneChange.objects.create(
        milestone=done, field="owner", before="A", now="B", reason="Left", by_id=greta.user_id
    )
    board = Board.objects.create(name="Board", purpose="Decides", chair="Chair", reports_to="Other")
    governance.add_entry(by=greta, board_id=board.pk, kind="action", title="Do", words="It", owner="Me", day=DAY(2026, 12, 1), intention=mine.reference)  # fmt: skip
    record = ReviewedRecord.objects.create(kind="hazard", title="Hazard", owner="Me", review_on=DAY(2026, 12, 1), by_id=greta.user_id)  # fmt: skip
    Review.objects.create(record=record, reviewed_on=DAY(2026, 11, 1), found="Fine", by_id=greta.user_id)
    Event.objects.create(reference="e-1", event="Forum", audience="All", starts=DAY(2026, 12, 1))
    Consultation.objects.create(intention=mine, committee="Health", change="Move", comments="Yes", outcome="Agreed")
    ImpactTerm.objects.create(kind="support", provider_code="RYJ", year="2026/27", share="0.5", source="Board", agreed_on=DAY(2026, 5, 1), by_id=hugo.user_id)  # fmt: skip
    Succession.objects.create(old_code="RKL", old_name="Old", new_code="RV3", new_name="New", merged_on=DAY(2026, 10, 1))  # fmt: skip
    planned = Procurement.objects.get(intention=mine)
    Interest.objects.create(procurement=planned, person="Chair", declared_on=DAY(2026, 5, 1), interest="Shares")
    Representation.objects.create(procurement=planned, provider="Alpha", received_on=DAY(2026, 5, 1), words="Unfair")
    contract = Contract.objects.create(reference="c-1", provider="Alpha", provider_code="RYJ", service="Care", starts=DAY(2026, 4, 1), ends=DAY(2027, 3, 31), value_pence=1, route="competitive", decided_on=DAY(2026, 1, 5), intention=mine)  # fmt: skip
    Modification.objects.create(
        contract=contract, made_on=DAY(2026, 6, 1), change="More", value_change_pence=1, by_id=hugo.user_id
    )
    weights = WeightSet.objects.get()
    choices.decide(by=hugo, reference=mine.reference, decision="fund", decided_by="Board", decided_on=DAY(2026, 9, 1), reason="First", weights_id=weights.pk)  # fmt: skip
    scored = dict.fromkeys(provider_selection.KEY_CRITERIA, 3)
    ScoredProvider.objects.create(procurement=planned, provider="Alpha", scores=scored, reasons=dict.fromkeys(scored, SCRIPT), by_id=hugo.user_id)  # fmt: skip
    assert Assessment.objects.exists() and Assumption.objects.exists() and BoardEntry.objects.exists()
    assert TargetChange.objects.exists() and Paper.objects.exists()
    return mine


def test_script_in_every_text_column_is_text_on_every_page(everything, actor, client_as):
    filled = spoil()
    wanted = {(model.__name__, field.name) for model in apps.get_app_config("commissioning").get_models() for field in columns(model)}  # fmt: skip
    assert wanted == filled, sorted(wanted - filled)
    greta = actor("greta")
    reference = everything.reference
    paper = Paper.objects.get()
    Paper.objects.filter(pk=paper.pk).update(source="", place=SCRIPT, year=everything.year)
    papers.publish(by=greta, slug=paper.slug)
    planned = Procurement.objects.get(intention=everything).reference
    pages = [
        *((name, ()) for name in ("register", "new", "compare", "look_alikes", "leavers", "mergers", "targets", "milestones", "indicators", "fit", "priorities", "impact", "engagement", "governance", "scrutiny", "papers", "pipeline", "contracts", "upload", "you_said", "published", "coverage")),
        *((name, (reference,)) for name in ("intention", "history", "score", "carry", "hand_over", "link")),
        *((("assess"), (reference, kind)) for kind in ("involvement", "equality", "quality")),
        *(("trace", pair) for pair in (("provider", "RYJ"), ("measure", "ld_health_check"), ("borough", "E09000005"), ("target", "t-demo-001"), ("contract", "c-1"))),
        ("target", ("t-demo-001",)), ("provider", ("RYJ",)), ("procurement", (planned,)), ("paper", (paper.slug,)), ("published_paper", (paper.slug,)),
        ("consultation", (Consultation.objects.get().pk,)),
        ("complete_milestone", (Milestone.objects.get().pk,)), ("assign_milestone", (Milestone.objects.get().pk,)),
        ("close_entry", (BoardEntry.objects.get().pk,)), ("review", (ReviewedRecord.objects.get().pk,)),
    ]  # fmt: skip
    seen = 0
    for person in ("greta", "hugo"):
        browser = client_as(person)
        for name, arguments in pages:
            answer = browser.get(reverse(f"commissioning:{name}", args=arguments))
            if answer.status_code == 403 and person == "hugo":
                continue
            content = answer.content.decode()
            assert answer.status_code == 200, (name, person, answer.status_code)
            assert not [words for words in RAW if words in content], (name, person)
            seen += "&lt;script&gt;alert(1)" in content or "&lt;script&gt;alert(1)" in content.replace(
                "&amp;lt;", "&lt;"
            )
    assert seen > 40  # the text stands on these pages, escaped: they were not simply empty
    stranger = Client()
    for name, arguments in (("you_said", ()), ("published", ()), ("published_paper", (paper.slug,))):
        content = stranger.get(reverse(f"commissioning:{name}", args=arguments)).content.decode()
        assert "&lt;script&gt;" in content and not [words for words in RAW if words in content], name


def test_the_files_made_of_such_text_open(everything, actor, client_as):
    spoil()
    browser = client_as("greta")
    greta = actor("greta")
    assert browser.get(reverse("commissioning:export")).content[:2] == b"PK"
    slug = Paper.objects.get().slug
    for form, starts in (("docx", b"PK"), ("pdf", b"%PDF")):
        answer = browser.get(reverse("commissioning:paper_file", args=[slug, form]))
        assert b"".join(answer.streaming_content if answer.streaming else [answer.content]).startswith(starts)
    assert register.get(by=greta, reference=everything.reference).title == SCRIPT
