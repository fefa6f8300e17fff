"""Working lists: which there are, who is on one now, and making one's own."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone

from commonweal.errors import BadInput, NotReady
from commonweal.web.audit import services as audit
from commonweal.web.core import reading, releases, scopes
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.core.reading import PersonLine
from commonweal.web.lists import folding, sources
from commonweal.web.lists.actions import Wish, act
from commonweal.web.lists.actions import undo as take_back
from commonweal.web.lists.folding import Standing
from commonweal.web.lists.models import Action, ListVersion, Snapshot, Task, WorkingList
from commonweal.web.lists.policies import can_see, check_can_change, check_can_see
from commonweal.web.people import identities
from commonweal.web.people.identities import Identity

if TYPE_CHECKING:
    from commonweal.engine.answers import DefinitionInfo, Scope
    from commonweal.engine.evidence import Evidence
    from commonweal.engine.serve_file import ReleaseInfo
    from commonweal.engine.serving import Reader
    from commonweal.store import Store

PURPOSE = "direct_care"
FIRST_VERSION = 1
MOST_FOLDED = 100


@dataclass(frozen=True)
class Person:
    """One row of a list."""

    person_id: str
    summary: PersonLine
    identity: Identity
    evidence: dict[str, tuple[Evidence, ...]]
    standing: Standing
    is_new: bool
    last_action: Action | None
    score: str = ""
    """The score by which the list is ordered, in words; empty where it is not."""


@dataclass(frozen=True)
class Page:
    """Everything that a list's page shows."""

    working_list: WorkingList
    version: ListVersion
    release: ReleaseInfo
    definitions: list[DefinitionInfo]
    people: list[Person]
    folded: list[tuple[str, str]]
    """Person identifier and why."""
    waiting: int
    total: int
    compared_with: Snapshot | None
    left: int
    """How many were on the list in the release before and are not now."""
    history: list[Action] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    """Practices of whom nobody is listed, because what they sent failed a check."""


def overview(*, by: Actor) -> tuple[list[tuple[DefinitionInfo, int]], list[WorkingList]]:
    """The definitions' lists with how many of the actor's people each finds, and the lists that people made."""
    check_can(by, "lists.oversee")
    reader = releases.reader(PURPOSE)
    scope = scopes.scope_of_care(by)
    counts = reading.list_sizes(reader, scope)
    found = [(one, counts.get(one.id, 0)) for one in reading.listable(reader)]
    return found, made_lists(by)


def made_lists(by: Actor) -> list[WorkingList]:
    """Open lists that somebody made and that `by` may see."""
    ours = Q(organisation_code=by.organisation_code, organisation_kind=by.organisation_kind)
    visible = Q(shared=WorkingList.Shared.ORGANISATION) | Q(owner_id=by.user_id)
    found = WorkingList.objects.filter(ours, visible, closed_at__isnull=True).exclude(kind=WorkingList.Kind.DEFINITION)
    return list(found.select_related("owner").order_by("title"))


def list_of_definition(*, by: Actor, definition_id: str) -> WorkingList:
    """The definition's own list, made when it is first opened."""
    check_can(by, "lists.oversee")
    info = sources.definition(releases.reader(PURPOSE), definition_id)
    try:
        with transaction.atomic():
            made, new = WorkingList.objects.get_or_create(
                kind=WorkingList.Kind.DEFINITION, definition_id=info.id, defaults={"title": info.title}
            )
            if new:
                ListVersion.objects.create(list=made, number=FIRST_VERSION, all_of=[info.id], note="As defined")
    except IntegrityError:
        made = WorkingList.objects.get(kind=WorkingList.Kind.DEFINITION, definition_id=info.id)
    return made


def list_with(*, by: Actor, list_id: str) -> WorkingList:
    """One list that `by` may see; `NotReady` for any other, whether it exists or not."""
    found = WorkingList.objects.filter(pk=list_id).select_related("owner").first()
    if found is None:
        raise NotReady("there is no such list", remedy="choose one from your lists")
    check_can_see(by, found)
    return found


