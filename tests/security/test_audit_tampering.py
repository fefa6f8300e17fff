"""Whoever owns the database can rewrite the whole chain. What was written down outside it tells."""

from __future__ import annotations

import stat

import pytest
from django.db import connection

from commonweal.governance import audit as chain
from commonweal.web.audit import services
from commonweal.web.audit.models import Entry, Seal

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(settings, tmp_path):
    """Three batches of two entries, each sealed, as the sealer does it."""
    settings.AUDIT_WITNESS = tmp_path / "audit-links.log"
    for batch in range(3):
        for place in range(2):
            chain.record(
                chain.Actor("user:7", "clinician", "E85000"),
                purpose="direct_care",
                action="look",
                subject=f"p{batch}{place}",
            )
        assert services.seal_pending() == 2
    assert services.check_chain().broken_at is None
    return settings.AUDIT_WITNESS


def take_off_the_guards():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


@pytest.fixture(autouse=True)
def only_sqlite():
    if connection.vendor != "sqlite":
        pytest.skip("not run: the guards are taken off in SQLite's words")


def rewrite(change) -> None:
    """Change entries, then compute every link again, as an intruder would."""
    take_off_the_guards()
    change()
    previous = chain.GENESIS
    for seal in Seal.objects.select_related("entry").order_by("number"):
        previous = chain.link(previous, seal.entry.as_event())
        Seal.objects.filter(pk=seal.pk).update(link=previous)


def test_a_chain_computed_again_is_found(sealed):
    rewrite(lambda: Entry.objects.filter(subject="p10").update(subject="somebody else"))
    assert services.check_chain().broken_at == 4  # the first link written down after the change


def test_a_chain_cut_short_is_found(sealed):
    def cut():
        last = list(Seal.objects.order_by("-number")[:2])
        Seal.objects.filter(pk__in=[one.pk for one in last]).delete()
        Entry.objects.filter(pk__in=[one.entry_id for one in last]).delete()

    rewrite(cut)
    assert services.check_chain().broken_at == 6


def test_the_file_is_its_owners_and_holds_links_alone(sealed):
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    lines = sealed.read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["2", "4", "6"] and "user" not in sealed.read_text()
