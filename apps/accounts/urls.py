"""Paths of the accounts app."""

from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.generic import TemplateView

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("password/", views.PasswordChange.as_view(), name="password_change"),
    path(
        "password/changed/",
        login_required(TemplateView.as_view(template_name="accounts/password_changed.html")),
        name="password_changed",
    ),
]
