"""Datasets with their columns and measures; analysts make and change them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE
from apps.api.v1.base import Known, Mine, Picked, Writable, etag_of, told
from apps.core.errors import Conflict, Denied, UserError
from apps.datasources import hiding, services, sql_access, tables
from apps.datasources.access import Scope, scope_of
from apps.datasources.connectors import BUILT_IN
from apps.datasources.hierarchies import cycle_in
from apps.datasources.models import Column, Dataset, Format, Measure, Source


def my_sources(user: Visitor | None) -> QuerySet[Source]:
    """For Mine: connected sources of workspaces where the caller defines data."""
    if user is None:
        return Source.objects.all()
    mine = Source.objects.filter(workspace__in=workspaces_where(user, DEFINE))
    return mine.exclude(kind__in=BUILT_IN)


class ColumnSerializer(serializers.ModelSerializer[Column]):
    """A column of a dataset. parent: the column that it drills down from."""

    name = serializers.CharField(max_length=63)
    parent = serializers.CharField(  # type: ignore[assignment]
        source="parent.name", required=False, allow_null=True, allow_blank=True, max_length=63
    )

    class Meta:
        model = Column
        fields = ["name", "label", "type", "unit", "format", "parent", "is_private"]
        read_only_fields = ["type"]
        extra_kwargs = {"label": {"required": False}}


class MeasureInlineSerializer(serializers.ModelSerializer[Measure]):
    """A measure as it stands in its dataset."""

    class Meta:
        model = Measure
        fields = ["id", "name", "label", "aggregate", "unit", "format", "good"]
        read_only_fields = fields


MOST_MEASURES = 100
OF_ALL_ROWS = ("row_count", "data_from", "data_to")
OF_DEFINERS = ("source", "relation", "sql", "options")


class DatasetSerializer(Picked):
    """A dataset. Where its rows are is null for those who may not change it.

    What is true of all rows only is null for a caller whose rows a policy narrows, and columns
    that a policy hides are not there, nor their parents; of a dataset that was made of data which
    the caller sees in part, none are. To change columns, send those that change, by `name`.
    """

    columns = ColumnSerializer(many=True, required=False)
    measures = MeasureInlineSerializer(many=True, read_only=True)

    class Meta:
        model = Dataset
        fields = ["id", "workspace", "name", "slug", "description", "kind", "time_column"]
        fields += [*OF_DEFINERS, "row_count", "data_from", "data_to", "version", "updated_at"]
        fields += ["columns", "measures"]
        read_only_fields = ["workspace", "slug", "kind", *OF_DEFINERS, *OF_ALL_ROWS]
        read_only_fields += ["version", "updated_at"]

    def validate_time_column(self, name: str) -> str:
        """A time column of the dataset, or none; a stream keeps its own."""
        dataset: Any = self.instance
        if dataset.is_live and name != dataset.time_column:
            raise serializers.ValidationError(_("A stream keeps its time column."))
        if name and not dataset.columns.filter(name=name, type=Column.Type.TIME).exists():
            raise serializers.ValidationError(_("Choose a time column of this dataset."))
        return name

    def to_representation(self, instance: Dataset) -> dict[str, Any]:
        """Without what a policy hides, and what is for those who define data."""
        shown: dict[str, Any] = super().to_representation(instance)
        user = self.context["request"].user
        try:
            scope: Scope | None = scope_of(user, instance.pk)
        except Denied:
            scope = None
        empty: dict[str, Any] = {}
        if scope is None or scope.policies:
            empty |= dict.fromkeys(OF_ALL_ROWS)
        if instance.pk not in self._definable():
            empty |= dict.fromkeys(OF_DEFINERS)
        if scope is None:
            empty |= {"columns": [], "measures": [], "time_column": ""}
        shown |= {name: value for name, value in empty.items() if name in shown}
        return without_hidden(shown, scope) if scope else shown

    def _definable(self) -> set[int]:
        """What the caller may change, read once for a page of datasets."""
        context: Any = self.context
        if "definable" not in context:
            rows = hiding.definable_by(context["request"].user)
            context["definable"] = set(rows.values_list("pk", flat=True))
        found: set[int] = context["definable"]
        return found


def without_hidden(shown: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """What is shown of a dataset, without columns that are hidden and all that is made of them."""
    if not scope.hidden:
        return shown
    seen = hiding.shape_of(scope)
    names = {
        "columns": {each.name for each in seen.columns},
        "measures": {each.name for each in seen.measures},
    }
    for key, known in names.items():
        if key in shown:
            shown[key] = [each for each in shown[key] if each["name"] in known]
    for column in shown.get("columns", []):
        if column["parent"] in scope.hidden:
            column["parent"] = None
    if "time_column" in shown:
        shown["time_column"] = seen.time_column
    return shown


class NewMeasureSerializer(Known):
    """One measure of a new dataset or stream; what it is made of stands before it, by name."""

    name = serializers.RegexField(r"^[a-z][a-z0-9_]{0,62}$")
    label = serializers.CharField(max_length=120)  # type: ignore[assignment]
    aggregate = serializers.ChoiceField(Measure.Aggregate.choices)
    column = serializers.CharField(max_length=63, required=False)
    numerator = serializers.CharField(max_length=63, required=False)
    denominator = serializers.CharField(max_length=63, required=False)
    base = serializers.CharField(max_length=63, required=False)
    percentile = serializers.FloatField(min_value=0, max_value=100, required=False)
    filters = serializers.ListField(child=serializers.DictField(), required=False, max_length=100)
    unit = serializers.CharField(max_length=20, required=False, allow_blank=True)
    format = serializers.ChoiceField(Format.choices, required=False)
    good = serializers.ChoiceField(Measure.Good.choices, required=False, allow_blank=True)


class NewDatasetSerializer(Known):
    """A dataset of what a source holds: "schema.table", an index, an expression or a path.

    Columns are read from the source. Without `measures`, the number of rows and the sum or average
    of each number are made.
    """

    source = Mine(of=my_sources)  # type: ignore[assignment]
    relation = serializers.CharField(max_length=200, allow_blank=True)
    options = serializers.DictField(required=False)
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(required=False, allow_blank=True)
    time_column = serializers.CharField(required=False, allow_blank=True, max_length=63)
    measures = NewMeasureSerializer(many=True, required=False)

    def validate_measures(self, measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A hundred at most, each of a name of its own."""
        names = [each["name"] for each in measures]
        if len(names) > MOST_MEASURES or len(set(names)) < len(names):
            message = _("Give up to %(most)s measures, each its own name.")
            raise serializers.ValidationError(message % {"most": MOST_MEASURES})
        return measures


