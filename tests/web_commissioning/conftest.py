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
