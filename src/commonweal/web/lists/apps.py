from __future__ import annotations

from commonweal.web.core.apps import SiteApp


class ListsConfig(SiteApp):
    name = "commonweal.web.lists"
    label = "lists"
    url_prefix = "care/lists/"
    has_urls = False
