"""The base of every app's configuration."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import ClassVar

from django.apps import AppConfig

from commonweal.governance import scrub


@dataclass(frozen=True)
class NavigationItem:
    """One link of the main navigation. It is shown to people who hold `capability`; to everyone where that is empty."""

    text: str
    url_name: str
    capability: str
    order: int = 50


class SiteApp(AppConfig):
    """One bounded context of the site.

    An app says under which prefix it serves, what it adds to the navigation, and (in its ``permissions`` module) which
    capabilities exist and which roles hold them. Nothing else has to be edited to add an app.
    """

    default = False  # Django chooses the subclass in an app's module, not this base that the module imports
    url_prefix: str = ""
    navigation: ClassVar[tuple[NavigationItem, ...]] = ()
    footer: ClassVar[tuple[NavigationItem, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.default = True

    def ready(self) -> None:
        """Register the app's capabilities."""
        from commonweal.web.core import permissions

        try:
            module = importlib.import_module(f"{self.name}.permissions")
        except ModuleNotFoundError as error:
            if error.name != f"{self.name}.permissions":
                raise
            return
        for capability in module.CAPABILITIES:
            permissions.register(capability)


class CoreConfig(SiteApp):
    """The frame. Whatever starts the site, every log record that it makes is scrubbed."""

    name = "commonweal.web.core"
    label = "core"
    navigation: ClassVar[tuple[NavigationItem, ...]] = (
        NavigationItem("Home", "core:start", "", order=0),
        NavigationItem("Search", "core:search", "trust.read", order=1),
    )

    def ready(self) -> None:
        """Scrub logs, then register the frame's capabilities."""
        scrub.install()
        super().ready()
