from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class CommissioningConfig(SiteApp):
    """Intentions, targets, procurement, engagement and papers."""

    name = "commonweal.web.commissioning"
    label = "commissioning"
    url_prefix = "plans/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Plans", "commissioning:register", "commissioning.see", order=50),
        NavigationItem("Procurement", "commissioning:pipeline", "commissioning.procure", order=55),
    )
    footer: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("You said, we did", "commissioning:you_said", "", order=60),
        NavigationItem("Published papers", "commissioning:published", "", order=61),
        NavigationItem("What this software covers", "commissioning:coverage", "", order=62),
    )

    def ready(self) -> None:
        super().ready()
        from commonweal.pipeline.releases import register_citations
        from commonweal.web.commissioning.services.papers import cited_releases

        register_citations(cited_releases)
