"""Paths of the datasources app: the Data pages."""

from django.urls import URLPattern, URLResolver, path

from apps.datasources import (
    column_views,
    measure_views,
    policy_views,
    profile_views,
    source_views,
    upload_views,
    views,
)

app_name = "datasources"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.index, name="list"),
    path("upload/", upload_views.upload, name="upload"),
    path("upload/<slug:token>/", upload_views.draft, name="draft"),
    path("upload/<slug:token>/changes/", upload_views.changes, name="changes"),
    path("upload/<slug:token>/read/", upload_views.read_again, name="read_again"),
    path("upload/<slug:token>/discard/", upload_views.discard, name="discard"),
    path("sources/", source_views.index, name="sources"),
    path("sources/new/", source_views.kinds, name="source_kinds"),
    path("sources/new/<slug:kind>/", source_views.connect, name="connect"),
    path("sources/<int:pk>/", source_views.detail, name="source"),
    path("sources/<int:pk>/edit/", source_views.edit, name="edit_source"),
    path("sources/<int:pk>/check/", source_views.check, name="check_source"),
    path("sources/<int:pk>/delete/", source_views.delete, name="delete_source"),
    path("sources/<int:pk>/relations/", source_views.relations, name="relations"),
    path("sources/<int:pk>/dataset/", source_views.draft, name="relation"),
    path("calendar/<slug:slug>/", policy_views.calendar, name="calendar"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/rows/", views.rows, name="rows"),
    path("<slug:slug>/profile/", profile_views.page, name="profile"),
    path("<slug:slug>/profile/<int:pk>/", profile_views.column, name="profile_column"),
    path("datasets/<int:pk>/edit/", views.edit, name="edit"),
    path("datasets/<int:pk>/delete/", views.delete, name="delete"),
    path("datasets/<int:pk>/columns/", column_views.columns, name="columns"),
    path("datasets/<int:pk>/columns/again/", column_views.read_again, name="reread"),
    path("datasets/<int:pk>/condition/", measure_views.condition, name="condition"),
    path("datasets/<int:pk>/example/", measure_views.example_value, name="example"),
    path("datasets/<int:pk>/measures/", measure_views.new_measure, name="new_measure"),
    path("datasets/<int:pk>/metrics/", measure_views.new_metric, name="new_metric"),
    path("datasets/<int:pk>/policies/", policy_views.new_policy, name="new_policy"),
    path("measures/<int:pk>/", measure_views.edit_measure, name="edit_measure"),
    path("measures/<int:pk>/delete/", measure_views.delete_measure, name="delete_measure"),
    path("policies/<int:pk>/", policy_views.edit_policy, name="edit_policy"),
    path("policies/<int:pk>/switch/", policy_views.switch_policy, name="switch_policy"),
    path("policies/<int:pk>/delete/", policy_views.delete_policy, name="delete_policy"),
]
