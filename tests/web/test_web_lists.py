"""Working lists: who is on, why, in which order; what can be done, by whom, and what two people at once may not do."""

from __future__ import annotations

import csv
import datetime
import html
import io
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from web_release import nhs_number, person_id, serve

from commonweal.errors import BadInput, Busy, NotAllowed, NotReady
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit.models import Entry
from commonweal.web.lists import actions, folding, outcomes, presenters, services
from commonweal.web.lists.exports import harmless
from commonweal.web.lists.folding import Standing
from commonweal.web.lists.models import Action, Task, WorkingList
from commonweal.web.lists.sources import combine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]

OVERDUE = [person_id(key) for key in range(0, 240, 12)]
"""At E85000 (numbers divisible by 4) with diabetes (by 3) and an old HbA1c (by 2)."""


@pytest.fixture
def amara(personas):
    return as_actor(memberships_of(personas["amara"])[0])


@pytest.fixture
def overdue(amara):
    return services.list_of_definition(by=amara, definition_id="diabetes_hba1c_overdue")


@pytest.fixture
def colleague(personas):
    """Elspeth is a clinician at the same practice."""
    return next(as_actor(one) for one in memberships_of(personas["elspeth"]) if one.role_id == "clinician")


def address(page, working_list, *more):
    return reverse(f"lists:{page}", args=[working_list.pk, *more])


def wish(verb, **fields):
    return actions.Wish(verb, **fields)


def do(by, working_list, person, verb, seen_version=0, **fields):
    return services.act_on(
        by=by, working_list=working_list, person_id=person, wish=wish(verb, **fields), seen_version=seen_version
    )


def shown(page):
    return re.findall(r'name="person" value="(\w+)"', page.content.decode())


# --- who is on, and why ---------------------------------------------------------------------------------------------


def test_a_list_shows_ones_own_people_in_order_with_names_and_reasons(client_as, overdue):
    page = client_as("amara").get(address("show", overdue))
    assert shown(page) == OVERDUE
    text = page.content.decode()
    assert "Given12 Family12" in text and "999 000 0840" in text
    assert "Diabetes, latest on 1 May 2016" in text and "the last was on 31 March 2024" in text
    assert "Invite for HbA1c" in text and "31 March 2026" in text


def test_another_practice_sees_its_own_people_only(client_as, overdue):
    assert shown(client_as("ben").get(address("show", overdue))) == []


def test_a_network_sees_the_people_of_both_its_practices(client_as, overdue):
    assert set(shown(client_as("chidi").get(address("show", overdue)))) == set(OVERDUE)


def test_a_trust_has_no_list_and_is_told_what_to_do(client_as, overdue):
    page = client_as("otis").get(address("show", overdue))
    assert page.status_code == 403 and b"search for the person" in page.content
    index = client_as("otis").get(reverse("lists:index"))
    assert index.status_code == 200 and b"has no registered list" in index.content
    assert reverse("people:find").encode() in index.content


def test_every_person_shown_is_one_audited_look_and_the_list_is_one_more(client_as, overdue):
    client_as("amara").get(address("show", overdue))
    looked = set(Entry.objects.filter(action="look", object="identity").values_list("subject", flat=True))
    assert looked == set(OVERDUE)
    assert Entry.objects.get(action="list").result_count == len(OVERDUE)


def test_the_list_is_limited_to_its_capacity_and_says_how_many_wait(client_as, amara):
    made = services.make(
        by=amara, kind="combination", title="Few", shared="private", capacity=3, quiet_days=30,
        all_of=["diabetes_hba1c_overdue"],
    )  # fmt: skip
    page = client_as("amara").get(address("show", made))
    assert shown(page) == OVERDUE[:3]
    assert "20 people on the list: 3 to see now, 17 waiting behind them" in page.content.decode()


def test_what_changed_since_the_release_before(client_as, amara, overdue, small_store):
    serve(small_store, newest=1)
    services.page(by=amara, working_list=overdue)
    first = overdue.snapshots.get()
    assert set(first.people) == set(OVERDUE)
    serve(small_store)
    text = client_as("amara").get(address("show", overdue)).content.decode()
    assert "Since 31 December 2025: 0 people have left the list, and 0 of those shown are new." in text


