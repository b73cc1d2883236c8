"""Locked versions never fall below the lowest safe ones."""

import json
import re

from django.conf import settings
from packaging.version import Version


def locked():
    text = (settings.ROOT / "requirements" / "base.txt").read_text()
    found = dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", text, re.MULTILINE))
    packages = json.loads((settings.ROOT / "package-lock.json").read_text())["packages"]
    return found | {
        path.removeprefix("node_modules/"): item["version"]
        for path, item in packages.items()
        if path
    }


def test_no_locked_version_is_below_the_floor():
    lines = (settings.ROOT / "requirements" / "floor.txt").read_text().splitlines()
    versions = locked()
    for line in lines:
        if line.startswith("#"):
            continue
        name, lowest, _reason = line.split(" ", 2)
        assert Version(versions[name]) >= Version(lowest), line


def test_every_direct_requirement_says_why_it_is_there():
    for name in ("base.in", "dev.in", "warehouses.in"):
        for line in (settings.ROOT / "requirements" / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r", "-c")):
                assert " # " in re.sub(r"\s+", " ", line), f"{name}: {line}"


def test_every_lock_file_pins_the_same_versions():
    folder = settings.ROOT / "requirements"
    pins = {
        name: dict(re.findall(r"^([a-z0-9.-]+)==([^ ;\\]+)", (folder / name).read_text(), re.M))
        for name in ("base.txt", "dev.txt", "server.txt", "warehouses.txt")
    }
    for name in ("dev.txt", "server.txt"):
        assert pins["base.txt"].items() <= pins[name].items(), name
    beside = pins["warehouses.txt"]
    shared = pins["base.txt"].keys() & beside.keys()
    assert {name: beside[name] for name in shared} == {
        name: pins["base.txt"][name] for name in shared
    }
