"""Boards' books and records under review, as a commissioner keeps them and a scrutiny councillor reads them."""

import datetime

import pytest
from django.urls import reverse

from commonweal.commissioning import sources
from commonweal.commissioning.governance import Entry, EntryKind, Standing, check_entry, due, standing
from commonweal.errors import BadInput
from commonweal.web.commissioning.models import Board, BoardEntry, Review, ReviewedRecord
from commonweal.web.commissioning.services import loading, register

DAY = datetime.date
TODAY = DAY(2026, 11, 1)


def test_where_an_entry_stands():
    action = Entry(EntryKind.ACTION, "Write to trusts", "Chair", DAY(2026, 10, 31))
    assert standing(action, as_at=TODAY) is Standing.OVERDUE
    assert standing(action, as_at=DAY(2026, 10, 31)) is Standing.SOON
    assert due(DAY(2027, 1, 1), as_at=TODAY) is Standing.OPEN and due(DAY(2026, 12, 31), as_at=TODAY) is Standing.SOON
    assert standing(Entry(EntryKind.DECISION, "Fund it", "", DAY(2020, 1, 1)), as_at=TODAY) is Standing.DONE


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry(EntryKind.ACTION, "Write", " ", TODAY), "who acts"),
        (Entry(EntryKind.DELEGATION, "Awards under £1m", "", TODAY), "to whom"),
        (Entry(EntryKind.DECISION, "Fund it", "", None), "when it was decided"),
        (Entry(EntryKind.WORK, " ", "", TODAY), "say what"),
    ],
)
def test_what_nobody_could_act_on_is_refused(entry, words):
    with pytest.raises(BadInput, match=words):
        check_entry(entry)


@pytest.fixture
def browser(client_as):
    return client_as("greta")


def post(browser, view, data, *arguments):
    return browser.post(reverse(f"commissioning:{view}", args=arguments), data)


def page(browser, **query):
    return browser.get(reverse("commissioning:governance"), query).content.decode()


@pytest.mark.django_db
def test_a_boards_book_from_decision_to_action_done(few, browser, client_as):
    assert post(browser, "add_board", {"name": "Contract governance forum", "chair": "Finance director"}).status_code == 302  # fmt: skip
    assert post(browser, "add_board", {"name": "contract governance forum"}).status_code == 400
    board = Board.objects.get()
    entry = {"board_id": board.pk, "kind": "action", "title": "Write to trusts", "owner": "", "day": "2026-10-01", "intention": "i-nwl-005"}  # fmt: skip
    assert post(browser, "add_entry", entry).status_code == 400  # nobody acts
    assert post(browser, "add_entry", entry | {"owner": "Contract lead"}).status_code == 302
    decided = {"board_id": board.pk, "kind": "decision", "title": "Pool the risk", "day": "2026-09-01"}
    assert post(browser, "add_entry", decided).status_code == 302
    delegated = {"board_id": board.pk, "kind": "delegation", "title": "Awards under £1m", "owner": "Chief officer", "day": "2090-03-31"}  # fmt: skip
    assert post(browser, "add_entry", delegated).status_code == 302
    found = page(browser)
    assert "1 overdue" in found and found.index("Write to trusts") < found.index("Pool the risk")
    row = BoardEntry.objects.get(kind="action")
    assert post(browser, "close_entry", {"done_on": "2026-10-05", "evidence": ""}, row.pk).status_code == 422
    assert post(browser, "close_entry", {"done_on": "2026-10-05", "evidence": "Letter 9"}, row.pk).status_code == 302
    closed_decision = BoardEntry.objects.get(kind="decision")
    assert post(browser, "close_entry", {"done_on": "2026-10-05", "evidence": "x"}, closed_decision.pk).status_code == 400  # fmt: skip
    assert "Nothing is overdue" in page(browser)
    councillor = page(client_as("maeve"))
    assert "Letter 9" in councillor and "Add to a board" not in councillor


@pytest.mark.django_db
def test_what_is_about_a_draft_is_not_shown_outside(few, browser, client_as, actor):
    draft = register.carry_forward(by=actor("greta"), reference="i-nwl-005", year="2027/28")
    post(browser, "add_board", {"name": "Population health board"})
    entry = {"board_id": Board.objects.get().pk, "kind": "work", "title": "Close the hub", "day": "2090-01-05", "intention": draft.reference}  # fmt: skip
    assert post(browser, "add_entry", entry).status_code == 302
    assert "Close the hub" in page(browser)
    assert "Close the hub" not in page(client_as("maeve"))


@pytest.mark.django_db
def test_an_agreement_is_reviewed_until_it_ends(browser, personas):
    form = {
        "kind": "data_sharing", "title": "Shared care record", "parties": "Trusts and practices", "owner": "IG lead",
        "agreed_on": "2024-10-01", "review_on": "2026-10-01",
    }  # fmt: skip
    assert post(browser, "add_record", form | {"owner": ""}).status_code == 422
    assert post(browser, "add_record", form | {"review_on": "2024-09-30"}).status_code == 400
    assert post(browser, "add_record", form).status_code == 302
    assert "1 overdue" in page(browser) and "Shared care record" in page(browser, kind="data_sharing")
    assert "Shared care record" not in page(browser, kind="hazard")
    row = ReviewedRecord.objects.get()
    seen = {"reviewed_on": "2026-11-02", "found": "Still needed"}
    assert post(browser, "review", seen | {"next_on": "2026-11-01"}, row.pk).status_code == 400
    assert post(browser, "review", seen | {"next_on": "2090-10-01"}, row.pk).status_code == 302
    assert "Nothing is overdue" in page(browser) and "Still needed" in page(browser)
    assert post(browser, "review", {"reviewed_on": "2026-11-03", "found": "Replaced"}, row.pk).status_code == 302
    assert "Ended 3 November 2026" in page(browser) and Review.objects.count() == 2
    assert post(browser, "review", seen, row.pk).status_code == 400


@pytest.mark.django_db
def test_the_boards_of_the_documents_have_their_books(loaded, browser):
    """Eight boards, groups and forums that the documents name: what each is for is loaded, what it decides is entered."""
    named = {one.id: one for one in sources.named_systems()}
    assert loaded["boards"] == len(loading.BOARDS) == Board.objects.count()
    found = page(browser)
    for one in loading.BOARDS:
        board = Board.objects.get(name=named[one].name)
        assert board.purpose == named[one].what_it_must_do
        entry = {"board_id": board.pk, "kind": "action", "title": f"Act {one}", "owner": "Chair", "day": "2090-01-05"}
        assert post(browser, "add_entry", entry).status_code == 302
        assert board.entries.count() == 1
    assert loading.load_documents()["boards"] == 0  # done twice, it adds nothing
    assert "10 boards with an empty book" in found and "with an empty book" not in page(browser)


@pytest.mark.django_db
def test_a_scrutiny_member_starts_at_consultations_and_at_what_people_said(client_as):
    page = client_as("maeve").get("/").content.decode()
    assert reverse("commissioning:scrutiny") in page and "None is recorded yet" in page
    assert "What people told the system" in page
    assert reverse("commissioning:scrutiny") not in client_as("amara").get("/").content.decode()
