from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class LeadsConfig(SiteApp):
    """Measures, dashboards and packs."""

    name = "commonweal.web.leads"
    label = "leads"
    url_prefix = "planning/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Measures", "leads:dashboards", "measures.see", order=30),
    )
