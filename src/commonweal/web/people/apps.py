from __future__ import annotations

from typing import ClassVar

from commonweal.web.core.apps import NavigationItem, SiteApp


class PeopleConfig(SiteApp):
    """A person's record, emergency access and corrections."""

    name = "commonweal.web.people"
    label = "people"
    url_prefix = "care/people/"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Find a person", "people:find", "people.look", order=20),
        NavigationItem("Emergency access", "people:reviews", "people.review_access", order=81),
        NavigationItem("Corrections", "people:corrections", "people.answer_corrections", order=40),
    )
