"""The name of a private list is private too: "Suspected of dealing" says something of everybody who is on it.

A person assigned on one list is folded away from others, and the fold named the list to whoever looked.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.lists import services
from commonweal.web.lists.actions import Wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
PERSON, TITLE = "person0000", "Suspected of dealing"


def actor(user, role: str = "clinician"):
    return as_actor(next(one for one in memberships_of(user) if one.role_id == role))


def assigned(by, colleague: int, shared: str):
    made = services.make(
        by=by, kind="people", title=TITLE, shared=shared, capacity=20, quiet_days=90, people=[PERSON]
    )  # fmt: skip
    wish = Wish("assign", assigned_to=colleague)
    services.act_on(by=by, working_list=made, person_id=PERSON, wish=wish, seen_version=0)


@pytest.mark.parametrize(("shared", "named"), [("private", False), ("organisation", True)])
def test_the_fold_names_only_a_list_that_is_theirs_to_see(client_as, personas, shared, named):
    assigned(actor(personas["amara"]), personas["amara"].pk, shared)
    browser = client_as("elspeth", "clinician")
    page = browser.get(reverse("lists:from_definition", args=["diabetes_hba1c_overdue"]), follow=True)
    folded = browser.get(page.request["PATH_INFO"] + "?folded=1")
    assert folded.status_code == 200
    text = page.content.decode() + folded.content.decode()
    assert named or TITLE not in text
    found = services.list_of_definition(by=actor(personas["elspeth"]), definition_id="diabetes_hba1c_overdue")
    why = services.elsewhere(actor(personas["elspeth"]), found, [PERSON])
    assert why == {PERSON: TITLE if named else "another team's list"}
