from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class FinanceConfig(SiteApp):
    """Position, forecast, contracts and schemes."""

    name = "commonweal.web.finance"
    label = "finance"
    url_prefix = "finance/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Money", "finance:overview", "finance.see", order=60),
    )
