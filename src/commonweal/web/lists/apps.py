from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class ListsConfig(SiteApp):
    """Working lists."""

    name = "commonweal.web.lists"
    label = "lists"
    url_prefix = "care/lists/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Working lists", "lists:index", "lists.oversee", order=10),
    )

    def ready(self) -> None:
        super().ready()
        from commonweal.pipeline.releases import register_citations
        from commonweal.web.lists.services import cited_releases

        register_citations(cited_releases)
