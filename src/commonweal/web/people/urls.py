from django.urls import path

from commonweal.web.people import views, views_plans

app_name = "people"
urlpatterns = [
    path("", views.find, name="find"),
    path("emergency/", views.reviews, name="reviews"),
    path("emergency/<int:access_id>/", views.review, name="review"),
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/<int:request_id>/", views.answer_correction, name="answer_correction"),
    path("with-number/", views.break_glass_by_number, name="break_glass_by_number"),
    path("plans-to-review/", views_plans.plans_due, name="plans_due"),
    path("<str:person_id>/", views.show, name="show"),
    path("<str:person_id>/timeline/", views.timeline, name="timeline"),
    path("<str:person_id>/household/", views.household, name="household"),
    path("<str:person_id>/why/<slug:definition_id>/", views.why, name="why"),
    path("<str:person_id>/emergency/", views.break_glass, name="break_glass"),
    path("<str:person_id>/correct/", views.correct, name="correct"),
    path("<str:person_id>/plans/", views_plans.plans, name="plans"),
    path("<str:person_id>/plans/write/", views_plans.write_plan, name="write_plan"),
    path("<str:person_id>/plans/<int:plan_id>/", views_plans.revise_plan, name="revise_plan"),
    path("<str:person_id>/plans/<int:plan_id>/close/", views_plans.close_plan, name="close_plan"),
    path("<str:person_id>/preferences/", views_plans.note_preference, name="note_preference"),
    path("<str:person_id>/preferences/<int:preference_id>/end/", views_plans.end_preference, name="end_preference"),
]