def page(*, by: Actor, working_list: WorkingList, show_folded: bool = False) -> Page:
    """Who is on the list now, names included, and what changed since the last release. Audited person by person.

    With `show_folded` it is those who are folded away, so that somebody can be put back.
    """
    check_can(by, "lists.work")
    check_can_see(by, working_list)
    reader = releases.reader(PURPOSE)
    scope = scopes.scope_of_care(by)
    release, version = reader.release(), working_list.version
    everyone = sources.people_on(reader, working_list, version, scope)
    standings = standings_of(working_list, everyone)
    now, folded, waiting = folding.split(
        everyone, standings, elsewhere(by, working_list, everyone), today=timezone.localdate(),
        quiet_days=version.quiet_days, capacity=version.capacity,
    )  # fmt: skip
    before = remember(by, working_list, release, everyone)
    if show_folded:
        now = [person for person, _ in folded][:MOST_FOLDED]
    rows = _rows(by, reader, scope, working_list, version, now, standings, before)
    names = sources.definitions_of(working_list, version)
    return Page(
        working_list, version, release, [sources.definition(reader, one) for one in names],
        [rows[person] for person in now],
        folded,
        waiting, len(everyone), before, len(set(before.people) - set(everyone)) if before else 0,
        excluded=reading.excluded(reader, names, scope),
    )  # fmt: skip


def standings_of(working_list: WorkingList, people: list[str]) -> dict[str, Standing]:
    """Where each person stands on this list; those about whom nothing was done are left out."""
    wanted = set(people)
    tasks = (
        Task.objects.filter(list=working_list).exclude(state=Task.State.OPEN, version=0).select_related("assigned_to")
    )
    return {
        task.person_id: Standing(
            task.state, task.version, task.assigned_to.name if task.assigned_to else "", task.assigned_to_id,
            task.until, timezone.localdate(task.changed_at),
        )
        for task in tasks if task.person_id in wanted
    }  # fmt: skip


def elsewhere(by: Actor, working_list: WorkingList, people: list[str]) -> dict[str, str]:
    """The title of another list on which somebody is dealing with this person now; of a list not theirs to see, that it is."""
    wanted = set(people)
    tasks = Task.objects.filter(state=Task.State.ASSIGNED).exclude(list=working_list).select_related("list")
    return {
        task.person_id: task.list.title if can_see(by, task.list) else "another team's list"
        for task in tasks
        if task.person_id in wanted
    }


def remember(by: Actor, working_list: WorkingList, release: ReleaseInfo, people: list[str]) -> Snapshot | None:
    """Keep who is on the list in this release, once; return what the release before had, to compare with."""
    Snapshot.objects.get_or_create(
        list=working_list, organisation_code=by.organisation_code, release_id=release.id,
        defaults={"as_at": release.as_at, "people": people},
    )  # fmt: skip
    return (
        Snapshot.objects.filter(list=working_list, organisation_code=by.organisation_code, as_at__lt=release.as_at)
        .order_by("-as_at", "-taken_at").first()
    )  # fmt: skip


def check_on_list(*, by: Actor, working_list: WorkingList, person_id: str) -> ReleaseInfo:
    """Raise `NotReady` unless the person is on this list and of the actor's people. Returns the release it is read from."""
    reader = releases.reader(PURPOSE)
    people = sources.people_on(reader, working_list, working_list.version, scopes.scope_of_care(by))
    if person_id not in set(people):
        raise NotReady(
            "this person is not on the list any more, or is not one of your people",
            remedy="open the list again: a new release may have been published since you opened it",
        )
    return reader.release()


def history_of(*, by: Actor, working_list: WorkingList, person_id: str) -> list[Action]:
    """What was done about one person on one list, latest first."""
    check_can(by, "lists.work")
    found = Action.objects.filter(list=working_list, person_id=person_id)
    return list(found.select_related("by", "assigned_to", "undone_by").order_by("-pk"))


def mine(by: Actor) -> int:
    """How many people are assigned to the actor."""
    return Task.objects.filter(
        state=Task.State.ASSIGNED, assigned_to_id=by.user_id, list__closed_at__isnull=True
    ).count()


