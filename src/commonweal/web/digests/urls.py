from django.urls import path

from commonweal.web.digests import views

app_name = "digests"
urlpatterns = [path("", views.choose, name="choose")]
