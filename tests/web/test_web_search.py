"""One search: what it finds, who may see it, and that people are found by full NHS number only."""

import re

import pytest
from django.urls import reverse
from web_release import nhs_number

from commonweal.web.audit.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]


def search(browser, words):
    answer = browser.post(reverse("core:search"), {"words": words})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def plans(personas):
    from commonweal.commissioning import intentions
    from commonweal.web.commissioning.models import Target
    from commonweal.web.commissioning.services.register import add_many

    plain = next(row for row in intentions.register() if row.id == "i-nwl-005")
    add_many([plain], owner_id=None, state="recorded", log="Recorded")
    Target.objects.create(reference="t-one", programme="Mental health", indicator="Health checks wanted")
    return plain


def test_measures_definitions_and_organisations_are_found_by_words_and_codes(client_as):
    browser = client_as("greta")
    page = search(browser, "HbA1c diabetes")
    assert reverse("trust:definition", args=["diabetes_hba1c_overdue"]) in page
    assert reverse("leads:measure", args=["diabetes_process_hba1c", "all", "all"]) in page
    assert "/practice/E85001/" in search(browser, "birch lane") and "/practice/E85001/" in search(browser, "e85001")
    assert "/pcn/U00001/" in search(browser, "canal") and "/borough/E09000009/" in search(browser, "ealing")
    assert "Nothing that you may see" in search(browser, "birch zebra")
    addresses = re.findall(r'href="([^"]*borough/E09000009/[^"]*)"', search(browser, "ealing"))
    assert len(addresses) == 3, "its dashboard, its pack and the plans that touch it"
    assert {browser.get(address).status_code for address in addresses} == {200}


def test_a_measure_opens_at_the_searchers_own_place(client_as):
    assert reverse("leads:measure", args=["diabetes_process_hba1c", "practice", "E85000"]) in search(
        client_as("amara"), "process hba1c"
    )


def test_plans_are_found_by_those_who_see_plans(client_as, plans):
    page = search(client_as("greta"), plans.title)
    assert reverse("commissioning:intention", args=["i-nwl-005"]) in page
    assert reverse("commissioning:target", args=["t-one"]) in search(client_as("greta"), "checks wanted")
    for short in ("jonah", "kamala", "noor"):
        page = search(client_as(short), plans.title)
        assert "i-nwl-005" not in page.replace(f'value="{plans.title}"', "")


def test_a_draft_is_found_inside_and_not_outside(client_as, plans):
    from commonweal.web.commissioning.models import Intention

    Intention.objects.update(state="draft")
    assert "/i/i-nwl-005/" in search(client_as("greta"), "i-nwl-005")
    assert "/i/i-nwl-005/" not in search(client_as("amara"), "i-nwl-005")


def test_numbers_are_not_shown_to_roles_that_see_none(client_as):
    page = search(client_as("jonah"), "diabetes")
    assert "/trust/definitions/" in page and "/planning/measures/" not in page
    assert "/practice/E85001/" not in search(client_as("jonah"), "birch")


def test_a_name_finds_nobody(client_as):
    for words in ("Family0", "Given0 Family0", "person0000"):
        page = search(client_as("amara"), words)
        assert "/care/people/person" not in page and "Nothing that you may see" in page


def test_an_nhs_number_goes_to_the_page_that_finds_people_in_the_body_and_is_audited_there(client_as):
    browser = client_as("amara")
    number = nhs_number(0)
    page = search(browser, f"{number[:3]} {number[3:6]} {number[6:]}")
    assert f'action="{reverse("people:find")}"' in page and f'name="number" value="{number}"' in page
    before = Entry.objects.count()
    answer = browser.post(reverse("people:find"), {"number": number})
    assert answer["Location"] == reverse("people:show", args=["person0000"])
    assert Entry.objects.count() > before
    assert reverse("people:find") not in search(client_as("ines"), number)
    assert "it has ten digits" in search(browser, number[:7])


def test_words_in_an_address_are_not_read(client_as):
    assert "HbA1c" not in client_as("greta").get(reverse("core:search"), {"words": "hba1c"}).content.decode()


def test_what_was_typed_is_shown_as_text(client_as):
    page = search(client_as("greta"), '"><script>alert(1)</script>')
    assert "<script>alert" not in page
    search(client_as("greta"), "x" * 100_000)
