"""Pages of an upload: choose a file, look at what was read, confirm."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core.errors import NotFound, UserError
from apps.datasources import uploads
from apps.datasources.dialogs import address
from apps.datasources.upload_forms import DraftForm, ReadingForm, UploadForm


@csrf_exempt  # the limit must stand before the token is read from the body: _upload checks it
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is read, and its draft is shown."""
    if not workspaces_where(request.user, DEFINE).exists():
        raise NotFound(_("There is nothing here."))
    if request.method == "POST":
        try:
            uploads.limit_upload(request)
        except UserError as error:
            return _upload_page(request, UploadForm(user=request.user), error)  # type: ignore[arg-type]
    return _upload(request)


@csrf_protect
def _upload(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    if request.method != "POST":
        return _upload_page(request, UploadForm(user=user, into=request.GET.get("into", "")))
    form = UploadForm(request.POST, request.FILES, user=user)
    try:
        if getattr(request, "upload_too_large", False):
            raise uploads.too_large()
        if not form.is_valid():
            return _upload_page(request, form)
        draft = uploads.receive(
            user,
            form.cleaned_data["workspace"],
            form.cleaned_data["file"],
            form.cleaned_data["into"],
        )
    except UserError as error:
        return _upload_page(request, form, error)
    return _go(request, reverse("datasources:draft", args=[draft.token]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """What was read, to be corrected and confirmed."""
    try:
        found = uploads.draft_of(request.user, token)  # type: ignore[arg-type]
    except NotFound:
        if request.method == "POST":
            raise
        messages.info(request, _("This upload is no longer open: it was confirmed or discarded."))
        return redirect("datasources:list")  # whoever goes back in the browser lands here
    form = DraftForm(request.POST or None, draft=found, user=request.user)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        try:
            dataset = uploads.keep(found, request.user, form.choice())  # type: ignore[arg-type]
        except UserError as error:
            field = error.field if error.field in form.fields else None
            form.add_error(field, error.message)
        else:
            rows = floatformat(dataset.row_count, "0g")
            message = _("“%(name)s” now has %(rows)s rows.")
            messages.success(request, message % {"name": dataset.name, "rows": rows})
            return _go(request, address(dataset))
    status = 422 if request.method == "POST" else 200
    is_part = status == 422 and getattr(request, "htmx", False)
    template = "datasources/_draft.html" if is_part else "datasources/draft.html"
    context = {"form": form, "draft": found, "reading": ReadingForm(draft=found)}
    return render(request, template, context, status=status)


@login_required
@require_POST
def changes(request: HttpRequest, token: str) -> HttpResponse:
    """What the choice so far would change of an existing dataset, or the whole form for it."""
    found = uploads.draft_of(request.user, token)  # type: ignore[arg-type]
    form = DraftForm(request.POST, draft=found, user=request.user)  # type: ignore[arg-type]
    form.errors.clear()  # nothing was confirmed yet
    htmx: Any = getattr(request, "htmx", None)
    is_part = htmx and htmx.target == "changes"
    template = "datasources/_changes.html" if is_part else "datasources/_draft.html"
    return render(request, template, {"form": form, "draft": found})


@login_required
@require_POST
def read_again(request: HttpRequest, token: str) -> HttpResponse:
    """Read the file of a draft in another way, such as another sheet of it."""
    user: Any = request.user
    found = uploads.draft_of(user, token)
    reading = ReadingForm(request.POST, draft=found)
    if reading.is_valid():
        try:
            uploads.read_again(found, user, reading.options())
        except UserError as error:
            reading.add_error(None, error.message)
        else:
            return _go(request, reverse("datasources:draft", args=[token]))
    context = {"form": DraftForm(draft=found, user=user), "draft": found, "reading": reading}
    return render(request, "datasources/draft.html", context, status=422)


@login_required
@require_POST
def discard(request: HttpRequest, token: str) -> HttpResponse:
    """Forget a draft; a second click finds none, and that is as good."""
    with suppress(NotFound):
        uploads.discard(uploads.draft_of(request.user, token))  # type: ignore[arg-type]
    return redirect("datasources:list")


def _upload_page(
    request: HttpRequest, form: UploadForm, error: UserError | None = None
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    is_part = status == 422 and getattr(request, "htmx", False)
    template = "datasources/_upload.html" if is_part else "datasources/upload.html"
    found = list(form.errors.get("file", [])) if form.is_bound and not error else []
    context: dict[str, Any] = {
        "form": form,
        "target": form.target,
        "problems": [error.message] if error else found,
    }
    limit = settings.UPLOAD_MAX_BYTES
    context |= {"limit": limit, "limit_mb": limit // 1024**2}
    context |= {"too_large": uploads.too_large().message}
    return render(request, template, context, status=status)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)
