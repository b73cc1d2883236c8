"""What a measure that is being defined gives now, as who defines it."""

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _

from apps.accounts.queries import Visitor
from apps.core.figures import figure
from apps.core.window import Window
from apps.datasources import engine, profile
from apps.datasources.access import scope_of
from apps.datasources.definition import definition, measure_of
from apps.datasources.models import DERIVED, Measure
from apps.datasources.query import Query

DAYS_BACK = 500  # months enough that there is one a year before


def example(measure: Measure, user: Visitor) -> str:
    """Its value in words: of all rows, or of the last whole month where it needs time.

    The measure was cleaned, and need not be kept. Raises UserError.
    """
    dataset = measure.dataset
    scope = scope_of(user, dataset.pk)
    kept = definition(dataset.pk, scope.version)
    made = measure_of(measure)
    others = tuple(each for each in kept.measures if each.name != made.name)
    shape = replace(kept, measures=(*others, made))
    if made.aggregate not in DERIVED:
        query = Query(dataset=dataset.pk, measures=(made.name,))
        frame = engine.ask(query, shape, scope.policies, scope.hidden)
        return figure(frame.column(made.name)[0], made.format, made.unit)
    time = kept.without(scope.hidden).time_column
    if not time:
        return _("shown over time: the dataset needs a time column")
    last = profile.overview(user, dataset.pk).last
    if last is None:
        return _("nothing yet: there are no rows")
    end = profile.moment(last) + timedelta(milliseconds=1)
    window = Window(end - timedelta(days=DAYS_BACK), end)
    query = Query(
        dataset=dataset.pk, measures=(made.name,), time=time, grain="month", window=window
    )
    values = engine.ask(query, shape, scope.policies, scope.hidden).column(made.name)
    value = next((each for each in reversed(values[:-1] or values) if each is not None), None)
    return _("%(value)s in the last whole month") % {"value": figure(value, made.format, made.unit)}
