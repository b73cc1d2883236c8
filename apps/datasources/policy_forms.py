"""Who sees which rows and columns, as a form; and the calendar of a workspace."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User, Workspace
from apps.accounts.roles import Role
from apps.datasources.condition_forms import ConditionsForm
from apps.datasources.models import Dataset, RowPolicy


class PolicyForm(ConditionsForm, forms.Form):
    """For whom, which rows, and which columns are hidden. Who is named in several ways must be
    meant by all of them.
    """

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    role = forms.ChoiceField(label=gettext_lazy("Role"), required=False)
    group = forms.ModelChoiceField(
        Group.objects.none(),
        label=gettext_lazy("Group"),
        required=False,
        empty_label=gettext_lazy("Any group, or none"),
    )
    attribute = forms.CharField(
        label=gettext_lazy("Has the attribute"), max_length=60, required=False
    )
    attribute_value = forms.CharField(
        label=gettext_lazy("Of the value"), max_length=120, required=False
    )
    hidden_columns = forms.MultipleChoiceField(
        label=gettext_lazy("Hidden columns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, dataset: Dataset, policy: RowPolicy | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.dataset, self.policy = dataset, policy
        fields: dict[str, Any] = self.fields
        fields["role"].choices = [("", _("Any role")), *Role.choices]
        people = User.objects.filter(memberships__workspace=dataset.workspace_id)
        groups = Group.objects.filter(user__in=people)
        if policy and policy.group_id:
            groups = groups | Group.objects.filter(pk=policy.group_id)
        fields["group"].queryset = groups.distinct().order_by("name")
        fields["attribute_value"].widget.attrs["placeholder"] = _("any")
        fields["hidden_columns"].choices = [(c.name, c.label) for c in dataset.columns.all()]
        if policy:
            for name in ("name", "role", "group", "attribute", "attribute_value"):
                fields[name].initial = getattr(policy, name)
            fields["hidden_columns"].initial = policy.hidden_columns
            fields["name"].disabled = True
        self.add_conditions(dataset, policy.filters if policy else [])

    def clean_name(self) -> str:
        """A new policy has a new name."""
        name = str(self.cleaned_data["name"])
        if not self.policy and self.dataset.policies.filter(name=name).exists():
            raise forms.ValidationError(_("There is a policy of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        """Something is left out, and each condition is one that the dataset can answer."""
        data = super().clean() or {}
        data["filters"] = self.taken_conditions(data)
        if data.get("attribute_value") and not data.get("attribute"):
            self.add_error("attribute", _("Name the attribute that has this value."))
        if not data["filters"] and not data.get("hidden_columns") and not self.errors:
            message = _("Name a column. Without a condition or a hidden column, all is seen.")
            self.add_error("column-0", message)
        return data


class CalendarForm(forms.ModelForm[Workspace]):
    """When weeks and fiscal years begin."""

    class Meta:
        model = Workspace
        fields = ["week_start", "fiscal_year_start"]
