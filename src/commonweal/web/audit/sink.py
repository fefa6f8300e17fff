"""Where audit events go: one row each, kept before the page that they are about is shown."""

from __future__ import annotations

from commonweal.governance.audit import AuditEvent
from commonweal.web.audit.models import Entry


class DatabaseSink:
    """Appends to the decisions database. An event that cannot be kept raises, and the page is not shown."""

    def write(self, event: AuditEvent) -> None:
        Entry.objects.create(
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
