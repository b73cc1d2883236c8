"""Paths that belong to no app."""

from django.urls import path

from apps.core import health, pages

app_name = "core"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_text, name="metrics"),
    path("preferences/theme/", pages.theme, name="theme"),
    path("outbox/", pages.outbox, name="outbox"),
    path("outbox/<slug:key>/", pages.outbox, name="letter"),
    path("outbox/<slug:key>/body/", pages.letter_body, name="letter_body"),
    path("outbox/<slug:key>/<int:number>/", pages.letter_file, name="letter_file"),
    path("docs/", pages.docs, name="docs"),
    path("docs/images/<slug:name>.png", pages.docs_picture, name="docs_picture"),
    path("docs/<slug:slug>/", pages.docs, name="docs_page"),
]
