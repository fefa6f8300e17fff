"""One person: who may look, the broken glass, what is withheld, and that nobody can walk through NHS numbers."""

from __future__ import annotations

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from web_release import nhs_number, person_id

from commonweal.engine.answers import PersonSummary, TimelineItem
from commonweal.errors import NotAllowed, NotReady
from commonweal.record.known_people import KnownPeople
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.audit.models import Entry
from commonweal.web.people import access, corrections, identities, services, timelines
from commonweal.web.people.models import CorrectionRequest, EmergencyAccess
from commonweal.web.people.relationships import relationship

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
OURS, NEIGHBOUR, REFERRED = person_id(0), person_id(1), person_id(2)
REASON = {"reason": "emergency", "words": "collapsed in our waiting room", "once": "form-1"}


def address(page, person, *more):
    return reverse(f"people:{page}", args=[person, *more])


def main(answer):
    """The page without its frame and its one-time numbers."""
    text = answer.content.decode().split("<main")[1].split("</main>")[0]
    return re.sub(r'(csrfmiddlewaretoken|once)" value="[^"]+"|/people/\w+/|value="[^"]{20,}"', "", text)


@pytest.fixture
def amara(personas):
    return as_actor(memberships_of(personas["amara"])[0])


@pytest.fixture
def kamala(personas):
    return as_actor(memberships_of(personas["kamala"])[0])


# --- the ground for a look ------------------------------------------------------------------------------------------

DAY = datetime.date(2026, 4, 1)


def person(practice="E85000", pcn="U00001", borough="E09000009"):
    return PersonSummary("p", None, None, None, None, None, practice, pcn, borough, None, None, (), (), {}, {})


def item(table, provider, start, end=None, setting="", **details):
    return TimelineItem(start, end, table, setting or table, "", "", "", None, "", provider, 1, 1, details)


D = datetime.date


@pytest.mark.parametrize(
    ("who", "items", "kind"),
    [
        ("amara", [], "registered"),
        ("ben", [], None),
        ("ben", [item("referral", "E85001", D(2026, 3, 1))], None),
        ("chidi", [], "network"),
        ("otis", [], None),
        ("otis", [item("referral", "RYJ", D(2026, 3, 1))], "referral"),
        ("otis", [item("referral", "RYJ", D(2026, 3, 1), D(2026, 3, 31))], None),
        ("otis", [item("referral", "RYJ", D(2026, 3, 1), D(2026, 4, 1))], "referral"),
        ("otis", [item("referral", "RJ1", D(2026, 3, 1))], None),
        ("otis", [item("referral", "RYJ", D(2026, 4, 2))], None),
        ("otis", [item("referral", "RYJ", D(2025, 4, 1))], "referral"),
        ("otis", [item("referral", "RYJ", D(2025, 3, 31))], None),
        ("otis", [item("referral", "RYJ", D(2020, 3, 31), service_type="12")], "referral"),
        ("otis", [item("contact", "RYJ", D(2026, 3, 30), None, "apc")], "spell"),
        ("otis", [item("contact", "RYJ", D(2026, 3, 1), D(2026, 3, 4), "apc")], None),
        ("otis", [item("contact", "RYJ", D(2026, 3, 30), None, "op")], None),
        ("otis", [item("care_package", "RYJ", D(2026, 1, 1))], "package"),
        ("maeve", [item("care_package", "ABC", D(2026, 1, 1), funder="local_authority")], "package"),
        ("maeve", [item("care_package", "ABC", D(2026, 1, 1), funder="nhs_continuing_care")], None),
        ("kamala", [item("care_package", "QRV", D(2026, 1, 1))], None),
    ],
)
def test_who_has_a_relationship(personas, who, items, kind):
    actor = as_actor(memberships_of(personas[who])[0])
    found = relationship(actor, person(), items, DAY)
    assert (found.kind if found else None) == kind


def test_a_clinician_of_the_trust_sees_whom_it_treats_and_no_other(client_as):
    browser = client_as("otis")
    page = browser.get(address("show", REFERRED))
    assert page.status_code == 200 and "Referred to you on 11 March 2026" in page.content.decode()
    assert browser.get(address("show", OURS)).status_code == 404


# --- the page -------------------------------------------------------------------------------------------------------


