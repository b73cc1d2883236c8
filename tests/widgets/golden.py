"""Small pictures of every kind as they are meant to look, to be reviewed by eye when they change.

`python -m tests.widgets.golden` draws anew those that changed and removes those without a sample;
look at `git diff` before you commit it. `python -m tests.widgets.golden line` renews one kind.
"""

import io
import sys
from pathlib import Path

from PIL import Image

import tests.widgets.alone  # noqa: F401 - first
from apps.widgets import render
from tests.widgets.comparison import difference, opened
from tests.widgets.samples import SAMPLES

FOLDER = Path(__file__).parent / "golden"
THEMES = {"light": "#ffffff", "dark": "#151a22"}
SIZE = (300, 180)
COLOURS = 200
SAME = {"share": 0.002, "worst": 0.03}  # what another rounding or fewer colours may do


def first_samples() -> dict[str, str]:
    """One sample of each kind: kind -> its name. A kind's later samples vary the first."""
    found: dict[str, str] = {}
    for name, (kind, *_rest) in SAMPLES.items():
        found.setdefault(kind, name)
    return found


def drawn(sample: str, theme: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """A sample as the server draws it, at one pixel per CSS pixel."""
    kind, data, options, _size = SAMPLES[sample]
    svg = render.svg(kind, data, options, theme, *size)
    return opened(render.png(svg, 1, THEMES.get(theme, "#ffffff")))


def path_of(kind: str, theme: str) -> Path:
    """Where it lies."""
    return FOLDER / f"{kind}-{theme}.png"


def encoded(image: Image.Image) -> bytes:
    """With few colours: a few KB."""
    out = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def main(only: list[str]) -> None:
    """Renew what changed."""
    FOLDER.mkdir(exist_ok=True)
    kinds = first_samples()
    for kind, sample in kinds.items():
        for theme in THEMES if not only or kind in only else ():
            path, now = path_of(kind, theme), drawn(sample, theme)
            if path.is_file():
                then = opened(path.read_bytes())
                if then.size == now.size and difference(now, then).is_within(**SAME):
                    continue
            path.write_bytes(encoded(now))
            sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")
    known = {path_of(kind, theme) for kind in kinds for theme in THEMES}
    for path in set(FOLDER.glob("*.png")) - known:
        path.unlink()
        sys.stdout.write(f"{path.name}: removed\n")


if __name__ == "__main__":
    main(sys.argv[1:])
