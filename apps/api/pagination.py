"""Pages of a list, by cursor: stable while rows are added."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from apps.core.errors import UserError


class Pages(CursorPagination):
    """Newest first unless the list says otherwise; `page_size` from 1 to 200."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """One page. A cursor that we did not make is a UserError."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, ValidationError, DataError) as error:
            message = _("This cursor is not one of ours. Begin at the first page.")
            raise UserError(message, field="cursor", code="invalid_cursor") from error
