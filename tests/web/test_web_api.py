"""The read API: who gets what, how long a token lives, and that nothing leaves that a page would not show."""

from __future__ import annotations

import datetime
import html
import io
import itertools
import json
import logging
import re
from pathlib import Path
from urllib.error import HTTPError

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from web_release import nhs_number, person_id

from commonweal.errors import BadInput, NotAllowed
from commonweal.web.accounts.roles import ROLES
from commonweal.web.accounts.services import as_actor, memberships_of
from commonweal.web.api import operations, tokens
from commonweal.web.api.door import ACCESS
from commonweal.web.api.models import Token
from commonweal.web.audit.models import Entry
from commonweal.web.core import releases
from commonweal.web.core.permissions import capabilities
from commonweal.web.leads import services as leads
from commonweal.web.lists.models import WorkingList

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("released")]
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-api.md"
EVERYONE = frozenset(ROLES)
CARE = frozenset({"clinician", "care_coordinator"})
MEASURES = CARE | {
    "practice_manager", "pcn_lead", "place_lead", "commissioner", "finance", "analyst", "safety_officer",
}  # fmt: skip
PLANS = MEASURES | {"scrutiny"}
MONEY = frozenset({"finance", "commissioner"})
PERSONA = {
    "clinician": "amara", "care_coordinator": "chidi", "practice_manager": "dalia", "pcn_lead": "elspeth",
    "place_lead": "farid", "commissioner": "greta", "finance": "hugo", "analyst": "ines", "researcher": "jonah",
    "ig_lead": "kamala", "safety_officer": "leon", "scrutiny": "maeve", "administrator": "noor",
}  # fmt: skip
NOBODY = "00000000-0000-0000-0000-000000000000"

EXPECTED: dict[str, tuple[str, str, frozenset[str], int]] = {
    "release": ("", "release", EVERYONE, 200),
    "definitions": ("", "definitions", EVERYONE, 200),
    "definition": ("", "definitions/diabetes", EVERYONE, 200),
    "measures": ("planning", "measures", MEASURES, 200),
    "measure": ("planning", "measures/diabetes", MEASURES, 200),
    "working_lists": ("direct_care", "lists", CARE, 200),
    "list_of_definition": ("direct_care", "lists/of/diabetes_hba1c_overdue", CARE, 200),
    "working_list": ("direct_care", f"lists/{NOBODY}", CARE, 404),
    "find_person": ("direct_care", "people/find", CARE, 200),
    "person": ("direct_care", f"people/{person_id(0)}", CARE, 200),
    "intentions": ("planning", "intentions", PLANS, 200),
    "intention": ("planning", "intentions/i-none-001", PLANS, 404),
    "tracked_targets": ("planning", "targets", PLANS, 200),
    "tracked_target": ("planning", "targets/t-none", PLANS, 404),
    "finance_position": ("planning", "finance/position", MONEY, 404),
}
"""Of each operation: purpose, an address, who may, and what they get of the small release (which holds no money)."""


@pytest.fixture
def actor_of(personas):
    def make(short: str, role_id: str = ""):
        held = [one for one in memberships_of(personas[short]) if not role_id or one.role_id == role_id]
        return as_actor(held[0])

    return make


@pytest.fixture
def program(actor_of):
    """A program with a fresh token: ``program("amara")("release")``."""

    def make(short: str, role_id: str = "", text: str = ""):
        text = text or tokens.make(by=actor_of(short, role_id), title="A test", days=1)

        def call(path: str, body: dict | None = None):
            browser, headers = Client(), {"Authorization": f"Bearer {text}"}
            if body is None:
                return browser.get(f"/api/v1/{path}", headers=headers)
            return browser.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)

        call.token = text
        return call

    return make


def body_of(name):
    return {"nhs_number": nhs_number(0)} if name == "find_person" else None


