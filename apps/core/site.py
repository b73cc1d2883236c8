"""The admin's frame: our name, and our own door, which counts wrong passwords."""

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Site(AdminSite):
    """/admin/."""

    site_header = gettext_lazy("Sightline administration")
    site_title = "Sightline"
    index_title = gettext_lazy("Everything that is stored")

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The page's sign-in; somebody signed in without rights is told so."""
        from django.contrib.auth.views import redirect_to_login  # models, which load after this

        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied(_("Your account may not open the administration."))
        target = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(target, reverse(settings.LOGIN_URL))


class AdminPages(AdminConfig):
    """Makes Site the one admin site."""

    default_site = "apps.core.site.Site"
