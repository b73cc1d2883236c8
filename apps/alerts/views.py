"""The edge: rules and incidents."""

from datetime import UTC, datetime
from typing import Any

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.alerts import queries, services
from apps.alerts.forms import SILENCES, PreviewForm, RuleForm, SilenceForm, question
from apps.alerts.models import Rule
from apps.alerts.rules import Limit
from apps.alerts.targets.email import measure_of, shown
from apps.core.errors import NotFound, UserError

CLOSED_SHOWN = 50
SKETCH = (600, 120)  # width and height of the preview's picture


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What is open, then every rule with its state, then what is over."""
    rules = list(Rule.objects.visible_to(request.user).select_related("dataset", "owner"))
    silences = queries.silences_now(rules)
    context = {
        "open": [_incident_row(each, request) for each in queries.open_incidents(request.user)],
        "rules": [_rule_row(rule, silences.get(rule.pk), request) for rule in rules],
        "closed": [
            _incident_row(each, request)
            for each in queries.incidents_of(request.user).exclude(closed_at=None)[:CLOSED_SHOWN]
        ],
        "may_make": queries.datasets_for_rules(_user(request)).exists(),
        "editable": set(Rule.objects.editable_by(request.user).values_list("pk", flat=True)),
        "silence_choices": SILENCES,
    }
    return render(request, "alerts/list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new rule; ?dataset=&measure=&filters=&name= fill the form, as a chart's menu does."""
    if request.method == "POST":
        return _saved(request, RuleForm(request.POST, user=_user(request)))
    form = RuleForm(initial=_initial(request), user=_user(request))
    if not form.datasets:
        raise NotFound(_("There is no dataset on which you may make an alert."))
    return render(request, "alerts/edit.html", {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule; who saves it is whom it runs as from then on."""
    rule = get_object_or_404(Rule.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        return _saved(request, RuleForm(request.POST, instance=rule, user=_user(request)))
    if queries.hides_from(rule, _user(request)):
        rule.query = {}
    initial = {
        "what": f"{rule.dataset_id}:{(rule.query.get('measures') or [''])[0]}",
        "filters": orjson.dumps(rule.query.get("filters", [])).decode(),
        "window_s": rule.window_s,
        "people": [target.user_id for target in rule.targets.all()],
    }
    form = RuleForm(instance=rule, initial=initial, user=_user(request))
    context = {"form": form, "rule": rule, "row": _rule_row(rule, None, request)}
    context["incidents"] = [_incident_row(each, request) for each in rule.incidents.all()[:20]]
    return render(request, "alerts/edit.html", context)


@login_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """How often the rule would have fired, while it is being written."""
    form = PreviewForm(request.POST, user=_user(request))
    context: dict[str, Any] = {"form": form}
    required = {"what", "filters", "window_s", "comparison"}
    if not form.is_valid() and not required <= form.cleaned_data.keys():
        return render(request, "alerts/_preview.html", context)
    data = form.cleaned_data
    try:
        context |= _past(data, _user(request))
    except (UserError, KeyError) as error:
        context["error"] = getattr(error, "message", _("Complete the form to see its past."))
    return render(request, "alerts/_preview.html", context)


@login_required
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause a rule, or let it go on."""
    rule = get_object_or_404(Rule.objects.editable_by(request.user), pk=pk)
    services.set_active(rule, is_active=not rule.is_active)
    return redirect("alerts:list")


@login_required
@require_POST
def silence(request: HttpRequest, pk: int) -> HttpResponse:
    """Send nothing for some hours; 0 ends the silence."""
    rule = get_object_or_404(Rule.objects.editable_by(request.user), pk=pk)
    form = SilenceForm(request.POST)
    if not form.is_valid():
        raise UserError(_("Name a number of hours, up to 31 days."), field="hours")
    if form.cleaned_data["hours"]:
        services.silence(rule, _user(request), **form.cleaned_data)
    else:
        services.end_silence(rule)
    return redirect("alerts:list")


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a rule with its history."""
    rule = get_object_or_404(Rule.objects.editable_by(request.user), pk=pk)
    rule.delete()
    messages.success(request, _("“%(name)s” was deleted.") % {"name": rule.name})
    return redirect("alerts:list")


@login_required
@require_GET
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """One incident: its values, and what became of each message."""
    found = get_object_or_404(queries.incidents_of(request.user), pk=pk)
    context = {
        "row": _incident_row(found, request),
        "rule": _rule_row(found.rule, None, request),
        "letters": found.messages.select_related("target__user").order_by("pk"),
        "most_attempts": services.MOST_ATTEMPTS,
        "may_edit": Rule.objects.editable_by(request.user).filter(pk=found.rule_id).exists(),
    }
    return render(request, "alerts/incident.html", context)


def _saved(request: HttpRequest, form: RuleForm) -> HttpResponse:
    if not form.is_valid():
        context = {"form": form, "rule": form.instance if form.instance.pk else None}
        return render(request, "alerts/edit.html", context, status=422)
    rule = services.save_rule(form.rule(), form.cleaned_data["people"])
    messages.success(request, _("“%(name)s” is being watched.") % {"name": rule.name})
    return redirect("alerts:list")


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What a chart's address says. A dataset or measure that is not the user's fills nothing."""
    asked = request.GET
    initial: dict[str, Any] = {"name": asked.get("name", "")[:120], "people": [request.user.pk]}
    initial |= {"filters": asked.get("filters", "")[:20_000], "window_s": asked.get("window", 300)}
    number = asked.get("dataset", "")
    if not number.isdecimal() or not asked.get("measure"):
        return initial
    dataset = queries.datasets_for_rules(_user(request)).filter(pk=int(number)).first()
    measure = asked["measure"]
    if dataset is None or measure not in {each.name for each in dataset.measures.all()}:
        raise NotFound(_("There is no such measure."), field="measure")
    initial["what"] = f"{dataset.pk}:{measure}"
    if not dataset.is_live and "window" not in asked:
        initial["window_s"] = 86_400
    query = question(dataset, measure, _filters(initial["filters"]))
    past = queries.past(query, dataset, int(initial["window_s"]), "above", _user(request))
    if past.suggested is not None:
        initial["threshold"] = f"{past.suggested:.12g}"
    return initial


def _filters(text: str) -> list[dict[str, Any]]:
    try:
        found = orjson.loads(text or "[]")
    except orjson.JSONDecodeError as error:
        raise UserError(_("The filters are not JSON."), field="filters") from error
    return found if isinstance(found, list) else []


def _past(data: dict[str, Any], user: Any) -> dict[str, Any]:
    """What the preview shows: counts, times, a suggestion and a sketch."""
    query, dataset = data["query"], data["dataset"]
    past = queries.past(query, dataset, data["window_s"], data["comparison"], user)
    measure = dataset.measures.get(name=query.measures[0])
    context: dict[str, Any] = {
        "windows": len(past.values),
        "suggested": past.suggested,
        "suggested_shown": shown(past.suggested, measure),
        "filters": [each.as_json() for each in query.filters],
    }
    if past.t:
        context["since"] = datetime.fromtimestamp(past.t[0] / 1000, UTC)
    if data.get("threshold") is not None:
        limit = Limit(data["comparison"], data["threshold"], data.get("calm_windows") or 1)
        context["fired"] = [
            datetime.fromtimestamp(t / 1000, UTC) for t in past.fired(limit, data["window_s"])
        ]
        context["sketch"] = _sketch(past.values, data["threshold"])
    return context


def _sketch(values: list[float | None], threshold: float) -> dict[str, Any] | None:
    """The past as SVG points, with the threshold's height; gaps are left out."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(*known, threshold), max(*known, threshold)
    width, height = SKETCH
    across = width / (len(values) - 1)

    def y(value: float) -> float:
        return round(height - 4 - (height - 8) * (value - low) / ((high - low) or 1), 1)

    runs: list[list[str]] = [[]]
    for n, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{n * across:.1f},{y(value)}")
    lines = [" ".join(run) for run in runs if len(run) > 1]
    return {"lines": lines, "y": y(threshold), "width": width, "height": height}


def _rule_row(rule: Rule, quiet: Any, request: HttpRequest) -> dict[str, Any]:
    is_hidden = queries.hides_from(rule, _user(request))
    measure = None if is_hidden else measure_of(rule)
    return {
        "rule": rule,
        "status": queries.status_of(rule),
        "measure": measure.label if measure else "?",
        "value": shown(rule.last_value, measure),
        "threshold": shown(rule.threshold, measure),
        "next_check": queries.next_check(rule) if rule.is_active else None,
        "silence": quiet,
        "filters": [] if is_hidden else rule.query.get("filters", []),
    }


def _incident_row(incident: Any, request: HttpRequest) -> dict[str, Any]:
    is_hidden = queries.hides_from(incident.rule, _user(request))
    measure = None if is_hidden else measure_of(incident.rule)
    return {
        "incident": incident,
        "value": shown(incident.value, measure),
        "peak": shown(incident.peak, measure),
        "threshold": shown(incident.threshold, measure),
    }


def _user(request: HttpRequest) -> Any:
    """The signed-in user: login_required has looked."""
    return request.user