def assert_failure(answer, status):
    assert answer.status_code == status, answer.content
    assert set(answer.json()) == {"what", "where", "value", "remedy"} and answer.json()["what"]


def test_every_operation_is_in_the_table():
    assert set(ACCESS) == set(EXPECTED)
    for name, (purpose, _, roles, _) in EXPECTED.items():
        assert ACCESS[name].purpose == purpose
        assert frozenset(capabilities()[ACCESS[name].capability].roles) == roles, name


@pytest.mark.parametrize("role_id", sorted(ROLES))
def test_every_role_meets_every_operation(role_id, program):
    call = program(PERSONA[role_id], role_id)
    for name, (purpose, path, roles, status) in EXPECTED.items():
        answer = call(path, body_of(name))
        if role_id not in roles:
            assert_failure(answer, 403)
        elif status == 200:
            assert answer.status_code == 200, (name, answer.content)
        else:
            assert_failure(answer, status)
        assert answer["Cache-Control"] == "no-store, private" and not answer.cookies
        entry = Entry.objects.filter(action="api call").first()
        assert entry.object.split()[0] == name and entry.purpose == (purpose or "service") and entry.role == role_id


def test_a_person_is_read_only_by_those_who_care_for_them(program, client_as):
    call = program("amara")
    found = call("people/find", {"nhs_number": nhs_number(0)}).json()
    assert found == {"person_id": person_id(0)}
    one = call(f"people/{person_id(0)}").json()
    assert one["nhs_number"] == nhs_number(0) and one["name"] == "Given0 Family0"
    assert "diabetes" in [each["id"] for each in one["registers"]] and "you see this" in one["ground"].lower()
    diabetes = next(each for each in one["registers"] if each["id"] == "diabetes")
    assert (
        diabetes["first_coded"] is None or datetime.date.fromisoformat(diabetes["first_coded"]) < timezone.localdate()
    )
    overdue = next(each for each in one["flags"] if each["id"] == "diabetes_hba1c_overdue")
    page = client_as("amara").get(reverse("people:show", args=[person_id(0)])).content.decode()
    assert overdue["evidence"] and overdue["suggested_action"].startswith("Invite for HbA1c")
    assert all(html.escape(sentence) in page for sentence in overdue["evidence"]), "the page and the API say the same"
    assert one["care_plans"] == [] and isinstance(one["touching"], list)
    assert "345" not in json.dumps(one["results"]) and not re.search("cost|pence|price", json.dumps(one))
    assert Entry.objects.filter(action="look", subject=person_id(0), object="summary by API").count() == 1

    other = call(f"people/{person_id(1)}")
    nobody = call("people/nobody")
    assert_failure(other, 404)
    assert other.content == nobody.content, "a stranger and nobody are answered alike"
    assert_failure(call("people/find", {"nhs_number": nhs_number(1)}), 404)
    assert Entry.objects.filter(action="look refused", subject=person_id(1)).count() == 1


def test_an_nhs_number_is_never_given_back_in_an_error(program):
    wrong = "9990000001"
    answer = program("amara")("people/find", {"nhs_number": wrong})
    assert_failure(answer, 400)
    unread = program("amara")("people/find", {"number": nhs_number(0)})
    assert_failure(unread, 422)
    assert wrong.encode() not in answer.content and nhs_number(0).encode() not in unread.content
    for address in [one[1] for one in EXPECTED.values()]:
        assert "nhs" not in address


def test_a_list_holds_ones_own_people_with_their_evidence(program):
    call = program("amara")
    lists = {one["definition_id"]: one["people"] for one in call("lists").json()["of_definitions"]}
    assert lists["diabetes_hba1c_overdue"] == 20, "of 60 people, those whose number divides by 12"
    found = call("lists/of/diabetes_hba1c_overdue").json()
    assert found["total"] == 20 and len(found["people"]) == min(20, found["capacity"])
    assert found["waiting"] == 20 - len(found["people"])
    for one in found["people"]:
        assert int(one["person_id"].removeprefix("person")) % 12 == 0 and one["practice_code"] == "E85000"
        assert one["reasons"] and all(each["definition_id"] == "diabetes_hba1c_overdue" for each in one["evidence"])
    assert call(f"lists/{found['list_id']}").json()["people"] == found["people"]


