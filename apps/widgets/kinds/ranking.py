"""Which categories are asked for, and in which order: options that several kinds share."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.datasources.query import MOST_TOP
from apps.widgets.kinds.base import Options


class TopOptions(Options):
    """The largest categories and the rest."""

    top = forms.IntegerField(
        label=_("Only the largest"),
        help_text=_("So many categories, ranked by the first measure over all rows."),
        min_value=1,
        max_value=MOST_TOP,
        required=False,
        initial=None,
    )
    other = forms.BooleanField(label=_("Add the rest as “Other”"), required=False, initial=True)


def topped(
    template: dict[str, Any], options: dict[str, Any], default: int | None = None
) -> dict[str, Any]:
    """The template with the top that the options set; without one, with its own.

    default: how many the kind takes where neither says. The rest is computed from its rows.
    """
    limit = options.get("top") or (None if template.get("top") else default)
    if not limit or not template.get("dimensions") or not template.get("measures"):
        return template
    by, other = template["measures"][0], options.get("other", True)
    return {**template, "top": {"limit": limit, "by": by, "other": bool(other)}}


def sorted_by(template: dict[str, Any], sort: str) -> dict[str, Any]:
    """The template in an order: "value", "value_up", "name", "name_down", or "" for its own."""
    measures, dimensions = template.get("measures"), template.get("dimensions")
    if not sort or not measures or not dimensions or template.get("grain"):
        return template
    what, _sep, way = sort.partition("_")
    by = measures[0] if what == "value" else name_of(dimensions[0])
    descending = way != "up" if what == "value" else way == "down"
    return {**template, "order": [{"by": by, "descending": descending}]}


def name_of(dimension: Any) -> str:
    """The name that a dimension of a template has in the answer."""
    if isinstance(dimension, dict):
        return "{column}_{part}".format(**dimension)
    return str(dimension)
