"""Paths of the datasources app."""

from django.urls import URLPattern, URLResolver

app_name = "datasources"
urlpatterns: list[URLPattern | URLResolver] = []
