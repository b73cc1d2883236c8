"""Pages: home, the list, one dashboard; and what stands above its cards."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.queries import workspaces_where
from apps.accounts.roles import EDIT
from apps.core.errors import NotFound, UserError
from apps.dashboards import queries, ranges, services, tabs, values, words
from apps.dashboards.forms import NewDashboardForm, SettingsForm
from apps.dashboards.models import Dashboard
from apps.datasources.access import scope_of
from apps.datasources.definition import ColumnDef
from apps.datasources.hiding import shape_of
from apps.widgets import pictures, tasks
from apps.widgets.cards import kind_of
from apps.widgets.chosen import words as words_of
from apps.widgets.view import View


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What needs attention, where one was, what the numbers say."""
    return render(request, "dashboards/home.html", queries.home(request.user))  # type: ignore[arg-type]


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every dashboard that the reader sees."""
    boards = queries.listed(request.user)
    may_edit = NewDashboardForm(user=request.user).fields["workspace"].queryset.exists()  # type: ignore[arg-type, attr-defined]
    return render(request, "dashboards/list.html", {"dashboards": boards, "may_edit": may_edit})


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Name a new dashboard; it opens in edit mode."""
    form = NewDashboardForm(request.POST or None, user=request.user)  # type: ignore[arg-type]
    if not form.fields["workspace"].queryset.exists():  # type: ignore[attr-defined]
        raise NotFound(_("You may not make dashboards."))
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "dashboards/new.html", {"form": form}, status=status)
    dashboard = services.create_dashboard(request.user, **form.cleaned_data)  # type: ignore[arg-type]
    return redirect(f"{dashboard.get_absolute_url()}?edit=1")


@login_required
@require_GET
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One dashboard, whole: grid, titles, filters, and the last known picture of each card."""
    dashboard = _visible(request, slug)
    view, problem = read_view(request, dashboard)
    if problem:
        messages.warning(request, problem)
    may_edit = Dashboard.objects.editable_by(request.user).filter(pk=dashboard.pk).exists()
    cards = queries.cards_of(dashboard, request.user, view)  # type: ignore[arg-type]
    services.record_visit(dashboard, request.user)  # type: ignore[arg-type]
    filters = queries.filters_of(dashboard, request.user)
    editing = may_edit and request.GET.get("edit") == "1"
    at_tab = None if editing else _at_tab(cards, request.GET.get("tab", ""))
    context = {
        "dashboard": dashboard,
        "cards": _placed(request, cards, view, at_tab),
        "tabs": at_tab and _tabs(request, cards, at_tab),
        "view": view,
        "starred": dashboard.favourite_of.filter(pk=request.user.pk).exists(),
        "may_edit": may_edit,
        "editing": editing,
        "has_live": any(card.info.get("live") for card in cards),
        **_above(filters, cards, view),
        "page": _page(dashboard, filters, view, cards, may_edit),
    }
    return render(request, "dashboards/detail.html", context)


@login_required
@require_GET
def full(request: HttpRequest, pk: int) -> HttpResponse:
    """One card alone, large, with its rows below; the address holds the view as a page's does."""
    widget = queries.widgets_seen(request.user).filter(pk=pk).first()
    if widget is None:
        raise NotFound(_("There is no such card."))
    dashboard = widget.placement.dashboard
    view, problem = read_view(request, dashboard)
    if problem:
        messages.warning(request, problem)
    edited = set(workspaces_where(request.user, EDIT).values_list("pk", flat=True))
    card = queries.card_of(widget.placement, request.user, view, edited)  # type: ignore[arg-type]
    filters = queries.filters_of(dashboard, request.user)
    may_edit = Dashboard.objects.editable_by(request.user).filter(pk=dashboard.pk).exists()
    context = {
        "dashboard": dashboard,
        "cards": [{"card": card, "pictures": {}}],
        "view": view,
        "may_edit": may_edit,
        "alone": True,
        "has_live": bool(card.info.get("live")),
        **_above(filters, [card], view),
        "page": _page(dashboard, filters, view, [card], may_edit),
    }
    return render(request, "dashboards/full.html", context)


@login_required
@require_POST
def star(request: HttpRequest, slug: str) -> HttpResponse:
    """Make it a favourite, or one no more."""
    dashboard = _visible(request, slug)
    starred = request.POST.get("starred") == "true"
    services.set_favourite(dashboard, request.user, starred)  # type: ignore[arg-type]
    if not getattr(request, "htmx", False):
        return redirect(dashboard)
    return render(request, "dashboards/_star.html", {"dashboard": dashboard, "starred": starred})


