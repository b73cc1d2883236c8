"""People, workspaces and who is what in which."""

from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.translation import gettext_lazy as _

from apps.accounts.roles import Role
from apps.accounts.signals import access_changed, rights_written
from apps.core.events import announce

MONTHS = list(MONTH_NAMES.items())
# What of a person says something about rights.
RIGHTS = frozenset({"attributes", "is_active", "is_staff", "is_superuser", "password"})


class UserQuerySet(models.QuerySet["User"]):
    """Users."""

    def update(self, **values: Any) -> int:
        """Rights that are changed count at once, as by `save()`."""
        if not RIGHTS & values.keys():
            return super().update(**values)
        ids = list(self.values_list("pk", flat=True))
        count = super().update(**values, access_version=F("access_version") + 1)
        announce(access_changed, user_ids=ids)
        return count


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def get_queryset(self) -> UserQuerySet:
        """Users whose rights are followed."""
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Addresses are compared without regard to case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user who can sign in, with no rights yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        """A user who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. `access_version` changes whenever what this person may see may have changed."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
    access_version = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once_whatever_its_case")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Rights that are changed count at once. `access_version` moves on from where it stands in
        the database: written back as it was read, it could become one that was used before.
        """
        fields = kwargs.get("update_fields")
        if self._state.adding or (fields is not None and not RIGHTS & set(fields)):
            super().save(*args, **kwargs)
            return
        self.access_version = F("access_version") + 1
        if fields is not None:
            kwargs["update_fields"] = {*fields, "access_version"}
        super().save(*args, **kwargs)
        self.refresh_from_db(fields=["access_version"])
        announce(access_changed, user_ids=[self.pk])

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        words = (self.name or self.email).replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


class WeekDay(models.IntegerChoices):
    """As Python counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Workspace(models.Model):
    """A tenant: every other row belongs to exactly one.

    Weeks of its datasets begin on `week_start`; "fiscal_quarter" and "fiscal_year" are counted
    from the first of the month `fiscal_year_start`.
    """

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), unique=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    week_start = models.PositiveSmallIntegerField(
        _("week begins on"), choices=WeekDay.choices, default=WeekDay.MONDAY
    )
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("fiscal year begins in"), choices=MONTHS, default=1
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships."""

    def update(self, **values: Any) -> int:
        """Tells whose role was changed, as Django does of a single row."""
        user_ids = set(self.values_list("user_id", flat=True))
        if new := values.get("user", values.get("user_id")):
            user_ids.add(getattr(new, "pk", new))
        count = super().update(**values)
        rights_written.send(sender=Membership, user_ids=user_ids)
        return count


class Membership(models.Model):
    """One person's one role in one workspace."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.VIEWER)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["user", "workspace"], name="one_role_per_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
