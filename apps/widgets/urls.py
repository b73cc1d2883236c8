"""Paths of a card's form. Those of a placed card are the dashboards', who know who sees it."""

from django.urls import URLPattern, URLResolver, path

from apps.widgets import views

app_name = "widgets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("fields/", views.fields, name="fields"),
    path("images/", views.upload_image, name="upload_image"),
    path("images/<int:workspace_id>/<str:name>", views.image, name="image"),
    path("preview/", views.preview, name="preview"),
]
