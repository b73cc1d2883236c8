"""What the admin pages of all apps share."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

SECRET_PARTS = ("password", "secret", "token")


class Page(admin.ModelAdmin[Any]):
    """An admin page by which nobody can guess a secret letter by letter."""

    list_per_page = 50
    show_full_result_count = False

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """No filter in the address may touch a secret, over any relation."""
        if any(part in lookup.lower() for part in SECRET_PARTS):
            return False
        return super().lookup_allowed(lookup, value, request)


class ReadOnly(Page):
    """What happened is not rewritten. A superuser may delete it, with what it belongs to."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers, and only them."""
        return is_superuser(request)


class Touching(Page):
    """Every save and deletion tells those whose cached permissions it outdates."""

    def touch(self, rows: list[Any]) -> None:
        """Forget what was cached under these rows; called with the rows as they were and are."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, then touch what it was before and what it is now."""
        before = list(type(obj)._default_manager.filter(pk=obj.pk)) if change else []
        super().save_model(request, obj, form, change)
        self.touch([*before, obj])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The same once groups and inline rows are saved."""
        super().save_related(request, form, formsets, change)
        self.touch([form.instance])

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Touch first: afterwards nobody knows whom it concerned."""
        self.touch([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The same for many."""
        self.touch(list(queryset))
        super().delete_queryset(request, queryset)


def is_superuser(request: HttpRequest) -> bool:
    """Whether everything is allowed."""
    return bool(getattr(request.user, "is_superuser", False))
