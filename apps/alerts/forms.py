"""Is a rule well-formed, in the user's words."""

from dataclasses import replace
from typing import Any

import orjson
from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.alerts import queries
from apps.alerts.models import Rule
from apps.core.errors import UserError
from apps.datasources import engine
from apps.datasources.models import Dataset
from apps.datasources.query import Query, read_filters

WINDOWS = [
    (60, _("1 minute")),
    (300, _("5 minutes")),
    (900, _("15 minutes")),
    (3600, _("1 hour")),
    (86_400, _("1 day")),
    (7 * 86_400, _("1 week")),
]
SILENCES = [(1, _("1 hour")), (8, _("8 hours")), (24, _("1 day")), (168, _("1 week"))]


class RuleForm(forms.ModelForm[Rule]):
    """A threshold on one measure. `what` is "<dataset>:<measure>"; `filters` a Query's, as JSON."""

    what = forms.ChoiceField(label=_("Watch"))
    filters = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)
    window_s = forms.TypedChoiceField(label=_("Over the last"), coerce=int, choices=WINDOWS)
    people = forms.ModelMultipleChoiceField(
        label=_("Tell by e-mail"), queryset=User.objects.none(), required=False
    )

    class Meta:
        model = Rule
        fields = ("name", "comparison", "threshold", "calm_windows")

    field_order = ("name", "what", "window_s", "comparison", "threshold", "calm_windows", "people")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.datasets = list(queries.datasets_for_rules(user))
        choices = [
            (each.name, [(f"{each.pk}:{m.name}", m.label) for m in each.measures.all()])
            for each in self.datasets
        ]
        what: Any = self.fields["what"]
        what.choices = choices
        people: Any = self.fields["people"]
        people.queryset = queries.people_of({each.workspace for each in self.datasets})
        windows: Any = self.fields["window_s"]
        if self.instance.pk and self.instance.window_s not in dict(WINDOWS):
            seconds = self.instance.window_s
            windows.choices = [(seconds, _("%(n)s seconds") % {"n": seconds}), *WINDOWS]

    def clean_filters(self) -> list[dict[str, Any]]:
        """The filters as Query JSON."""
        text = self.cleaned_data["filters"] or "[]"
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise forms.ValidationError(_("The filters are not JSON.")) from error
        if not isinstance(data, list):
            raise forms.ValidationError(_("The filters are a list."))
        try:
            return [each.as_json() for each in read_filters(data)]
        except UserError as error:
            raise forms.ValidationError(error.message) from error

    def clean(self) -> dict[str, Any] | None:
        """Whether the engine would answer the question to this user."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "what" not in data or "filters" not in data:
            return data
        number, _colon, measure = data["what"].partition(":")
        dataset = next(each for each in self.datasets if each.pk == int(number))
        try:
            query = question(dataset, measure, data["filters"])
            engine.explain(query, self.user)
        except UserError as error:
            raise forms.ValidationError(error.message) from error
        strangers = [
            person
            for person in data.get("people") or ()
            if not person.memberships.filter(workspace=dataset.workspace).exists()
        ]
        if strangers:
            self.add_error("people", _("Only people of the dataset's workspace can be told."))
        data |= {"dataset": dataset, "query": query}
        return data

    def rule(self) -> Rule:
        """The rule that was described, not saved; whoever saves it is whom it runs as."""
        rule: Rule = self.instance
        rule.dataset = self.cleaned_data["dataset"]
        rule.workspace = rule.dataset.workspace
        rule.owner = self.user
        asked = self.cleaned_data["query"].as_json()
        rule.query = {name: asked[name] for name in asked if name != "dataset"}
        rule.window_s = self.cleaned_data["window_s"]
        return rule


class PreviewForm(RuleForm):
    """The same, while it is still being written: no name yet."""

    name = None  # how Django leaves out a field


def question(dataset: Dataset, measure: str, filters: list[dict[str, Any]]) -> Query:
    """The rule's Query, without its window. Raises UserError."""
    query = Query(
        dataset=dataset.pk,
        measures=(measure,),
        time=dataset.time_column,
        timezone=dataset.workspace.timezone,
    )
    return replace(query, filters=read_filters(filters))


class SilenceForm(forms.Form):
    """For how long a rule keeps quiet; 0 ends it."""

    hours = forms.FloatField(min_value=0, max_value=24 * 31)
    reason = forms.CharField(required=False, max_length=200)
