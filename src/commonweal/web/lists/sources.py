"""Who is on a list in the current release, in order, with the reason of each: read from the release, never kept here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commonweal.errors import NotReady
from commonweal.web.core import reading
from commonweal.web.lists.models import ListVersion, WorkingList

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, Scope
    from commonweal.engine.serving import Reader

MOST_PEOPLE = 5000
"""A list longer than this is not one to work through; its first so many are kept, in order."""


def people_on(reader: Reader, working_list: WorkingList, version: ListVersion, scope: Scope) -> list[str]:
    """Person identifiers in order of need, at most `MOST_PEOPLE`."""
    if working_list.kind == WorkingList.Kind.DEFINITION:
        return _ids(reader, working_list.definition_id, scope)
    if working_list.kind == WorkingList.Kind.PEOPLE:
        known = reading.people(reader, version.people, scope)
        return [person_id for person_id in version.people if person_id in known]
    found = combine(
        [_ids(reader, one, scope) for one in version.all_of],
        [_ids(reader, one, scope) for one in version.any_of],
        [_ids(reader, one, scope) for one in version.none_of],
    )
    if not version.order_by:
        return found
    scored = reading.scores_of(reader, version.order_by, found)
    return sorted(found, key=lambda one: -scored.get(one, float("-inf")))  # those without one come last, in their order


def score_words(reader: Reader, version: ListVersion, people: list[str]) -> dict[str, str]:
    """What the score that orders a list says of each person: ``Charlson comorbidity index: 8``."""
    info = next((one for one in reading.scores(reader) if one.id == version.order_by), None)
    if info is None:
        return {}
    return {one: f"{info.title}: {value:g}" for one, value in reading.scores_of(reader, info.id, people).items()}


def combine(all_of: list[list[str]], any_of: list[list[str]], none_of: list[list[str]]) -> list[str]:
    """On every list of `all_of`, on one at least of `any_of` (where there is any), on none of `none_of`.

    In the order of the first list that says yes; those on more of `any_of` do not come sooner: nobody's need is a sum.
    """
    if not all_of and not any_of:
        return []
    base = all_of[0] if all_of else list(dict.fromkeys(person for found in any_of for person in found))
    required = [set(found) for found in all_of]
    wanted = set().union(*map(set, any_of)) if any_of else None
    refused = set().union(*map(set, none_of))
    return [
        person
        for person in base
        if all(person in found for found in required) and (wanted is None or person in wanted) and person not in refused
    ]


def definitions_of(working_list: WorkingList, version: ListVersion) -> list[str]:
    """The definitions whose evidence a row shows."""
    if working_list.kind == WorkingList.Kind.DEFINITION:
        return [working_list.definition_id]
    return [*version.all_of, *version.any_of]


def definition(reader: Reader, definition_id: str) -> DefinitionInfo:
    """One computed definition of the release. Raises `NotReady` where there is none."""
    found = next((one for one in reader.definitions() if one.id == definition_id), None)
    if found is None or not found.computable:
        raise NotReady("this release has no such list", remedy="choose one from your lists")
    return found


def check_known(reader: Reader, definition_ids: Iterable[str]) -> None:
    """Raise `NotReady` unless every id is a list of this release."""
    known = {one.id for one in reading.listable(reader)}
    for definition_id in definition_ids:
        if definition_id not in known:
            raise NotReady("this release has no such list", value=definition_id)


def _ids(reader: Reader, definition_id: str, scope: Scope) -> list[str]:
    return reader.identifiers(definition_id, scope=scope, limit=MOST_PEOPLE)
