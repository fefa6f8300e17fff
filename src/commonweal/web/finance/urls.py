from django.urls import path

from commonweal.web.finance import views, views_challenges, views_contracts, views_schemes

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
    path("schemes/", views_schemes.schemes, name="schemes"),
    path("schemes/new/", views_schemes.new_scheme, name="new_scheme"),
    path("schemes/overlaps/", views_schemes.overlaps, name="overlaps"),
    path("schemes/overlaps/set/", views_schemes.set_ceiling, name="set_ceiling"),
    path("schemes/programmes/", views_schemes.programmes, name="programmes"),
    path("schemes/<str:year>/<str:reference>/", views_schemes.scheme, name="scheme"),
    path("schemes/<str:year>/<str:reference>/move/", views_schemes.advance_scheme, name="advance_scheme"),
    path("schemes/<str:year>/<str:reference>/change/<str:section>/", views_schemes.edit_scheme, name="edit_scheme"),
    path("challenges/", views_challenges.challenges, name="challenges"),
    path("challenges/<str:rule>/", views_challenges.challenge_rule, name="challenge_rule"),
    path("challenges/<str:rule>/<str:provider>/<str:pod>/<str:month>/", views_challenges.challenge, name="challenge"),
    path("contracts/", views_contracts.contract_list, name="contracts"),
    path("contracts/<str:provider>/", views_contracts.contract, name="contract"),
    path("contracts/<str:provider>/<str:year>/terms/", views_contracts.terms, name="terms"),
    path("trace/<str:provider>/<str:pod>/", views_contracts.traced, name="trace"),
    path("behind/<str:by>/<str:key>/", views_contracts.breakdown, name="breakdown"),
    path("adjustments/", views.adjust, name="adjust"),
    path("outturns/", views.submit_outturn, name="submit_outturn"),
    path("local-pods/", views.own_pod, name="own_pod"),
    path("load/", views.load, name="load"),
    path("load/send/", views.take, name="take"),
    path("load/template/<str:kind>.xlsx", views.template, name="template"),
    path("pack.<str:kind>", views.pack, name="pack"),
    path("documents/", views.documents, name="documents"),
]
