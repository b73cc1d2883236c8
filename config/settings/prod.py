"""Production: HTTPS behind a proxy; refuses to start on a setting that is not safe."""

from base64 import b64decode

from django.core.exceptions import ImproperlyConfigured

from .base import *  # noqa: F403
from .base import ALLOWED_HOSTS, BASE_URL, DEBUG, FIELD_KEY, SECRET_KEY, TOKEN_KEY

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]


def refuse_unsafe() -> None:
    """Raise ImproperlyConfigured with the name of the first setting that is not safe."""
    secrets = {"SECRET_KEY": SECRET_KEY, "FIELD_KEY": FIELD_KEY, "TOKEN_KEY": TOKEN_KEY}
    for name, value in secrets.items():
        if len(value) < 40 or len(set(value)) < 10 or value.startswith("django-insecure"):
            raise ImproperlyConfigured(f"{name} is too short or well known: use 50 random ones.")
    if len(set(secrets.values())) < len(secrets):
        raise ImproperlyConfigured("SECRET_KEY, FIELD_KEY and TOKEN_KEY must all differ.")
    try:
        is_key = len(b64decode(FIELD_KEY, validate=True)) == 32
    except ValueError:
        is_key = False
    if not is_key:
        raise ImproperlyConfigured("FIELD_KEY must be 32 random bytes in base64.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production.")
    if not ALLOWED_HOSTS or any("*" in host for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured("ALLOWED_HOSTS must list host names, without a wildcard.")
    if not BASE_URL.startswith("https://"):
        raise ImproperlyConfigured("BASE_URL must begin with https:// in production.")


refuse_unsafe()
