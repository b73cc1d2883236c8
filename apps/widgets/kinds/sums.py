"""Kinds that add their parts up take only measures that may be added up."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.definition import Definition, UnknownName
from apps.datasources.query import Query


def check_adds_up(query: Query, shape: Definition, kind: str | Promise) -> None:
    """Refuse a first measure whose parts are no parts of a whole: averages, ratios, highest.

    kind: in words. Raises UserError on "measures". An unknown name is the engine's to refuse.
    """
    for name in query.measures[:1]:
        try:
            measure = shape.measure(name)
        except UnknownName:
            continue
        if not measure.adds_up:
            message = _(
                "%(kind)s adds up its parts, and “%(name)s” does not add up: "
                "choose a sum or a number of rows."
            )
            raise UserError(message % {"kind": kind, "name": measure.label}, field="measures")
