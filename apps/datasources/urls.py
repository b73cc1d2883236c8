"""Paths of the datasources app: the Data pages."""

from django.urls import URLPattern, URLResolver, path

from apps.datasources import upload_views, views

app_name = "datasources"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.index, name="list"),
    path("upload/", upload_views.upload, name="upload"),
    path("upload/<slug:token>/", upload_views.draft, name="draft"),
    path("upload/<slug:token>/changes/", upload_views.changes, name="changes"),
    path("upload/<slug:token>/read/", upload_views.read_again, name="read_again"),
    path("upload/<slug:token>/discard/", upload_views.discard, name="discard"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("datasets/<int:pk>/edit/", views.edit, name="edit"),
    path("datasets/<int:pk>/columns/", views.columns, name="columns"),
    path("datasets/<int:pk>/measures/", views.new_measure, name="new_measure"),
    path("datasets/<int:pk>/metrics/", views.new_metric, name="new_metric"),
    path("datasets/<int:pk>/policies/", views.new_policy, name="new_policy"),
    path("measures/<int:pk>/", views.edit_measure, name="edit_measure"),
    path("measures/<int:pk>/delete/", views.delete_measure, name="delete_measure"),
    path("policies/<int:pk>/", views.edit_policy, name="edit_policy"),
    path("policies/<int:pk>/switch/", views.switch_policy, name="switch_policy"),
]
