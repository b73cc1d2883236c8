"""Paths of the reports app."""

from django.urls import path

from apps.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.report_list, name="list"),
    path("new/", views.new, name="new"),
    path("new/<slug:slug>/", views.new, name="new_of"),
    path("export/of/<slug:slug>/", views.export, name="export_of"),
    path("export/<str:token>/", views.export_state, name="export_state"),
    path("export/<str:token>/pdf/", views.export_pdf, name="export_pdf"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/preview/", views.preview, name="preview"),
    path("deliveries/<int:pk>/pdf/", views.pdf, name="pdf"),
]
