from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class TrustConfig(SiteApp):
    """Definitions, releases, data quality and hazards."""

    name = "commonweal.web.trust"
    label = "trust"
    url_prefix = "trust/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Definitions", "trust:definitions", "trust.read", order=70),
        NavigationItem("This release", "trust:release", "trust.read", order=71),
    )
    footer: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("What this is for, and its hazards", "trust:safety", "", order=10),
        NavigationItem("What each role may do", "accounts:roles", "trust.read", order=20),
    )