def test_the_summary_says_who_what_and_why_and_what_is_withheld(client_as):
    text = client_as("amara").get(address("show", OURS)).content.decode()
    for words in (
        "Given0 Family0", "999 000 0018", "15 January 1940 (86 years)", "Alder Road Surgery", "07700 900000",
        "Registered with your practice", "Diabetes: HbA1c overdue", "Hypertension", "48 mmol/mol", "No HbA1c in the last 12 months",
        "1 entry that the source marked as confidential is not shown", "Imperial College Healthcare NHS Trust",
    ):  # fmt: skip
        assert words in text, words


def test_a_store_whose_names_were_not_gathered_says_so_where_a_name_would_stand(client_as, released):
    """As after an upgrade: the last linkage was before names were gathered. Everything else of the person is there."""
    gathered = KnownPeople(released).path
    gathered.rename(gathered.with_suffix(".aside"))
    try:
        text = client_as("amara").get(address("show", OURS)).content.decode()
        assert "Name not shown until the records are linked again" in text and nhs_number(0) not in text
        assert not identities.names_are_gathered()
    finally:
        gathered.with_suffix(".aside").rename(gathered)
    assert identities.names_are_gathered()
    assert "Name not shown" not in client_as("amara").get(address("show", OURS)).content.decode()


@pytest.mark.parametrize("page", ["show", "timeline"])
def test_direct_care_never_sees_a_cost(client_as, page):
    text = client_as("amara").get(address(page, OURS)).content.decode()
    assert not re.search(r"cost|price|3,?456|345,?600|£", text, re.IGNORECASE)


def test_every_look_is_audited_with_its_ground_before_it_is_shown(client_as):
    client_as("amara").get(address("show", OURS))
    looks = Entry.objects.filter(action="look", subject=OURS)
    assert set(looks.values_list("object", flat=True)) == {"summary", "identity"}
    assert all("Registered with your practice" in one.reason for one in looks)


def test_without_the_audit_nothing_is_shown(client_as):
    from commonweal.governance import audit as chain
    from commonweal.web.audit.sink import DatabaseSink

    chain.install_sink(None)
    try:
        answer = client_as("amara").get(address("show", OURS))
    finally:
        chain.install_sink(DatabaseSink())
    assert answer.status_code != 200 and b"Family0" not in answer.content


def test_the_timeline_filters_by_place_and_time(client_as):
    browser = client_as("amara")
    every = browser.get(address("timeline", OURS)).content.decode()
    assert "Hospital stay" in every and "2016" in every
    stays = browser.get(address("timeline", OURS), {"setting": "apc"}).content.decode().split("<ol")[1]
    assert "Hospital stay" in stays and "GP</strong>" not in stays
    recent = browser.get(address("timeline", OURS), {"years": "1"}).content.decode()
    assert ">2025</h3>" in recent and ">2016</h3>" not in recent
    assert browser.get(address("timeline", OURS), {"years": "x", "setting": "nonsense"}).status_code == 200


def test_a_long_record_shows_its_newest_entries_and_says_how_to_reach_the_others(client_as, monkeypatch):
    monkeypatch.setattr(timelines, "MOST_ENTRIES", 2)
    text = main(client_as("amara").get(address("timeline", OURS)))
    assert text.count('class="cw-when"') == 2 and "older that a filter can show" in text


def test_why_somebody_is_on_a_list_down_to_the_rows(client_as):
    text = client_as("amara").get(address("why", OURS, "diabetes_hba1c_overdue")).content.decode()
    assert "This person is on the list." in text and "What would take them off" in text
    assert "record 1" in text and "load 1" in text
    assert client_as("amara").get(address("why", OURS, "no_such_list")).status_code == 404


def test_a_stranger_and_nobody_look_the_same(client_as):
    browser = client_as("amara")
    stranger, nobody = browser.get(address("show", person_id(2))), browser.get(address("show", "nobody"))
    assert stranger.status_code == nobody.status_code == 404
    assert main(stranger) == main(nobody)
    for page in ("timeline", "correct"):
        assert browser.get(address(page, person_id(2))).status_code == 404
    assert browser.get(address("why", person_id(2), "diabetes")).status_code == 404
    assert Entry.objects.filter(action="look refused", subject=person_id(2)).count() == 4


