"""Paths of the SQL lab."""

from django.urls import URLPattern, path

from apps.datasources import sql_views

app_name = "sql"
urlpatterns: list[URLPattern] = [
    path("", sql_views.lab, name="lab"),
    path("history/", sql_views.history, name="history"),
    path("runs/", sql_views.start, name="start"),
    path("runs/<int:pk>/", sql_views.run, name="run"),
    path("runs/<int:pk>/cancel/", sql_views.cancel, name="cancel"),
    path("runs/<int:pk>/rows.csv", sql_views.download, name="download"),
    path("runs/<int:pk>/dataset/", sql_views.save, name="save"),
    path("sources/<int:pk>/tables/", sql_views.tables, name="tables"),
    path("sources/<int:pk>/columns/", sql_views.columns, name="columns"),
]