def test_a_release_that_a_list_is_compared_with_is_not_pruned(amara, overdue, small_store):
    from commonweal.pipeline.releases import cited

    assert cited(small_store) == set()
    services.page(by=amara, working_list=overdue)
    assert cited(small_store) == {overdue.snapshots.get().release_id}


def test_the_index_counts_ones_own_people(client_as):
    text = client_as("amara").get(reverse("lists:index")).content.decode()
    row = text.split("Diabetes: HbA1c overdue</a>")[1].split("</tr>")[0]
    assert ">20<" in row.replace("\n", "").replace(" ", "")


def test_who_oversees_sees_how_a_list_goes_but_no_person(client_as, overdue):
    browser = client_as("dalia")
    assert browser.get(reverse("lists:index")).status_code == 200
    assert browser.get(address("outcomes", overdue)).status_code == 200
    assert browser.get(address("show", overdue)).status_code == 403


# --- acting ---------------------------------------------------------------------------------------------------------


def test_done_folds_away_and_is_audited_and_noted(client_as, overdue, personas):
    browser = client_as("amara")
    form = {"person": [OVERDUE[0], OVERDUE[1]], "verb": "done", "note": "Seen today", "version-" + OVERDUE[0]: 0,
            "version-" + OVERDUE[1]: 0}  # fmt: skip
    page = browser.post(address("act", overdue), form, follow=True)
    assert "2 people done" in page.content.decode()
    assert shown(page) == OVERDUE[2:]
    assert "Seen: 2 people" in page.content.decode()
    assert Action.objects.filter(verb="done", note="Seen today", by=personas["amara"]).count() == 2
    assert set(Entry.objects.filter(action="list done").values_list("subject", flat=True)) == set(OVERDUE[:2])


