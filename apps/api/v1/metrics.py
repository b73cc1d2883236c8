"""Metrics: measures over time that are forecast and checked."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.queries import Visitor
from apps.accounts.roles import DEFINE
from apps.api.v1.base import Mine, Picked, Writable, visible
from apps.core.errors import Denied
from apps.datasources import engine, hiding
from apps.datasources.models import Dataset, Measure, Metric
from apps.datasources.queries import METRIC_GRAINS
from apps.datasources.query import Query


def my_measures(user: Visitor | None) -> QuerySet[Measure]:
    """For Mine: measures of the datasets that the caller may query, but for what is hidden."""
    return hiding.measures_visible_to(user) if user else Measure.objects.all()


def my_metrics(user: Visitor | None) -> QuerySet[Metric]:
    """For Mine: the same of metrics."""
    return hiding.metrics_visible_to(user) if user else Metric.objects.all()


def check_definable(view: Writable, dataset: Dataset) -> None:
    """Raises Denied unless the caller may define what the dataset is."""
    view.check_may(dataset.workspace)
    if not hiding.definable_by(view.request.user).filter(pk=dataset.pk).exists():
        message = _("Some of this dataset is hidden from you, so an admin has to do this.")
        raise Denied(message, field="dataset")


class MetricSerializer(Picked):
    """A metric. It belongs to its dataset's workspace and is computed as its `owner`."""

    dataset = Mine(of=visible(Dataset))
    measure = Mine(of=my_measures)
    grain = serializers.ChoiceField([(name, name) for name in METRIC_GRAINS], default="day")
    filters = serializers.ListField(child=serializers.DictField(), required=False, max_length=50)

    class Meta:
        model = Metric
        fields = ["id", "workspace", "dataset", "name", "slug", "measure", "grain", "filters"]
        fields += ["is_watched", "owner"]
        read_only_fields = ["workspace", "owner"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The question that the metric asks must be one that its dataset answers."""
        whole = {**_kept(self.instance), **attrs}
        dataset, measure = whole["dataset"], whole["measure"]
        if self.instance is not None and dataset.pk != self.instance.dataset_id:
            raise serializers.ValidationError({"dataset": _("This cannot be changed.")})
        if measure.dataset_id != dataset.pk:
            message = _("Take a measure of the metric's dataset.")
            raise serializers.ValidationError({"measure": message})
        if not dataset.time_column:
            message = _("This dataset has no time column.")
            raise serializers.ValidationError({"dataset": message})
        question = {"dataset": dataset.pk, "measures": [measure.name], "grain": whole["grain"]}
        question |= {"time": dataset.time_column, "filters": list(whole.get("filters") or [])}
        engine.explain(Query.from_json(question), self.context["request"].user)
        return attrs


def _kept(metric: Any) -> dict[str, Any]:
    names = ("dataset", "measure", "grain", "filters")
    return {name: getattr(metric, name) for name in names} if metric is not None else {}


class MetricViewSet(Writable):
    """What is worth watching. Analysts define it."""

    model = Metric
    serializer_class = MetricSerializer
    may = DEFINE
    filterset_fields: Any = ["workspace", "dataset", "measure", "slug", "is_watched"]
    ordering_fields: Any = ["name"]

    def visible(self, user: Visitor) -> QuerySet[Metric]:
        """Those of visible datasets that are not made of what is hidden from the caller."""
        return hiding.metrics_visible_to(user)

    def editable(self, user: Visitor) -> QuerySet[Metric]:
        """Those of datasets that one may redefine."""
        return Metric.objects.filter(dataset__in=hiding.definable_by(user))

    def perform_create(self, serializer: Any) -> None:
        """Computed as who made it."""
        dataset = serializer.validated_data["dataset"]
        check_definable(self, dataset)
        serializer.save(workspace=dataset.workspace, owner=self.request.user)

    def perform_update(self, serializer: Any) -> None:
        """Who changes the question answers for it: it must not be asked with another's rights."""
        if serializer.validated_data.keys() & {"measure", "filters", "grain"}:
            serializer.save(owner=self.request.user)
        else:
            serializer.save()
