"""Paths of a card's form. Those of a placed card are the dashboards', who know who sees it."""

from django.urls import URLPattern, URLResolver, path

from apps.widgets import module_views, views

app_name = "widgets"
urlpatterns: list[URLPattern | URLResolver] = [
    path("fields/", views.fields, name="fields"),
    path("images/", views.upload_image, name="upload_image"),
    path("images/<int:workspace_id>/<str:name>", views.image, name="image"),
    path("custom/<int:pk>/", views.custom_frame, name="custom_frame"),
    path("modules/", module_views.index, name="modules"),
    path("modules/<int:pk>/", module_views.switch, name="module_switch"),
    path("preview/", views.preview, name="preview"),
]
