"""Measures: named aggregates of datasets; analysts define them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.queries import Visitor
from apps.accounts.roles import DEFINE
from apps.api.v1.base import Mine, Picked, Writable, visible
from apps.api.v1.metrics import check_definable, my_measures
from apps.datasources import hiding, services
from apps.datasources.models import Dataset, Measure

KEPT = ("dataset", "name")  # cards and other systems know a measure by these


class MeasureSerializer(Picked):
    """A measure: a named aggregate of one dataset.

    A ratio has `numerator` and `denominator`; running_total, share, change, growth and growth_year
    have a `base`; percentile has a `percentile` from 0 to 100. `filters` are a Query's filters.
    """

    dataset = Mine(of=visible(Dataset))
    numerator = Mine(of=my_measures, required=False, allow_null=True)
    denominator = Mine(of=my_measures, required=False, allow_null=True)
    base = Mine(of=my_measures, required=False, allow_null=True)
    filters = serializers.ListField(child=serializers.DictField(), required=False, max_length=100)

    class Meta:
        model = Measure
        fields = ["id", "dataset", "name", "label", "aggregate", "column", "numerator"]
        fields += ["denominator", "base", "percentile", "filters", "unit", "format", "good"]
        fields += ["position"]
        read_only_fields = ["position"]
        validators: list[Any] = []  # the model's own, told as a conflict

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What it is known by stays."""
        for name in KEPT:
            if self.instance is not None and attrs.get(name, getattr(self.instance, name)) != (
                getattr(self.instance, name)
            ):
                raise serializers.ValidationError({name: _("This cannot be changed.")})
        return attrs


class MeasureViewSet(Writable):
    """Measures of the datasets you may query. Analysts define them."""

    model = Measure
    serializer_class = MeasureSerializer
    may = DEFINE
    filterset_fields: Any = ["dataset", "name", "aggregate"]
    ordering_fields: Any = ["name", "position"]

    def visible(self, user: Visitor) -> QuerySet[Measure]:
        """Those of visible datasets that are not made of what is hidden from the caller."""
        return hiding.measures_visible_to(user)

    def editable(self, user: Visitor) -> QuerySet[Measure]:
        """Those of datasets that one may redefine."""
        return Measure.objects.filter(dataset__in=hiding.definable_by(user))

    def perform_create(self, serializer: Any) -> None:
        """A new one, by the model's rules."""
        check_definable(self, serializer.validated_data["dataset"])
        serializer.instance = _saved(Measure(), serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """Whatever changes is part of every answer."""
        serializer.instance = _saved(serializer.instance, serializer.validated_data)

    def perform_destroy(self, measure: Measure) -> None:
        """End one that nothing uses."""
        services.delete_measure(measure)


def _saved(measure: Measure, data: dict[str, Any]) -> Measure:
    for name, value in data.items():
        setattr(measure, name, value)
    measure.full_clean()
    services.save_measure(measure)
    return measure
