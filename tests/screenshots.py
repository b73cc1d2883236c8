"""`make screenshots`: the pictures of README.md, taken of a freshly started product."""

import sys

from playwright.sync_api import sync_playwright

from tests.bench.pages import CHROMIUM, FLAGS
from tests.product import ROOT, Product, running

FOLDER = ROOT / "docs" / "images"
SIZE = {"width": 1440, "height": 1000}
TRIES = 60


def main() -> None:
    """Write sales-light.png and sales-dark.png."""
    FOLDER.mkdir(exist_ok=True)
    with running(feeder=True) as product, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport=SIZE, color_scheme=scheme, locale="en")
            context.add_cookies(_cookies(product))
            page = context.new_page()
            page.goto(f"{product.url}/d/sales/")
            for _try in range(TRIES):  # until the worker has made the forecast and its sentences
                if page.locator(".insight__check").count():
                    break
                page.wait_for_timeout(2000)
                page.reload()
            page.wait_for_selector("[data-kind=heatmap][data-drawn='1']")
            page.wait_for_timeout(500)
            path = FOLDER / f"sales-{scheme}.png"
            page.screenshot(path=path, animations="disabled")
            sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB\n")
        browser.close()


def _cookies(product: Product) -> list[dict[str, str]]:
    jar = product.session("admin").cookies.jar
    return [{"name": c.name, "value": c.value or "", "url": product.url} for c in jar]


if __name__ == "__main__":
    main()
