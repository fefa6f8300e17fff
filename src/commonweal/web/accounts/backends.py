"""Who may sign in at all: active accounts, and personas in a demonstration only."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


class DatedAccounts(AuthenticationBackend):
    """Password accounts. A persona is refused outside a demo at every request, not only when it signs in."""

    def user_can_authenticate(self, user) -> bool:
        if getattr(user, "is_demo", False) and not settings.DEMO:
            return False
        return super().user_can_authenticate(user)
