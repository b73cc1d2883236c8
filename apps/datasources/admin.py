"""Admin pages of sources, datasets, measures, metrics and row policies."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.services import touch_workspace
from apps.core.admin import Page, ReadOnly, Touching
from apps.core.errors import UserError
from apps.datasources import services, sources
from apps.datasources.connectors import BUILT_IN
from apps.datasources.models import (
    Column,
    Dataset,
    Extract,
    Measure,
    Metric,
    RowPolicy,
    Source,
    SqlRun,
)
from apps.datasources.query import Filter


class SourceForm(forms.ModelForm[Source]):
    """The settings, and a password that is written and never read."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the one that is set. Another address needs it again."),
    )

    class Meta:
        model = Source
        fields = ["workspace", "name", "kind", "settings"]

    def clean(self) -> dict[str, Any]:
        """Known settings at an allowed address, and no old password for a new one."""
        data: dict[str, Any] = super().clean() or {}
        kind, details = data.get("kind"), data.get("settings")
        if kind in BUILT_IN:
            if details:
                self.add_error("settings", _("This kind has no settings."))
            return data
        try:
            data["settings"] = sources.checked(str(kind), details or {})
        except UserError as error:
            self.add_error("settings", error.message)
            return data
        old = Source.objects.filter(pk=self.instance.pk).first()
        moved = old and sources.has_moved(old.kind, old.settings, data["settings"])
        if old and moved and old.secret and not data.get("new_password"):
            self.add_error("new_password", _("It was given for another address. Type it again."))
        return data


