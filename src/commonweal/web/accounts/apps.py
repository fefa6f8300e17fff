from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class AccountsConfig(SiteApp):
    """Signing in, roles and people."""

    name = "commonweal.web.accounts"
    label = "accounts"
    url_prefix = "account/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("People and roles", "accounts:staff", "accounts.manage", order=90),
    )

    def ready(self) -> None:
        super().ready()
        from commonweal.web.accounts import checks  # noqa: F401  (registers itself)