# --- finding --------------------------------------------------------------------------------------------------------


def test_a_person_is_found_by_number_which_is_in_no_address(client_as):
    answer = client_as("amara").post(reverse("people:find"), {"number": "999 000 0018"})
    assert answer.status_code == 302 and answer["Location"] == address("show", OURS)


def test_a_number_of_a_stranger_and_of_nobody_look_the_same(client_as):
    browser = client_as("amara")
    stranger = browser.post(reverse("people:find"), {"number": nhs_number(2)})
    nobody = browser.post(reverse("people:find"), {"number": nhs_number(9000)})
    assert stranger.status_code == nobody.status_code == 404
    assert main(stranger).replace(nhs_number(2), "") == main(nobody).replace(nhs_number(9000), "")


def test_a_number_of_nobody_takes_the_same_steps_as_a_strangers(client_as, monkeypatch):
    """A quicker answer would tell who is known: somebody is looked into either way."""
    looked, real = [], services.may_look
    monkeypatch.setattr(services, "may_look", lambda **asked: (looked.append(asked["person_id"]), real(**asked))[1])
    browser = client_as("amara")
    for number in (nhs_number(2), nhs_number(9000)):
        browser.post(reverse("people:find"), {"number": number})
    assert len(looked) == 2 and all(looked)


@pytest.mark.parametrize("number", ["9990000019", "123", "", "0000000000", "９９９００００１８８", "999 000 001x"])
def test_what_is_no_number_is_said_and_kept(client_as, number):
    answer = client_as("amara").post(reverse("people:find"), {"number": number})
    assert answer.status_code == 422 and (not number or number in answer.content.decode())


def test_nobody_walks_through_numbers(client_as, settings):
    settings.FINDS_AN_HOUR = 5
    browser = client_as("amara")
    codes = [browser.post(reverse("people:find"), {"number": nhs_number(key)}).status_code for key in range(2, 9)]
    assert codes == [404, 404, 302, 404, 404, 503, 503]
    assert client_as("ben").post(reverse("people:find"), {"number": nhs_number(1)}).status_code == 302
    # Breaking the glass by number is a search too: it is no way round.
    assert browser.post(reverse("people:break_glass_by_number"), {**REASON, "number": nhs_number(2)}).status_code == 503


def test_no_number_reaches_the_audit(client_as):
    client_as("amara").post(reverse("people:find"), {"number": nhs_number(2)})
    kept = " ".join(str(value) for row in Entry.objects.values_list() for value in row)
    assert nhs_number(2) not in kept and "999 000" not in kept


# --- the broken glass -----------------------------------------------------------------------------------------------


def test_breaking_the_glass_opens_one_person_for_a_while_and_waits_for_review(client_as, settings):
    browser = client_as("amara")
    assert browser.post(address("break_glass", REFERRED), REASON)["Location"] == address("show", REFERRED)
    text = browser.get(address("show", REFERRED)).content.decode()
    assert "Given2 Family2" in text and "emergency access, open until" in text
    assert browser.get(address("show", person_id(6))).status_code == 404, "it opens nobody else"
    assert client_as("ben").get(address("show", REFERRED)).status_code == 404, "and nobody else's eyes"
    opened = EmergencyAccess.objects.get()
    assert (opened.closes_at - opened.opened_at) == datetime.timedelta(minutes=settings.EMERGENCY_ACCESS_MINUTES)
    assert Entry.objects.get(action="break glass").reason == "Emergency care now: collapsed in our waiting room"
    assert "collapsed in our waiting room" in client_as("kamala").get(reverse("people:reviews")).content.decode()


def test_the_glass_closes_by_itself_and_the_same_form_does_not_open_it_again(client_as):
    browser = client_as("amara")
    browser.post(address("break_glass", REFERRED), REASON)
    long_ago = timezone.now() - datetime.timedelta(hours=3)
    EmergencyAccess.objects.update(opened_at=long_ago, closes_at=long_ago + datetime.timedelta(minutes=1))
    assert browser.get(address("show", REFERRED)).status_code == 404
    replayed = browser.post(address("break_glass", REFERRED), REASON)
    assert replayed.status_code == 403 and b"used before" in replayed.content
    assert browser.get(address("show", REFERRED)).status_code == 404
    assert EmergencyAccess.objects.count() == 1
    stolen = client_as("ben").post(address("break_glass", person_id(4)), REASON)
    assert stolen.status_code == 403, "somebody else's form is no good either"


