from django.urls import path

from commonweal.web.finance import views

app_name = "finance"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("provider/<str:provider>/", views.provider, name="provider"),
    path("forecasts/", views.forecasts, name="forecasts"),
    path("forecasts/<str:provider>/<str:pod>/", views.forecast, name="forecast"),
    path("bridge/", views.bridge, name="bridge"),
    path("reconciliation/", views.reconciliation, name="reconciliation"),
    path("control-totals/", views.control, name="control"),
    path("five-years/", views.five_year, name="five_year"),
    path("schemes/", views.schemes, name="schemes"),
    path("schemes/<str:year>/<str:reference>/", views.scheme, name="scheme"),
    path("schemes/<str:year>/<str:reference>/change/", views.change_scheme, name="change_scheme"),
    path("schemes/<str:year>/<str:reference>/move/", views.advance_scheme, name="advance_scheme"),
    path("adjustments/", views.adjust, name="adjust"),
    path("outturns/", views.submit_outturn, name="submit_outturn"),
    path("local-pods/", views.own_pod, name="own_pod"),
    path("load/", views.load, name="load"),
    path("load/send/", views.take, name="take"),
    path("load/template/<str:kind>.xlsx", views.template, name="template"),
    path("pack.<str:kind>", views.pack, name="pack"),
    path("documents/", views.documents, name="documents"),
]
