from django.urls import path

from commonweal.web.leads import views

app_name = "leads"
urlpatterns = [
    path("", views.dashboards, name="dashboards"),
    path("dashboards/<slug:dashboard_id>/<slug:kind>/<str:code>/", views.dashboard, name="dashboard"),
    path("measures/<slug:measure_id>/<slug:kind>/<str:code>/", views.measure, name="measure"),
    path("packs/<slug:kind>/<str:code>/pdf/", views.pack_pdf, name="pack_pdf"),
    path("packs/<slug:kind>/<str:code>/spreadsheet/", views.pack_xlsx, name="pack_xlsx"),
]
