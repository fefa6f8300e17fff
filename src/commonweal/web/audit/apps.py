from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class AuditConfig(SiteApp):
    """The audit and its explorer."""

    name = "commonweal.web.audit"
    label = "audit"
    url_prefix = "audit/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Audit", "audit:explorer", "audit.read", order=80),
    )

    def ready(self) -> None:
        super().ready()
        from commonweal.governance.audit import install_sink
        from commonweal.web.audit.sink import DatabaseSink

        install_sink(DatabaseSink())
