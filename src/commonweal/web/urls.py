"""Every app of ours serves under the prefix that its `AppConfig` states; accounts pages that we allow are listed there."""

from __future__ import annotations

from importlib.util import find_spec

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from commonweal.web.core.apps import SiteApp

urlpatterns: list[URLPattern | URLResolver] = [
    path(config.url_prefix, include(f"{config.name}.urls"))
    for config in apps.get_app_configs()
    if isinstance(config, SiteApp) and find_spec(f"{config.name}.urls")
]

handler404 = "commonweal.web.core.failures.not_found"
handler403 = "commonweal.web.core.failures.forbidden"
handler400 = "commonweal.web.core.failures.bad_request"
handler500 = "commonweal.web.core.failures.broken"
