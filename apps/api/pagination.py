"""Pages of a list, by cursor: stable while rows are added."""

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    """Newest first; `page_size` from 1 to 200."""

    ordering = "-pk"
    page_size_query_param = "page_size"
    max_page_size = 200
