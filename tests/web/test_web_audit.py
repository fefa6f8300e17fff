"""The audit cannot be changed, and shows it when somebody tries behind its back."""

from __future__ import annotations

import datetime
import re

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from commonweal.governance import audit as chain
from commonweal.web.audit import services
from commonweal.web.audit.models import Entry, Seal
from commonweal.web.audit.sink import DatabaseSink

pytestmark = pytest.mark.django_db


def write(count, start=0):
    for number in range(start, start + count):
        chain.record(
            chain.Actor("user:1", "clinician", "E85000"), purpose="direct_care", action="look",
            subject=f"p{number}", object="person", reason="it is “needed”, isn't it", result_count=number or None,
        )  # fmt: skip


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_the_database_refuses_to_change_or_delete(table, change):
    write(2)
    services.seal_pending()
    column = {"audit_entry": "action", "audit_seal": "link"}[table]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table, column))
    assert Entry.objects.count() == 2 and Seal.objects.count() == 2


def test_an_event_comes_back_as_it_was_written():
    event = chain.AuditEvent(
        datetime.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=datetime.UTC), "user:7", "clinician", "E85000",
        "direct_care", "look", "p1", "person", "ünïcode “quotes”\nand a second line", 0, "r1",
    )  # fmt: skip
    DatabaseSink().write([event])
    assert Entry.objects.get().as_event() == event
    assert Entry.objects.get().as_event().canonical() == event.canonical()


def test_the_chain_goes_on_over_batches_and_equals_one_seal_of_everything():
    write(3)
    assert services.seal_pending(limit=2) == 2
    assert services.seal_pending() == 1
    write(2, start=3)
    assert services.seal_pending() == 2
    assert services.seal_pending() == 0
    events = [entry.as_event() for entry in Entry.objects.order_by("id")]
    assert list(Seal.objects.order_by("number").values_list("link", flat=True)) == chain.seal(events)
    found = services.check_chain(batch=2)
    assert (found.sealed, found.waiting, found.broken_at) == (5, 0, None)


def test_an_entry_that_was_written_late_is_chained_by_those_who_look_back_far_enough():
    write(1)
    (first,) = Entry.objects.all()
    for number in (1000, 500):
        Entry.objects.create(**{**vars(first.as_event()), "id": first.pk + number})
        if number == 1000:
            assert services.seal_pending() == 2
    assert services.seal_pending(late=400) == 0
    assert services.seal_pending(late=600) == 1
    assert services.check_chain().waiting == 0


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit_entry SET subject = 'p9' WHERE subject = 'p2'",
        "UPDATE audit_entry SET reason = '' WHERE subject = 'p2'",
        "UPDATE audit_entry SET at = '2020-01-01 00:00:00' WHERE subject = 'p2'",
        "DELETE FROM audit_seal WHERE number = 3",
    ],
)
def test_somebody_with_the_database_is_seen(tamper):
    write(5)
    services.seal_pending()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in ("audit_entry", "audit_seal"):
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER {table}_no_{verb}")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("audit_entry", "audit_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(tamper)
    assert services.check_chain().broken_at == 3


def test_two_sealers_do_not_fork_the_chain(monkeypatch):
    write(2)
    real, raced = chain.seal, []

    def slow(events, previous):
        """Between reading the end of the chain and writing, another sealer goes first."""
        if not raced:
            raced.append(True)
            services.seal_pending()
        return real(events, previous)

    monkeypatch.setattr(services.chain, "seal", slow)
    assert services.seal_pending() == 0
    assert Seal.objects.count() == 2 and services.check_chain().broken_at is None


def test_without_a_sink_nothing_that_needs_the_audit_is_done():
    chain.install_sink(None)
    try:
        with pytest.raises(chain.NotReady):
            write(1)
    finally:
        chain.install_sink(DatabaseSink())


def test_the_explorer_finds_who_looked_at_a_person_and_is_itself_audited(client_as, personas):
    chain.record(
        chain.Actor(f"user:{personas['amara'].pk}", "clinician", "E85000"), purpose="direct_care", action="look",
        subject="p42", object="person", reason="review",
    )  # fmt: skip
    browser = client_as("kamala")
    page = browser.post(reverse("audit:explorer"), {"subject": "p42"}).content.decode()
    assert "Dr Amara Osei" in page and "look for direct care" in page
    assert Entry.objects.filter(action="read audit", subject="p42", actor=f"user:{personas['kamala'].pk}").count() == 1
    assert "Dr Amara Osei" not in browser.post(reverse("audit:explorer"), {"subject": "p43"}).content.decode()


def test_the_explorer_pages_without_missing_or_repeating(client_as):
    write(70)
    browser = client_as("kamala")
    first = browser.post(reverse("audit:explorer"), {"action": "look"}).content.decode()
    more = re.search(r'name="before" value="(\d+)"', first)[1]
    second = browser.post(reverse("audit:explorer"), {"action": "look", "before": more}).content.decode()
    seen = [subject for page in (first, second) for subject in re.findall(r">(p\d+) · person", page)]
    assert seen == [f"p{number}" for number in range(69, -1, -1)]


def test_the_chain_page_seals_and_says_that_it_holds(client_as):
    write(3)
    browser = client_as("kamala")
    browser.post(reverse("audit:check"))
    assert b"The chain holds" in browser.get(reverse("audit:check")).content


def test_only_the_governance_lead_reads_the_audit(client_as):
    for short in ("amara", "noor", "greta", "leon"):
        assert client_as(short).get(reverse("audit:explorer")).status_code == 403
