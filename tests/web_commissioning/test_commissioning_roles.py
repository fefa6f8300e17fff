"""Every page of plans × every role: who may, who may not, and what a stranger sees."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from commonweal.web.accounts.roles import ROLES
from commonweal.web.commissioning.permissions import READERS
from commonweal.web.core.access import ANYONE

pytestmark = pytest.mark.django_db
SEE = frozenset(READERS)
WRITE = frozenset({"commissioner"})
ACT = frozenset({"commissioner", "finance"})

EXPECTED = {
    **dict.fromkeys(
        ("register", "export", "compare", "look_alikes", "trace", "intention", "history", "targets", "target", "milestones", "fit",
         "priorities", "impact", "provider", "west_london", "engagement", "scrutiny", "papers", "paper", "paper_file", "mergers", "indicators", "governance", "interdependence"), SEE),
    **dict.fromkeys(
        ("template", "upload", "new", "edit", "carry", "hand_over", "score", "assess", "change_target", "enter_reading",
         "complete_milestone", "set_weights", "add_feedback", "respond", "consult", "consultation", "start_paper", "write_paper",
         "publish", "withdraw", "next_paper", "leavers", "hand_over_all", "replace_name",
         "new_target", "new_milestone", "assign_milestone", "add_event",
         "add_board", "add_entry", "close_entry", "add_record", "review"), WRITE),
    **dict.fromkeys(
        ("step", "decide", "add_effect", "add_assumption", "agree_assumption", "provider_letter", "link", "add_contract", "pipeline", "plan", "procurement", "answer",
         "details", "criteria", "declare", "represent", "answer_representation", "award", "contracts", "modify", "score_provider", "waiver",
         "award_notice", "abandon", "set_term", "record_merger"), ACT),
}  # fmt: skip
PUBLIC = {"you_said", "published", "published_paper", "published_file", "coverage"}
ARGUMENTS = {
    "kind": "provider",
    "code": "RYJ",
    "reference": "i-nwl-005",
    "name": "carry",
    "assessment": "equality",
    "milestone_id": 10**6,
    "weights_id": 10**6,
    "representation_id": 10**6,
    "consultation_id": 10**6,
    "entry_id": 10**6,
    "record_id": 10**6,
    "slug": "nwl-system-intentions-2020-21",
    "form": "docx",
}
BY_NAME = {"target": "t-nwl-smi-checks", "procurement": "pp-10"}
PERSONA = {
    "clinician": "amara", "care_coordinator": "chidi", "practice_manager": "dalia", "pcn_lead": "elspeth",
    "place_lead": "farid", "commissioner": "greta", "finance": "hugo", "analyst": "ines", "researcher": "jonah",
    "ig_lead": "kamala", "safety_officer": "leon", "scrutiny": "maeve", "administrator": "noor",
}  # fmt: skip


def pages():
    ours = next(found for found in get_resolver().url_patterns if getattr(found, "namespace", "") == "commissioning")
    for pattern in ours.url_patterns:
        names = sorted(pattern.pattern.converters)
        values = {name: ARGUMENTS[name] for name in names}
        if "reference" in values and pattern.name in BY_NAME:
            values["reference"] = BY_NAME[pattern.name]
        yield pattern.name, pattern.callback.access, reverse(f"commissioning:{pattern.name}", kwargs=values)


def test_every_page_is_in_the_table_and_every_line_is_a_page():
    assert {name for name, _, _ in pages()} == set(EXPECTED) | PUBLIC


@pytest.mark.parametrize("role_id", sorted(ROLES))
def test_every_role_meets_every_door(role_id, client_as, few):
    browser = client_as(PERSONA[role_id], role_id)
    for name, access, address in pages():
        allowed = name in PUBLIC or role_id in EXPECTED[name]
        for method in access.methods:
            answer = browser.get(address) if method == "GET" else browser.post(address, {})
            if allowed:
                assert answer.status_code in {200, 302, 400, 404, 422, 503}, (name, method, answer.status_code)
            else:
                assert answer.status_code == 403, (name, method, answer.status_code)


def test_a_stranger_meets_the_public_pages_and_no_other(few):
    stranger = Client()
    for name, access, address in pages():
        answer = stranger.get(address) if "GET" in access.methods else stranger.post(address, {})
        if access.capability == ANYONE:
            assert name in PUBLIC
            assert answer.status_code == (404 if name.startswith("published_") else 200), name
        else:
            assert answer.status_code in {302, 401}, name


def test_pages_that_the_commissioner_reads_all_open(client_as, loaded):
    browser = client_as("greta")
    for name, access, address in pages():
        if "GET" in access.methods and name not in {
            "consultation",
            "complete_milestone",
            "assign_milestone",
            "close_entry",
            "review",
            "published_paper",
            "published_file",
            "edit",
        }:
            answer = browser.get(address)
            assert answer.status_code == 200, (name, answer.status_code)
            if answer["Content-Type"].startswith("text/html"):
                assert answer.content.count(b"<h1") == 1, name