def test_somebody_folded_away_can_be_seen_and_put_back(client_as, amara, overdue):
    do(amara, overdue, OVERDUE[0], "decline", reason="not_appropriate")
    browser = client_as("amara")
    folded = browser.get(address("show", overdue), {"folded": "1"})
    assert shown(folded) == [OVERDUE[0]] and "Declined" in folded.content.decode()
    version = re.search(rf'name="version-{OVERDUE[0]}" value="(\d+)"', folded.content.decode())[1]
    browser.post(address("act", overdue), {"person": OVERDUE[0], f"version-{OVERDUE[0]}": version, "verb": "reopen"})
    assert shown(browser.get(address("show", overdue))) == OVERDUE


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"verb": "decline"}, "why this person is taken off"),
        ({"verb": "defer"}, "until when"),
        ({"verb": "defer", "until": "2020-01-01"}, "until when"),
        ({"verb": "assign"}, "to whom"),
        ({"verb": "note", "note": "  "}, "note is empty"),
        ({"verb": "undo"}, "valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(client_as, overdue, form, message):
    sent = {"person": OVERDUE[3], f"version-{OVERDUE[3]}": 0, "note": "a long thought", **form}
    page = client_as("amara").post(address("act", overdue), sent)
    text = html.unescape(page.content.decode())
    assert page.status_code == 422 and message in text.lower()
    assert re.search(rf'value="{OVERDUE[3]}" id="p\d+" checked', text), "the tick stays"
    assert form.get("note", "a long thought") in text
    assert not Action.objects.exists()


def test_nobody_ticked_is_said(client_as, overdue):
    page = client_as("amara").post(address("act", overdue), {"verb": "done"})
    assert page.status_code == 422 and b"Tick at least one person" in page.content


def test_of_two_who_act_at_once_the_second_is_told(client_as, overdue, amara, colleague, personas):
    first, second = client_as("amara"), client_as("elspeth", "clinician")
    form = {"person": OVERDUE[0], f"version-{OVERDUE[0]}": 0, "verb": "assign"}
    first.post(address("act", overdue), {**form, "assigned_to": personas["amara"].pk})
    page = second.post(address("act", overdue), {**form, "assigned_to": personas["elspeth"].pk})
    assert page.status_code == 409
    assert "a colleague changed this a moment ago: assigned by Dr Amara Osei" in page.content.decode()
    assert Task.objects.get(person_id=OVERDUE[0]).assigned_to == personas["amara"]
    assert Action.objects.count() == 1


def test_two_tabs_of_one_person_do_not_undo_each_other(amara, overdue):
    do(amara, overdue, OVERDUE[0], "decline", reason="not_appropriate")
    with pytest.raises(Busy):
        do(amara, overdue, OVERDUE[0], "done", seen_version=0)
    assert Task.objects.get().state == "declined"


def test_assigned_to_a_colleague_shows_on_their_start_page(client_as, overdue, amara, personas):
    do(amara, overdue, OVERDUE[0], "assign", assigned_to=personas["elspeth"].pk)
    text = client_as("elspeth", "clinician").get("/").content.decode()
    assert "1 person assigned to you" in text
    with pytest.raises(BadInput, match="does not work here"):
        do(amara, overdue, OVERDUE[1], "assign", assigned_to=personas["ben"].pk)


def test_undo_puts_back_exactly_what_was_once_and_only_ones_own(amara, colleague, overdue, personas):
    do(amara, overdue, OVERDUE[0], "assign", assigned_to=personas["elspeth"].pk)
    declined = do(amara, overdue, OVERDUE[0], "decline", seen_version=1, reason="moved_away")
    with pytest.raises(NotAllowed, match="only whoever did it"):
        services.undo(by=colleague, list_id=str(overdue.pk), action_id=declined.pk)
    services.undo(by=amara, list_id=str(overdue.pk), action_id=declined.pk)
    task = Task.objects.get()
    assert (task.state, task.assigned_to, task.until) == ("assigned", personas["elspeth"], None)
    with pytest.raises(NotAllowed, match="something was done since"):
        services.undo(by=amara, list_id=str(overdue.pk), action_id=declined.pk)


def test_undo_is_for_a_day(amara, overdue):
    done = do(amara, overdue, OVERDUE[0], "done")
    Action.objects.filter(pk=done.pk).update(at=timezone.now() - datetime.timedelta(hours=25))
    with pytest.raises(NotAllowed, match="more than a day ago"):
        services.undo(by=amara, list_id=str(overdue.pk), action_id=done.pk)


def test_undo_through_the_page(client_as, overdue):
    browser = client_as("amara")
    browser.post(
        address("act", overdue), {"person": OVERDUE[0], f"version-{OVERDUE[0]}": 0, "verb": "note", "note": "rang them"}
    )
    text = browser.get(address("show", overdue)).content.decode()
    undo = re.search(r'formaction="([^"]+/undo/\d+/)"', text)[1]
    assert browser.post(undo).status_code == 302
    assert Action.objects.order_by("-pk")[0].verb == "undo"


def test_somebody_who_left_the_list_in_a_new_release_is_not_acted_on(amara, overdue):
    with pytest.raises(NotReady, match="not on the list any more"):
        do(amara, overdue, person_id(1), "done")


# --- folding (worked by hand) ---------------------------------------------------------------------------------------

TODAY = datetime.date(2026, 4, 1)


@pytest.mark.parametrize(
    ("standing", "elsewhere", "expected"),
    [
        (Standing(), "", ""),
        (Standing(), "Hypertension", "Being seen about “Hypertension”"),
        (Standing("assigned"), "Hypertension", ""),
        (Standing("declined"), "", "Declined"),
        (Standing("deferred", until=datetime.date(2026, 4, 2)), "", "Deferred until 2 April 2026"),
        (Standing("deferred", until=datetime.date(2026, 4, 1)), "", ""),
        (Standing("done", changed_on=datetime.date(2026, 3, 3)), "", "Seen on 3 March 2026"),
        (Standing("done", changed_on=datetime.date(2026, 3, 2)), "", ""),
    ],
)
def test_who_is_folded_away(standing, elsewhere, expected):
    assert folding.folded_because(standing, today=TODAY, quiet_days=30, on_other_list=elsewhere) == expected


def test_folding_keeps_the_order_and_counts_who_waits():
    now, folded, waiting = folding.split(
        list("abcdef"), {"b": Standing("declined")}, {"d": "Other"}, today=TODAY, quiet_days=30, capacity=2
    )
    assert (now, [person for person, _ in folded], waiting) == (["a", "c"], ["b", "d"], 2)


def test_somebody_dealt_with_on_one_list_is_folded_on_another(client_as, amara, overdue, personas):
    both = person_id(0)  # numbers divisible by 3, 4 and 5 have both, and no blood pressure at all
    do(amara, overdue, both, "assign", assigned_to=personas["amara"].pk)
    other = services.list_of_definition(by=amara, definition_id="hypertension_bp_overdue")
    page = client_as("amara").get(address("show", other))
    assert both not in shown(page) and "Being seen: 1 person" in page.content.decode()


# --- lists of one's own ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("all_of", "any_of", "none_of", "expected"),
    [
        (["abc", "cb"], [], [], "bc"),
        (["abc"], ["c", "b"], [], "bc"),
        ([], ["ca", "ab"], [], "cab"),
        (["abcd"], ["abd"], ["a"], "bd"),
        ([], [], ["a"], ""),
    ],
)
def test_definitions_combine(all_of, any_of, none_of, expected):
    assert combine(*([list(one) for one in part] for part in (all_of, any_of, none_of))) == list(expected)