@extend_schema_serializer(component_name="ColumnChange")
class ColumnChangeSerializer(serializers.Serializer[Any]):
    """A column that is gone and is used, or is of another type now."""

    name = serializers.CharField()
    used_by = serializers.ListField(child=serializers.CharField())
    before = serializers.CharField()
    now = serializers.CharField(allow_null=True)


class ColumnsReadSerializer(serializers.Serializer[Any]):
    """What reading the columns again changed, or would."""

    added = serializers.ListField(child=serializers.CharField())
    changed = ColumnChangeSerializer(many=True)
    taken = serializers.BooleanField()


class ReadColumnsSerializer(serializers.Serializer[Any]):
    """`take`: make them the dataset's. `accept`: although something in use would break."""

    take = serializers.BooleanField(default=False)
    accept = serializers.BooleanField(default=False)


class DatasetViewSet(Writable):
    """What can be asked. Analysts make datasets of what a source holds, and change their words."""

    model = Dataset
    serializer_class = DatasetSerializer
    may = DEFINE
    filterset_fields: Any = ["workspace", "slug", "kind", "source"]
    ordering_fields: Any = ["name", "created_at", "updated_at"]

    def visible(self, user: Visitor) -> QuerySet[Dataset]:
        """With all that is inline."""
        found = Dataset.objects.visible_to(user)
        return found.prefetch_related("columns__parent", "measures")

    def editable(self, user: Visitor) -> QuerySet[Dataset]:
        """Those of which nothing is hidden from an analyst."""
        return hiding.definable_by(user)

    @extend_schema(request=NewDatasetSerializer, responses={201: DatasetSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A dataset of a table, an index, an expression or an address of a source."""
        context = {"request": request}
        asked = NewDatasetSerializer(data=request.data, context=context)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        source = data.pop("source")
        self.check_may(source.workspace)
        sql_access.check_relation(request.user, source, data["relation"])  # type: ignore[arg-type]
        draft = tables.draft(source, data.pop("relation"), data.pop("options", {}))
        with told():
            dataset = tables.make_dataset(draft, **data)
        shown = self.get_serializer(dataset).data
        return Response(shown, status=201, headers={"ETag": etag_of(dataset, shown)})

    def perform_update(self, serializer: Any) -> None:
        """New words are part of every answer."""
        changes = serializer.validated_data.pop("columns", [])
        dataset = serializer.save()
        if changes:
            _change_columns(dataset, changes)
        services.touch_dataset(dataset)

    def perform_destroy(self, dataset: Dataset) -> None:
        """End it with its measures, metrics and policies; cards and alerts must go first."""
        if dataset.is_live:
            raise Conflict(_("Delete the stream instead."), code="in_use")
        services.delete_dataset(dataset)

    @extend_schema(request=ReadColumnsSerializer, responses=ColumnsReadSerializer)
    @action(detail=True, methods=["post"], url_path="columns")
    def read_columns(self, request: Request, pk: str) -> Response:
        """Read the columns from the source again: what has changed; with `take`, take it over."""
        dataset = self.get_changeable()
        asked = ReadColumnsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = tables.changes(dataset)
        take, accept = asked.validated_data["take"], asked.validated_data["accept"]
        if take:
            tables.take_changes(dataset, found, accept)
        changed = [
            {"name": name, "used_by": uses, "before": "", "now": None}
            for name, uses in found.gone.items()
        ]
        for name, before, now in found.retyped:
            changed.append({"name": name, "used_by": [], "before": before, "now": now})
        data = {"added": list(found.added), "changed": changed, "taken": take}
        return Response(ColumnsReadSerializer(data).data)


def _change_columns(dataset: Dataset, changes: list[dict[str, Any]]) -> None:
    """Set what was sent; raises UserError for an unknown column or a circle of parents."""
    columns = {each.name: each for each in dataset.columns.select_related("parent")}
    for item in changes:
        column = _known(columns, item.pop("name", ""))
        if "parent" in item:
            name = (item.pop("parent") or {}).get("name")
            column.parent = _known(columns, name) if name else None
        for field, value in item.items():
            setattr(column, field, value)
    parents = {name: c.parent.name if c.parent else "" for name, c in columns.items()}
    if cycle := cycle_in(parents):
        message = _("These columns drill down in a circle: %(cycle)s.")
        raise UserError(message % {"cycle": " → ".join(cycle)}, field="columns")
    services.change_columns(dataset, columns.values())


def _known(columns: dict[str, Column], name: str) -> Column:
    if name not in columns:
        message = _("The dataset has no column “%(name)s”.") % {"name": name[:60]}
        raise UserError(message, field="columns", code="unknown_column")
    return columns[name]
