"""How different two pictures of one chart look, and what is left behind when they differ too much.

Two rasterisers never agree on the edges of letters, so both pictures are softened by 2.5 pixels
before they are compared. A pixel's difference is the distance in YIQ, weighted as in Kotsarev and
Ramos, "Measuring perceived color difference using YIQ NTSC transmission color space in mobile
applications" (2010), 0 to 1 for black against white. `worst` is the mean difference of the worst
square of TILE pixels: a label that moved, a line that is missing or a colour that changed shows
there, however large the rest of the picture is.
"""

import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

TILE = 12
SOFT_PX = 2.5
SEEN = 0.1  # a difference that somebody would notice
MOST = 35_215.0  # the squared distance of black and white
BROWSER = {"share": 0.002, "worst": 0.05}  # Chromium's canvas against the server's PNG
FOLDER = Path(os.environ.get("PICTURES_FOLDER", tempfile.gettempdir())) / "sightline-pictures"


@dataclass(frozen=True, slots=True)
class Difference:
    """`share` of pixels that differ visibly, and the mean of the `worst` square; both 0 to 1."""

    share: float
    worst: float

    def is_within(self, share: float, worst: float) -> bool:
        """Whether it stays under both bounds."""
        return self.share <= share and self.worst <= worst


def opened(png: bytes, ground: str = "#ffffff") -> Image.Image:
    """A PNG on a ground, without transparency."""
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    under = Image.new("RGBA", image.size, ground)
    return Image.alpha_composite(under, image).convert("RGB")


def field(got: Image.Image, want: Image.Image) -> np.ndarray:
    """The difference of each pixel."""
    parts = []
    for image in (got, want):
        soft = image.convert("RGB").filter(ImageFilter.GaussianBlur(SOFT_PX))
        parts.append(np.asarray(soft, dtype=np.float64))
    red, green, blue = np.moveaxis(parts[0] - parts[1], -1, 0)
    y = 0.29889531 * red + 0.58662247 * green + 0.11448223 * blue
    i = 0.59597799 * red - 0.27417610 * green - 0.32180189 * blue
    q = 0.21147017 * red - 0.52261711 * green + 0.31114694 * blue
    return np.sqrt((0.5053 * y * y + 0.299 * i * i + 0.1957 * q * q) / MOST)


def difference(got: Image.Image, want: Image.Image) -> Difference:
    """Of two pictures of one size. Raises ValueError for two sizes."""
    if got.size != want.size:
        raise ValueError(f"one picture is {got.size}, the other {want.size}")
    found = field(got, want)
    return Difference(float((found > SEEN).mean()), float(_squares(found).max()))


def _squares(found: np.ndarray) -> np.ndarray:
    """The mean of every square of TILE pixels, by sums over the whole."""
    tile = min(TILE, *found.shape)
    sums = np.pad(found.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return (
        sums[tile:, tile:] - sums[:-tile, tile:] - sums[tile:, :-tile] + sums[:-tile, :-tile]
    ) / tile**2


def check(name: str, got: Image.Image, want: Image.Image, *, share: float, worst: float) -> None:
    """Raises AssertionError with the paths of got, want and diff unless they look the same."""
    if got.size == want.size:
        found = difference(got, want)
        if found.is_within(share, worst):
            return
        said = f"{found.share:.4f} of the pixels differ (bound {share}), the worst square by "
        said += f"{found.worst:.3f} (bound {worst})"
    else:
        said = f"one is {got.size}, the other {want.size}"
    raise AssertionError(f"{name}: {said}. Look at {left(name, got, want)}")


def left(name: str, got: Image.Image, want: Image.Image) -> str:
    """Writes got, want and diff, and tells where."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    images = {"got": got, "want": want}
    if got.size == want.size:
        images["diff"] = Image.fromarray(
            (255 - np.clip(field(got, want) * 4, 0, 1) * 255).astype(np.uint8)
        )
    for what, image in images.items():
        image.save(FOLDER / f"{name}-{what}.png")
    return f"{FOLDER / name}-{{{','.join(images)}}}.png"