def test_a_combined_list_through_the_form(client_as):
    form = {"title": "Both", "capacity": 20, "quiet_days": 30, "shared": "organisation",
            "all_of": ["diabetes", "hypertension"], "none_of": ["frailty_severe"]}  # fmt: skip
    page = client_as("amara").post(reverse("lists:new_combined"), form, follow=True)
    assert set(shown(page)) == {person_id(key) for key in range(0, 240, 60)}
    assert client_as("elspeth", "clinician").get(reverse("lists:index")).content.decode().count("Both") == 1
    assert "Both" not in client_as("ben").get(reverse("lists:index")).content.decode()


def test_nhs_numbers_make_a_list_of_ones_own_people_and_tell_nothing_of_others(client_as):
    ours, theirs, nobody = nhs_number(0), nhs_number(1), nhs_number(9000)
    text = f"NHS number,Name\n{ours[:3]} {ours[3:6]} {ours[6:]},x\n{theirs},y\n{nobody},z\n"
    form = {"title": "From the clinic", "capacity": 20, "quiet_days": 30, "shared": "private",
            "file": SimpleUploadedFile("list.csv", text.encode())}  # fmt: skip
    page = client_as("amara").post(reverse("lists:new_numbers"), form, follow=True)
    assert shown(page) == [person_id(0)]
    assert "1 of 3 NHS numbers belong to people whom you care for" in page.content.decode()
    assert "Put on this list by a colleague" in page.content.decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04" + b"\x00" * 200, "not a text file"),
        (b"\x1f\x8b" + b"\x00" * 200, "not a text file"),
        (b"name\nsomebody\n", "No NHS number was found"),
        (b"9990000019\n", "not an NHS number"),
        (b"\n".join(b"%010d" % number for number in range(3000)), "too many people at once"),
        (b'"9990000018' + b"x" * 200_000, "could not be read as CSV"),
    ],
)
def test_a_bad_upload_is_refused_with_what_to_do_and_the_name_stays(client_as, content, message):
    form = {"title": "My careful name", "capacity": 20, "quiet_days": 30, "shared": "private",
            "file": SimpleUploadedFile("list.csv", content)}  # fmt: skip
    page = client_as("amara").post(reverse("lists:new_numbers"), form)
    assert page.status_code == 422 and message in page.content.decode()
    assert "My careful name" in page.content.decode() and not WorkingList.objects.exists()


def test_a_huge_upload_is_refused_before_it_is_kept(client_as):
    form = {"title": "Big", "capacity": 20, "quiet_days": 30, "shared": "private",
            "file": SimpleUploadedFile("list.csv", b"9990000018\n" * 300_000)}  # fmt: skip
    page = client_as("amara").post(reverse("lists:new_numbers"), form)
    assert page.status_code == 422 and "The file is larger than 1 MB" in page.content.decode()
    assert "No NHS number was found" not in page.content.decode(), "there may be many: they were not read"
    assert not WorkingList.objects.exists()


def test_files_of_numbers_are_limited_by_the_hour(client_as, settings):
    settings.FILES_AN_HOUR = 2
    form = {"title": "N", "capacity": 20, "quiet_days": 30, "shared": "private", "numbers": nhs_number(0)}
    browser = client_as("amara")
    codes = [browser.post(reverse("lists:new_numbers"), form).status_code for _ in range(3)]
    assert codes == [302, 302, 422]


