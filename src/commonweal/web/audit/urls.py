from django.urls import path

from commonweal.web.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.explorer, name="explorer"),
    path("chain/", views.check, name="check"),
    path("unusual/", views.unusual, name="unusual"),
]