def test_a_list_of_somebody_else_is_not_there(program, personas):
    amara = memberships_of(personas["amara"])[0]
    theirs = WorkingList.objects.create(
        kind="people", title="Private", owner_id=personas["chidi"].pk, shared="private",
        organisation_code=amara.organisation.code, organisation_kind=amara.organisation.kind,
    )  # fmt: skip
    mine, missing = program("amara")(f"lists/{theirs.pk}"), program("amara")(f"lists/{NOBODY}")
    assert_failure(mine, 404)
    assert mine.content == missing.content


def test_measures_pass_the_door_as_on_the_page(program, client_as):
    call = program("ines")
    whole = call("measures/diabetes?by=all").json()["items"][0]
    assert whole["lower"] < whole["value"] < whole["upper"]
    assert whole["numerator"] % 5 == 0 and whole["denominator"] % 5 == 0, "rounded as the published method does"
    page = client_as("ines").get(reverse("leads:measure", args=["diabetes", "all", "all"])).content.decode()
    assert f"{whole['value']:.1f}%" in page
    rows = [row for by in ("practice", "ethnic_group", "imd_quintile") for name in ("diabetes", "hypertension",
            "diabetes_hba1c_overdue", "hypertension_bp_overdue") for row in call(f"measures/{name}?by={by}").json()["items"]]  # fmt: skip
    counts = [row[part] for row in rows for part in ("numerator", "denominator") if row[part] is not None]
    assert counts and all(count == 0 or (count >= 8 and count % 5 == 0) for count in counts)
    for row in rows:
        if row["numerator"] is None:
            assert row["value"] is None and row["lower"] is None and row["upper"] is None


def test_a_small_number_is_hidden(program):
    """The exact counts of the cube beside what the API says of them: 1 to 7 never leave, in no kind of group."""
    reader, call = releases.reader("planning"), program("ines")
    hidden = 0
    for name, kind in itertools.product(("diabetes_hba1c_overdue", "diabetes_process_hba1c"), leads.ROWS_BY):
        exact = dict(
            reader.cursor.execute(
                "SELECT group_code, numerator FROM cube WHERE definition_id = ? AND group_type = ? AND as_at = ?",
                [name, kind, datetime.date(2026, 3, 31)],
            ).fetchall()
        )
        for row in call(f"measures/{name}?by={kind}").json()["items"]:
            if 1 <= exact[row["group"]] <= 7:
                hidden += 1
                assert row["numerator"] is None and row["value"] is None and row["lower"] is None
    assert hidden, "the release has such a group"


def test_only_groups_and_days_of_the_page_can_be_asked_for(program):
    call = program("ines")
    assert_failure(call("measures/diabetes?by=lsoa21"), 400)
    assert_failure(call("measures/diabetes?as_at=2026-03-30"), 400)
    assert call("measures/diabetes?as_at=2025-12-30").json()["as_at"] == "2025-12-30"


