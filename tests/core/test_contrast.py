"""Text is readable and marks are visible in every palette of tokens.css."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.ROOT) / "static/css/tokens.css").read_text()
BLOCKS = {"light": ":root", "dark": '[data-theme="dark"]', "print": '[data-theme="print"]'}
SURFACES = ("desk", "card", "raised", "sunken")
INKS = ("ink", "ink-2", "ink-3", "accent")
TONES = ("accent", "good", "bad", "warn")
MARKS = tuple(f"cat-{n}" for n in range(1, 9))


def palette(theme: str) -> dict[str, str]:
    """The colours of one palette: name -> "#rrggbb"."""
    block = TOKENS.split(f"\n{BLOCKS[theme]} {{", 1)[1].split("\n}", 1)[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def too_faint(theme: str, pairs: list[tuple[str, str]], least: float) -> list[str]:
    """The pairs (ink, surface) of a palette that stay under the least contrast, in words."""
    colours = palette(theme)
    ratios = [(ink, on, contrast(colours[ink], colours[on])) for ink, on in pairs]
    return [f"{ink} on {on}: {ratio:.2f}" for ink, on, ratio in ratios if ratio < least]


@pytest.mark.parametrize("theme", BLOCKS)
def test_text_can_be_read_on_every_surface(theme: str) -> None:
    pairs = list(product(INKS, SURFACES)) + [(tone, "card") for tone in TONES]
    assert too_faint(theme, pairs, 4.5) == []


@pytest.mark.parametrize("theme", BLOCKS)
def test_text_can_be_read_on_its_soft_ground(theme: str) -> None:
    pairs = [(tone, f"{tone}-soft") for tone in TONES]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-strong"), ("ink", "accent-soft")]
    assert too_faint(theme, pairs, 4.5) == []


@pytest.mark.parametrize("theme", BLOCKS)
def test_the_marks_of_a_chart_stand_out_from_the_card(theme: str) -> None:
    assert too_faint(theme, [(mark, "card") for mark in (*MARKS, "line-field")], 3.0) == []


@pytest.mark.parametrize("theme", ["dark", "print"])
def test_every_palette_names_the_same_colours(theme: str) -> None:
    assert palette(theme).keys() == palette("light").keys()
