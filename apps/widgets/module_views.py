"""The settings page of drawing modules, for admins of a workspace; nobody else finds it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import MANAGE
from apps.core.errors import NotFound, TooLarge, UserError
from apps.core.numbers import whole
from apps.widgets import modules
from apps.widgets.models import CustomKind, CustomKindVersion


@login_required
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The modules with their versions, and the form that uploads one."""
    workspaces = workspaces_where(request.user, MANAGE)
    if not workspaces.exists():
        raise NotFound(_("There is no such page."))
    error = None
    if request.method == "POST":
        try:
            version = _uploaded(request, workspaces)
        except UserError as found:
            error = found
        else:
            told = {"name": version.kind.name, "number": version.number}
            messages.success(request, _("“%(name)s” is kept as version %(number)s.") % told)
            return redirect("widgets:modules")
    kinds = CustomKind.objects.managed_by(request.user).select_related("workspace")
    context = {
        "kinds": kinds.prefetch_related("versions__author"),
        "workspaces": workspaces,
        "libraries": CustomKind.Libraries.choices,
        "error": error,
        "typed": request.POST,
    }
    return render(request, "widgets/modules.html", context, status=error.status if error else 200)


@login_required
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a module be drawn, or no more."""
    kind = get_object_or_404(CustomKind.objects.managed_by(request.user), pk=pk)
    modules.switch(request.user, kind, is_active=request.POST.get("active") == "true")  # type: ignore[arg-type]
    return redirect("widgets:modules")


def _uploaded(request: HttpRequest, workspaces: QuerySet[Workspace]) -> CustomKindVersion:
    workspace = get_object_or_404(workspaces, pk=whole(request.POST.get("workspace")) or 0)
    file = request.FILES.get("module")
    if file is None:
        raise UserError(_("Choose the file of the module."), field="module")
    if (file.size or 0) > modules.MOST_BYTES:
        raise TooLarge(_("A module may have at most 256 KB."), field="module")
    return modules.upload(
        request.user,  # type: ignore[arg-type]
        workspace,
        name=request.POST.get("name", ""),
        libraries=request.POST.get("libraries", ""),
        data=file.read(),
    )
