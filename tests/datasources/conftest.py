"""Fixtures of tests of data."""

import pytest


@pytest.fixture
def upload_folders(settings, tmp_path):
    """Uploads and drafts of one test alone; DuckDB may read only the first."""
    settings.UPLOADS.mkdir(parents=True, exist_ok=True)
    settings.UPLOAD_DRAFTS = tmp_path / "drafts"
    settings.UPLOAD_DRAFTS.mkdir()
