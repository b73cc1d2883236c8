"""Secrets are made once and readable by their owner alone."""

import base64
import os
import stat

import pytest

from config.serve import keys
from config.serve.problems import CannotStart


def test_secrets_are_made_once(tmp_path):
    first = keys.load(tmp_path / "secrets.env", keys.SECRETS)
    assert keys.load(tmp_path / "secrets.env", keys.SECRETS) == first
    assert set(first) == set(keys.SECRETS)


def test_only_the_owner_may_read_them(tmp_path):
    keys.load(tmp_path / "secrets.env", keys.SECRETS)
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_the_field_key_is_32_bytes_even_with_equal_signs_at_its_end(tmp_path):
    keys.load(tmp_path / "secrets.env", keys.SECRETS)
    kept = keys.read_env(tmp_path / "secrets.env")
    assert len(base64.b64decode(kept["FIELD_KEY"])) == 32


def test_a_secret_added_by_a_newer_version_leaves_the_others_alone(tmp_path):
    path = tmp_path / "secrets.env"
    keys.write_env(path, {"SECRET_KEY": "old"})
    assert keys.load(path, keys.SECRETS)["SECRET_KEY"] == "old"
    assert keys.read_env(path)["TOKEN_KEY"]


def test_no_half_written_file_is_left(tmp_path):
    keys.write_env(tmp_path / "a.env", {"A": "1"})
    assert [path.name for path in tmp_path.iterdir()] == ["a.env"]


def test_an_unreadable_file_is_named_with_a_remedy(tmp_path):
    path = tmp_path / "secrets.env"
    path.touch(mode=0o000)
    if os.access(path, os.R_OK, effective_ids=True):
        pytest.skip("this user may read everything")
    with pytest.raises(CannotStart, match="Run as the user who started"):
        keys.read_env(path)
