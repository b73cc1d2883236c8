"""Lists narrowed and sorted by names that we know; any other name is an error, not ignored."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request

from apps.core.errors import UserError

COMMON = {"cursor", "page_size", "ordering", "fields"}


class KnownFilters(DjangoFilterBackend):
    """The view's `filterset_fields`. Raises UserError for a parameter that nobody reads."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        """The rows that match; a wrong value is a 400 that names its parameter."""
        filterset = self.get_filterset(request, queryset, view)
        known = COMMON | set(getattr(view, "parameters", ()))
        if filterset is not None:
            known |= set(filterset.filters)
        refuse_unknown(request, known)
        if filterset is None:
            return queryset
        if not filterset.is_valid():
            field, errors = next(iter(filterset.errors.items()))
            raise UserError(str(errors[0]), field=field, code="invalid")
        return filterset.qs


class KnownOrdering(OrderingFilter):
    """`?ordering=name,-created_at` over the view's `ordering_fields`; equal rows by number."""

    def remove_invalid_fields(
        self, queryset: Any, fields: Iterable[str], view: Any, request: Request
    ) -> list[str]:
        """Raises UserError for a name that cannot be sorted by."""
        known = [name for name, _label in self.get_valid_fields(queryset, view, {})]
        names = list(fields)
        for name in names:
            if name.lstrip("-") not in known:
                message = _("One cannot sort by “%(name)s”. One can by %(known)s.")
                values = {"name": name[:40], "known": ", ".join(known) or "-"}
                raise UserError(message % values, field="ordering", code="unknown_parameter")
        return [*names, "-pk"]


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Raises UserError for the first query parameter that is not among `known`."""
    for name in request.query_params:
        if name not in known:
            message = _("Unknown parameter “%(name)s”. Known are %(known)s.")
            values = {"name": name[:40], "known": ", ".join(sorted(known))}
            raise UserError(message % values, field=name[:40], code="unknown_parameter")
