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
from apps.accounts.roles import MANAGE, VIEW, Role
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
    """A connection to one system. `settings` may be seen; `secret` is encrypted.

    `answered_at` and `failed_at`, with `problem`, tell people how it fares; the circuit breaker
    itself is in Redis (breaker.py).
    """

    class Kind(models.TextChoices):
        STORE = "store", _("Sightline's own store")
        DUCKDB = "duckdb", _("Uploaded files")
        POSTGRESQL = "postgresql", _("PostgreSQL or TimescaleDB")
        MYSQL = "mysql", _("MySQL or MariaDB")
        CLICKHOUSE = "clickhouse", _("ClickHouse")
        TRINO = "trino", _("Trino")
        OPENSEARCH = "opensearch", _("Elasticsearch or OpenSearch")
        PROMETHEUS = "prometheus", _("Prometheus")
        HTTP = "http", _("JSON or CSV over HTTP")
        SQLITE = "sqlite", _("SQLite file")
        DUCKDB_FILE = "duckdb_file", _("DuckDB file")
        SNOWFLAKE = "snowflake", _("Snowflake")
        BIGQUERY = "bigquery", _("BigQuery")
        DATABRICKS = "databricks", _("Databricks or Spark")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="sources")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secret = models.BinaryField(null=True, blank=True, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

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
    """Datasets, by who may query them. Who may redefine which, hiding.py knows."""

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


class Dataset(models.Model):
    """Something rows come from: a table, an upload, or a stream.

    `relation` names the rows for the connector: "schema.table", an index, a PromQL selector, or a
    Parquet file's name; empty where `sql` says what they are. `options` is what the connector
    needs besides, such as where in a JSON document the records are.
    `version` moves whenever the rows or their definition change, so that no cached answer
    outlives them; a stream's rows change all the time, and its answers are short-lived instead.
    """

    class Kind(models.TextChoices):
        TABLE = "table", _("Table")
        SQL = "sql", _("SQL query")
        UPLOAD = "upload", _("Upload")
        STREAM = "stream", _("Stream")

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="datasets")
    source = models.ForeignKey(Source, models.RESTRICT, related_name="datasets")
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("short name"), max_length=60)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    relation = models.CharField(_("relation"), max_length=200, blank=True)
    sql = models.TextField(_("SQL"), blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    time_column = models.CharField(_("time column"), max_length=63, blank=True)
    is_restricted = models.BooleanField(
        _("restricted"), default=False, help_text=_("Only admins and those it is granted to.")
    )
    has_rollups = models.BooleanField(_("keeps roll-ups"), default=True, editable=False)
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
    """A named aggregate, over the rows that meet `filters` (a Query's filters).

    A ratio divides one measure of the dataset by another; a running total, a share, a change and
    a growth are computed from one other measure, their `base`. `percentile` is 0 to 100.
    """

    class Aggregate(models.TextChoices):
        COUNT = "count", _("Number of rows")
        SUM = "sum", _("Sum")
        AVERAGE = "avg", _("Average")
        MINIMUM = "min", _("Lowest")
        MAXIMUM = "max", _("Highest")
        DISTINCT = "count_distinct", _("Number of different values")
        MEDIAN = "median", _("Median")
        PERCENTILE = "percentile", _("Percentile")
        RATIO = "ratio", _("Ratio of two measures")
        RUNNING_TOTAL = "running_total", _("Running total of a measure")
        SHARE = "share", _("Share of the total of a measure")
        CHANGE = "change", _("Change of a measure since the step before")
        GROWTH = "growth", _("Growth of a measure since the step before")
        GROWTH_YEAR = "growth_year", _("Growth of a measure since a year before")

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
    base = models.ForeignKey("self", models.RESTRICT, null=True, blank=True, related_name="+")
    percentile = models.FloatField(_("percentile"), null=True, blank=True)
    filters = models.JSONField(_("only rows where"), default=list, blank=True)
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
        """A ratio has two plain parts of the same dataset, and what is computed from a measure has
        a base that is not itself computed so; all others but a count have a column that fits.
        """
        if self.aggregate == self.Aggregate.RATIO:
            for field in ("numerator", "denominator"):
                self._check_part(field, COMPOSED, _("A ratio needs two measures."))
        elif self.aggregate in DERIVED:
            self._check_part("base", DERIVED, _("Choose the measure that it is computed from."))
        elif self.aggregate != self.Aggregate.COUNT:
            self._check_column()
        is_percentile = self.aggregate == self.Aggregate.PERCENTILE
        if is_percentile and (self.percentile is None or not 0 <= self.percentile <= 100):
            raise ValidationError({"percentile": _("Give a percentile from 0 to 100.")})
        if self.filters and self.aggregate in COMPOSED:
            message = _("Conditions belong to the measures that this one is made of.")
            raise ValidationError({"filters": message})
        self._check_users()

    def _check_part(self, field: str, refused: frozenset[str], missing: Any) -> None:
        """A part is there, of this dataset, and not made of measures in a way that would nest."""
        part = getattr(self, field)
        if part is None:
            raise ValidationError({field: missing})
        if part.dataset_id != self.dataset_id or part.pk == self.pk or part.aggregate in refused:
            message = _("Take another measure of this dataset that is not itself computed so.")
            raise ValidationError({field: message})

    def _check_column(self) -> None:
        """The column is one of the dataset's, and a number unless values are only told apart."""
        if not self.column:
            raise ValidationError({"column": _("Name the column to aggregate.")})
        column = self.dataset.columns.filter(name=self.column).first()
        if column is None:
            raise ValidationError({"column": _("Choose a column of this dataset.")})
        if self.aggregate != self.Aggregate.DISTINCT and column.type != Column.Type.NUMBER:
            raise ValidationError({"column": _("Only numbers can be aggregated so.")})

    def _check_users(self) -> None:
        """What is made of this measure must not become a measure of measures of measures."""
        if not self.pk or self.aggregate not in COMPOSED:
            return
        parts = Q(numerator=self) | Q(denominator=self)
        if self.aggregate in DERIVED:
            parts |= Q(base=self)
        if user := Measure.objects.filter(parts).first():
            message = _("“%(label)s” is made of this measure, which must stay plain.")
            raise ValidationError({"aggregate": message % {"label": user.label}})


DERIVED = frozenset({"running_total", "share", "change", "growth", "growth_year"})
COMPOSED = DERIVED | {Measure.Aggregate.RATIO.value}


class MetricQuerySet(models.QuerySet["Metric"]):
    """Metrics. Who may see which, hiding.py knows."""

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
    """Which rows and columns of a dataset some people see.

    It holds for who has the role, is in the group and has the attribute, of those that are named;
    with none named it holds for everybody. Several that hold are joined by AND.
    The filters are a Query's filters; a value "$name" stands for the user's attribute of that
    name, and a user without it sees nothing.
    A group that a policy names cannot be deleted: without it, its people would see more.
    """

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="policies")
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("for the role"), max_length=10, choices=Role.choices, blank=True)
    group = models.ForeignKey(
        "auth.Group", models.PROTECT, null=True, blank=True, verbose_name=_("for the group")
    )
    attribute = models.CharField(_("for who has the attribute"), max_length=60, blank=True)
    attribute_value = models.CharField(_("of the value"), max_length=120, blank=True)
    filters = models.JSONField(
        _("rows"),
        default=list,
        blank=True,
        help_text=_('Such as [{"column": "region", "op": "in", "values": ["$region"]}]'),
    )
    hidden_columns = models.JSONField(_("hidden columns"), default=list, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("row policy")
        verbose_name_plural = _("row policies")

    def __str__(self) -> str:
        """With its dataset, which is what somebody looks for whose group a policy keeps."""
        return _("%(name)s, of the dataset %(dataset)s") % {
            "name": self.name,
            "dataset": self.dataset.name,
        }


class Extract(models.Model):
    """A copy of a dataset's rows in our own files, taken on a schedule, which charts then ask.

    `file` is the copy's name in settings.UPLOADS. With `incremental_by`, a time or number column,
    only rows above `watermark` are fetched and added.
    """

    dataset = models.OneToOneField(Dataset, models.CASCADE, related_name="extract")
    every_minutes = models.PositiveIntegerField(_("every (minutes)"), default=60)
    incremental_by = models.CharField(_("only new rows by"), max_length=63, blank=True)
    file = models.CharField(max_length=80, blank=True, editable=False)
    watermark = models.CharField(max_length=60, blank=True, editable=False)
    row_count = models.BigIntegerField(null=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("extract")
        verbose_name_plural = _("extracts")

    def __str__(self) -> str:
        return str(self.dataset)


class SqlRun(models.Model):
    """One statement that an analyst ran in the SQL lab: their history. Holds no rows."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="sql_runs")
    source = models.ForeignKey(Source, models.CASCADE, related_name="sql_runs")
    sql = models.TextField(_("SQL"))
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    problem = models.CharField(max_length=500, blank=True)
    row_count = models.BigIntegerField(null=True, blank=True)
    took_ms = models.FloatField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("SQL run")
        verbose_name_plural = _("SQL runs")
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["user", "-started_at"])]

    def __str__(self) -> str:
        return self.sql[:60]


def settings_without_secrets(source: Source) -> dict[str, Any]:
    """What of a source may be shown: never the password."""
    return {key: value for key, value in source.settings.items() if key != "password"}
