"""What the site's own database holds about one person: for subject access, and for erasure.

Care plans, stated preferences, requests for correction, and tasks and notes of lists are the person's, and go with them. The
audit and emergency access are the record of what staff did: they are shown, and stay (they hold a random id, no name).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model

from commonweal.web.audit.models import Entry
from commonweal.web.lists.models import Action, Task
from commonweal.web.people.models import CarePlan, CarePlanVersion, CorrectionRequest, EmergencyAccess, StatedPreference

THEIRS: tuple[tuple[str, type[Model], str], ...] = (
    ("care_plan_version", CarePlanVersion, "plan__person_id__in"),
    ("care_plan", CarePlan, "person_id__in"),
    ("stated_preference", StatedPreference, "person_id__in"),
    ("correction_request", CorrectionRequest, "person_id__in"),
    ("list_action", Action, "person_id__in"),
    ("list_task", Task, "person_id__in"),
)
"""What is the person's, in the order in which it can be deleted."""
STAFF: tuple[tuple[str, type[Model], str], ...] = (
    ("emergency_access", EmergencyAccess, "person_id__in"),
    ("who_looked", Entry, "subject__in"),
)


def held_about(person_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Kind to rows, oldest first."""
    found = {
        name: list(model._default_manager.filter(**{by: person_ids}).order_by("pk").values())
        for name, model, by in (*THEIRS, *STAFF)
    }
    return {name: rows for name, rows in found.items() if rows}


def remove_about(person_ids: Sequence[str]) -> dict[str, int]:
    """Delete what is the person's, all or nothing; returns rows by kind."""
    removed: dict[str, int] = {}
    with transaction.atomic():
        for name, model, by in THEIRS:
            for one in model._default_manager.filter(**{by: person_ids}).order_by(
                "-pk"
            ):  # an undo before what it undoes
                one.delete()
                removed[name] = removed.get(name, 0) + 1
    return removed
