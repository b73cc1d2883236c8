"""Sources: what there is and how it fares, connecting one, and datasets of what it holds."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import DEFINE
from apps.core.errors import NotFound, UserError
from apps.datasources import breaker, source_queries, source_services, tables, uploads
from apps.datasources.connectors import BUILT_IN, CONNECTORS
from apps.datasources.dialogs import address, form_methods, go, is_htmx, source_of
from apps.datasources.extract_views import begin
from apps.datasources.models import Source
from apps.datasources.relation_forms import DraftForm, LookupForm
from apps.datasources.source_forms import SourceForm
from apps.datasources.sql_access import check_relation


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Every source of the workspaces where the user defines data."""
    _check_may_define(request)
    rows = source_queries.listed(request.user)
    has_many = len({row.source.workspace_id for row in rows}) > 1
    context = {"rows": rows, "has_many": has_many, "may_define": True}
    return render(request, "datasources/sources.html", context)


@login_required
@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """What can be connected, and what each kind needs."""
    _check_may_define(request)
    return render(request, "datasources/source_kinds.html", {"kinds": source_queries.kinds()})


@csrf_exempt  # a file's limit must stand before the token is read from the body
@login_required
@form_methods
def connect(request: HttpRequest, kind: str) -> HttpResponse:
    """A new source of a kind."""
    _check_may_define(request)
    if kind not in CONNECTORS or kind in BUILT_IN:
        raise Http404
    return _limited(request, Source(kind=kind))


@csrf_exempt
@login_required
@form_methods
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change where a source is, or its secret."""
    return _limited(request, _outside(request, pk))


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: how it fares, its datasets, and what more can be made of it."""
    source = _outside(request, pk)
    context = {
        "source": source,
        "health": source_queries.health(source),
        "settings": source_queries.settings_shown(source),
        "datasets": [(each, address(each)) for each in source.datasets.order_by("name")],
        "lookup": LookupForm(kind=source.kind),
    }
    return render(request, "datasources/source.html", context)


@login_required
@require_GET
def relations(request: HttpRequest, pk: int) -> HttpResponse:
    """Tables and views whose name holds what is typed, by schema."""
    source = _outside(request, pk)
    words = request.GET.get("q", "")[:200]
    context: dict[str, Any] = {"source": source, "q": words}
    try:
        everything = tables.relations(source, afresh="afresh" in request.GET)
        breaker.note_answer(source.pk)
    except UserError as error:
        breaker.note_failure(source.pk, error.message)
        return render(request, "datasources/_relations.html", context | {"problem": error.message})
    found = tables.matching(everything, words)
    context |= {"total": len(everything), "found": len(found), "more": len(found) - tables.SHOWN}
    context |= {"groups": tables.grouped(found[: tables.SHOWN])}
    return render(request, "datasources/_relations.html", context)


@login_required
@form_methods
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A dataset to be: its columns, some rows, what is proposed; made when confirmed."""
    source = _outside(request, pk)
    lookup = LookupForm(request.POST or request.GET, kind=source.kind)
    context: dict[str, Any] = {"source": source, "lookup": lookup}
    try:
        found = lookup.draft(source)
        check_relation(request.user, source, found.relation)  # type: ignore[arg-type]
    except UserError as error:
        lookup.refuse(error)
        return render(request, "datasources/relation.html", context, status=422)
    sent = request.POST if "name" in request.POST else None
    form = DraftForm(sent, draft=found)
    if sent and form.is_valid():
        try:
            dataset = form.make()
        except UserError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            message = _("“%(name)s” is ready: charts can ask it.")
            if begin(dataset):
                message = _("“%(name)s” is made; its rows are being copied.")
            messages.success(request, message % {"name": dataset.name})
            return go(request, address(dataset))
    try:
        context["sample"] = _rows(tables.sample(found))
    except UserError as error:
        context["problem"] = error.message
    context |= {"form": form, "draft": found}
    return render(request, "datasources/relation.html", context, status=422 if sent else 200)


@login_required
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a kept source whether it answers."""
    source = _outside(request, pk)
    try:
        tried = source_services.try_source(source)
    except UserError as error:
        return render(request, "datasources/_tried.html", {"problem": error.message})
    return render(request, "datasources/_tried.html", {"tried": tried})


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """End a source that no dataset is made of; else say which are."""
    source = _outside(request, pk)
    name, page = source.name, reverse("datasources:source", args=[source.pk])
    try:
        source_services.delete_source(source)
    except UserError as error:
        messages.error(request, error.message)
        return go(request, page)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": name})
    return go(request, reverse("datasources:sources"))


