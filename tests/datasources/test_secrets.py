"""Sealed passwords of sources."""

import base64
import os

import pytest

from apps.datasources import secrets
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
