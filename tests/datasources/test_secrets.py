"""Sealed passwords of sources."""

import base64
import io
import os

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import BinaryField

from apps.datasources import checks, resealing, secrets
from apps.datasources.models import Source


@pytest.fixture
def source(workspace):
    source = Source.objects.create(workspace=workspace, name="Warehouse", kind="postgresql")
    source.set_password("s3cret")
    source.save()
    return Source.objects.get(pk=source.pk)


def test_a_password_comes_back_and_is_not_kept_in_clear(source):
    assert source.password() == "s3cret"
    assert b"s3cret" not in bytes(source.secret)


def test_sec_4_one_changed_bit_is_noticed(source):
    changed = bytearray(source.secret)
    changed[-1] ^= 1
    source.secret = bytes(changed)
    with pytest.raises(secrets.Tampered):
        source.password()


def test_sec_4_a_secret_moved_to_another_row_does_not_open(source, workspace):
    other = Source.objects.create(workspace=workspace, name="Other", kind="postgresql")
    other.secret = source.secret
    with pytest.raises(secrets.Tampered):
        other.password()


def test_an_old_key_still_opens_while_a_new_one_seals(source, settings):
    settings.FIELD_KEYS_OLD = [settings.FIELD_KEY]
    settings.FIELD_KEY = base64.b64encode(os.urandom(32)).decode()
    assert source.password() == "s3cret"
    source.set_password("new")
    settings.FIELD_KEYS_OLD = []
    assert source.password() == "new"


# -- a new key


@pytest.fixture
def turned(settings):
    """Turn the key: what is sealed so far is under an old one from now on."""

    def turn():
        settings.FIELD_KEYS_OLD = [settings.FIELD_KEY, *settings.FIELD_KEYS_OLD]
        settings.FIELD_KEY = base64.b64encode(os.urandom(32)).decode()

    return turn


@pytest.fixture
def many(workspace):
    """More than a batch of sources with a password each, and one without."""
    rows = []
    for number in range(7):
        row = Source.objects.create(workspace=workspace, name=f"S{number}", kind="postgresql")
        row.set_password(f"canary-{number}")
        row.save()
        rows.append(row)
    Source.objects.create(workspace=workspace, name="None", kind="prometheus")
    return rows


def said(*arguments):
    out = io.StringIO()
    call_command("reseal", *arguments, stdout=out)
    return out.getvalue()


def test_a_rotation_from_the_first_step_to_the_last(many, turned, settings, monkeypatch):
    monkeypatch.setattr(resealing, "BATCH", 3)
    turned()
    many[0].set_password("canary-new")
    many[0].save()
    assert "Under an old key: 6" in said("--check")
    (warning,) = checks.sealed_secrets(databases=["default"])
    assert (warning.id, "6" in warning.msg) == ("datasources.W001", True)
    text = said()
    assert "Sealed anew: 6" in text
    assert "already: 1" in text
    assert "canary" not in text
    assert "Sealed anew: 0" in said()  # again, nothing is left to do
    assert checks.sealed_secrets(databases=["default"]) == []
    settings.FIELD_KEYS_OLD = []  # the old key is gone
    passwords = [each.password() for each in Source.objects.exclude(secret=None).order_by("name")]
    assert passwords == ["canary-new", *(f"canary-{n}" for n in range(1, 7))]


def test_two_turns_without_sealing_anew_are_made_up_for(many, turned, settings):
    turned()
    turned()
    assert resealing.reseal().old == 7
    settings.FIELD_KEYS_OLD = []
    assert resealing.counted().newest == 7


def test_what_does_not_open_is_named_and_stops_nothing(many, turned, settings):
    Source.objects.filter(pk=many[2].pk).update(secret=b"short")
    Source.objects.filter(pk=many[3].pk).update(secret=many[4].secret)  # of another row
    turned()
    with pytest.raises(CommandError, match="Set these passwords again"):
        call_command("reseal", stdout=(out := io.StringIO()))
    text = out.getvalue()
    assert "Sealed anew: 5" in text
    assert f"source {many[2].pk} (S2)" in text
    assert f"source {many[3].pk} (S3)" in text
    assert "canary" not in text
    assert bytes(Source.objects.get(pk=many[2].pk).secret) == b"short"
    assert [each.id for each in checks.sealed_secrets(databases=["default"])] == [
        "datasources.W002"
    ]


def test_a_password_that_is_set_meanwhile_stays(many, turned, monkeypatch):
    turned()
    real = secrets.seal

    def slow(text, *, about):
        monkeypatch.setattr(secrets, "seal", real)
        other = Source.objects.get(pk=many[0].pk)
        other.set_password("canary-meanwhile")
        other.save()
        return real(text, about=about)

    monkeypatch.setattr(secrets, "seal", slow)
    resealing.reseal()
    assert Source.objects.get(pk=many[0].pk).password() == "canary-meanwhile"


def test_a_run_that_was_broken_off_is_gone_on_with(many, turned, monkeypatch):
    turned()
    real, left = secrets.seal, [3]

    def fails(text, *, about):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(text, about=about)

    monkeypatch.setattr(secrets, "seal", fails)
    with pytest.raises(KeyboardInterrupt):
        resealing.reseal()
    monkeypatch.setattr(secrets, "seal", real)
    assert (resealing.counted().newest, resealing.reseal().old) == (3, 4)


def test_every_binary_field_of_ours_is_known_to_the_command():
    ours = {
        (model, each.name)
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
        for each in model._meta.get_fields()
        if isinstance(each, BinaryField)
    }
    assert ours == {(each.model, each.field) for each in resealing.SEALED}


def test_the_check_is_quiet_without_a_database():
    assert checks.sealed_secrets(databases=None) == []