def mine_by_list(by: Actor) -> list[tuple[WorkingList, int]]:
    """The lists on which people are assigned to the actor."""
    found = WorkingList.objects.filter(
        tasks__state=Task.State.ASSIGNED, tasks__assigned_to_id=by.user_id, closed_at__isnull=True
    ).annotate(waiting=Count("tasks"))
    return [(one, one.waiting) for one in found]  # type: ignore[attr-defined]


@transaction.atomic
def make(
    *,
    by: Actor,
    kind: str,
    title: str,
    shared: str,
    capacity: int,
    quiet_days: int,
    all_of: list[str] | None = None,
    any_of: list[str] | None = None,
    none_of: list[str] | None = None,
    people: list[str] | None = None,
    order_by: str = "",
) -> WorkingList:
    """A list of one's own: definitions combined, or people put together."""
    check_can(by, "lists.work")
    scopes.scope_of_care(by)
    if kind == WorkingList.Kind.COMBINATION:
        if not (all_of or any_of):
            raise BadInput("choose at least one definition that people must meet")
        reader = releases.reader(PURPOSE)
        sources.check_known(reader, [*(all_of or []), *(any_of or []), *(none_of or [])])
        if order_by and order_by not in {one.id for one in reading.scores(reader)}:
            raise BadInput("this release has no such score", value=order_by)
    elif kind != WorkingList.Kind.PEOPLE:
        raise BadInput("a list is made of definitions or of people")
    made = WorkingList.objects.create(
        kind=kind, title=title.strip(), owner_id=by.user_id, organisation_code=by.organisation_code,
        organisation_kind=by.organisation_kind, shared=shared,
    )  # fmt: skip
    ListVersion.objects.create(
        list=made, number=FIRST_VERSION, all_of=all_of or [], any_of=any_of or [], none_of=none_of or [],
        people=people or [], capacity=capacity, quiet_days=quiet_days, note="Made", changed_by_id=by.user_id,
        order_by=order_by,
    )  # fmt: skip
    audit.record(
        by, purpose=PURPOSE, action="make list", object=f"list:{made.pk}", result_count=len(people or []) or None
    )
    return made


def people_of_numbers(*, by: Actor, numbers: list[str]) -> list[str]:
    """The actor's own people among these NHS numbers. Which numbers led nowhere is not told."""
    check_can(by, "lists.work")
    found = identities.find_many(numbers, by=by)
    return sorted(reading.people(releases.reader(PURPOSE), found, scopes.scope_of_care(by)))


@transaction.atomic
def change(*, by: Actor, working_list: WorkingList, seen_number: int, note: str, **changes: object) -> ListVersion:
    """A new version. Of two people or tabs that change the same one, the second is told."""
    check_can_change(by, working_list)
    last = working_list.version
    if last.number != seen_number:
        raise BadInput("this list was changed since you opened it", remedy="open it again and repeat your change")
    if "all_of" in changes or "any_of" in changes:
        sources.check_known(
            releases.reader(PURPOSE),
            [*changes.get("all_of", []), *changes.get("any_of", []), *changes.get("none_of", [])],  # type: ignore[misc]
        )
    kept = {
        name: changes.get(name, getattr(last, name))
        for name in ("all_of", "any_of", "none_of", "people", "capacity", "quiet_days", "order_by")
    }
    try:
        with transaction.atomic():
            made = ListVersion.objects.create(
                list=working_list, number=last.number + 1, note=note, changed_by_id=by.user_id, **kept
            )
    except IntegrityError:
        raise BadInput(
            "this list was changed since you opened it", remedy="open it again and repeat your change"
        ) from None
    audit.record(by, purpose=PURPOSE, action="change list", object=f"list:{working_list.pk} version {made.number}")
    return made


def close(*, by: Actor, working_list: WorkingList) -> None:
    """Put a list away. What was done on it stays."""
    check_can_change(by, working_list)
    WorkingList.objects.filter(pk=working_list.pk, closed_at__isnull=True).update(closed_at=timezone.now())
    audit.record(by, purpose=PURPOSE, action="close list", object=f"list:{working_list.pk}")


