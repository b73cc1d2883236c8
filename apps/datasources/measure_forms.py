"""Measures and metrics as forms."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Workspace
from apps.datasources.condition_forms import ConditionsForm
from apps.datasources.models import COMPOSED, DERIVED, Format, Measure, Metric
from apps.datasources.queries import METRIC_GRAINS

PARTS = ("numerator", "denominator", "base")
PARTS_OF_ONE = frozenset({"share", "growth", "growth_year"})  # what they give is a fraction
COUNTED = frozenset({"count", "count_distinct"})


class MeasureForm(ConditionsForm, forms.ModelForm[Measure]):
    """A named aggregate. Its short name stays once it is in use by cards."""

    class Meta:
        model = Measure
        fields = ["label", "name", "aggregate", "column", "percentile", *PARTS]
        fields += ["unit", "format", "good"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dataset = self.instance.dataset
        fields: dict[str, Any] = self.fields
        columns = [("", "–"), *((each.name, each.label) for each in dataset.columns.all())]
        fields["column"].widget = forms.Select(choices=columns)
        others = dataset.measures.exclude(pk=self.instance.pk)
        for name in PARTS:
            refused = DERIVED if name == "base" else COMPOSED
            fields[name].queryset = others.exclude(aggregate__in=refused)
            fields[name].empty_label = "–"
        fields["numerator"].label, fields["denominator"].label = _("Divided"), _("By")
        fields["base"].label = _("Of the measure")
        fields["percentile"].widget.attrs |= {"min": 0, "max": 100, "step": "any"}
        fields["percentile"].help_text = _("50 is the median; 95 is what 95 of 100 stay below.")
        fields["unit"].widget.attrs["placeholder"] = _("such as € or kg")
        fields["name"].label = _("Short name")
        fields["name"].help_text = _("In addresses and the API; it stays.")
        fields["aggregate"].choices = [("", _("Choose …")), *Measure.Aggregate.choices]
        fields["aggregate"].label = _("Computed as")
        fields["good"].choices = [("", _("Neither")), *Measure.Good.choices]
        if self.instance.pk:
            fields["name"].disabled = True
        else:
            fields["name"].required = fields["format"].required = False
            fields["format"].choices = [("", _("As usual for it")), *Format.choices]
            fields["format"].initial = ""
            self.initial["format"] = ""
        self.add_conditions(dataset, self.instance.filters)

    def clean_name(self) -> str:
        """As typed, or made of the label."""
        label = slugify(self.cleaned_data.get("label", "")).replace("-", "_")[:60]
        name = str(self.cleaned_data.get("name") or label)
        taken = self.instance.dataset.measures.exclude(pk=self.instance.pk)
        if taken.filter(name=name).exists():
            raise forms.ValidationError(_("There is a measure of this short name already."))
        return name if name[:1].isalpha() else f"m_{name}".rstrip("_")

    def clean(self) -> dict[str, Any]:
        """What the chosen aggregate has no use for is dropped; the model knows the rest."""
        data = super().clean() or {}
        aggregate = data.get("aggregate")
        if aggregate in COMPOSED or aggregate == Measure.Aggregate.COUNT:
            data["column"] = ""
        if aggregate != Measure.Aggregate.PERCENTILE:
            data["percentile"] = None
        if aggregate != Measure.Aggregate.RATIO:
            data |= {"numerator": None, "denominator": None}
        if aggregate not in DERIVED:
            data["base"] = None
        data["format"] = data.get("format") or self._usual_format(data)
        self.instance.filters = [] if aggregate in COMPOSED else self.taken_conditions(data)
        return data

    def _usual_format(self, data: dict[str, Any]) -> str:
        """How such a measure is written unless somebody says otherwise."""
        aggregate = data.get("aggregate")
        if aggregate in PARTS_OF_ONE:
            return Format.PERCENT
        if aggregate in COUNTED:
            return Format.INTEGER
        if base := data.get("base"):
            return str(base.format)
        column = self.instance.dataset.columns.filter(name=data.get("column") or "").first()
        return (column.format if column else "") or Format.DECIMAL


class MetricForm(forms.ModelForm[Metric]):
    """A measure over time that is forecast and checked."""

    grain = forms.ChoiceField(
        label=gettext_lazy("Step"), choices=list(METRIC_GRAINS.items()), initial="day"
    )

    class Meta:
        model = Metric
        fields = ["name", "measure", "grain", "is_watched"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dataset = self.instance.dataset
        measures: Any = self.fields["measure"]
        measures.queryset = dataset.measures.all()

    def clean(self) -> dict[str, Any]:
        """A series needs a time column."""
        if not self.instance.dataset.time_column:
            raise forms.ValidationError(_("This dataset has no time column."))
        return super().clean() or {}


def metric_slug(workspace: Workspace, name: str) -> str:
    """A slug that no other metric of the workspace has."""
    base = (slugify(name) or "metric")[:50].strip("-")
    taken: Iterable[str] = Metric.objects.filter(
        Q(slug=base) | Q(slug__startswith=f"{base}-"), workspace=workspace
    ).values_list("slug", flat=True)
    slug, twin, known = base, 1, set(taken)
    while slug in known:
        twin += 1
        slug = f"{base}-{twin}"
    return slug
