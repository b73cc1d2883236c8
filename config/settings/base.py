"""Every setting, read once from the environment. dev, test and prod only override."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

django_stubs_ext.monkeypatch()  # ModelForm[Dashboard] and the like, also at run time

ROOT = Path(__file__).resolve().parents[2]
env = environ.Env()

VAR = Path(env.str("SIGHTLINE_VAR", str(ROOT / "var")))
# `manage.py serve` leaves the addresses and secrets of its servers here, so that a second terminal
# finds them; the real environment always wins.
for file in (VAR / "run" / "servers.env", VAR / "secrets.env"):
    if file.is_file():
        environ.Env.read_env(str(file), overwrite=False)


def required(name: str, remedy: str) -> str:
    """The value of an environment variable without which nothing can start."""
    value: str = env.str(name, "")
    if value:
        return value
    raise ImproperlyConfigured(f"{name} is not set. {remedy}")


# -- who we are
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = required("SECRET_KEY", "Use `make run`, or set it to 50 random characters.")
FIELD_KEY = required("FIELD_KEY", "Use `make run`, or set it to 32 random bytes in base64.")
FIELD_KEYS_OLD = env.list("FIELD_KEYS_OLD", default=[])  # keys that may still decrypt
TOKEN_KEY = required("TOKEN_KEY", "Use `make run`, or set it to 50 random characters.")
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
ALLOWED_ORIGINS = env.list("ALLOWED_ORIGINS", default=[]) or [BASE_URL]
PROXY_NETWORKS = env.list("PROXY_NETWORKS", default=[])  # whose X-Real-IP is believed
ADMIN_NETWORKS = env.list("ADMIN_NETWORKS", default=[])  # empty: everywhere
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- the parts
INSTALLED_APPS = [
    "apps.core.site.AdminPages",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "csp",
    "guardian",
    "django_celery_beat",
    "django_filters",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config",
    "apps.core",
    "apps.accounts",
    "apps.datasources",
    "apps.streams",
    "apps.insights",
    "apps.alerts",
    "apps.widgets",
    "apps.dashboards",
    "apps.search",
    "apps.reports",
    "apps.api",
]
MIDDLEWARE = [
    "apps.core.networks.VisitorAddressMiddleware",
    "apps.core.middleware.RequestIdMiddleware",
    "apps.core.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.core.networks.AdminNetworksMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "apps.core.context.page",
            ]
        },
    }
]

# -- data
DATABASES = {
    "default": {
        **env.db_url_config(required("DATABASE_URL", "Use `make run`, or point it at PostgreSQL.")),
        "ENGINE": "config.timescale",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "sightline"},
    }
}
REDIS_URL = required("REDIS_URL", "Use `make run`, or point it at a Redis-compatible server.")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "sightline",
        # Never pickle: whoever writes to Redis must not run code here.
        "OPTIONS": {"SERIALIZER": "django_redis.serializers.json.JSONSerializer"},
    }
}
UPLOADS = VAR / "uploads"
UPLOAD_DRAFTS = VAR / "drafts"  # not below UPLOADS, which queries may read
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 200 * 1024 * 1024)
UPLOAD_MAX_ROWS = env.int("UPLOAD_MAX_ROWS", 5_000_000)
UPLOAD_MAX_COLUMNS = env.int("UPLOAD_MAX_COLUMNS", 500)
UPLOAD_MAX_CELLS = env.int("UPLOAD_MAX_CELLS", 50_000_000)  # rows times columns
ENGINE_MAX_BYTES = env.int("ENGINE_MAX_BYTES", 1_000_000_000)  # memory, of that of all uploads
ENGINE_THREADS = env.int("ENGINE_THREADS", 2)
QUERY_TIMEOUT_S = env.float("QUERY_TIMEOUT_S", 30.0)
QUERY_MAX_ROWS = env.int("QUERY_MAX_ROWS", 50_000)
QUERY_MAX_BYTES = env.int("QUERY_MAX_BYTES", 64_000_000)  # of one answer, as it comes from a source
QUERY_FRESH_S = env.float("QUERY_FRESH_S", 30.0)  # a cached answer younger than this is served
QUERY_KEEP_S = env.int("QUERY_KEEP_S", 24 * 3600)  # an older one is served stale, and refreshed
EXTRACT_MAX_ROWS = env.int("EXTRACT_MAX_ROWS", 5_000_000)
EXTRACT_MAX_BYTES = env.int("EXTRACT_MAX_BYTES", 4_000_000_000)  # of all pages of a web address
EXTRACT_TIMEOUT_S = env.int("EXTRACT_TIMEOUT_S", 1800)

# Roll-ups of our own files with at least so many rows; 0: none are made or used.
ROLLUP_MIN_ROWS = env.int("ROLLUP_MIN_ROWS", 100_000)
ROLLUP_TIMEOUT_S = 900  # to make all that are due of one dataset
SOURCE_THREADS = env.int("SOURCE_THREADS", 3)  # of one process that may wait for one source
BREAKER_FAILURES = env.int("BREAKER_FAILURES", 3)  # one after the other: the source is left alone
BREAKER_WINDOW_S = env.float("BREAKER_WINDOW_S", 120.0)  # ... if they came within this time
BREAKER_OPEN_S = env.float("BREAKER_OPEN_S", 30.0)  # then one query tries it again
SOURCE_NETWORKS = env.list("SOURCE_NETWORKS", default=[])  # not public, yet open to sources
INGEST_MAX_ROWS = env.int("INGEST_MAX_ROWS", 10_000)
INGEST_MAX_BYTES = env.int("INGEST_MAX_BYTES", 8 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = INGEST_MAX_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4 * UPLOAD_MAX_COLUMNS + 100  # a page that describes columns

# -- jobs
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_RESULT_EXPIRES = None  # no results, so beat need not clean them up
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A killed worker's task comes back after this; longer than the longest task.
    "visibility_timeout": 660,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}

# -- live
WS_HEARTBEAT_INTERVAL = env.float("WS_HEARTBEAT_INTERVAL", 15.0)
WS_MAX_SOCKETS_PER_USER = env.int("WS_MAX_SOCKETS_PER_USER", 20)
WS_MAX_MESSAGE_BYTES = env.int("WS_MAX_MESSAGE_BYTES", 64 * 1024)
LIVE_TICK_S = env.float("LIVE_TICK_S", 0.02)
LIVE_LATE_S = env.float("LIVE_LATE_S", 15.0)  # a stream silent for longer is shown as late

# -- people
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: a grant always names a real user
GUARDIAN_MONKEY_PATCH_USER = False
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "dashboards:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SIGN_IN_LIMIT = env.int("SIGN_IN_LIMIT", 10)  # wrong passwords per account and per address
SIGN_IN_WINDOW_S = env.int("SIGN_IN_WINDOW_S", 300)
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"  # read from Redis, kept in PostgreSQL
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "apps.core.views.csrf_failure"

# -- browser
STATIC_URL = env.str("STATIC_URL", "/static/")
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Whose pages a card may show in a frame. Never our own, which must not be framed as foreign.
EMBED_HOSTS = [host.strip().lower() for host in env.list("EMBED_HOSTS", default=[])]
for host in EMBED_HOSTS:
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}", host) or host in (
        *ALLOWED_HOSTS,
        urlsplit(BASE_URL).hostname,
    ):
        raise ImproperlyConfigured(
            f"EMBED_HOSTS names {host!r}. Name foreign hosts without scheme or port, such as "
            "player.vimeo.com, with commas between."
        )
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "frame-src": [SELF, *(f"https://{host}" for host in EMBED_HOSTS)],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.statics.Statics"},
}
# Names that hold a hash of their content, Django's or the bundler's: kept by browsers for good.
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.|/dist/chunks/.+-[A-Z0-9]{8}\.js$"
MEDIA_ROOT = VAR / "media"

# -- words
LANGUAGE_CODE = "en"
# One is offered once all its words are there: half a translation reads worse than none.
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_TZ = True

# -- mail: without EMAIL_URL, mail lands in the outbox page
EMAIL_URL = env.str("EMAIL_URL", "")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "apps.core.mail.OutboxBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Sightline <sightline@localhost>")

# -- words by a model: optional
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", "")
OPENAI_MODEL = env.str("OPENAI_MODEL", "gpt-5-mini")
OPENAI_TIMEOUT_S = env.float("OPENAI_TIMEOUT_S", 20.0)
OPENAI_DAILY_TOKENS = env.int("OPENAI_DAILY_TOKENS", 200_000)  # per workspace

# -- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.OrjsonParser"],
    "DEFAULT_FILTER_BACKENDS": ["apps.api.filters.KnownFilters", "apps.api.filters.KnownOrdering"],
    "DEFAULT_PAGINATION_CLASS": "apps.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["apps.api.throttling.PerCaller"],
    "EXCEPTION_HANDLER": "apps.api.problems.handler",
    "URL_FORMAT_OVERRIDE": None,
    "PAGE_SIZE": 50,
}
API_LIMIT = env.int("API_LIMIT", 6000)  # requests a minute of one user
API_LIMIT_PICTURES = env.int("API_LIMIT_PICTURES", 120)  # pictures a minute of one user
API_LIMIT_ANONYMOUS = env.int("API_LIMIT_ANONYMOUS", 600)  # and of one address without a user
SIMPLE_JWT = {
    "SIGNING_KEY": TOKEN_KEY,
    "ALGORITHM": "HS256",
    "AUDIENCE": "sightline-api",
    "ISSUER": "sightline",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends every token
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sightline",
    "VERSION": "1",
    "DESCRIPTION": "Datasets, queries, dashboards, alerts and live streams of Sightline.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # tests/api/test_schema.py checks it
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.api.schema.add_problems",
    ],
}

# -- logs: one line an event; never a secret
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},  # a line for every job, some every five seconds
        "celery.worker.strategy": {"level": "WARNING"},  # and two for every task
        "celery.worker.request": {"level": "WARNING"},  # a job that came too late to matter
        "celery.app.trace": {"level": "WARNING"},
        "cmdstanpy": {"level": "WARNING"},
        "prophet": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