@login_required
@require_GET
def filter_values(request: HttpRequest, slug: str, column: str) -> HttpResponse:
    """The values of a filter with their counts, under the range and the other filters."""
    dashboard = _visible(request, slug)
    dataset = queries.filter_dataset(dashboard, request.user, column)
    if dataset is None:
        raise NotFound(_("No card on this dashboard can be filtered by that."))
    view, _problem = read_view(request, dashboard)
    chosen = dict(view.filters).get(column, ())
    scope = scope_of(request.user, dataset.pk)
    search = request.GET.get("q", "").strip()[:200]
    context = {
        "column": column,
        "values": values.counted(scope, column, view, search),
        "chosen": chosen,
        "most": values.MOST_VALUES,
    }
    return render(request, "dashboards/_values.html", context)


@login_required
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Title, words, range, filters and privacy, in a dialog."""
    dashboard = get_object_or_404(Dashboard.objects.editable_by(request.user), slug=slug)
    form = SettingsForm(request.POST or None, instance=dashboard, user=request.user)
    if request.method == "POST" and form.is_valid():
        dashboard.refresh_from_db()
        services.update_dashboard(dashboard, request.user, form.cleaned_data)  # type: ignore[arg-type]
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "dashboard": dashboard}
    return render(request, "dashboards/_settings.html", context, status=status)


@login_required
@require_POST
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """End a dashboard, after its page has asked."""
    dashboard = get_object_or_404(Dashboard.objects.editable_by(request.user), slug=slug)
    services.delete_dashboard(dashboard, request.user)  # type: ignore[arg-type]
    messages.success(request, _("“%(title)s” was deleted.") % {"title": dashboard.title})
    return redirect("dashboards:home")


def read_view(request: HttpRequest, dashboard: Dashboard) -> tuple[View, str]:
    """What the address asks for, and a sentence if it asks for nonsense (then: as it opens)."""
    zone = getattr(request.user, "timezone", "UTC")
    if zone == "UTC":
        zone = dashboard.workspace.timezone
    opens = {"time_from": dashboard.time_from, "time_to": dashboard.time_to, "timezone": zone}
    try:
        view = View.from_params(request.GET, **opens)
        view.window()
        return view, ""
    except UserError as error:
        return View(dashboard.time_from, dashboard.time_to, timezone=zone), error.message


def _visible(request: HttpRequest, slug: str) -> Dashboard:
    boards = Dashboard.objects.visible_to(request.user).select_related("workspace")
    return get_object_or_404(boards, slug=slug)


def _above(filters: list[dict[str, str]], cards: list[queries.Card], view: View) -> dict[str, Any]:
    """What stands above the grid: range, comparison, filters."""
    window = view.window()
    chosen = dict(view.filters)
    known = {each["column"]: each.get("label", each["column"]) for each in filters}
    columns = _columns(cards)
    return {
        "range_label": ranges.label_of(view.time_from, view.time_to, window, view.timezone),
        "range_span": ranges.span_of(window, view.timezone),
        "range_ms": window.as_ms(),
        "ranges": ranges.RANGES,
        "whole_span": queries.whole_span(cards),
        "filters": [
            {
                "column": column,
                "label": label,
                "text": words_of(chosen.get(column, ()), columns.get(column), view.timezone),
            }
            for column, label in known.items()
        ],
        "from_chart": [
            {
                "column": name,
                "label": queries.label_of(name, columns),
                "text": words_of(texts, columns.get(name), view.timezone),
            }
            for name, texts in view.filters
            if name not in known
        ],
    }


def _columns(cards: list[queries.Card]) -> dict[str, ColumnDef]:
    return queries.columns_of(shape_of(card.scope) for card in cards if card.scope)


def _page(
    dashboard: Dashboard,
    filters: list[dict[str, str]],
    view: View,
    cards: list[queries.Card],
    may_edit: bool,
) -> dict[str, Any]:
    """What scripts need to know about the page; cards carry their own."""
    return {
        "slug": dashboard.slug,
        "version": dashboard.version,
        "view": view.as_json(),
        "opens": {"from": dashboard.time_from, "to": dashboard.time_to},
        "filters": {each["column"]: each.get("label", "") for each in filters},
        "columns": {
            each.name: {
                "label": each.label,
                "type": each.type,
                "unit": each.unit,
                "format": each.format,
            }
            for each in _columns(cards).values()
        },
        "locale": get_language(),
        "words": words.for_scripts(),
        "mayEdit": may_edit,
    }


def _at_tab(cards: list[queries.Card], wanted: str) -> tabs.Arranged | None:
    """The page at a tab; None if it has no tabs."""
    places = [(card, card.placement) for card in cards]
    items = [tabs.Item(at.widget_id, at.y, at.h, card.is_tab) for card, at in places]
    return tabs.arranged(items, wanted)


def _placed(
    request: HttpRequest, cards: list[queries.Card], view: View, at_tab: tabs.Arranged | None
) -> list[Any]:
    """The cards with their pictures, each in its row; no picture is made of what a tab hides."""
    if at_tab is None:
        return _with_pictures(request, cards, view)
    shown = [card for card in cards if card.widget.pk in at_tab.at]
    drawn = {item["card"].widget.pk: item for item in _with_pictures(request, shown, view)}
    return [
        {
            **drawn.get(card.widget.pk, {"card": card, "pictures": {}}),
            "at": at_tab.at.get(card.widget.pk),
            "is_hidden": card.widget.pk not in at_tab.at,
            "is_bar": card.widget.pk == at_tab.tabs[0],
        }
        for card in cards
    ]


def _tabs(request: HttpRequest, cards: list[queries.Card], at_tab: tabs.Arranged) -> dict[str, Any]:
    """The bar: its rows, and a link for each tab that keeps the rest of the address."""
    widgets = {card.widget.pk: card.widget for card in cards}
    links = []
    for number in at_tab.tabs:
        params = request.GET.copy()
        params["tab"] = str(number)
        is_chosen = number == at_tab.chosen
        links.append(
            {
                "number": number,
                "title": widgets[number].title,
                "text": widgets[number].options.get("text", ""),
                "address": f"?{params.urlencode()}",
                "is_chosen": is_chosen,
                "controls": " ".join(f"widget-{pk}" for pk in at_tab.panel) if is_chosen else "",
            }
        )
    return {"row": at_tab.bar[0], "rows": at_tab.bar[1], "links": links}


def _with_pictures(request: HttpRequest, cards: list[queries.Card], view: View) -> list[Any]:
    """Each card with the pictures that are kept of it; what is missing or old is drawn behind."""
    sizes = {
        card.widget.pk: pictures.nominal(card.widget.kind, card.placement.w, card.placement.h)
        for card in cards
        if not card.message and not kind_of(card.widget).is_personal
    }
    names = {
        (card.widget.pk, theme): pictures.name_of(
            card.widget, view, sizes[card.widget.pk], card.scope, theme
        )
        for card in cards
        for theme in pictures.THEMES
        if card.widget.pk in sizes
    }
    kept = pictures.kept(list(names.values())) if names else {}
    due = {}
    for pk, size in sizes.items():
        mine = [kept.get(names[pk, theme]) for theme in pictures.THEMES]
        if not all(mine) or any(each and each.is_old for each in mine):
            due[str(pk)] = [size.width, size.height]
    _draw_behind(request, due, view)
    return [
        {
            "card": card,
            "pictures": {
                theme: _picture_url(card.widget.pk, kept[name].digest, view, theme)
                for theme in pictures.THEMES
                if (name := names.get((card.widget.pk, theme), "")) in kept
            },
        }
        for card in cards
    ]


def _picture_url(pk: int, digest: str, view: View, theme: str) -> str:
    params = [("from", view.time_from), ("to", view.time_to), ("tz", view.timezone)]
    params += [("compare", view.compare), ("theme", theme)]
    params += [(f"var-{column}", value) for column, values in view.filters for value in values]
    return f"{reverse('dashboards:card_picture', args=[pk, digest])}?{urlencode(params)}"


def _draw_behind(request: HttpRequest, due: dict[str, list[int]], view: View) -> None:
    reader = request.user.pk or 0
    if not due or not pictures.claim(reader, view, [int(pk) for pk in due]):
        return
    job = partial(
        tasks.draw_pictures.delay, due, view.as_json(), request.user.pk or 0, get_language() or "en"
    )
    transaction.on_commit(job, robust=True)
