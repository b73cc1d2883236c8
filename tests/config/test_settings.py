"""Settings: all documented, and production refuses what is not safe."""

import base64
import os
import re
import secrets
import subprocess
import sys

import pytest
from django.conf import settings

BASE = settings.ROOT / "config" / "settings" / "base.py"
SAFE = {
    "DJANGO_SETTINGS_MODULE": "config.settings.prod",
    "BASE_URL": "https://sightline.example.com",
    "ALLOWED_HOSTS": "sightline.example.com",
    "ADMIN_NETWORKS": "10.0.0.0/8",
    "DEBUG": "false",
}


def fresh():
    return SAFE | {
        "SECRET_KEY": secrets.token_hex(32),
        "FIELD_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "TOKEN_KEY": secrets.token_hex(32),
    }


def start(*arguments, **changes):
    """Run manage.py as production would."""
    environment = {**os.environ, **fresh(), **changes}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests set it
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_setting_is_in_the_example():
    read = set(re.findall(r'(?:env\.\w+|required)\(\s*"([A-Z_]+)"', BASE.read_text()))
    example = (settings.ROOT / ".env.example").read_text()
    listed = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert read <= listed, f"not in .env.example: {sorted(read - listed)}"
    assert listed - read <= {"DJANGO_SETTINGS_MODULE"}, f"unknown: {sorted(listed - read)}"


def test_production_passes_the_deployment_check_without_a_warning():
    done = start("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "abcdefghij" * 4}, "SECRET_KEY"),
        ({"TOKEN_KEY": "a" * 60}, "TOKEN_KEY"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"BASE_URL": "http://sightline.example.com"}, "BASE_URL"),
    ],
)
def test_production_refuses_to_start_and_says_which_setting(changes, named):
    done = start("check", **changes)
    assert done.returncode != 0
    assert named in done.stderr


def test_production_refuses_one_secret_for_two_purposes():
    same = secrets.token_hex(32)
    done = start("check", SECRET_KEY=same, TOKEN_KEY=same)
    assert "must all differ" in done.stderr


def test_every_scheduled_job_exists():
    from config.celery import app
    from config.schedule import SCHEDULE

    app.loader.import_default_modules()
    missing = [job.task for job in SCHEDULE.values() if job.task not in app.tasks]
    assert missing == []


def test_nothing_is_ever_unpickled():
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    serializer = settings.CACHES["default"]["OPTIONS"]["SERIALIZER"]
    assert serializer.endswith("JSONSerializer")
