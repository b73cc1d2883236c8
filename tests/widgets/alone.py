"""Django's settings for programs that draw samples and ask no server. Import it before apps."""

import os

import django

for name, value in {
    "DJANGO_SETTINGS_MODULE": "config.settings.dev",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1",
    "SECRET_KEY": "none",
    "FIELD_KEY": "bGludGxpbnRsaW50bGludGxpbnRsaW50bGludGxpbnQ=",
    "TOKEN_KEY": "none",
}.items():
    os.environ.setdefault(name, value)
django.setup()
