"""When to wake somebody: rules, incidents, targets, silences."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User, Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT, VIEW
from apps.datasources.access import narrowing
from apps.datasources.hiding import is_hidden, scopes_that_hide
from apps.datasources.models import Dataset


class RuleQuerySet(models.QuerySet["Rule"]):
    """Rules, by who may see and change them."""

    def visible_to(self, user: Visitor) -> Self:
        """Rules of the user's workspaces on datasets that the user may query.

        A rule's value is its owner's, so a user whose rows a policy narrows sees own rules only,
        and nobody those of others that watch what is hidden from the reader.
        """
        narrowed = narrowing(user).filter(dataset=OuterRef("dataset"))
        seen = self.filter(
            ~Exists(narrowed) | Q(owner_id=user.pk or 0),
            workspace__in=workspaces_where(user, VIEW),
            dataset__in=Dataset.objects.visible_to(user),
        )
        for dataset_id, scope in scopes_that_hide(user).items():
            rules = Rule.objects.filter(dataset=dataset_id).exclude(owner_id=user.pk)
            gone = [each.pk for each in rules if scope is None or is_hidden(each.query, scope)]
            seen = seen.exclude(pk__in=gone)
        return seen

    def editable_by(self, user: Visitor) -> Self:
        """Rules that the user may change, as an editor; who saves one becomes its owner."""
        return self.visible_to(user).filter(workspace__in=workspaces_where(user, EDIT))


class Rule(models.Model):
    """Fire when a measure over the last minutes crosses a threshold.

    `query` is a Query without its window; it must answer a single value and is asked as `owner`.
    `state` is what the pure decision in rules.py carries from one evaluation to the next.
    """

    class Comparison(models.TextChoices):
        ABOVE = "above", _("rises above")
        BELOW = "below", _("falls below")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="rules")
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="rules")
    owner = models.ForeignKey(User, models.CASCADE, related_name="rules", verbose_name=_("runs as"))
    name = models.CharField(_("name"), max_length=120)
    query = models.JSONField(_("query"))
    window_s = models.PositiveIntegerField(_("over the last seconds"), default=300)
    comparison = models.CharField(
        _("fires when it"), max_length=5, choices=Comparison.choices, default=Comparison.ABOVE
    )
    threshold = models.FloatField(_("threshold"))
    calm_windows = models.PositiveSmallIntegerField(_("calm checks before it closes"), default=2)
    state = models.JSONField(default=dict, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    evaluated_at = models.DateTimeField(null=True, editable=False)
    last_value = models.FloatField(null=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Incident(models.Model):
    """One firing from open to close; never rewritten. A rule has one open incident at most."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="incidents")
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    value = models.FloatField(_("value when it opened"))
    threshold = models.FloatField(_("threshold"))
    peak = models.FloatField(_("worst value"))

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=Q(closed_at=None), name="one_open_incident_per_rule"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.opened_at:%Y-%m-%d %H:%M}"


class Target(models.Model):
    """Where a rule's messages go."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="targets")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.EMAIL)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("to"))

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            models.UniqueConstraint(fields=["rule", "kind", "user"], name="one_target_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user}"


class Message(models.Model):
    """One message about one transition to one target: the outbox that makes it exactly one."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="messages")
    target = models.ForeignKey(Target, models.CASCADE, related_name="messages")
    event = models.CharField(max_length=6, choices=[("open", _("opened")), ("close", _("closed"))])
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "target", "event"], name="one_message_per_transition"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident}: {self.event}"


class Silence(models.Model):
    """A span in which a rule opens incidents but sends nothing."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="silences")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("why"), max_length=200, blank=True)
    created_by = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("silence")
        verbose_name_plural = _("silences")

    def __str__(self) -> str:
        return f"{self.rule} – {self.ends_at:%Y-%m-%d %H:%M}"
