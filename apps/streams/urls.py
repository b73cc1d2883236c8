"""Paths of the streams app."""

from django.urls import URLPattern, URLResolver

app_name = "streams"
urlpatterns: list[URLPattern | URLResolver] = []
