from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class ApiConfig(SiteApp):
    """The read API and the page of its tokens."""

    name = "commonweal.web.api"
    label = "api"
    url_prefix = ""
    footer: ClassVar[tuple[NavigationItem, ...]] = (NavigationItem("API tokens", "api:tokens", "api.use", order=26),)
