"""`make screenshots`: the pictures of README.md, taken of a freshly started product.

`python -m tests.screenshots explore sql` takes only those.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.pages import CHROMIUM, FLAGS
from tests.product import ROOT, Product, running

FOLDER = ROOT / "docs" / "images"
TRIES = 60
COLOURS = 192
WHOLE = "from=1388534400000&to=1514764800000"  # what the demo's orders span


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as it is shown. `ready` waits until it stands; `height`: of the window."""

    name: str
    path: str
    ready: Callable[[Page], object]
    schemes: tuple[str, ...] = ("light",)
    height: int = 800


def _forecast(page: Page) -> None:
    """Until the worker has made the forecast and its sentences."""
    for _try in range(TRIES):
        if page.locator(".insight__check").count():
            break
        page.wait_for_timeout(2000)
        page.reload()
    page.wait_for_selector("[data-kind=heatmap][data-drawn='1']")


def _answer(page: Page) -> None:
    page.wait_for_selector("#picture[data-drawn='1']:not([aria-busy])")


def _counted(page: Page) -> None:
    """Every column, as it comes into sight."""
    page.wait_for_selector(".data-profile__column svg")
    page.wait_for_load_state("networkidle")


def _rows(page: Page) -> None:
    page.locator("#sql-tables details").first.wait_for()
    page.locator(".cm-content").click()
    page.keyboard.insert_text(
        "SELECT region, category, count(*) AS lines, round(sum(sales)) AS sales\n"
        "FROM sales\nGROUP BY region, category\nORDER BY sales DESC"
    )
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("#sql-rows:not([hidden])")


PICTURES = (
    Picture("sales", "/d/sales/", _forecast, ("light", "dark"), 1000),
    Picture("data", "/data/sales/", lambda page: page.wait_for_selector(".data-sample")),
    Picture("profile", "/data/sales/profile/", _counted),
    Picture(
        "explore",
        f"/explore/?dataset=sales&{WHOLE}&m=sales&d=region&d=category&pivot=category"
        "&totals=1&kind=bar",
        _answer,
    ),
    Picture("sql", "/sql/", _rows),
)


def main() -> None:
    """Write those that are named, or all."""
    wanted = [each for each in PICTURES if each.name in sys.argv[1:] or len(sys.argv) == 1]
    FOLDER.mkdir(exist_ok=True)
    with running(feeder=True) as product, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in wanted:
            for scheme in picture.schemes:
                _take(browser, product, picture, scheme)
        browser.close()


def _take(browser: Browser, product: Product, picture: Picture, scheme: str) -> None:
    size = {"width": 1440, "height": picture.height}
    context = browser.new_context(viewport=size, color_scheme=scheme, locale="en")
    context.add_cookies(_cookies(product))
    page = context.new_page()
    page.goto(product.url + picture.path)
    picture.ready(page)
    page.wait_for_timeout(500)
    path = FOLDER / f"{picture.name}-{scheme}.png"
    page.screenshot(path=path, animations="disabled")
    _make_small(path)
    context.close()
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB\n")


def _make_small(path: Path) -> None:
    """Flat pages need no more than a few colours: a third of the bytes."""
    with Image.open(path) as taken:
        small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def _cookies(product: Product) -> list[dict[str, str]]:
    jar = product.session("admin").cookies.jar
    return [{"name": c.name, "value": c.value or "", "url": product.url} for c in jar]


if __name__ == "__main__":
    main()