@admin.register(Source)
class SourcePage(Page):
    """Connections. Secrets are not on this page."""

    form = SourceForm
    list_display = ["name", "kind", "workspace", "answered_at", "failed_at", "problem"]
    list_filter = ["kind", "workspace"]
    readonly_fields = ["answered_at", "failed_at", "problem"]
    search_fields = ["name"]
    date_hierarchy = "created_at"
    autocomplete_fields = ["workspace"]
    list_select_related = ["workspace"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Seal the password once the row has its number; the rows may be others now."""
        super().save_model(request, obj, form, change)
        if password := form.cleaned_data.get("new_password"):
            obj.set_password(password)
            obj.save(update_fields=["secret"])
        for dataset in obj.datasets.all():
            services.touch_dataset(dataset)


class ColumnInline(admin.TabularInline[Column, Any]):
    """Columns come from the source; their words are ours."""

    model = Column
    extra = 0
    fields = ["name", "label", "type", "unit", "format", "is_private", "position"]
    readonly_fields = ["name", "type"]
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A column exists or it does not."""
        return False


class MeasureInline(admin.TabularInline[Measure, Any]):
    """Named aggregates."""

    model = Measure
    extra = 0
    fields = ["name", "label", "aggregate", "column", "numerator", "denominator"]
    fields += ["unit", "format", "good", "position"]
    raw_id_fields = ["numerator", "denominator"]


class Defining(Touching):
    """A change of what a dataset is: no kept answer and no cached right counts any more."""

    def dataset_of(self, row: Any) -> Dataset:
        """The dataset that the row says something about."""
        found: Dataset = row.dataset
        return found

    def touch(self, rows: list[Any]) -> None:
        """The dataset's version and the rights of its workspace's people."""
        for dataset in {self.dataset_of(row) for row in rows}:
            services.touch_dataset(dataset)
            touch_workspace(dataset.workspace_id)


@admin.register(Dataset)
class DatasetPage(Defining):
    """What can be asked. Uploads and streams are made in the product, with their rows."""

    list_display = ["name", "slug", "kind", "workspace", "row_count", "is_restricted", "updated_at"]
    list_filter = ["kind", "is_restricted", "workspace"]
    search_fields = ["name", "slug", "description"]
    date_hierarchy = "updated_at"
    autocomplete_fields = ["workspace", "source"]
    list_select_related = ["workspace"]
    readonly_fields = ["version", "row_count", "data_from", "data_to"]
    inlines = [ColumnInline, MeasureInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Where the rows of an upload or a stream are is not typed by hand."""
        fixed = list(self.readonly_fields)
        if obj is not None:
            fixed += ["workspace", "source", "kind", "slug"]
            if obj.kind != Dataset.Kind.TABLE:
                fixed += ["relation", "time_column"]
        return fixed

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """By hand only tables are made."""
        if db_field.name == "kind":
            kwargs["choices"] = [(Dataset.Kind.TABLE.value, Dataset.Kind.TABLE.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A stream is deleted as a stream, with its table."""
        is_stream = obj is not None and obj.is_live
        return super().has_delete_permission(request, obj) and not is_stream

    def get_actions(self, request: HttpRequest) -> Any:
        """One at a time, since a stream may be among many."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def dataset_of(self, row: Any) -> Dataset:
        """The row itself."""
        found: Dataset = row
        return found

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Gone with the file of its rows."""
        services.delete_dataset(obj)


@admin.register(Column)
class ColumnPage(Defining):
    """Words of columns."""

    list_display = ["label", "name", "type", "dataset", "is_private"]
    list_filter = ["type", "is_private", "dataset__workspace"]
    search_fields = ["name", "label", "dataset__name"]
    list_select_related = ["dataset"]
    autocomplete_fields = ["parent"]
    readonly_fields = ["dataset", "name", "type"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A column exists or it does not."""
        return False


@admin.register(Measure)
class MeasurePage(Defining):
    """Named aggregates."""

    list_display = ["label", "name", "aggregate", "column", "dataset"]
    list_filter = ["aggregate", "dataset__workspace"]
    search_fields = ["name", "label", "dataset__name"]
    list_select_related = ["dataset"]
    autocomplete_fields = ["dataset", "numerator", "denominator", "base"]


@admin.register(Metric)
class MetricPage(Page):
    """Measures that are forecast and checked, as their owners see them."""

    list_display = ["name", "measure", "grain", "owner", "is_watched", "workspace"]
    list_filter = ["is_watched", "grain", "workspace"]
    search_fields = ["name", "slug"]
    list_select_related = ["measure", "owner", "workspace"]
    autocomplete_fields = ["workspace", "dataset", "measure", "owner"]


class PolicyForm(forms.ModelForm[RowPolicy]):
    """A policy whose filters can be read."""

    class Meta:
        model = RowPolicy
        fields = ["dataset", "name", "role", "group", "attribute", "attribute_value", "filters"]
        fields += ["hidden_columns", "is_active"]

    def clean(self) -> dict[str, Any]:
        """A filter that nobody can read would lock everybody out, or nobody."""
        data: dict[str, Any] = super().clean() or {}
        dataset, filters = data.get("dataset"), data.get("filters")
        if dataset is None or filters is None:
            return data
        known = set(dataset.columns.values_list("name", flat=True))
        try:
            named = [Filter.from_json(item).column for item in filters]
        except (UserError, TypeError) as error:
            self.add_error("filters", str(error))
            return data
        for field, names in (
            ("filters", named),
            ("hidden_columns", data.get("hidden_columns") or []),
        ):
            if unknown := sorted({str(name) for name in names} - known):
                self.add_error(field, _("Unknown columns: %s") % ", ".join(unknown))
        return data


@admin.register(RowPolicy)
class RowPolicyPage(Defining):
    """Which rows and columns some people see."""

    form = PolicyForm
    list_display = ["name", "dataset", "role", "is_active"]
    list_filter = ["role", "is_active", "dataset__workspace"]
    search_fields = ["name", "dataset__name"]
    list_select_related = ["dataset"]
    autocomplete_fields = ["dataset"]


@admin.register(Extract)
class ExtractPage(Defining):
    """Copies of slow sources' rows, and how the last run went."""

    list_display = ["dataset", "every_minutes", "row_count", "finished_at", "problem"]
    list_filter = ["dataset__workspace"]
    search_fields = ["dataset__name"]
    list_select_related = ["dataset"]
    autocomplete_fields = ["dataset"]
    readonly_fields = ["file", "watermark", "row_count", "started_at", "finished_at", "problem"]


@admin.register(SqlRun)
class SqlRunPage(ReadOnly):
    """What analysts ran in the SQL lab."""

    list_display = ["started_at", "user", "source", "state", "row_count", "took_ms"]
    list_filter = ["state", "source__workspace"]
    search_fields = ["sql", "user__email"]
    date_hierarchy = "started_at"
    list_select_related = ["user", "source"]
