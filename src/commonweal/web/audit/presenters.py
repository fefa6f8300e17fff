"""Audit rows in words."""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.web.accounts.roles import ROLES
from commonweal.web.audit.models import Entry
from commonweal.web.core.access import PURPOSES
from commonweal.web.core.presenters import moment_words


@dataclass(frozen=True)
class Row:
    """One line of the explorer."""

    when: str
    who: str
    account: str
    as_role: str
    did: str
    about: str
    reason: str
    sealed: bool


def row(entry: Entry, names: dict[str, str]) -> Row:
    """`entry` as the explorer shows it; `names` by account."""
    role = ROLES.get(entry.role)
    about = [part for part in (entry.subject, entry.object) if part]
    if entry.result_count is not None:
        about.append("1 row" if entry.result_count == 1 else f"{entry.result_count:,} rows")
    return Row(
        when=moment_words(entry.at),
        who=names.get(entry.actor, entry.actor),
        account=entry.actor,
        as_role=", ".join(part for part in (role.title if role else entry.role, entry.organisation) if part),
        did=entry.action + (f" for {PURPOSES[entry.purpose].lower()}" if PURPOSES.get(entry.purpose) else ""),
        about=" · ".join(about),
        reason=entry.reason,
        sealed=hasattr(entry, "seal"),
    )