def test_long_answers_come_a_page_at_a_time(program):
    call = program("ines")
    first, second = call("definitions").json(), call("definitions?page=2").json()
    assert len(first["items"]) == 100 and first["pages"] == -(-first["total"] // 100) > 1
    assert not {one["id"] for one in first["items"]} & {one["id"] for one in second["items"]}
    assert call("definitions?page=10000").json()["page"] == first["pages"]
    assert_failure(call("definitions?page=many"), 422)


def test_a_token_is_shown_once_and_kept_as_a_hash(client_as):
    browser = client_as("amara")
    answer = browser.post(reverse("api:tokens"), {"title": "Dashboard", "days": "30"})
    (text,) = re.findall(r"commonweal_[A-Za-z0-9_-]{43}", answer.content.decode())
    assert answer["Cache-Control"] == "no-store, private"
    kept = Token.objects.get()
    assert text not in {str(value) for value in vars(kept).values()} and len(kept.key_hash) == 64
    assert text not in browser.get(reverse("api:tokens")).content.decode()
    assert Entry.objects.filter(action="make api token").count() == 1
    assert Client().get("/api/v1/release", headers={"Authorization": f"Bearer {text}"}).status_code == 200
    kept.refresh_from_db()
    assert kept.last_used_at is not None
    assert browser.post(reverse("api:tokens"), {"title": "Too long", "days": "91"}).status_code == 422


def test_what_does_not_hold_is_refused_the_same_way(program, actor_of, personas):
    texts = {}
    for name in ("expired", "revoked", "role ended"):
        texts[name] = program("amara").token
    ended = program("greta").token
    left = program("hugo").token
    now = timezone.now()
    Token.objects.filter(key_hash=tokens.key_hash(texts["expired"])).update(expires_at=now)
    tokens.revoke(by=actor_of("amara"), token_id=Token.objects.get(key_hash=tokens.key_hash(texts["revoked"])).pk)
    personas["greta"].memberships.update(
        valid_from=now - datetime.timedelta(days=9), valid_to=now - datetime.timedelta(days=2)
    )
    personas["hugo"].is_active = False
    personas["hugo"].save()
    answers = [
        program("amara", text=text)("release")
        for text in ("wrong", texts["expired"], texts["revoked"], ended, left, "commonweal_" + "x" * 43)
    ]
    answers += [
        Client().get("/api/v1/release"),
        Client().get("/api/v1/release", headers={"Authorization": "Basic eDp5"}),
    ]
    for answer in answers:
        assert_failure(answer, 401)
        assert answer.content == answers[0].content and answer["WWW-Authenticate"] == "Bearer"
    assert program("amara", text=texts["role ended"])("release").status_code == 200, "the one that nothing happened to"
    assert Entry.objects.filter(action="api token refused").count() == 4


def test_a_persona_s_token_is_refused_outside_a_demonstration(program, settings):
    call = program("amara")
    settings.DEMO = False
    assert_failure(call("release"), 401)


def test_a_token_reads_in_its_own_role_only(program, personas):
    roles = [one.role_id for one in memberships_of(personas["elspeth"])]
    assert len(roles) > 1, "a persona with two roles"
    for role_id in roles:
        program("elspeth", role_id)("release")
        assert Entry.objects.filter(action="api call").first().role == role_id


def test_nobody_revokes_the_token_of_somebody_else(program, client_as):
    call = program("amara")
    kept = Token.objects.get()
    assert client_as("chidi").post(reverse("api:revoke", args=[kept.pk])).status_code == 404
    assert call("release").status_code == 200
    assert client_as("amara").post(reverse("api:revoke", args=[kept.pk])).status_code == 302
    assert_failure(call("release"), 401)
    assert b"A test" not in client_as("chidi").get(reverse("api:tokens")).content


def test_tokens_are_few_and_short(actor_of, settings):
    for _ in range(tokens.MOST_LIVE):
        tokens.make(by=actor_of("amara"), title="One", days=90)
    with pytest.raises(NotAllowed, match="tokens in this role"):
        tokens.make(by=actor_of("amara"), title="One more", days=1)
    with pytest.raises(BadInput, match="that long"):
        tokens.make(by=actor_of("greta"), title="Long", days=91)
    settings.API_TOKEN_DAYS = 400
    assert tokens.longest_days() == 90
    settings.API_TOKEN_DAYS = 7
    with pytest.raises(BadInput, match="that long"):
        tokens.make(by=actor_of("greta"), title="Long", days=8)


def test_calls_are_counted_in_the_database_by_the_minute(program, settings):
    settings.API_CALLS_A_MINUTE = 3
    call = program("amara")
    assert [call("release").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = call("release")
    assert_failure(refused, 429)
    assert refused["Retry-After"] == "60" and Token.objects.get().window_calls == 3
    Token.objects.update(window_started_at=timezone.now() - tokens.WINDOW)
    assert call("release").status_code == 200 and Token.objects.get().window_calls == 1
    assert program("chidi")("release").status_code == 200, "each token has its own"


def test_a_browser_that_is_signed_in_can_do_nothing_at_the_api(client_as):
    browser = client_as("amara")
    assert_failure(browser.get("/api/v1/release"), 401)
    assert_failure(browser.get(f"/api/v1/people/{person_id(0)}"), 401)
    answer = browser.post(
        "/api/v1/people/find", json.dumps({"nhs_number": nhs_number(0)}), content_type="application/json"
    )
    assert_failure(answer, 401)
    assert not answer.cookies
    assert not Entry.objects.filter(action="api call").exists()


def test_an_address_that_is_not_there_says_so_in_the_same_shape():
    assert_failure(Client().get("/api/v1/nothing/here"), 404)
    assert Client().delete("/api/v1/release").status_code == 405


def test_what_nobody_foresaw_is_told_without_a_trace(program, monkeypatch, caplog):
    def broken():
        raise RuntimeError("Family0 9990000018")

    monkeypatch.setattr(operations.releases, "mark", broken)
    with caplog.at_level(logging.CRITICAL):
        answer = program("amara")("release")
    assert_failure(answer, 500)
    assert b"Family0" not in answer.content and b"Traceback" not in answer.content


def test_the_openapi_document_is_whole_and_names_each_purpose(client):
    document = client.get(reverse("api:openapi")).json()
    assert document["openapi"].startswith("3.1")
    found = {
        one["operationId"]: (path, method, one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    }
    assert set(found) == set(EXPECTED)
    for name, (path, method, one) in found.items():
        assert path.startswith("/api/v1/") and method.upper() == ACCESS[name].methods[0]
        assert one["x-purpose"] == (EXPECTED[name][0] or "service") and frozenset(one["x-roles"]) == EXPECTED[name][2]
        assert (
            "Purpose: " in one["description"]
            and one["security"]
            and {"200", "401", "403", "429"} <= set(one["responses"])
        )
        assert set(re.findall(r"{(\w+)}", path)) == {
            each["name"] for each in one.get("parameters", ()) if each["in"] == "path"
        }
    assert document["components"]["securitySchemes"]["Bearer"] == {"type": "http", "scheme": "bearer"}
    for target in re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)):
        assert target in document["components"]["schemas"]


def test_the_reference_page_lists_each_operation_and_asks_nobody_else(client):
    page = client.get(reverse("api:reference")).content.decode()
    assert page.count("Purpose: ") == len(EXPECTED) and "GET /api/v1/people/{person_id}" in page
    assert not re.search(r"(src|href)=\"https?://", page)


def test_the_example_of_the_guide_runs(program, monkeypatch):
    call = program("ines")
    monkeypatch.setenv("COMMONWEAL_TOKEN", call.token)

    def urlopen(request):
        """The site of this test in the place of the network."""
        answer = Client().get(
            request.full_url.removeprefix("https://commonweal.example.nhs.uk"), headers=request.headers
        )
        body = io.BytesIO(answer.content)
        if answer.status_code >= 400:
            raise HTTPError(request.full_url, answer.status_code, answer.reason_phrase, answer.headers, body)
        return body

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    names: dict = {}
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S):
        exec(compile(block, GUIDE.name, "exec"), names)
    assert len(names["rows"]) == 4 and names["release"]["as_at"] == "2026-03-31"
    assert "Analyst" in names["failure"]["what"] and names["failure"]["remedy"]
