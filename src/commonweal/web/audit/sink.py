"""Where audit events go: one row each, kept before the page that they are about is shown."""

from __future__ import annotations

from collections.abc import Sequence

from commonweal.governance.audit import AuditEvent
from commonweal.web.audit.models import Entry


class DatabaseSink:
    """Appends to the decisions database. Events that cannot be kept raise, and the page is not shown."""

    def write(self, events: Sequence[AuditEvent]) -> None:
        rows = [_as_entry(event) for event in events]
        if len(rows) == 1:
            rows[0].save(force_insert=True)
        else:
            Entry.objects.bulk_create(rows)


def _as_entry(event: AuditEvent) -> Entry:
    return Entry(
        at=event.at,
        actor=event.actor,
        role=event.role,
        organisation=event.organisation,
        purpose=event.purpose,
        action=event.action,
        subject=event.subject,
        object=event.object[:300],
        reason=event.reason,
        result_count=event.result_count,
        release_id=event.release_id,
    )
