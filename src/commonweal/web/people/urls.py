from django.urls import path

from commonweal.web.people import views

app_name = "people"
urlpatterns = [
    path("", views.find, name="find"),
    path("emergency/", views.reviews, name="reviews"),
    path("emergency/<int:access_id>/", views.review, name="review"),
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/<int:request_id>/", views.answer_correction, name="answer_correction"),
    path("with-number/", views.break_glass_by_number, name="break_glass_by_number"),
    path("<str:person_id>/", views.show, name="show"),
    path("<str:person_id>/timeline/", views.timeline, name="timeline"),
    path("<str:person_id>/why/<slug:definition_id>/", views.why, name="why"),
    path("<str:person_id>/emergency/", views.break_glass, name="break_glass"),
    path("<str:person_id>/correct/", views.correct, name="correct"),
]
