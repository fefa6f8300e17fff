"""What the frame around every page shows."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from commonweal.web.core import releases
from commonweal.web.core.access import PURPOSES
from commonweal.web.core.apps import NavigationItem, SiteApp
from commonweal.web.core.permissions import can

PURPOSE_RULES = {
    "direct_care": "You may look at people you care for. Every look is recorded.",
    "planning": "Numbers only: nobody is named, and small numbers are hidden.",
    "research": "Numbers only: nobody is named, and small numbers are hidden.",
    "public": "Published numbers: small numbers are hidden.",
}


def frame(request: HttpRequest) -> dict[str, object]:
    """Service name, navigation, purpose banner, release and demo marks."""
    actor = getattr(request, "actor", None)
    purpose = getattr(request, "purpose", "")
    return {
        "service_name": settings.SERVICE_NAME,
        "nhs_service": settings.NHS_SERVICE,
        "demo": settings.DEMO,
        "actor": actor,
        "purpose": purpose,
        "purpose_title": PURPOSES.get(purpose, ""),
        "purpose_rule": PURPOSE_RULES.get(purpose, ""),
        "navigation": links(request, "navigation"),
        "footer_links": links(request, "footer"),
        "oidc_name": oidc_name(),
        "release_mark": releases.mark(),
        "cspNonce": str(getattr(request, "csp_nonce", "")),
        "assetPath": f"{settings.STATIC_URL}nhsuk",
    }


def links(request: HttpRequest, place: str) -> list[dict[str, object]]:
    """The links of ``navigation`` or ``footer`` that this actor may follow, in order."""
    actor = getattr(request, "actor", None)
    items: list[NavigationItem] = []
    for config in apps.get_app_configs():
        if isinstance(config, SiteApp):
            items += getattr(config, place)
    found = []
    for item in sorted(items, key=lambda one: (one.order, one.text)):
        if item.capability and (actor is None or not can(actor, item.capability)):
            continue
        try:
            href = reverse(item.url_name)
        except NoReverseMatch:  # a test finds such a link; no page should break because of it
            continue
        here = request.path == href or (href != "/" and request.path.startswith(href))
        found.append({"text": item.text, "href": href, "current": here})
    # An app may stand below another: the one nearest to the page is where the reader is.
    nearest = max((len(str(one["href"])) for one in found if one["current"]), default=0)
    return [{**one, "current": one["current"] and len(str(one["href"])) == nearest} for one in found]


def oidc_name() -> str:
    """The name of the identity provider, where one is set up."""
    provider = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect")
    return provider["APPS"][0]["name"] if provider else ""
