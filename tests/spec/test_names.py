"""A name that the vocabulary does not have is refused where it is written, with the nearest that it has."""

from __future__ import annotations

import pytest

from commonweal.definitions.vocabulary import contact, event, person
from commonweal.errors import BadInput

LATEST = event.coded("a").latest()


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        (lambda: event.coded("a").lastest(), "latest"),
        (lambda: event.codded("a"), "coded"),
        (lambda: contact.in_lst(months=1), "in_last"),
        (lambda: LATEST.vlaue, "value"),
        (lambda: LATEST.column("text_valu"), "text_value"),
        (lambda: LATEST.value.is_misssing(), "is_missing"),
        (lambda: LATEST.date.day_to(LATEST.date), "days_to"),
        (lambda: person.is_alife, "is_alive"),
        (lambda: event.where(vaule=1), "value"),
        (lambda: contact.coded("a", column="primary_concpet"), "primary_concept"),
        (lambda: event.in_last(days=1, column="dte"), "date"),
    ],
)
def test_the_nearest_is_named(written, nearest):
    with pytest.raises(BadInput, match=nearest):
        written()


def test_copies_and_pickles_of_expressions_still_work():
    import copy
    import pickle

    assert copy.deepcopy(LATEST).value.node == LATEST.value.node
    assert pickle.loads(pickle.dumps(person.age)).node == person.age.node