def test_a_list_is_changed_by_its_owner_in_versions_and_not_from_a_stale_form(client_as, amara, colleague):
    made = services.make(by=amara, kind="combination", title="Mine", shared="organisation", capacity=5, quiet_days=30,
                         all_of=["diabetes"])  # fmt: skip
    form = {
        "title": "Mine now",
        "capacity": 7,
        "quiet_days": 10,
        "shared": "organisation",
        "seen_number": 1,
        "note": "more",
    }
    browser = client_as("amara")
    assert browser.post(address("change", made), form).status_code == 302
    assert (made.version.number, made.version.capacity, made.versions.count()) == (2, 7, 2)
    stale = browser.post(address("change", made), {**form, "note": "a second thought"})
    assert stale.status_code == 422 and b"a second thought" in stale.content
    assert client_as("elspeth", "clinician").get(address("change", made)).status_code == 403
    assert browser.post(address("close", made)).status_code == 302
    assert "Mine now" not in browser.get(reverse("lists:index")).content.decode()


@pytest.mark.parametrize("page", ["show", "outcomes", "change"])
def test_a_list_of_others_does_not_exist_for_me(client_as, amara, page):
    theirs = services.make(by=amara, kind="combination", title="Secret", shared="private", capacity=5, quiet_days=30,
                           all_of=["diabetes"])  # fmt: skip
    for who, role in (("ben", ""), ("elspeth", "clinician")):
        answer = client_as(who, role).get(address(page, theirs))
        missing = client_as(who, role).get(reverse(f"lists:{page}", args=[uuid.uuid4()]))
        assert answer.status_code == missing.status_code == 404
        assert (
            answer.content.split(b"<main")[1].split(b"</main>")[0]
            == missing.content.split(b"<main")[1].split(b"</main>")[0]
        )
    for action in ("act", "export", "close"):
        assert client_as("ben").post(address(action, theirs), {"person": OVERDUE[0], "verb": "done"}).status_code == 404


def test_people_of_another_practice_cannot_be_acted_on_through_a_shared_list(client_as, overdue):
    form = {"person": OVERDUE[0], f"version-{OVERDUE[0]}": 0, "verb": "done"}
    assert client_as("ben").post(address("act", overdue), form).status_code == 404
    assert not Action.objects.exists()


# --- export and outcomes --------------------------------------------------------------------------------------------


def test_the_export_holds_who_is_shown_and_is_audited(client_as, overdue, amara):
    do(amara, overdue, OVERDUE[0], "done")
    answer = client_as("amara").post(address("export", overdue))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Person identifier"] for row in rows] == OVERDUE[1:]
    assert rows[0]["NHS number"] == "999 000 0840"
    assert Entry.objects.get(action="export").result_count == 19


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '  =HYPERLINK("x")', "=cmd|' /C calc'!A0"]
)
def test_no_cell_is_a_formula(cell):
    assert harmless(cell) == f"'{cell}"
    assert harmless("Ann O'Hara") == "Ann O'Hara"


def test_those_who_left_are_counted_beside_those_nobody_reached():
    day = datetime.date(2026, 1, 1)
    found = outcomes.compare(list("abcdefgh"), list("bcdgh"), {"a", "b", "x"}, day, day)
    assert (found.seen, found.seen_left, found.untouched, found.untouched_left) == (2, 1, 6, 2)
    value, lower, upper = found.share(2, 6)
    assert (round(value, 4), round(lower, 4), round(upper, 4)) == (0.3333, 0.0968, 0.7000)  # Wilson, worked by hand


def test_outcomes_count_what_was_done_each_week_without_what_was_undone(client_as, amara, overdue):
    do(amara, overdue, OVERDUE[0], "done")
    do(amara, overdue, OVERDUE[1], "decline", reason="record_wrong")
    undone = do(amara, overdue, OVERDUE[2], "done")
    services.undo(by=amara, list_id=str(overdue.pk), action_id=undone.pk)
    week = outcomes.by_week(overdue, "E85000")
    assert [one.counts for one in week] == [{"done": 1, "decline": 1}]
    assert "The record is wrong" in client_as("amara").get(address("outcomes", overdue)).content.decode()


# --- one press, everybody at once, by hand, and what was done before -------------------------------------------------


def test_done_in_one_press_is_for_that_person_only_whoever_is_ticked(client_as, overdue):
    sent = {"person": OVERDUE[1:3], "done_at_once": OVERDUE[0], "verb": "decline"}
    versions = {f"version-{one}": 0 for one in OVERDUE}
    assert client_as("amara").post(address("act", overdue), {**sent, **versions}).status_code == 302
    assert list(Action.objects.values_list("person_id", "verb")) == [(OVERDUE[0], "done")]


