"""Compressed copies exist for what pages fetch, and for nothing else."""

import pytest

from config.statics import Statics


@pytest.fixture
def storage(tmp_path):
    names = (
        "css/page.css",
        "css/page.0123456789ab.css",
        "dist/chunks/line-AB12CD34.js",
        "dist/chunks/line-AB12CD34.0123456789ab.js",
        "swagger/bundle.0123456789ab.map",
    )
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a { color: red }\n" * 100)
    made = Statics(location=tmp_path)
    made.names = names
    return made


def test_hashed_names_are_compressed_twice_and_others_not(storage):
    compressed = {name for _, name in storage.compress_files(storage.names)}
    assert compressed == {
        f"{name}.{kind}"
        for name in (
            "css/page.0123456789ab.css",
            "dist/chunks/line-AB12CD34.js",
            "dist/chunks/line-AB12CD34.0123456789ab.js",
        )
        for kind in ("gz", "br")
    }
