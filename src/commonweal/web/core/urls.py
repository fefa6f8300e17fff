from django.urls import path

from commonweal.web.core import views

app_name = "core"
urlpatterns = [
    path("", views.start, name="start"),
    path("search/", views.search, name="search"),
    path("health/", views.health, name="health"),
]
