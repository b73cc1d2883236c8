"""Database files that people uploaded: which one a source means. Names only, never a path."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.errors import UserError
from apps.datasources.connectors.base import Connection
from apps.datasources.connectors.errors import SourceRefused

NAME = re.compile(r"[0-9a-f]{32}")


def check_name(details: dict[str, Any], ending: str, begins: bytes, at: int = 0) -> None:
    """Whether the setting `file` names an uploaded database. Raises UserError."""
    path = _path(details.get("file"), ending)
    if path is None or not path.is_file():
        message = _("There is no such uploaded file. Upload it first.")
        raise UserError(message, field="settings.file", code="invalid_source")
    with path.open("rb") as file:
        file.seek(at)
        if file.read(len(begins)) != begins:
            message = _("This file is no such database. Choose another kind or another file.")
            raise UserError(message, field="settings.file", code="invalid_source")


def path_of(source: Connection, ending: str) -> Path:
    """Where a source's file is. Raises SourceRefused if it is gone."""
    path = _path(source.settings.get("file"), ending)
    if path is None or not path.is_file():
        raise gone()
    return path


def gone() -> SourceRefused:
    """The file is not there any more, or is no database."""
    return SourceRefused(_("The uploaded file is gone. Upload it again."), field="file")


def _path(name: Any, ending: str) -> Path | None:
    """In the upload folder itself, under a name that Sightline made."""
    if not isinstance(name, str) or not name.endswith(ending):
        return None
    if not NAME.fullmatch(name.removesuffix(ending)):
        return None
    path: Path = settings.UPLOADS / name
    return None if path.is_symlink() else path
