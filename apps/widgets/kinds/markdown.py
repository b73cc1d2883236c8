"""Words of the author's, with live values in them."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.datasources.definition import Definition
from apps.datasources.query import Query
from apps.widgets.kinds import live_values
from apps.widgets.kinds.base import Family, Kind, Options, Shape, build, shifted
from apps.widgets.view import View

HINT = _(
    "Markdown. {{ revenue }} shows a measure of the dataset, {{ revenue | change }} its change, "
    "{{ revenue | before }} the period before, {{ window }} the dates."
)


class MarkdownOptions(Options):
    """The text, and how its card looks."""

    text = forms.CharField(
        label=_("Text"),
        max_length=20_000,
        required=False,
        initial="",
        strip=False,
        help_text=HINT,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "true", "dir": "auto"}),
    )
    compare = forms.ChoiceField(
        label=_("Compare with"),
        choices=[("previous", _("Previous period")), ("year", _("Last year"))],
        required=False,
        initial="previous",
    )
    bare = forms.BooleanField(label=_("Without frame and title"), required=False, initial=False)

    @classmethod
    def named_in(cls, options: dict[str, Any]) -> dict[str, list[str]]:
        """The measures in the text: who may not see one must not learn of it."""
        return {"columns": [], "measures": live_values.measures_in(str(options.get("text") or ""))}


class Markdown(Kind):
    """Headings, lists, links and tables; figures in the text are asked for like any other."""

    slug = "markdown"
    label = _("Text")
    hint = _("Words of your own, with live figures")
    shape = Shape.ROWS
    family = Family.LAYOUT
    options = MarkdownOptions
    dimensions = (0, 0)
    measures = (0, 0)
    ignores_measures = True  # the text names them
    query_optional = True
    size = (8, 5)

    def example_options(self, shape: Definition) -> dict[str, Any]:
        """A sentence with the first two measures."""
        lines = [f"- {each.label}: **{{{{ {each.name} }}}}**" for each in shape.measures[:2]]
        return {"text": "\n".join([f"### {gettext('At a glance')}", *lines])}

    def queries(
        self, template: dict[str, Any], options: dict[str, Any], shape: Definition, view: View
    ) -> dict[str, Query]:
        """One row with every measure that the text names, and the same before if it compares."""
        text = options.get("text") or ""
        names = live_values.measures_in(text)
        if not names:
            return {}
        asked = {"filters": template.get("filters", []), "measures": names}
        main = build(asked, shape, view, over_time=False)
        found = {"main": main}
        if main.window and live_values.compares(text):
            found["previous"] = shifted(main, view.compare or options.get("compare") or "previous")
        return found

    def check_options(self, options: dict[str, Any], shape: Definition | None) -> None:
        """Every name in braces is a measure of the dataset, or says something of the view."""
        live_values.check(options.get("text") or "", shape, "options.text")

    def check(self, query: Query) -> None:
        """The text says what is asked."""
