"""What the numbers say: forecasts, anomalies and insights, each with what made it."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.queries import Visitor
from apps.datasources.models import Metric


class OfMetricQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Rows about a metric, by who may see them."""

    def visible_to(self, user: Visitor) -> Self:
        """Findings about the metrics that the user may see.

        They were computed as the metric's owner, so a user whose rows a policy narrows sees none.
        """
        from apps.datasources.hiding import metrics_seen_whole

        return self.filter(metric__in=metrics_seen_whole(user))


class Forecast(models.Model):
    """What comes next for one metric; the newest one counts.

    `points` holds columns: t (ms since 1970), mean, lo80, hi80, lo95, hi95.
    `record` is the back-test: error, naive_error, measure, windows, coverage80.
    """

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="forecasts")
    method = models.CharField(_("method"), max_length=60)
    version = models.CharField(_("version"), max_length=20)
    input_hash = models.CharField(max_length=64)
    points = models.JSONField()
    record = models.JSONField(_("record"))
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = OfMetricQuerySet.as_manager()

    class Meta:
        verbose_name = _("forecast")
        verbose_name_plural = _("forecasts")
        get_latest_by = "created_at"
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "method", "version", "input_hash"], name="one_forecast_per_input"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric}: {self.method}"


class Anomaly(models.Model):
    """One unusual point of one metric, with the methods that voted for it."""

    class Feedback(models.TextChoices):
        USEFUL = "useful", _("Useful")
        NOISE = "noise", _("Noise")

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="anomalies")
    at = models.DateTimeField(_("when"))
    value = models.FloatField(_("value"))
    expected = models.FloatField(_("expected"), null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    score = models.FloatField(_("score"))
    votes = models.JSONField(_("voted for by"))
    method = models.CharField(_("method"), max_length=60)
    version = models.CharField(_("version"), max_length=20)
    feedback = models.CharField(_("feedback"), max_length=10, choices=Feedback.choices, blank=True)
    created_at = models.DateTimeField(_("found"), auto_now_add=True)

    objects = OfMetricQuerySet.as_manager()

    class Meta:
        verbose_name = _("anomaly")
        verbose_name_plural = _("anomalies")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["metric", "at"], name="one_anomaly_per_point")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.at:%Y-%m-%d %H:%M}"


class Insight(models.Model):
    """Facts about one metric, told in words.

    `claims` are the checked figures: a list of {"metric", "period", "operation", "value", "unit",
    "rounding", "query"}; `text` holds {n} where claim n stands, so that no sentence shows a number
    that was not computed. `is_reworded` says whether a model chose the words.
    """

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="insights")
    text = models.TextField(_("text"))
    claims = models.JSONField(_("claims"))
    claims_hash = models.CharField(max_length=64)
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    is_reworded = models.BooleanField(_("worded by a model"), default=False)
    method = models.CharField(_("method"), max_length=60)
    version = models.CharField(_("version"), max_length=20)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = OfMetricQuerySet.as_manager()

    class Meta:
        verbose_name = _("insight")
        verbose_name_plural = _("insights")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "claims_hash", "is_reworded"], name="one_insight_per_claims"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.window_to:%Y-%m-%d}"


class ModelUse(models.Model):
    """Tokens that a workspace's insights cost on one day; the budget stops at its limit."""

    workspace = models.ForeignKey("accounts.Workspace", models.CASCADE, related_name="model_use")
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)
    tokens = models.PositiveIntegerField(default=0)
    milliseconds = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveIntegerField(_("texts refused by the checker"), default=0)

    class Meta:
        verbose_name = _("model use")
        verbose_name_plural = _("model use")
        constraints = [
            models.UniqueConstraint(fields=["workspace", "day"], name="one_count_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.workspace} {self.day}"
