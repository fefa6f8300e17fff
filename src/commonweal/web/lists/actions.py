"""What can be done about people on a list. One function changes; it holds the race, the audit and the way back.

A change is one conditional UPDATE on the task's version: of two people who press at once, one succeeds and the other
is told what happened. It works alike on SQLite and PostgreSQL, and no page waits for a lock.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from commonweal.errors import BadInput, Busy, NotAllowed
from commonweal.web.accounts.models import Membership, User, on
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.lists.models import Action, Task, WorkingList
from commonweal.web.lists.reasons import DECLINE_REASONS

UNDO_WITHIN = datetime.timedelta(hours=24)
STATE_AFTER = {
    Action.Verb.DONE: Task.State.DONE,
    Action.Verb.ASSIGN: Task.State.ASSIGNED,
    Action.Verb.DEFER: Task.State.DEFERRED,
    Action.Verb.DECLINE: Task.State.DECLINED,
    Action.Verb.REOPEN: Task.State.OPEN,
}


@dataclass(frozen=True)
class Wish:
    """What somebody asks to do about one or more people. `check` says what is missing, in words."""

    verb: str
    reason: str = ""
    note: str = ""
    until: datetime.date | None = None
    assigned_to: int | None = None

    def check(self) -> None:
        if self.verb not in Action.Verb.values or self.verb == Action.Verb.UNDO:
            raise BadInput("choose what to do", value=self.verb)
        if self.verb == Action.Verb.DECLINE and self.reason not in DECLINE_REASONS:
            raise BadInput("say why this person is taken off", remedy="choose a reason")
        if self.verb == Action.Verb.DEFER and (self.until is None or self.until <= timezone.localdate()):
            raise BadInput("say until when", remedy="give a day after today")
        if self.verb == Action.Verb.ASSIGN and self.assigned_to is None:
            raise BadInput("say to whom", remedy="choose a colleague")
        if self.verb == Action.Verb.NOTE and not self.note.strip():
            raise BadInput("the note is empty")


@transaction.atomic
def act(
    *, by: Actor, working_list: WorkingList, person_id: str, wish: Wish, seen_version: int, release_id: str
) -> Action:
    """Do `wish` about one person whose place on the list was read at `seen_version`.

    The caller has checked that the person is the actor's to see. Raises `Busy` where somebody else changed it since.
    """
    check_can(by, "lists.work")
    wish.check()
    colleague = _colleague(by, wish.assigned_to) if wish.verb == Action.Verb.ASSIGN else None
    task = _task(working_list, person_id)
    before = _as_was(task)
    if wish.verb != Action.Verb.NOTE:
        _move(task, seen_version, STATE_AFTER[Action.Verb(wish.verb)], colleague, wish.until)
    action = Action.objects.create(
        list=working_list, person_id=person_id, verb=wish.verb, by_id=by.user_id, at=timezone.now(),
        organisation_code=by.organisation_code, reason=wish.reason if wish.verb == Action.Verb.DECLINE else "",
        note=wish.note.strip(), until=wish.until if wish.verb == Action.Verb.DEFER else None, assigned_to=colleague,
        release_id=release_id, before=before,
    )  # fmt: skip
    audit.record(
        by, purpose="direct_care", action=f"list {wish.verb}", subject=person_id, object=f"list:{working_list.pk}",
        release_id=release_id,
    )  # fmt: skip
    return action


@transaction.atomic
def undo(*, by: Actor, working_list: WorkingList, action_id: int, release_id: str) -> Action:
    """Take back one's own last action about a person, within a day. A second undo of the same action is refused."""
    check_can(by, "lists.work")
    action = Action.objects.filter(pk=action_id, list=working_list).first()
    if action is None or action.by_id != by.user_id:
        raise NotAllowed("only whoever did it can undo it")
    last = Action.objects.filter(list=working_list, person_id=action.person_id).order_by("-pk")[0]
    if last.pk != action.pk or action.verb == Action.Verb.UNDO:
        raise NotAllowed("something was done since", remedy="open the person's history on this list")
    if timezone.now() - action.at > UNDO_WITHIN:
        raise NotAllowed("that was more than a day ago", remedy="put the person back on the list instead")
    task = _task(working_list, action.person_id)
    before = _as_was(task)
    if action.verb != Action.Verb.NOTE:
        until = action.before.get("until")
        person = User.objects.filter(pk=action.before.get("assigned_to")).first()
        _move(
            task, task.version, Task.State(action.before["state"]), person,
            datetime.date.fromisoformat(until) if until else None,
        )  # fmt: skip
    audit.record(
        by, purpose="direct_care", action="list undo", subject=action.person_id, object=f"list:{working_list.pk}",
        release_id=release_id,
    )  # fmt: skip
    return Action.objects.create(
        list=working_list, person_id=action.person_id, verb=Action.Verb.UNDO, by_id=by.user_id, at=timezone.now(),
        organisation_code=by.organisation_code, release_id=release_id, before=before, undoes=action,
    )  # fmt: skip


def colleagues(by: Actor) -> list[User]:
    """Those at the actor's organisation who work through lists today."""
    held = Membership.objects.filter(
        on(timezone.localdate()), organisation__code=by.organisation_code, organisation__kind=by.organisation_kind,
        role_id__in=("clinician", "care_coordinator"), user__is_active=True,
    )  # fmt: skip
    return list(User.objects.filter(pk__in=held.values("user_id")).order_by("name"))


def _colleague(by: Actor, user_id: int | None) -> User:
    found = next((user for user in colleagues(by) if user.pk == user_id), None)
    if found is None:
        raise BadInput("that colleague does not work here", remedy="choose one from the list")
    return found


def _task(working_list: WorkingList, person_id: str) -> Task:
    task, _ = Task.objects.get_or_create(
        list=working_list, person_id=person_id, defaults={"changed_at": timezone.now()}
    )
    return task


def _as_was(task: Task) -> dict[str, object]:
    return {
        "state": task.state,
        "assigned_to": task.assigned_to_id,
        "until": task.until.isoformat() if task.until else None,
    }


def _move(
    task: Task, seen_version: int, state: Task.State, assigned_to: User | None, until: datetime.date | None
) -> None:
    changed = Task.objects.filter(pk=task.pk, version=seen_version).update(
        state=state, assigned_to=assigned_to, until=until, changed_at=timezone.now(), version=seen_version + 1
    )
    if not changed:
        last = (
            Action.objects.filter(list=task.list_id, person_id=task.person_id)
            .select_related("by")
            .order_by("-pk")
            .first()
        )
        what = f": {last.get_verb_display().lower()} by {last.by.name}" if last else ""
        raise Busy(f"a colleague changed this a moment ago{what}", remedy="look again before you decide")