def test_the_glass_is_broken_in_one_role_only(client_as, personas):
    client_as("elspeth", "clinician").post(address("break_glass", REFERRED), REASON)
    assert client_as("elspeth", "clinician").get(address("show", REFERRED)).status_code == 200
    assert client_as("elspeth", "pcn_lead").get(address("show", REFERRED)).status_code == 403


@pytest.mark.parametrize("words", ["", "because", "need it"])
def test_the_reason_must_be_one_and_what_was_typed_stays(client_as, words):
    answer = client_as("amara").post(address("break_glass", REFERRED), {**REASON, "words": words})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not EmergencyAccess.objects.exists()


def test_breaking_the_glass_by_number(client_as):
    browser = client_as("amara")
    page = browser.post(reverse("people:find"), {"number": nhs_number(2)}).content.decode()
    assert reverse("people:break_glass_by_number") in page and f'value="{nhs_number(2)}"' in page
    answer = browser.post(reverse("people:break_glass_by_number"), {**REASON, "number": nhs_number(2)})
    assert answer["Location"] == address("show", REFERRED)
    nobody = browser.post(reverse("people:break_glass_by_number"), {**REASON, "once": "2", "number": nhs_number(9000)})
    assert nobody.status_code == 404 and b"nobody with that NHS number" in nobody.content


def test_a_coordinator_cannot_break_it(client_as):
    browser = client_as("chidi")
    assert browser.post(address("break_glass", REFERRED), REASON).status_code == 403
    assert b"Ask a clinician" in browser.get(address("show", REFERRED)).content


def test_a_review_is_done_once_by_somebody_else(client_as, kamala, personas):
    client_as("amara").post(address("break_glass", REFERRED), REASON)
    opened = EmergencyAccess.objects.get()
    browser = client_as("kamala")
    browser.post(reverse("people:review", args=[opened.pk]), {"finding": "justified", "words": ""})
    assert opened.review.finding == "justified" and access.to_review(by=kamala) == []
    with pytest.raises(NotAllowed, match="a moment ago"):
        access.review(by=kamala, access_id=opened.pk, finding="justified", words="")
    own = EmergencyAccess.objects.create(
        user=personas["kamala"], organisation_code="QRV", person_id=OURS, reason="other", words="x", once="k",
        opened_at=timezone.now(), closes_at=timezone.now() + datetime.timedelta(minutes=1),
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="their own"):
        access.review(by=kamala, access_id=own.pk, finding="justified", words="")


# --- corrections ----------------------------------------------------------------------------------------------------


def test_a_correction_is_asked_for_and_answered_by_the_persons_practice(client_as, personas):
    form = {"item": "Hypertension, 1 March 2018", "words": "one raised reading only"}
    client_as("amara").post(address("correct", OURS), form)
    asked = CorrectionRequest.objects.get()
    assert (asked.person_id, asked.practice_code) == (OURS, "E85000")
    browser = client_as("dalia")
    assert "one raised reading only" in browser.get(reverse("people:corrections")).content.decode()
    browser.post(reverse("people:answer_correction", args=[asked.pk]), {"answer": "coded again as observation"})
    assert "coded again as observation" in client_as("amara").get(address("show", OURS)).content.decode()
    with pytest.raises(NotReady, match="no such request"):
        corrections.answer(by=as_actor(memberships_of(personas["dalia"])[0]), request_id=asked.pk, words="again")


def test_a_practice_cannot_answer_for_another(client_as, personas):
    asked = CorrectionRequest.objects.create(
        person_id=NEIGHBOUR, practice_code="E85001", item="x", words="y", by=personas["ben"],
        organisation_code="E85001", at=timezone.now(),
    )  # fmt: skip
    browser = client_as("dalia")
    assert "Nothing waits" in browser.get(reverse("people:corrections")).content.decode()
    assert browser.post(reverse("people:answer_correction", args=[asked.pk]), {"answer": "z"}).status_code == 404
