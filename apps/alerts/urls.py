"""Paths of the alerts app."""

from django.urls import path

from apps.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("preview/", views.preview, name="preview"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/pause/", views.pause, name="pause"),
    path("<int:pk>/silence/", views.silence, name="silence"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("incidents/<int:pk>/", views.incident, name="incident"),
]
