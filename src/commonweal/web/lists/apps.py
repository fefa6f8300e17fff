from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class ListsConfig(SiteApp):
    name = "commonweal.web.lists"
    label = "lists"
    url_prefix = "care/lists/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Working lists", "lists:index", "lists.oversee", order=10),
    )
