"""Where numbers come from: sources, datasets, their columns and measures, metrics, row policies."""

from typing import TYPE_CHECKING, Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import DEFINE, MANAGE, VIEW, Role
from apps.datasources import secrets

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

name_validator = RegexValidator(
    r"^[a-z][a-z0-9_]{0,62}$", _("Use a small letter, then small letters, digits and underscores.")
)


class Format(models.TextChoices):
    """How a number is written."""

    INTEGER = "integer", _("Whole number")
    DECIMAL = "decimal", _("Decimal")
    CURRENCY = "currency", _("Currency")
    PERCENT = "percent", _("Percent")
    DURATION = "duration", _("Duration")
    COMPACT = "compact", _("Compact")


class Source(models.Model):
    """A connection to one system. `settings` may be seen; `secret` is encrypted."""

    class Kind(models.TextChoices):
        STORE = "store", _("Sightline's own store")
        DUCKDB = "duckdb", _("Uploaded files")
        POSTGRESQL = "postgresql", _("PostgreSQL")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="sources")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secret = models.BinaryField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_source_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name

    def set_password(self, password: str) -> None:
        """Encrypt and keep; needs a saved row, since the row is part of what is sealed."""
        self.secret = secrets.seal(password, about=f"source:{self.pk}")

    def password(self) -> str:
        """The password in clear, for the connector only. Raises secrets.Tampered."""
        return secrets.unseal(bytes(self.secret), about=f"source:{self.pk}") if self.secret else ""


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """Datasets, by who may query and define them."""

    def visible_to(self, user: Visitor) -> Self:
        """What the user may query: by role in the workspace, or by a grant on the dataset."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        granted = get_objects_for_user(
            user, "datasources.view_dataset", Dataset, with_superuser=False
        )
        return self.filter(
            Q(workspace__in=workspaces_where(user, VIEW), is_restricted=False)
            | Q(workspace__in=workspaces_where(user, MANAGE))
            | Q(pk__in=granted.values("pk"), workspace__in=workspaces_where(user, VIEW))
        )

    def editable_by(self, user: Visitor) -> Self:
        """What the user may redefine."""
        return self.visible_to(user).filter(workspace__in=workspaces_where(user, DEFINE))


class Dataset(models.Model):
    """Something rows come from: a table, an upload, or a stream.

    `relation` names the rows for the connector: "schema.table" or a Parquet file's name.
    `version` moves whenever the rows or their definition change, so that no cached answer
    outlives them; a stream's rows change all the time, and its answers are short-lived instead.
    """

    class Kind(models.TextChoices):
        TABLE = "table", _("Table")
        UPLOAD = "upload", _("Upload")
        STREAM = "stream", _("Stream")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="datasets")
    source = models.ForeignKey(Source, models.RESTRICT, related_name="datasets")
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    relation = models.CharField(_("relation"), max_length=200)
    time_column = models.CharField(_("time column"), max_length=63, blank=True)
    is_restricted = models.BooleanField(
        _("restricted"), default=False, help_text=_("Only admins and those it is granted to.")
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    row_count = models.BigIntegerField(null=True, blank=True, editable=False)
    data_from = models.DateTimeField(null=True, blank=True, editable=False)
    data_to = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DatasetQuerySet.as_manager()

    if TYPE_CHECKING:
        columns: RelatedManager["Column"]
        measures: RelatedManager["Measure"]
        policies: RelatedManager["RowPolicy"]

    class Meta:
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="one_dataset_of_a_slug")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        """Whether rows arrive while people look."""
        return self.kind == self.Kind.STREAM


class Column(models.Model):
    """One column of a dataset, as people know it."""

    class Type(models.TextChoices):
        TIME = "time", _("Time")
        NUMBER = "number", _("Number")
        TEXT = "text", _("Text")
        BOOLEAN = "boolean", _("Yes or no")

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="columns")
    name = models.CharField(_("name"), max_length=63)
    label = models.CharField(_("label"), max_length=120)
    type = models.CharField(_("type"), max_length=10, choices=Type.choices)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    format = models.CharField(_("format"), max_length=10, choices=Format.choices, blank=True)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, verbose_name=_("drills down from")
    )
    is_private = models.BooleanField(_("never sent to a model"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="one_column_of_a_name")
        ]

    def __str__(self) -> str:
        return self.label


class Measure(models.Model):
    """A named aggregate. A ratio divides one measure of the dataset by another."""

    class Aggregate(models.TextChoices):
        COUNT = "count", _("Number of rows")
        SUM = "sum", _("Sum")
        AVERAGE = "avg", _("Average")
        MINIMUM = "min", _("Lowest")
        MAXIMUM = "max", _("Highest")
        DISTINCT = "count_distinct", _("Number of different values")
        MEDIAN = "median", _("Median")
        RATIO = "ratio", _("Ratio of two measures")

    class Good(models.TextChoices):
        UP = "up", _("Higher is better")
        DOWN = "down", _("Lower is better")

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="measures")
    name = models.CharField(_("name"), max_length=63, validators=[name_validator])
    label = models.CharField(_("label"), max_length=120)
    aggregate = models.CharField(_("aggregate"), max_length=20, choices=Aggregate.choices)
    column = models.CharField(_("column"), max_length=63, blank=True)
    numerator = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="+")
    denominator = models.ForeignKey(
        "self", models.RESTRICT, null=True, blank=True, related_name="+"
    )
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    format = models.CharField(
        _("format"), max_length=10, choices=Format.choices, default=Format.DECIMAL
    )
    good = models.CharField(_("good direction"), max_length=4, choices=Good.choices, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "name"], name="one_measure_of_a_name")
        ]

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """A ratio has two plain parts of the same dataset; all but a count have a column."""
        if self.aggregate == self.Aggregate.RATIO:
            for field in ("numerator", "denominator"):
                part = getattr(self, field)
                if part is None:
                    raise ValidationError({field: _("A ratio needs two measures.")})
                if part.dataset_id != self.dataset_id or part.aggregate == self.Aggregate.RATIO:
                    message = _("Take a measure of this dataset that is not itself a ratio.")
                    raise ValidationError({field: message})
        elif self.aggregate != self.Aggregate.COUNT and not self.column:
            raise ValidationError({"column": _("Name the column to aggregate.")})


class MetricQuerySet(models.QuerySet["Metric"]):
    """Metrics, by who may see them."""

    def visible_to(self, user: Visitor) -> Self:
        """Metrics of the datasets that the user may query."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))

    def watched(self) -> Self:
        """Those that are forecast and checked on schedule."""
        return self.filter(is_watched=True)


