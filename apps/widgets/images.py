"""Pictures that authors upload: read whole, written anew by Pillow, kept under their own digest.

Re-encoding is the check: what comes out is a picture and nothing else, without metadata. SVG is
refused, for it may hold scripts and references. A file belongs to its workspace; who may see it is
asked of the card that shows it.
"""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from apps.core.errors import TooLarge, UserError

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_PIXELS: Final = 24_000_000
MOST_SIDE: Final = 3840  # larger ones are made smaller
FORMATS: Final = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
NAME: Final = re.compile(r"[0-9a-f]{64}\.(png|jpg|webp)")


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept picture: `name` is its digest and its format; sides in pixels."""

    name: str
    width: int
    height: int


def store(data: bytes, workspace_id: int) -> Stored:
    """Check, write anew and keep an upload. Raises UserError on "image"; equal bytes, one file."""
    if len(data) > MOST_BYTES:
        raise TooLarge(_("A picture may have at most 5 MB."), field="image")
    picture, kind = _opened(data)
    picture.thumbnail((MOST_SIDE, MOST_SIDE))
    made = io.BytesIO()
    more = {"quality": 88} if kind in ("JPEG", "WEBP") else {"optimize": True}
    picture.save(made, kind, **more)
    body = made.getvalue()
    name = f"{hashlib.sha256(body).hexdigest()}.{FORMATS[kind]}"
    path = _path(workspace_id, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_bytes(body)
        part.replace(path)
    return Stored(name, *picture.size)


def read(workspace_id: int, name: str) -> tuple[bytes, str] | None:
    """The bytes and their type; None for what is not kept."""
    if not NAME.fullmatch(name):
        return None
    try:
        return _path(workspace_id, name).read_bytes(), TYPES[name.rsplit(".", 1)[1]]
    except FileNotFoundError:
        return None


def exists(workspace_id: int, name: str) -> bool:
    """Whether it is kept for this workspace."""
    return bool(NAME.fullmatch(name)) and _path(workspace_id, name).is_file()


def _opened(data: bytes) -> tuple[Image.Image, str]:
    wrong = UserError(_("This is no PNG, JPEG or WebP picture. SVG is not taken."), field="image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(data), formats=list(FORMATS))
            kind = "JPEG" if picture.format == "MPO" else picture.format or ""  # phones' JPEGs
            if picture.width * picture.height > MOST_PIXELS:
                message = _("A picture may have at most 24 million pixels.")
                raise TooLarge(message, field="image")
            ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint lets a process load them
            picture.load()
            picture = ImageOps.exif_transpose(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise wrong from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise TooLarge(_("A picture may have at most 24 million pixels."), field="image") from error
    if picture.mode not in ("RGB", "RGBA", "L"):
        picture = picture.convert("RGBA" if kind != "JPEG" else "RGB")
    picture.info.clear()  # no place, camera or comment of whoever took it
    return picture, kind


def _path(workspace_id: int, name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "cards" / str(int(workspace_id)) / name