def test_the_return_key_saves_and_never_marks_somebody(client_as, overdue):
    """A browser presses a form's first submit button: it must have no name and no address of its own."""
    page = client_as("amara").get(address("show", overdue)).content.decode()
    form = page.split(f'action="{address("act", overdue)}"')[1]
    first = re.search(r"<button[^>]*type=\"submit\"[^>]*>", form)[0]
    assert "name=" not in first and "formaction" not in first


def test_everybody_shown_can_be_ticked_without_script(client_as, overdue):
    page = client_as("amara").get(address("show", overdue) + "?tick=all").content.decode()
    assert len(re.findall(r'name="person"[^>]* checked', page)) == len(OVERDUE)
    assert "Tick nobody" in page


def test_the_history_of_a_person_on_a_list_says_who_when_and_why(client_as, overdue, amara):
    do(amara, overdue, OVERDUE[0], "decline", reason="patient_declined", note="Prefers to wait")
    browser = client_as("amara")
    page = browser.get(address("history", overdue, OVERDUE[0])).content.decode()
    assert "Prefers to wait" in page and "The patient does not want it" in page and "Dr Amara Osei" in page
    assert browser.get(address("history", overdue, person_id(1))).status_code == 404, "not one of our people"


def test_one_person_is_put_on_a_list_by_hand(client_as, amara):
    browser = client_as("amara")
    place = reverse("lists:by_hand", args=[OVERDUE[0]])
    assert browser.post(place, {"list_id": "new", "title": ""}).status_code == 422
    assert browser.post(place, {"list_id": "new", "title": "To ring on Friday"}).status_code == 302
    made = WorkingList.objects.get(title="To ring on Friday")
    assert shown(browser.get(address("show", made))) == [OVERDUE[0]]
    again = browser.post(place, {"list_id": str(made.pk)})
    assert again.status_code == 422 and "on that list already" in again.content.decode()
    other = reverse("lists:by_hand", args=[OVERDUE[1]])
    assert browser.post(other, {"list_id": str(made.pk)}).status_code == 302
    assert made.version.number == 2 and made.version.people == [OVERDUE[0], OVERDUE[1]]
    stranger = reverse("lists:by_hand", args=[person_id(1)])
    assert browser.post(stranger, {"list_id": "new", "title": "X"}).status_code == 404
    assert (
        client_as("ben").post(reverse("lists:by_hand", args=[person_id(1)]), {"list_id": str(made.pk)}).status_code
        == 422
    )


def test_lists_with_nobody_are_named_and_not_shown_as_work(client_as):
    page = client_as("amara").get(reverse("lists:index")).content.decode()
    assert "with nobody here now" in page or "0 lists" not in page
    assert not re.search(r'data-heading="People here">0<', page)


def test_a_score_orders_a_list_and_never_decides_who_is_on_it(amara, monkeypatch):
    """Those without a score come last, in the definitions' order; the score is said as one more reason."""
    from commonweal.engine.answers import DefinitionInfo
    from commonweal.web.core import reading

    info = DefinitionInfo("frail", "score", "Frailty score", "h", True, "", {})
    monkeypatch.setattr(reading, "scores", lambda reader: [info])
    monkeypatch.setattr(
        reading, "scores_of", lambda reader, score_id, people: {OVERDUE[3]: 9.0, OVERDUE[1]: 4.5, person_id(1): 99.0}
    )
    made = services.make(
        by=amara, kind="combination", title="Frailest first", shared="private", capacity=20, quiet_days=30,
        all_of=["diabetes_hba1c_overdue"], order_by="frail",
    )  # fmt: skip
    page = services.page(by=amara, working_list=made)
    shown_now = [one.person_id for one in page.people]
    assert shown_now[:2] == [OVERDUE[3], OVERDUE[1]] and shown_now[2:] == [
        one for one in OVERDUE if one not in shown_now[:2]
    ]
    assert "Frailty score: 9" in presenters.reason_words(page.people[0], page)
    assert services.change(by=amara, working_list=made, seen_number=1, note="n").order_by == "frail", (
        "a change keeps it"
    )
    with pytest.raises(BadInput, match="no such score"):
        services.make(
            by=amara, kind="combination", title="X", shared="private", capacity=5, quiet_days=5, all_of=["diabetes"],
            order_by="made_up",
        )  # fmt: skip
