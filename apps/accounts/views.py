"""Sign-in, sign-out and the own password."""

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy

from apps.accounts import services, throttle
from apps.accounts.forms import SignInForm


class SignIn(auth.LoginView):
    """The door. Wrong passwords are counted per account and per address."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse with 429 before a password is looked at, once too many were wrong."""
        throttle.check(request.POST.get("username", ""), throttle.address_of(request))
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        """Count the wrong attempt."""
        email = self.request.POST.get("username", "")
        throttle.failed(email, throttle.address_of(self.request))
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`demo_users`: only where `manage.py setup_demo` made them."""
        return super().get_context_data(demo_users=_demo_users(), **kwargs)


class SignOut(auth.LogoutView):
    """Ends the session, and tells the browser to forget what it kept of it."""

    template_name = "accounts/signed_out.html"
    next_page = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Also closes this person's open sockets."""
        if request.user.pk:
            services.touch_access([request.user.pk])
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def get_success_url(self) -> str:
        """Here: Django then answers with the page itself instead of leading elsewhere."""
        return self.request.get_full_path()


class PasswordChange(auth.PasswordChangeView):
    """A new password ends every other session, token and socket of its owner (`User.save`)."""

    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:password_changed")


def _demo_users() -> list[dict[str, str]]:
    path = settings.VAR / "demo.json"
    if not path.is_file():
        return []
    users: list[dict[str, str]] = json.loads(path.read_text())["users"]
    return users
