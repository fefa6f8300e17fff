"""The five documents in the register, once for each test that asks."""

import pytest


@pytest.fixture
def loaded(personas):
    """The register with the five documents."""
    from commonweal.web.commissioning.services import loading

    return loading.load_documents()


@pytest.fixture
def actor(personas):
    """``actor("greta")``: who services are told is acting."""
    from commonweal.web.accounts.services import memberships_of
    from commonweal.web.core.actor import Actor

    def make(short: str) -> Actor:
        user = personas[short]
        held = memberships_of(user)[0]
        place = held.organisation
        return Actor(user.pk, user.name, held.role, place.code, place.kind, place.name, held.pk)

    return make


@pytest.fixture
def few(personas):
    """One of each thing that an address names: enough to meet every door."""
    from commonweal.commissioning import intentions
    from commonweal.web.commissioning.models import Paper, Procurement, Target
    from commonweal.web.commissioning.services.register import add_many

    plain = next(row for row in intentions.register() if row.id == "i-nwl-005")
    add_many([plain], owner_id=None, state="recorded", log="Recorded")
    Target.objects.create(reference="t-nwl-smi-checks", programme="Mental health", indicator="Checks")
    Procurement.objects.create(reference="pp-10", service="Community cardiology")
    Paper.objects.create(
        slug="nwl-system-intentions-2020-21",
        title="Intentions",
        source="nwl-2020-21",
        place="North West London",
        year="2020/21",
    )