class Metric(models.Model):
    """A measure over time that matters. Forecasts, anomalies, insights and rules speak of it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="metrics")
    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="metrics")
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60)
    measure = models.ForeignKey(Measure, models.RESTRICT, related_name="metrics")
    grain = models.CharField(_("grain"), max_length=10, default="day")
    filters = models.JSONField(_("fixed filters"), default=list, blank=True)
    split = models.CharField(_("split by"), max_length=63, blank=True)
    is_watched = models.BooleanField(_("forecast and check"), default=True)
    owner = models.ForeignKey(
        "accounts.User", models.PROTECT, verbose_name=_("runs as"), related_name="+"
    )

    objects = MetricQuerySet.as_manager()

    class Meta:
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="one_metric_of_a_slug")
        ]

    def __str__(self) -> str:
        return self.name


class RowPolicy(models.Model):
    """Which rows of a dataset the people of a role see.

    The filters are a Query's filters; a value "$name" stands for the user's attribute of that
    name, and a user without it sees nothing. Several policies of a role are joined by AND.
    """

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="policies")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("for the role"), max_length=10, choices=Role.choices)
    filters = models.JSONField(
        _("rows"), help_text=_('Such as [{"column": "region", "op": "in", "values": ["$region"]}]')
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("row policy")
        verbose_name_plural = _("row policies")

    def __str__(self) -> str:
        return self.name


def settings_without_secrets(source: Source) -> dict[str, Any]:
    """What of a source may be shown: never the password."""
    return {key: value for key, value in source.settings.items() if key != "password"}
