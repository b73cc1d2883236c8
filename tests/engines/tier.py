"""Whether this tier is asked for. `make test-engines` fetches the servers first and says yes."""

import os

import pytest


def needed():
    """Leave a file out with a word, unless it is asked for."""
    if not os.environ.get("TEST_ENGINES"):
        pytest.skip("an optional tier: make test-engines", allow_module_level=True)
