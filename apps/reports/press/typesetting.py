"""HTML on pages, as PDF. The only importer of WeasyPrint, which needs Pango from the system."""

from pathlib import Path
from typing import Any, Final

import weasyprint
import weasyprint.text.fonts
import weasyprint.urls

SCHEMES: Final = ("data",)  # nothing is fetched, and no file is opened but our fonts:
FONTS: Final = Path(__file__).resolve().parents[3] / "static" / "vendor"
NAMES: Final = {f"font:{name}": name for name in ("Inter-Regular.ttf", "Inter-SemiBold.ttf")}


class Fetcher(weasyprint.urls.URLFetcher):
    """Answers data: addresses, and `font:` ones by name: as data they took a second to parse."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=SCHEMES, allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """What stands behind an address. Raises ValueError for any other."""
        if url in NAMES:
            body = (FONTS / NAMES[url]).read_bytes()
            return weasyprint.urls.URLFetcherResponse(url, body)
        return super().fetch(url, headers)


def typeset(html: str, stylesheets: list[str]) -> tuple[bytes, int]:
    """The PDF and how many pages it has; text stays text."""
    fetcher = Fetcher()
    fonts = weasyprint.text.fonts.FontConfiguration()
    styles = [
        weasyprint.CSS(string=text, font_config=fonts, url_fetcher=fetcher) for text in stylesheets
    ]
    document = weasyprint.HTML(string=html, url_fetcher=fetcher).render(
        stylesheets=styles, font_config=fonts
    )
    return document.write_pdf(pdf_tags=True), len(document.pages)
