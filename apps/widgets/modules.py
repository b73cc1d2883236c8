"""Drawing modules that admins upload: kept in versions, switched off, and framed.

A module is a stranger's program on the reader's screen. It runs in a frame with an origin of its
own (`sandbox="allow-scripts"`) under a policy that lets it reach nothing; docs/custom-kinds.md
tells the protocol by which it gets data, and what is left that it could do.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.http import HttpResponse
from django.templatetags.static import static
from django.utils.html import escape
from django.utils.translation import gettext as _

from apps.accounts.models import User, Workspace
from apps.accounts.queries import workspaces_where
from apps.accounts.roles import MANAGE
from apps.core.errors import Denied, TooLarge, UserError
from apps.widgets.models import CustomKind, CustomKindVersion

MOST_BYTES: Final = 256 * 1024
MOST_VERSIONS: Final = 100
ENDS: Final = re.compile(r"<(?=/script|!--|script)", re.IGNORECASE)
# By hash and full address, not by nonce: whoever holds a nonce may import() from anywhere. Chromium
# knows no directive against WebRTC, so its constructors are taken away by the very script whose
# hash is allowed: in no document that a module makes can it run without that.
POLICY: Final = (
    "default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'none'; frame-src 'none'; worker-src 'none'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-scripts"
)
PRELUDE: Final = """for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"])
  Object.defineProperty(window, name, { value: undefined, writable: false, configurable: false });
window.navigation?.addEventListener("navigate", (event) => event.preventDefault());
"""
PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>html,body{{margin:0;height:100%;overflow:hidden;background:none}}</style></head>
<body><div id="root" style="height:100%"></div>{scripts}<script>{source}</script></body></html>"""


@transaction.atomic
def upload(
    author: User, workspace: Workspace, *, name: str, libraries: str, data: bytes
) -> CustomKindVersion:
    """Keep a module, or a new version of one of that name. Raises UserError with the field."""
    _check_manages(author, workspace)
    name = name.strip()
    if not name or len(name) > 60:
        raise UserError(_("Give the module a name of at most 60 characters."), field="name")
    if libraries not in CustomKind.Libraries.values:
        raise UserError(_("Choose None, D3 or Vega-Lite."), field="libraries")
    source = read(data)
    kind, _is_new = CustomKind.objects.get_or_create(workspace=workspace, name=name)
    CustomKind.objects.select_for_update().get(pk=kind.pk)
    kind.libraries, kind.is_active = libraries, True
    kind.save(update_fields=["libraries", "is_active"])
    newest = kind.versions.first()
    if newest and newest.number >= MOST_VERSIONS:
        message = _("A module has at most %(most)s versions. Give the next one another name.")
        raise UserError(message % {"most": MOST_VERSIONS}, field="name")
    number = newest.number + 1 if newest else 1
    return kind.versions.create(number=number, source=source, author=author)


def switch(author: User, kind: CustomKind, *, is_active: bool) -> None:
    """Let a module be drawn, or no more."""
    _check_manages(author, kind.workspace)
    kind.is_active = is_active
    kind.save(update_fields=["is_active"])


def read(data: bytes) -> str:
    """The text of an uploaded module. Raises UserError on "module"."""
    if len(data) > MOST_BYTES:
        raise TooLarge(_("A module may have at most 256 KB."), field="module")
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(_("The module is no text in UTF-8."), field="module") from error
    if "\x00" in source or "sightline.register" not in source:
        message = _("The module must call sightline.register({draw}). The manual has an example.")
        raise UserError(message, field="module")
    return source.replace("\r\n", "\n").replace("\r", "\n")  # as HTML reads it: its hash counts


def frame(version: CustomKindVersion, absolute: Callable[[str], str]) -> HttpResponse:
    """The document in which a version runs: its libraries, our runtime, and itself.

    absolute: makes a path a whole address. The page is sandboxed by its own header too, so that its
    address opened alone is no way round.
    """
    names = [name for name in (version.kind.libraries, "runtime") if name]
    files = [absolute(static(f"dist/frame/{name}.js")) for name in names]
    source = PRELUDE + embedded(version.source)
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    scripts = "".join(f'<script src="{escape(file)}"></script>' for file in files)
    title = escape(version.kind.name)
    body = PAGE.format(title=title, scripts=scripts, source=source)
    response = HttpResponse(body, content_type="text/html; charset=utf-8")
    response._csp_exempt = True  # type: ignore[attr-defined]
    response["Content-Security-Policy"] = POLICY.format(
        scripts=" ".join([f"'sha256-{digest}'", *files])
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["X-DNS-Prefetch-Control"] = "off"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def embedded(source: str) -> str:
    """A script's text as it may stand in HTML: nothing in it ends the element or opens a comment.

    In a string, a template or a regular expression of JavaScript the escape means the same.
    """
    return ENDS.sub(r"\\x3c", source)


def _check_manages(author: User, workspace: Workspace) -> None:
    if not workspaces_where(author, MANAGE).filter(pk=workspace.pk).exists():
        raise Denied(_("Only admins of the workspace may upload drawing modules."))
