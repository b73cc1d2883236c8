"""Who sees which rows and columns, and the calendar of a workspace: for those who manage it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import MANAGE
from apps.datasources import services
from apps.datasources.dialogs import (
    address,
    form_methods,
    form_page,
    go,
    is_htmx,
    managed,
    managed_policy,
)
from apps.datasources.models import Dataset, RowPolicy
from apps.datasources.policy_forms import CalendarForm, PolicyForm


@login_required
@form_methods
def new_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Let some people see only some rows and columns."""
    return _policy(request, managed(request, pk), None, _("New policy"))


@login_required
@form_methods
def edit_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Change for whom, which rows, or which columns."""
    policy = managed_policy(request, pk)
    return _policy(request, policy.dataset, policy, _("Policy"))


@login_required
@require_POST
def switch_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a policy hold, or not."""
    policy = managed_policy(request, pk)
    services.switch_policy(policy, request.POST.get("active") == "true")
    return go(request, address(policy.dataset))


@login_required
@require_POST
def delete_policy(request: HttpRequest, pk: int) -> HttpResponse:
    """End a policy."""
    policy = managed_policy(request, pk)
    services.delete_policy(policy)
    messages.success(request, _("“%(name)s” was deleted.") % {"name": policy.name})
    return go(request, address(policy.dataset))


@login_required
@form_methods
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """When weeks and fiscal years of a workspace begin."""
    workspace = get_object_or_404(workspaces_where(request.user, MANAGE), slug=slug)
    form = CalendarForm(request.POST or None, instance=workspace)
    back = reverse("datasources:list")
    if request.method == "POST" and form.is_valid():
        services.set_calendar(form.save(commit=False))
        messages.success(request, _("Saved. Every chart by week or fiscal year follows."))
        return go(request, back)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "title": _("Calendar of %(name)s") % {"name": workspace.name}}
    context |= {"body": "datasources/_fields.html", "action": request.path, "back": back}
    context |= {"is_part": is_htmx(request)}
    template = "datasources/_form.html" if is_htmx(request) else "datasources/form.html"
    return render(request, template, context, status=status)


def _policy(
    request: HttpRequest, dataset: Dataset, policy: RowPolicy | None, title: str
) -> HttpResponse:
    form = PolicyForm(request.POST or None, dataset=dataset, policy=policy)

    def save() -> None:
        data = form.cleaned_data
        services.set_policy(
            dataset,
            data["name"],
            data["role"],
            data["filters"],
            policy.is_active if policy else True,
            group=data["group"],
            attribute=data["attribute"],
            attribute_value=data["attribute_value"],
            hidden_columns=data["hidden_columns"],
        )

    return form_page(
        request,
        dataset,
        form,
        save,
        title,
        body="datasources/_policy_form.html",
        more_url=reverse("datasources:condition", args=[dataset.pk]),
    )
