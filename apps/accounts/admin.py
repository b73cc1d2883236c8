"""Admin pages of people, workspaces and grants."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermission, UserObjectPermission

from apps.accounts import services
from apps.accounts.models import Membership, User, Workspace
from apps.core.admin import Page, Touching, is_superuser

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserForm(forms.ModelForm[User]):
    """Everything but the password, which has a page of its own."""

    class Meta:
        model = User
        fields = ["email", "name", "timezone", "attributes", "is_active", *POWERS]

    def clean_email(self) -> str:
        """Addresses are kept in small letters."""
        email: str = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Somebody has this address already."))
        return email


class NewUserForm(AdminUserCreationForm[User]):
    """Address and password of a new person."""

    class Meta:
        model = User
        fields = ["email", "name"]

    clean_email = UserForm.clean_email


class MembershipInline(admin.TabularInline[Membership, Any]):
    """The people of a workspace, or the workspaces of a person."""

    model = Membership
    extra = 0
    autocomplete_fields = ["user", "workspace"]


@admin.register(User)
class UserPage(UserAdmin[User], Page):  # type: ignore[misc]
    """People. Who is no superuser neither changes one nor gives out powers."""

    form, add_form = UserForm, NewUserForm
    list_display = ["email", "name", "is_active", "is_staff", "joined_at", "last_login"]
    list_filter = ["is_active", "is_staff", "is_superuser", "memberships__workspace"]
    search_fields = ["email", "name"]
    date_hierarchy = "joined_at"
    ordering = ["email"]
    filter_horizontal = ["groups", "user_permissions"]
    readonly_fields = ["password_page", "joined_at", "last_login"]
    inlines = [MembershipInline]
    fieldsets = [
        (None, {"fields": ["email", "name", "password_page", "timezone", "attributes"]}),
        (_("Rights"), {"fields": ["is_active", *POWERS]}),
        (_("Dates"), {"fields": ["joined_at", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "name", "password1", "password2"]})]

    @admin.display(description=_("password"))
    def password_page(self, user: User) -> str:
        """A way to set it; nothing about the one that is set."""
        return format_html('<a href="../password/">{}</a>', _("Set another password"))

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Roles are given by superusers here, and not to somebody who does not exist yet."""
        return [MembershipInline] if obj is not None and is_superuser(request) else []

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Powers are given by superusers only, and nobody takes the own account away."""
        fixed = list(self.readonly_fields)
        if not is_superuser(request):
            fixed += POWERS
        if obj is not None and obj.pk == request.user.pk:
            fixed += ["is_active", "is_superuser", "is_staff"]
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's address or password in other hands would be all rights."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_actions(self, request: HttpRequest) -> Any:
        """Many at once: superusers only, for a superuser may be among them."""
        actions = super().get_actions(request)
        if not is_superuser(request):
            actions.pop("delete_selected", None)
        return actions


@admin.register(Workspace)
class WorkspacePage(Touching):
    """Tenants with their people."""

    list_display = ["name", "slug", "timezone", "created_at"]
    search_fields = ["name", "slug"]
    date_hierarchy = "created_at"
    prepopulated_fields = {"slug": ["name"]}

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Roles are given by superusers here."""
        return [MembershipInline] if is_superuser(request) else []

    def touch(self, rows: list[Any]) -> None:
        """Everybody in it."""
        for workspace in rows:
            services.touch_workspace(workspace.pk)


@admin.register(Membership)
class MembershipPage(Page):
    """Who is what where. Nobody but a superuser changes the own role."""

    list_display = ["user", "workspace", "role"]
    list_filter = ["role", "workspace"]
    search_fields = ["user__email", "user__name", "workspace__name"]
    autocomplete_fields = ["user", "workspace"]
    list_select_related = ["user", "workspace"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the own one."""
        return super().has_change_permission(request, obj) and not _is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the own one."""
        return super().has_delete_permission(request, obj) and not _is_own(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Refuse to give oneself a role."""
        form: Any = super().get_form(request, obj, change, **kwargs)

        class Checked(form):
            def clean_user(self) -> User:
                user: User = self.cleaned_data["user"]
                if user.pk == request.user.pk and not is_superuser(request):
                    raise forms.ValidationError(_("Ask somebody else for a role of your own."))
                return user

        return Checked


class SuperuserOnly(Page):
    """Who could write here could give themselves any right."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return is_superuser(request)

    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return is_superuser(request)


admin.site.unregister(Group)


@admin.register(Group)
class GroupPage(SuperuserOnly, GroupAdmin):
    """Groups of people. One that a row policy names stays."""


@admin.register(UserObjectPermission)
class UserGrantPage(SuperuserOnly):
    """One right of one person on one thing."""

    list_display = ["user", "permission", "content_type", "object_pk"]
    list_filter = ["content_type", "permission"]
    search_fields = ["user__email", "object_pk"]
    autocomplete_fields = ["user"]
    list_select_related = ["user", "permission", "content_type"]


@admin.register(GroupObjectPermission)
class GroupGrantPage(SuperuserOnly):
    """One right of one group on one thing."""

    list_display = ["group", "permission", "content_type", "object_pk"]
    list_filter = ["content_type", "permission"]
    search_fields = ["group__name", "object_pk"]
    autocomplete_fields = ["group"]
    list_select_related = ["group", "permission", "content_type"]


def _may_touch(request: HttpRequest, obj: Any) -> bool:
    return obj is None or is_superuser(request) or not obj.is_superuser


def _is_own(request: HttpRequest, obj: Any) -> bool:
    return obj is not None and obj.user_id == request.user.pk and not is_superuser(request)
