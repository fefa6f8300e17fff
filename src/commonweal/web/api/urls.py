"""Pages about the API under the account and `/api/`, and the API itself under `/api/v1/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from commonweal.web.api import views
from commonweal.web.api.door import ACCESS
from commonweal.web.api.operations import api

app_name = "api"
operations = [one for one in api.urls[0] if one.name in ACCESS]
for one in operations:
    one.callback.access = ACCESS[one.name]  # type: ignore[union-attr,index]  # where every page of the site has its door

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/api-tokens/", views.tokens, name="tokens"),
    path("account/api-tokens/<int:token_id>/revoke/", views.revoke, name="revoke"),
    path("api/", views.reference, name="reference"),
    path("api/openapi.json", views.openapi, name="openapi"),
    path("api/v1/", include((operations, "v1"))),
    path("api/<path:rest>", views.nothing_here, name="nothing_here"),
]
