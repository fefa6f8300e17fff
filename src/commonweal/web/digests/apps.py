from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class DigestsConfig(SiteApp):
    """Digests by e-mail."""

    name = "commonweal.web.digests"
    label = "digests"
    url_prefix = "account/digest/"
    footer: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("E-mail digest", "digests:choose", "trust.read", order=25),
    )
