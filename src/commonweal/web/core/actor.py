"""Who is asking: one person in one role at one organisation. Services take an `Actor`, never a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.web.accounts.roles import Role


@dataclass(frozen=True)
class Actor:
    """One person as they work now. A person with several roles works in one at a time, as with a smartcard."""

    user_id: int
    name: str
    role: Role
    organisation_code: str
    organisation_kind: str
    """practice, pcn, neighbourhood, borough, icb, trust, local_authority or public"""
    organisation_name: str
    membership_id: int
    session: str = ""
    """A short hash of the session, so that the audit can tell two sittings apart without holding a key to either."""

    @property
    def label(self) -> str:
        return f"{self.name}, {self.role.title} at {self.organisation_name}"
