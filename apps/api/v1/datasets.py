"""Datasets with their columns and measures; analysts may change the words."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.accounts.queries import Visitor
from apps.accounts.roles import DEFINE
from apps.api.v1.base import Picked, Writable
from apps.datasources import services
from apps.datasources.access import scope_of
from apps.datasources.models import Column, Dataset, Measure


class ColumnSerializer(serializers.ModelSerializer[Column]):
    """A column of a dataset."""

    class Meta:
        model = Column
        fields = ["name", "label", "type", "unit", "format"]
        read_only_fields = ["name", "type"]


class MeasureInlineSerializer(serializers.ModelSerializer[Measure]):
    """A measure as it stands in its dataset."""

    class Meta:
        model = Measure
        fields = ["id", "name", "label", "aggregate", "unit", "format", "good"]
        read_only_fields = fields


OF_ALL_ROWS = ("row_count", "data_from", "data_to")


class DatasetSerializer(Picked):
    """A dataset. `relation`, where its rows are, is for those who define it alone.

    What is true of all rows only is null for a caller whose rows a policy narrows.
    """

    columns = ColumnSerializer(many=True, read_only=True)
    measures = MeasureInlineSerializer(many=True, read_only=True)

    class Meta:
        model = Dataset
        fields = ["id", "workspace", "name", "slug", "description", "kind", "time_column"]
        fields += ["row_count", "data_from", "data_to", "version", "updated_at"]
        fields += ["columns", "measures"]
        read_only_fields = [name for name in fields if name not in ("name", "description")]

    def to_representation(self, instance: Dataset) -> dict[str, Any]:
        """Without what a policy hides."""
        shown: dict[str, Any] = super().to_representation(instance)
        if scope_of(self.context["request"].user, instance.pk).policies:
            shown |= {name: None for name in OF_ALL_ROWS if name in shown}
        return shown


class DatasetViewSet(Writable):
    """What can be asked. Analysts may change name and description."""

    model = Dataset
    serializer_class = DatasetSerializer
    may = DEFINE
    http_method_names = ["get", "head", "patch", "options"]
    filterset_fields: Any = ["workspace", "slug", "kind"]
    ordering_fields: Any = ["name", "created_at", "updated_at"]

    def visible(self, user: Visitor) -> QuerySet[Dataset]:
        """With all that is inline."""
        return Dataset.objects.visible_to(user).prefetch_related("columns", "measures")

    def perform_update(self, serializer: Any) -> None:
        """New words are part of every answer."""
        services.touch_dataset(serializer.save())


class MeasureSerializer(Picked):
    """A measure: a named aggregate of one dataset."""

    class Meta:
        model = Measure
        fields = ["id", "dataset", "name", "label", "aggregate", "column", "numerator"]
        fields += ["denominator", "unit", "format", "good", "position"]
        read_only_fields = ["name", "dataset", "aggregate", "column", "numerator", "denominator"]


class MeasureViewSet(Writable):
    """Measures of the datasets you may query. Analysts may change label, unit and format."""

    model = Measure
    serializer_class = MeasureSerializer
    may = DEFINE
    http_method_names = ["get", "head", "patch", "options"]
    filterset_fields: Any = ["dataset", "name", "aggregate"]
    ordering_fields: Any = ["name", "position"]

    def visible(self, user: Visitor) -> QuerySet[Measure]:
        """Those of visible datasets."""
        return Measure.objects.filter(dataset__in=Dataset.objects.visible_to(user))

    def editable(self, user: Visitor) -> QuerySet[Measure]:
        """Those of datasets that one may redefine."""
        return Measure.objects.filter(dataset__in=Dataset.objects.editable_by(user))

    def perform_update(self, serializer: Any) -> None:
        """Labels, units and formats are part of every answer."""
        services.touch_dataset(serializer.save().dataset)
