"""Paths of the insights app."""

from django.urls import path

from apps.insights import views

app_name = "insights"
urlpatterns = [
    path("", views.index, name="list"),
    path("metrics/<int:pk>/", views.metric, name="metric"),
    path("<int:pk>/claims/<int:number>/", views.claim, name="claim"),
    path("anomalies/<int:pk>/feedback/", views.feedback, name="feedback"),
]
