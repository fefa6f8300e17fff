from __future__ import annotations

from commonweal.web.core.apps import SiteApp


class PeopleConfig(SiteApp):
    name = "commonweal.web.people"
    label = "people"
    url_prefix = "care/people/"
    has_urls = False
