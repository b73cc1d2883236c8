"""Each kind looks as it was last reviewed; and the comparison sees what a person would."""

import pytest
from PIL import Image, ImageDraw

from apps.widgets import render
from apps.widgets.kinds import KINDS
from tests.widgets import comparison, golden
from tests.widgets.comparison import check, difference, opened
from tests.widgets.samples import SAMPLES

RENEW = "python -m tests.widgets.golden"


def drawn(kind, data, options=None, size=(460, 220), theme="light"):
    return opened(render.png(render.svg(kind, data, options or {}, theme, *size), 1, "#ffffff"))


def test_every_kind_has_its_golden_pictures():
    missing = [
        golden.path_of(kind, theme).name
        for kind in KINDS
        for theme in golden.THEMES
        if not golden.path_of(kind, theme).is_file()
    ]
    assert not missing, f"draw them with `{RENEW}`, look at them, and commit them"
    assert len(list(golden.FOLDER.iterdir())) == len(KINDS) * len(golden.THEMES)


@pytest.mark.parametrize("theme", golden.THEMES)
@pytest.mark.parametrize("kind", golden.first_samples())
def test_each_kind_looks_as_it_did_when_somebody_looked_at_it(kind, theme):
    path = golden.path_of(kind, theme)
    if not path.is_file():
        pytest.fail(f"there is no {path.name}: `{RENEW}`")
    now = golden.drawn(golden.first_samples()[kind], theme)
    check(f"golden-{kind}-{theme}", now, opened(path.read_bytes()), **golden.SAME)
    assert path.stat().st_size < 16_000


@pytest.fixture
def line():
    return drawn("line", SAMPLES["splits"][1])


def bad(got, want):
    """Whether the strictest and the widest bound both see it."""
    found = difference(got, want)
    return not found.is_within(**golden.SAME) and not found.is_within(**comparison.BROWSER)


def test_the_same_picture_is_the_same(line):
    assert difference(line, line.copy()) == comparison.Difference(0, 0)


def test_a_missing_series_is_seen(line):
    main = SAMPLES["splits"][1]["frames"]["main"]
    times, names, values = main["data"]
    gone = [None if name == "East" else value for name, value in zip(names, values, strict=True)]
    data = {"frames": {"main": {**main, "data": [times, names, gone]}}, "overlays": {}}
    assert bad(drawn("line", data), line)


def test_a_shifted_label_is_seen(line):
    moved = line.copy()
    label = line.crop((0, 195, 60, 220))
    moved.paste("#ffffff", (0, 195, 60, 220))
    moved.paste(label, (8, 195))
    assert bad(moved, line)


def test_a_label_too_few_is_seen(line):
    gone = line.copy()
    gone.paste("#ffffff", (0, 195, 60, 220))
    assert bad(gone, line)


def test_a_wrong_colour_is_seen(line):
    pixels = line.copy()
    pixels.putdata([(234, 96, 148) if p == (47, 91, 234) else p for p in line.get_flattened_data()])
    assert bad(pixels, line)


def test_a_mark_that_moved_is_seen():
    want = Image.new("RGB", (300, 180), "white")
    got = want.copy()
    ImageDraw.Draw(want).ellipse((100, 100, 108, 108), fill="#2f5bea")
    ImageDraw.Draw(got).ellipse((108, 100, 116, 108), fill="#2f5bea")
    assert bad(got, want)


def test_the_other_theme_is_seen(line):
    assert bad(drawn("line", SAMPLES["splits"][1], theme="dark"), line)


def test_a_failing_comparison_leaves_its_pictures_and_says_where(line, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison, "FOLDER", tmp_path / "pictures")
    with pytest.raises(AssertionError, match="worst square") as failure:
        check("line-x", Image.new("RGB", line.size), line, **golden.SAME)
    assert str(tmp_path / "pictures" / "line-x") in str(failure.value)
    names = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert names == {"line-x-got.png", "line-x-want.png", "line-x-diff.png"}
    with pytest.raises(AssertionError, match="one is"):
        check("line-y", Image.new("RGB", (3, 3)), line, **golden.SAME)
