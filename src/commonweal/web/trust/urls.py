from django.urls import path

from commonweal.web.trust import views

app_name = "trust"
urlpatterns = [
    path("safety/", views.safety, name="safety"),
    path("definitions/", views.definitions, name="definitions"),
    path("definitions/<slug:definition_id>/", views.definition, name="definition"),
    path("codelists/<str:code>/", views.codelist, name="codelist"),
    path("release/", views.release, name="release"),
    path("releases/", views.releases, name="releases"),
    path("quality/<str:feed>/", views.quality, name="quality"),
    path("answer/", views.answer, name="answer"),
]
