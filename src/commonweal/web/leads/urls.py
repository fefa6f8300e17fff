from django.urls import path

from commonweal.web.leads import views, views_kept

app_name = "leads"
urlpatterns = [
    path("", views.dashboards, name="dashboards"),
    path("dashboards/<slug:dashboard_id>/<slug:kind>/<str:code>/", views.dashboard, name="dashboard"),
    path("measures/<slug:measure_id>/<slug:kind>/<str:code>/", views.measure, name="measure"),
    path("measures/<slug:measure_id>/<slug:kind>/<str:code>/rebase/", views_kept.rebase, name="rebase"),
    path(
        "measures/<slug:measure_id>/<slug:kind>/<str:code>/rebase/<int:rebase_id>/withdraw/",
        views_kept.withdraw_rebase,
        name="withdraw_rebase",
    ),
    path("packs/<slug:kind>/<str:code>/pdf/", views.pack_pdf, name="pack_pdf"),
    path("packs/<slug:kind>/<str:code>/spreadsheet/", views.pack_xlsx, name="pack_xlsx"),
    path("groups/new/", views_kept.new_group, name="new_group"),
    path("groups/<uuid:kept_id>/", views_kept.change_group, name="change_group"),
    path("groups/<uuid:kept_id>/close/", views_kept.close_group, name="close_group"),
    path("views/new/", views_kept.new_view, name="new_view"),
    path("views/<uuid:kept_id>/", views.view, name="view"),
    path("views/<uuid:kept_id>/change/", views_kept.change_view, name="change_view"),
    path("views/<uuid:kept_id>/close/", views_kept.close_view, name="close_view"),
]
