from django.urls import path

from commonweal.web.lists import views

app_name = "lists"
urlpatterns = [
    path("", views.index, name="index"),
    path("from/<slug:definition_id>/", views.from_definition, name="from_definition"),
    path("new/combined/", views.new_combined, name="new_combined"),
    path("new/numbers/", views.new_numbers, name="new_numbers"),
    path("<uuid:list_id>/", views.show, name="show"),
    path("by-hand/<str:person_id>/", views.by_hand, name="by_hand"),
    path("<uuid:list_id>/people/<str:person_id>/", views.history, name="history"),
    path("<uuid:list_id>/act/", views.act, name="act"),
    path("<uuid:list_id>/undo/<int:action_id>/", views.undo, name="undo"),
    path("<uuid:list_id>/export/", views.export, name="export"),
    path("<uuid:list_id>/outcomes/", views.outcomes, name="outcomes"),
    path("<uuid:list_id>/change/", views.change, name="change"),
    path("<uuid:list_id>/close/", views.close, name="close"),
]