def _limited(request: HttpRequest, source: Source) -> HttpResponse:
    if request.method == "POST":
        try:
            uploads.limit_upload(request)
        except UserError as error:  # nothing of the body is read
            return _source_page(request, SourceForm(source=source, user=request.user), error)  # type: ignore[arg-type]
    return _source(request, source)


@csrf_protect
def _source(request: HttpRequest, source: Source) -> HttpResponse:
    """The form; with `test`, only what a test of what is typed tells."""
    user: Any = request.user
    is_sent = request.method == "POST"
    sent = (request.POST, request.FILES) if is_sent else ()
    form = SourceForm(*sent, source=source, user=user)
    if getattr(request, "upload_too_large", False):
        return _source_page(request, form, uploads.too_large())
    context: dict[str, Any] = {}
    if is_sent and (connection := form.take()):
        try:
            context["tried"] = source_services.try_connection(connection)
        except UserError as error:
            form.refuse(error)
            context["failed"] = error.message
        is_test = "test" in request.POST
        is_good = "tried" in context or form.cleaned_data.get("anyway", False)
        if is_good and not is_test and (kept := _kept(form, connection.settings, context)):
            messages.success(request, _("“%(name)s” is connected.") % {"name": kept.name})
            return go(request, reverse("datasources:source", args=[kept.pk]))
    form.forget()
    return _source_page(request, form, **context)


def _source_page(
    request: HttpRequest, form: SourceForm, error: UserError | None = None, **context: Any
) -> HttpResponse:
    """The form on its page, or by itself once it was sent."""
    source, is_sent = form.source, request.method == "POST"
    context |= {"form": form, "source": source, "kind": source.get_kind_display()}
    context["problem"] = error.message if error else ""
    is_part = is_sent and is_htmx(request)
    template = "datasources/_source_form.html" if is_part else "datasources/source_form.html"
    is_refused = is_sent and (error or form.errors or "tried" not in context)
    return render(request, template, context, status=422 if is_refused else 200)


def _kept(form: SourceForm, details: Any, context: dict[str, Any]) -> Source | None:
    """The source as it is kept now, or None with the error at its field."""
    source = form.source
    if form.is_new:
        source.workspace = form.cleaned_data["workspace"]
    try:
        kept = source_services.save_source(
            source, name=form.cleaned_data["name"], details=details, secret=form.secret()
        )
    except UserError as error:
        form.refuse(error)
        return None
    form.new_file = ""
    if "tried" in context:
        breaker.note_answer(kept.pk)
    else:
        breaker.note_failure(kept.pk, context["failed"])
    return kept


def _rows(frame: Any) -> dict[str, Any]:
    """Some rows for the template, by column."""
    names = [column.name for column in frame.columns]
    values = [frame.table.column(name).to_pylist() for name in names]
    return {"columns": frame.columns, "rows": list(zip(*values, strict=True))}


def _outside(request: HttpRequest, pk: int) -> Source:
    """A source that a person connected; uploads and streams have pages of their own."""
    source = source_of(request, pk)
    if source.kind in BUILT_IN:
        raise Http404
    return source


def _check_may_define(request: HttpRequest) -> None:
    if not workspaces_where(request.user, DEFINE).exists():
        raise NotFound(_("There is nothing here."))