def _rows(
    by: Actor,
    reader: Reader,
    scope: Scope,
    working_list: WorkingList,
    version: ListVersion,
    people: list[str],
    standings: dict[str, Standing],
    before: Snapshot | None,
) -> dict[str, Person]:
    definitions = sources.definitions_of(working_list, version)
    found = {
        one: {member.person_id: member for member in reader.members(one, scope=scope, limit=len(people), among=people)}
        for one in definitions
    }
    summaries = {
        person: PersonLine(person, member.birth_date, member.age, member.sex, member.practice_code)
        for members in found.values()
        for person, member in members.items()
    }
    summaries |= reading.people(reader, [one for one in people if one not in summaries])
    names = identities.names_of(people, by=by, reason=f"list:{working_list.pk}")
    was = set(before.people) if before else set()
    scored = sources.score_words(reader, version, people)
    last = {
        action.person_id: action
        for action in Action.objects.filter(list=working_list, person_id__in=people).select_related("by").order_by("pk")
    }
    audit.record(
        by, purpose=PURPOSE, action="list", object=f"list:{working_list.pk}", result_count=len(people),
        release_id=reader.release().id,
    )  # fmt: skip
    return {
        person: Person(
            person, summaries[person], names[person],
            {one: members[person].evidence for one, members in found.items() if person in members},
            standings.get(person, folding.NEW), before is not None and person not in was, last.get(person),
            scored.get(person, ""),
        )
        for person in people
    }  # fmt: skip


def today() -> datetime.date:
    """Today where the service is."""
    return timezone.localdate()


def act_on(*, by: Actor, working_list: WorkingList, person_id: str, wish: Wish, seen_version: int) -> Action:
    """Do `wish` about one person, who must be on this list and of the actor's people."""
    release = check_on_list(by=by, working_list=working_list, person_id=person_id)
    return act(
        by=by, working_list=working_list, person_id=person_id, wish=wish, seen_version=seen_version,
        release_id=release.id,
    )  # fmt: skip


def undo(*, by: Actor, list_id: str, action_id: int) -> Action:
    """Take back one's own last action on a list that one may see."""
    working_list = list_with(by=by, list_id=list_id)
    return take_back(
        by=by, working_list=working_list, action_id=action_id, release_id=releases.reader(PURPOSE).release().id
    )


def page_to_export(*, by: Actor, working_list: WorkingList) -> Page:
    """The page's people, audited as an export."""
    found = page(by=by, working_list=working_list)
    audit.record(
        by, purpose=PURPOSE, action="export", object=f"list:{working_list.pk}", result_count=len(found.people),
        release_id=found.release.id,
    )  # fmt: skip
    return found


def choices(*, by: Actor) -> list[DefinitionInfo]:
    """The definitions that `by` can make a list from."""
    check_can(by, "lists.work")
    return reading.listable(releases.reader(PURPOSE))


def scores(*, by: Actor) -> list[DefinitionInfo]:
    """The scores by which `by` can order a list."""
    check_can(by, "lists.work")
    return reading.scores(releases.reader(PURPOSE))


def list_to_change(*, by: Actor, list_id: str) -> WorkingList:
    """One list that `by` may change."""
    found = list_with(by=by, list_id=list_id)
    check_can_change(by, found)
    return found


def change_settings(
    *, by: Actor, working_list: WorkingList, title: str, shared: str, seen_number: int, note: str, capacity: int,
    quiet_days: int,
) -> None:  # fmt: skip
    """A new version, with its name and who may see it."""
    with transaction.atomic():
        change(
            by=by,
            working_list=working_list,
            seen_number=seen_number,
            note=note,
            capacity=capacity,
            quiet_days=quiet_days,
        )
        WorkingList.objects.filter(pk=working_list.pk).update(title=title.strip(), shared=shared)


def cited_releases(store: Store) -> list[str]:
    """The releases that lists are compared with: they are not to be pruned. None for another store than the site's."""
    if store != settings.STORE:
        return []
    return sorted(set(Snapshot.objects.values_list("release_id", flat=True)))
