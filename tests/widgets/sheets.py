"""Contact sheets: every kind in light, dark and print, in docs/images/kinds-<theme>.png.

`python -m tests.widgets.sheets`, or `make sheets`. Kinds that come later are on them by themselves,
each with its first sample, in the order of the gallery's families.
"""

import io
import math
import sys
from pathlib import Path
from typing import Any

import tests.widgets.alone  # noqa: F401 - first
from apps.widgets import pictures, render
from apps.widgets.kinds import KINDS, Family
from tests.widgets.comparison import opened
from tests.widgets.golden import first_samples
from tests.widgets.samples import SAMPLES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
COLUMNS = 4
CARD = (330, 214)
GAP, EDGE, TOP, FOOT = 12, 16, 66, 24
MOST_BYTES = 400_000


def ordered() -> list[str]:
    """The kinds that have a sample, family by family."""
    families = list(Family)
    kinds = first_samples()
    return sorted(
        kinds, key=lambda kind: (families.index(KINDS[kind].family), list(KINDS).index(kind))
    )


def board(theme: str) -> dict[str, Any]:
    """All kinds as one board of cards."""
    kinds = ordered()
    rows = math.ceil(len(kinds) / COLUMNS)
    return {
        "width": 2 * EDGE + COLUMNS * (CARD[0] + GAP) - GAP,
        "height": TOP + rows * (CARD[1] + GAP) - GAP + FOOT,
        "has_desk": True,
        "title": "Kinds of widgets",
        "lines": [f"{len(kinds)} kinds, drawn on the server · {theme}"],
        "cards": [_card(kind, at, theme) for at, kind in enumerate(kinds)],
    }


def _card(kind: str, at: int, theme: str) -> dict[str, Any]:
    _kind, data, options, _size = SAMPLES[first_samples()[kind]]
    body = pictures.body_of(kind, *CARD)
    row, column = divmod(at, COLUMNS)
    return {
        "x": EDGE + column * (CARD[0] + GAP),
        "y": TOP + row * (CARD[1] + GAP),
        "width": CARD[0],
        "height": CARD[1],
        "title": str(KINDS[kind].label),
        "sub": str(KINDS[kind].hint),
        "body": {"x": body.x, "y": body.y, "width": body.width, "height": body.height},
        "picture": render.svg(kind, data, options, theme, body.width, body.height),
    }


def png_of(theme: str) -> bytes:
    """A sheet, in as many colours as its size allows."""
    whole = opened(render.png(render.compose(board(theme), theme), 1))
    body = b""
    for colours in (256, 128, 64):
        out = io.BytesIO()
        whole.quantize(colours, dither=0).save(out, "PNG", optimize=True)
        body = out.getvalue()
        if len(body) <= MOST_BYTES:
            break
    return body


def main() -> None:
    """Write the sheets."""
    for theme in render.THEMES:
        path = FOLDER / f"kinds-{theme}.png"
        path.write_bytes(png_of(theme))
        sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
