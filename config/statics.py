"""Static files with a hash in their names, and compressed copies of those that are fetched."""

import re
from collections.abc import Iterable, Iterator

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Statics(CompressedManifestStaticFilesStorage):
    """Compresses only what a page asks for.

    Brotli on every file, its unhashed twin and its source map costs 58 s of CPU, most of it for the
    API reference's maps, and `make run` would wait for it.
    """

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield (name, compressed name) for hashed names, without source maps."""
        hashed = re.compile(settings.WHITENOISE_IMMUTABLE_FILE_TEST)
        wanted = [path for path in paths if hashed.search(f"/{path}") and path[-4:] != ".map"]
        yield from super().compress_files(wanted)
