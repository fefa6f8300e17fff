"""Who may sign in at all: active accounts, and personas in a demonstration of invented people only."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings

from commonweal.web.accounts.demo import only_invented_people


class DatedAccounts(AuthenticationBackend):
    """Password accounts. A persona is refused outside a demo at every request, not only when it signs in: also when the
    first release of real people comes while it is signed in."""

    def user_can_authenticate(self, user) -> bool:
        if getattr(user, "is_demo", False) and not (settings.DEMO and only_invented_people()):
            return False
        return super().user_can_authenticate(user)
